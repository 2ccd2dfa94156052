import { expect, it } from 'vitest';
import { runChaos } from './run-chaos.ts';

const QUESTIONS = 60;
const TIMEOUT_MS = 600_000;

it(
  'every accepted question has exactly one outcome, whatever is killed and whatever fails',
  async () => {
    const result = await runChaos({ seed: 11, questions: QUESTIONS, progress: () => undefined });
    expect(result.details).toEqual([]);
    expect(Object.values(result.wrong).every((count) => count === 0)).toBe(true);
    expect(result.kills).toBe(4);
    expect(result.reportedCalls).toBeGreaterThan(QUESTIONS / 2);
    expect([...result.outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(QUESTIONS);
    // Most are really answered: a bot that only says sorry would be honest, too.
    expect(result.outcomes.get('answered')).toBeGreaterThan(QUESTIONS / 2);
  },
  TIMEOUT_MS,
);
