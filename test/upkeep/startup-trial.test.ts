import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createStartupTrial } from '../../src/upkeep/startup-trial.ts';
import type { Log } from '../../src/log/log.ts';
import type { Trouble } from '../../src/upkeep/startup-trial.ts';

const PASSING: Trouble = { isHopeless: false, kind: 'network', says: 'It cannot be reached.', cure: 'Wait.' };

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A trial, the seconds at which it tried, and what it told. */
const start = (found: { now: Trouble | undefined }) => {
  const triedAt: number[] = [];
  const told: string[] = [];
  const changes: (string | undefined)[] = [];
  const hopeless: Trouble[] = [];
  const write = (_fields: object, text: string): void => void told.push(text);
  const trial = createStartupTrial({
    check: 'x',
    worksText: 'it works now',
    attempt: () => {
      triedAt.push(Date.now() / 1_000);
      return Promise.resolve(found.now);
    },
    log: { info: write, warn: write, error: write } as unknown as Log,
    onHopeless: (trouble) => hopeless.push(trouble),
    onChange: (trouble) => changes.push(trouble?.kind),
  });
  return { trial, triedAt, told, changes, hopeless };
};

it('tries with pauses that grow to five minutes, tells each trouble once, and ends when it works', async () => {
  const found: { now: Trouble | undefined } = { now: PASSING };
  const { trial, triedAt, told, changes } = start(found);
  expect(await trial.start()).toBe(true);
  await vi.advanceTimersByTimeAsync(1_000_000);
  expect(triedAt).toEqual([0, 5, 15, 35, 75, 155, 315, 615, 915]);
  expect(told).toEqual(['It cannot be reached. I try again until it works.']);
  found.now = { ...PASSING, kind: 'overloaded', says: 'It is too busy.' };
  await vi.advanceTimersByTimeAsync(300_000);
  found.now = undefined;
  await vi.advanceTimersByTimeAsync(1_000_000);
  expect(triedAt.slice(9)).toEqual([1_215, 1_515]);
  expect(told.slice(1)).toEqual(['It is too busy. I try again until it works.', 'it works now']);
  expect(changes).toEqual(['network', 'overloaded', undefined]);
});

it('tries at once and begins with short pauses when something has changed, but never before it was started or once it is over', async () => {
  const { trial, triedAt } = start({ now: PASSING });
  trial.hurry();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(triedAt).toEqual([]);
  await trial.start();
  await vi.advanceTimersByTimeAsync(40_000);
  trial.hurry();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(triedAt).toEqual([60, 65, 75, 95, 100, 105, 115]);
  trial.works();
  trial.hurry();
  await vi.advanceTimersByTimeAsync(1_000_000);
  expect(triedAt).toHaveLength(7);
  expect(trial.trouble()).toBeUndefined();
});

it('ends with what only an admin can mend', async () => {
  const found: { now: Trouble | undefined } = { now: PASSING };
  const { trial, triedAt, hopeless } = start(found);
  await trial.start();
  found.now = { ...PASSING, isHopeless: true };
  await vi.advanceTimersByTimeAsync(1_000_000);
  expect(triedAt).toEqual([0, 5]);
  expect(hopeless).toEqual([found.now]);
});
