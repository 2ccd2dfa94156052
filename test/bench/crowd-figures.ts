import { BEST_AGE_MS } from './live-text.ts';
import { REQUESTS_PER_SECOND } from './crowd.ts';
import { measureManyAnswers } from './many-answers.ts';
import { oneRun } from './one-run.ts';
import { measurePressed } from './pressed.ts';
import { FLOOR_STREAM } from './rig.ts';
import type { Figure } from './figures.ts';
import type { ManyAnswers } from './many-answers.ts';
import type { Subject } from './rig.ts';
import type { Door } from './to-request.ts';

/** Calls at a time are not to be the limit where more ask at once than are let out by default. */
const environmentFor = (count: number): { readonly environment?: Readonly<Record<string, string>> } => (count > 200 ? { environment: { MAX_CONCURRENT_CALLS: '1000' } } : {});

const ms = (value: number): string => `≤ ${Math.round(value)} ms`;

/**
 * Many answers at once, each in a channel of its own, with what Discord allows a bot in a second. At best the first of them have
 * their first words at once, and as many each second after that; and where each of `n` channels has its `n`th part of all
 * requests, a word waits half of the time between two of its own.
 */
export const crowdFigures = (isQuick: boolean, note: (line: string) => void): readonly Figure[] => {
  const figures: Figure[] = [];
  const runOf = (door: Door, count: number) =>
    oneRun(async (subject: Subject) => {
      const measured = await measureManyAnswers(subject, door, { count, ...environmentFor(count) });
      if (measured.missing > 0) note(`${subject.name}: ${measured.missing} of ${count} answers by ${door} were not whole in time`);
      return measured;
    });

  for (const count of isQuick ? [50] : [50, 200, 500]) {
    const run = runOf('mention', count);
    const add = (what: string, unit: string, aim: string, pick: (measured: ManyAnswers) => number, more: Pick<Figure, 'limit' | 'floor'> = { floor: FLOOR_STREAM }): void =>
      void figures.push({ name: `${count} mentions at once, answers of 10 s: ${what}`, unit, aim, measure: run(pick), rounds: 1, ...more });
    const atBest = (limit: number) => ({ limit, floor: FLOOR_STREAM });
    const allMs = (count / REQUESTS_PER_SECOND) * 1_000;
    const firstWordsAt = (share: number): { readonly limit: number; readonly floor: Subject } => atBest(Math.max(0, share * allMs - 1_000));
    const bestAgeMs = Math.max(BEST_AGE_MS, allMs / 2);
    add('first words, p50', 'ms', ms(allMs / 2 + 300), ({ firstWordsMs }) => firstWordsMs.p50, firstWordsAt(0.5));
    add('first words, p95', 'ms', '–', ({ firstWordsMs }) => firstWordsMs.p95, firstWordsAt(0.95));
    add('first words, worst', 'ms', ms(allMs + 700), ({ firstWordsMs }) => firstWordsMs.worst, firstWordsAt(1));
    add('age of a word when it is seen, mean', 'ms', ms(1.15 * bestAgeMs), ({ ageMs }) => ageMs, atBest(bestAgeMs));
    add('end → whole answer, of 1.2 × (ends to be shown ÷ 50) s + 0.3 s, worst', '×', '≤ 1 ×', ({ worstEnd }) => worstEnd);
    add('edits of a channel, of its fair share, fewest', '×', '≥ 0.8 ×', ({ smallestShare }) => smallestShare, atBest(1));
    add('429s', '', 'none', ({ refused }) => refused);
    add('CPU of an answer', 'ms', count === 200 ? '≤ 1 × before' : '–', ({ cpuMs }) => cpuMs);
    add('memory above idle while all are written', 'MiB', '≤ 60 MiB', ({ runningMiB }) => runningMiB);
    add('memory above idle, ends included', 'MiB', '–', ({ memoryMiB }) => memoryMiB);
    add('the event loop is late, p99', 'ms', '≤ 30 ms', ({ lateMs }) => lateMs);
  }

  for (const count of isQuick ? [200] : [200, 500]) {
    const run = runOf('/ask', count);
    const name = `${count} /ask at once, answers of 10 s:`;
    figures.push(
      { name: `${name} age of a word when it is seen, mean`, unit: 'ms', aim: '≤ 650 ms', limit: BEST_AGE_MS, floor: FLOOR_STREAM, rounds: 1, measure: run(({ ageMs }) => ageMs) },
      { name: `${name} 429s`, unit: '', aim: 'none', floor: FLOOR_STREAM, rounds: 1, measure: run(({ refused }) => refused) },
    );
  }

  const streams = isQuick ? 200 : 500;
  figures.push({
    name: `a button is pressed while ${streams} answers are written → acknowledged, p95`,
    unit: 'ms',
    aim: '≤ 300 ms',
    rounds: 1,
    measure: async (subject) => {
      const { p95, presses } = await measurePressed(subject, { count: streams, ...environmentFor(streams) });
      if (presses < 20) note(`${subject.name}: only ${presses} answers had a button to press`);
      return presses === 0 ? Number.NaN : p95;
    },
  });
  return figures;
};
