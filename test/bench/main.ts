import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { newDiskStore } from './disk-store.ts';
import { measureFirstWords } from './first-words.ts';
import { BEST_AGE_MS, measureAge, measureCpu, measureEnds } from './live-text.ts';
import { measureMemory, measureStart, measureThroughput } from './load.ts';
import { measureGrowingAnswer, measureSplit, measureWholeAnswer } from './long-text.ts';
import { FLOOR, FLOOR_STREAM, PARLEY, median } from './rig.ts';
import { measureToRequest } from './to-request.ts';
import { measureWaiting } from './waiting.ts';
import type { EndLags } from './live-text.ts';
import type { Subject } from './rig.ts';
import type { WaitingFigures } from './waiting.ts';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' }, rounds: { type: 'string', default: '3' } },
});
const ROUNDS = options.quick ? 1 : Number(options.rounds);
if (!Number.isInteger(ROUNDS) || ROUNDS < 1) {
  process.stderr.write('Usage: npm run bench -- [--quick] [--rounds 3] [--only "a part of a figure\'s name"]\n');
  process.exit(2);
}

interface Row {
  readonly figure: string;
  readonly unit: string;
  /** Absent for figures of Parley's own. */
  readonly floor?: number;
  readonly parley: number;
  /** What Parley may be at most (or at least) as a share of the floor, or in excess of it. */
  readonly aim: string;
}

const rows: Row[] = [];
const say = (text: string): void => void process.stderr.write(text);
const format = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2));

/** Measures both, one after the other in turn, so that a noisy minute hits both. */
const compare = async (figure: string, unit: string, aim: string, measure: (subject: Subject) => Promise<number>, floor = FLOOR, parley = PARLEY, rounds = ROUNDS): Promise<void> => {
  if (!figure.includes(options.only)) return;
  const measured = { floor: [] as number[], parley: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    say(`\r${figure}: round ${round + 1} of ${rounds}      `);
    measured.floor.push(await measure(floor));
    measured.parley.push(await measure(parley));
  }
  const row = { figure, unit, aim, floor: median(measured.floor), parley: median(measured.parley) };
  rows.push(row);
  say(`\r${figure}: floor ${format(row.floor)} ${unit}, Parley ${format(row.parley)} ${unit}, ratio ${format(row.parley / row.floor)} (${aim})\n`);
};

/** Measures what nothing else does. */
const alone = (figure: string, unit: string, aim: string, measure: () => number): void => {
  if (!figure.includes(options.only)) return;
  const row = { figure, unit, aim, parley: measure() };
  rows.push(row);
  say(`${figure}: ${format(row.parley)} ${unit} (${aim})\n`);
};

const missing: string[] = [];
for (const door of ['mention', '/ask'] as const) {
  for (const [count, aim] of [[1, '≤ 2 ×'], [20, '≤ 1.5 ×'], [200, '≤ 1.3 ×']] as const) {
    await compare(`event → request, ${door}, ${count} at once`, 'ms', aim, async (subject) => {
      const { p50, answered } = await measureToRequest(subject, count, door, count === 1 ? 60 : 12);
      if (answered < count) missing.push(`${subject.name}: only ${answered} of ${count} answered by ${door}`);
      return p50;
    });
  }
}
/** On the disk, as everybody has it; the floor here is Parley itself. */
const onDisk = (environment: Subject['environment'] = {}): Subject => ({ ...PARLEY, environment: { STORE_URL: newDiskStore(), ...environment } });
/** The difference is small, and starts of a process differ by as much. */
const LEDGER_ROUNDS = options.quick ? 1 : 3 * ROUNDS;
const withoutLedger = (): Subject => onDisk({ NODE_OPTIONS: `--import ${join(import.meta.dirname, 'without-ledger.ts')}` });
for (const count of [1, 20]) {
  const measure = async (subject: Subject): Promise<number> => (await measureToRequest(subject, count, 'mention', count === 1 ? 120 : 24)).p50;
  await compare(`event → request, mention, ${count} at once, without and with the ledger`, 'ms', '≤ 1.15 ×', measure, withoutLedger(), onDisk(), LEDGER_ROUNDS);
}
await compare('first delta → first words, 1 stream', 'ms', '≤ floor + 20 ms', (subject) => measureFirstWords(subject, 1, 20), FLOOR_STREAM);
await compare('first delta → first words, 50 streams', 'ms', '≤ floor + 20 ms', (subject) => measureFirstWords(subject, 50, 5), FLOOR_STREAM);
const bestAge = `≤ ${format(1.15 * BEST_AGE_MS)} ms, 1.15 × what the limit allows`;
await compare('age of a word when it is seen, mean, 1 stream', 'ms', bestAge, (subject) => measureAge(subject, 1, 15), FLOOR_STREAM);
await compare('age of a word when it is seen, mean, 50 streams in 50 channels', 'ms', bestAge, (subject) => measureAge(subject, 50, 15), FLOOR_STREAM);
const ends = new Map<Subject, Promise<EndLags>>();
/** Both figures are of the same run. */
const lagsOf = async (subject: Subject): Promise<EndLags> => {
  const lags = ends.get(subject) ?? measureEnds(subject, 5, 6);
  ends.set(subject, lags);
  const { refused } = await lags;
  if (refused > 0) missing.push(`${subject.name}: Discord refused ${refused} requests with 429`);
  return lags;
};
await compare('five 6 s streams in one channel: end of stream → whole answer, p50', 'ms', '≤ 1200 ms', async (subject) => (await lagsOf(subject)).p50, FLOOR_STREAM);
await compare('five 6 s streams in one channel: end of stream → whole answer, worst', 'ms', '≤ 3000 ms', async (subject) => (await lagsOf(subject)).worst, FLOOR_STREAM);
await compare('CPU of a streamed answer of 500 deltas', 'ms', '≤ 1.5 ×', (subject) => measureCpu(subject, 3), {
  ...FLOOR_STREAM,
  environment: { FLOOR_EDIT_EVERY_MS: '1200' },
});
await compare('answers a second, 50 channels', '1/s', '≥ 0.8 ×', (subject) => measureThroughput(subject, 40));
alone('a 20,000-character answer splits', 'ms', '< 5 ms', measureSplit);
alone('a 20,000-character answer, from Markdown to messages', 'ms', '< 5 ms', measureWholeAnswer);
alone('the same in 500 drafts, together', 'ms', '< 50 ms', () => measureGrowingAnswer(500));
await compare('start → READY', 'ms', '≤ 1.4 ×', async (subject) => (await measureStart(subject)).readyMs);
await compare('resident memory, idle', 'MiB', '≤ 1.3 ×', async (subject) => (await measureStart(subject)).idleMiB);

const [CHANNELS, QUESTIONS] = options.quick ? [200, 5] : [5_000, 20];
const figure = `resident memory after ${QUESTIONS} questions in each of ${CHANNELS.toLocaleString('en')} channels`;
if (figure.includes(options.only)) {
  const after = async (subject: Subject): Promise<number> =>
    measureMemory(subject, CHANNELS, QUESTIONS, (done) => {
      if (done % 500 === 0) say(`\r${figure}, ${subject.name}: ${done} of ${CHANNELS * QUESTIONS} `);
    });
  const floor = await after(FLOOR);
  const parley = await after(PARLEY);
  rows.push({ figure, unit: 'MiB', aim: '≤ 0.3 ×', floor, parley });
}

const cells = rows.map(({ figure, unit, floor, parley, aim }) => [
  figure,
  floor === undefined ? '–' : `${format(floor)} ${unit}`,
  `${format(parley)} ${unit}`,
  floor === undefined ? '–' : `${format(parley / floor)} ×`,
  aim,
]);
say('\n');
if (rows.length > 0) console.log(['| figure | floor | Parley | ratio | aim |', '|---|---|---|---|---|', ...cells.map((row) => `| ${row.join(' | ')} |`)].join('\n'));
for (const line of missing) console.log(line);

const WAITING = '10,000 questions that wait in the line';
if (WAITING.includes(options.only)) {
  const rounds: WaitingFigures[] = [];
  // The first ones teach the engine; a round takes a tenth of a second.
  const LESSONS = 4;
  for (let round = 0; round < LESSONS + 3 * ROUNDS; round += 1) rounds.push(await measureWaiting(10_000));
  const figure = (name: keyof WaitingFigures): string => format(median(rounds.slice(LESSONS).map((one) => one[name])));
  console.log(`
| ${WAITING} | Parley | aim |
|---|---|---|
| entering, p99 | ${figure('enterMicros')} µs | ≤ 20 µs |
| from one turn to the next, p99 | ${figure('leaveMicros')} µs | ≤ 20 µs |
| memory of each | ${figure('bytes')} B | ≤ 2,048 B |`);
}
if (rows.length === 0 && !WAITING.includes(options.only)) {
  process.stderr.write(`No figure has "${options.only}" in its name; README.md lists them.\n`);
  process.exitCode = 2;
}
