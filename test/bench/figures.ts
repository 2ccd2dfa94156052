import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { newDiskStore } from './disk-store.ts';
import { crowdFigures } from './crowd-figures.ts';
import { measureFirstWords } from './first-words.ts';
import { BEST_AGE_MS, measureAge, measureCpu, measureEnds } from './live-text.ts';
import { measureMemory, measureQuestionCpu, measureStart } from './load.ts';
import { measureGrowingAnswer, measureSplit, measureWholeAnswer } from './long-text.ts';
import { measureManyChannels } from './many-channels.ts';
import { measureHold, measureWorstText } from './monotonous-text.ts';
import { ON_SQLITE, measureRate, measureStoreToRequest } from './on-postgres.ts';
import { oneRun } from './one-run.ts';
import { measurePhotos } from './photos.ts';
import { FLOOR, FLOOR_STREAM, PARLEY } from './rig.ts';
import { measureFirstBurst, measureToRequest } from './to-request.ts';
import { SCOPES, measureTurnCosts } from './turn-costs.ts';
import { measureWaiting } from './waiting.ts';
import { measureScrapes, measureWatching } from './watched.ts';
import { postgresPrograms } from '../postgres/postgres-server.ts';
import type { Subject } from './rig.ts';

export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** What it may be at most (or at least), by itself, as a share of the floor or in excess of it. */
  readonly aim: string;
  /** The best that Discord's limits allow. */
  readonly limit?: number;
  /** Absent for figures of Parley's own. */
  readonly floor?: Subject;
  /** How often it is measured; the figure is the median. */
  readonly rounds: number;
  /** Why it is not measured here. */
  readonly skipped?: string | undefined;
  measure(subject: Subject, round: number): Promise<number>;
}

/** @param note hears what else there is to say about a figure. */
export const figuresOf = (rounds: number, isQuick: boolean, note: (line: string) => void): readonly Figure[] => {
  const figures: Figure[] = [];
  const add = (name: string, unit: string, aim: string, measure: Figure['measure'], { floor, times = rounds, skipped }: { readonly floor?: Subject; readonly times?: number; readonly skipped?: string | undefined } = {}): void =>
    void figures.push({ name, unit, aim, measure, rounds: times, skipped, ...(floor === undefined ? {} : { floor }) });

  for (const door of ['mention', '/ask'] as const) {
    for (const [count, aim] of [[1, '≤ 2 ×'], [20, '≤ 1.5 ×'], [200, '≤ 1.3 ×']] as const) {
      const measure = async (subject: Subject): Promise<number> => {
        const { p50, answered } = await measureToRequest(subject, count, door, count === 1 ? 60 : 12);
        if (answered < count) note(`${subject.name}: only ${answered} of ${count} answered by ${door}`);
        return p50;
      };
      add(`event → request, ${door}, ${count} at once`, 'ms', aim, measure, { floor: FLOOR });
    }
  }
  // Discord's limit does not hold there: it would make the lessons long, and comes behind the requests.
  const byDefault = { MAX_CONCURRENT_CALLS: undefined };
  for (const [count, settings, environment, aim] of [
    [50, 'default settings', byDefault, '≤ 1.3 ×'],
    [200, 'default settings', byDefault, '≤ 1.8 ×'],
    [200, 'MAX_CONCURRENT_CALLS=1000', {}, '≤ 1.3 ×'],
  ] as const) {
    const measure = async (subject: Subject): Promise<number> => (await measureFirstBurst(subject, count, { ...environment, ...subject.environment })).p50;
    add(`event → request, the first burst: ${count} mentions at once, ${settings}`, 'ms', aim, measure, { floor: FLOOR });
  }
  // On the disk, as everybody has it; the floor here is Parley itself.
  const withoutLedger = { ...PARLEY, name: 'without', environment: { NODE_OPTIONS: `--import ${join(import.meta.dirname, 'without-ledger.ts')}` } };
  for (const count of [1, 20]) {
    const measure = async (subject: Subject): Promise<number> =>
      (await measureToRequest({ ...subject, environment: { STORE_URL: newDiskStore(), ...subject.environment } }, count, 'mention', count === 1 ? 120 : 24)).p50;
    // The difference is small, and starts of a process differ by as much.
    add(`event → request, mention, ${count} at once, without and with the ledger`, 'ms', '≤ 1.15 ×', measure, { floor: withoutLedger, times: isQuick ? 1 : 3 * rounds });
  }

  const skipped = postgresPrograms === undefined ? 'no PostgreSQL server is installed here' : undefined;
  for (const [count, aim] of [[1, '≤ SQLite + 3 ms'], [200, '≤ 1.5 ×']] as const) {
    add(`event → request, mention, ${count} at once, on SQLite and on PostgreSQL`, 'ms', aim, (subject) => measureStoreToRequest(subject, count), { floor: ON_SQLITE, skipped });
  }
  const divided = oneRun(async (subject) => {
    const [one, two] = [await measureRate(subject, 1), await measureRate(subject, 2)];
    const told = ({ answersPerSecond, parleyCores, simulatorCores }: typeof one): string => `${answersPerSecond.toFixed(0)} answers a second with ${parleyCores.toFixed(2)} cores of Parley's and ${simulatorCores.toFixed(2)} of the simulators'`;
    note(`${subject.name}: on PostgreSQL one process gave ${told(one)}, two gave ${told(two)}`);
    return { answers: two.answersPerSecond / one.answersPerSecond, cpu: two.cpu / one.cpu };
  });
  add('answers a second on PostgreSQL, two processes on two shards to one', '×', '≥ 1.6 × where a core is free', divided(({ answers }) => answers), { skipped });
  add('CPU of one whole question on PostgreSQL, two processes on two shards to one', '×', '≤ 1.25 ×: then two cores give 1.6 × the answers', divided(({ cpu }) => cpu), { skipped });

  add('first delta → first words, 1 stream', 'ms', '≤ floor + 20 ms', (subject) => measureFirstWords(subject, 1, 20), { floor: FLOOR_STREAM });
  add('first delta → first words, 50 streams', 'ms', '≤ floor + 20 ms', (subject) => measureFirstWords(subject, 50, 5), { floor: FLOOR_STREAM });
  const bestAge = `≤ ${1.15 * BEST_AGE_MS} ms, 1.15 × what the limit allows`;
  add('age of a word when it is seen, mean, 1 stream', 'ms', bestAge, (subject) => measureAge(subject, 1, 15), { floor: FLOOR_STREAM });
  add('age of a word when it is seen, mean, 50 streams in 50 channels', 'ms', bestAge, (subject) => measureAge(subject, 50, 15), { floor: FLOOR_STREAM });
  const ends = oneRun(async (subject) => {
    const lags = await measureEnds(subject, 5, 6);
    if (lags.refused > 0) note(`${subject.name}: Discord refused ${lags.refused} requests with 429`);
    return lags;
  });
  add('five 6 s streams in one channel: end of stream → whole answer, p50', 'ms', '≤ 1200 ms', ends(({ p50 }) => p50), { floor: FLOOR_STREAM, times: 1 });
  add('five 6 s streams in one channel: end of stream → whole answer, worst', 'ms', '≤ 3000 ms', ends(({ worst }) => worst), { floor: FLOOR_STREAM, times: 1 });
  const slowEdits = { ...FLOOR_STREAM, environment: { FLOOR_EDIT_EVERY_MS: '1200' } };
  add('CPU of a streamed answer of 500 deltas', 'ms', '≤ 1.5 ×', (subject) => measureCpu(subject, 3), { floor: slowEdits });
  add('CPU of one whole question, mention to settled', 'ms', '≤ 0.8 × before', (subject) => measureQuestionCpu(subject, 20, 1), { floor: FLOOR });
  add('CPU of one whole question, mention to settled, 50 at once', 'ms', '≤ 0.8 × before', (subject) => measureQuestionCpu(subject, 40, 50), { floor: FLOOR });
  add('CPU of one whole question, watched over HTTP to not', '×', '≤ 1.02 ×', async (subject) => {
    const { ratio, error } = await measureWatching(subject, isQuick ? 4 : 16);
    note(`${subject.name}: watched over HTTP, a question takes ${ratio.toFixed(3)} × the CPU, with a standard error of ${error.toFixed(3)}`);
    return ratio;
  }, { times: 1 });
  const scraped = isQuick ? 500 : 10_000;
  const scrapes = oneRun(async (subject) => {
    const measured = await measureScrapes(subject, scraped);
    note(`${subject.name}: /metrics has ${measured.series} series; the worst of its answers took ${measured.worst.toFixed(1)} ms`);
    return measured;
  });
  const ofScrapes = `/metrics with ${scraped.toLocaleString('en')} questions behind it`;
  add(`${ofScrapes}, p50`, 'ms', '≤ 20 ms', scrapes(({ p50 }) => p50), { times: 1 });
  add(`${ofScrapes}: CPU`, 'ms', '≤ 20 ms', scrapes(({ cpu }) => cpu), { times: 1 });
  figures.push(...crowdFigures(isQuick, note));
  const turns = oneRun(async (subject) => {
    const costs = await measureTurnCosts(subject, isQuick ? 10 : 80);
    note(`${subject.name}: standard errors: ${costs.map(({ scope, toRequest, late }) => `${scope} ${toRequest.error.toFixed(3)} and ${late.error.toFixed(3)}`).join(', ')}`);
    return costs;
  });
  for (const scope of SCOPES) {
    const of = (pick: 'toRequest' | 'late'): Figure['measure'] => turns((costs) => costs.find((one) => one.scope === scope)?.[pick].ratio ?? Number.NaN);
    if (scope !== 'room') add(`CPU of event → request, scope ${scope} to scope room`, '×', '≤ 1.03', of('toRequest'), { times: 1 });
    add(`CPU of one whole question, turn 500 to turn 10, scope ${scope}`, '×', '≤ 1.1', of('late'), { times: 1 });
  }

  add('a 20,000-character answer splits', 'ms', '< 5 ms', measureSplit);
  add('a 20,000-character answer, from Markdown to messages', 'ms', '< 5 ms', measureWholeAnswer);
  add('the same in 500 drafts, together', 'ms', '< 50 ms', (subject) => measureGrowingAnswer(subject, 500));
  const worst = async (subject: Subject, what: string, measure: typeof measureHold): Promise<number> => {
    const { ms, of } = await measure(subject);
    note(`${subject.name}: ${what} was worst for a text of ${JSON.stringify(of)}`);
    return ms;
  };
  add('100,000 characters of one or two again and again, from Markdown to messages, worst', 'ms', '≤ 20 ms', (subject) => worst(subject, 'Markdown to messages', measureWorstText), { times: 1 });
  add('the event loop is held while they stream, worst', 'ms', '≤ 30 ms', (subject) => worst(subject, 'the event loop', measureHold), { times: 1 });

  const start = oneRun(measureStart);
  add('start → READY', 'ms', '≤ 1.4 ×', start(({ readyMs }) => readyMs), { floor: FLOOR });
  add('resident memory, idle', 'MiB', '≤ 1.3 ×', start(({ idleMiB }) => idleMiB), { floor: FLOOR });
  const watchedStart = oneRun(async (subject) => measureStart(subject, { HTTP_PORT: String(await freePort()) }));
  add('resident memory, idle, watched over HTTP, to before', 'MiB', '≤ 1.1 × before', watchedStart(({ idleMiB }) => idleMiB));
  const manyChannels = isQuick ? 20_000 : 200_000;
  const crowded = oneRun((subject) => measureManyChannels(subject, manyChannels));
  add(`start → READY with ${manyChannels.toLocaleString('en')} channels`, 'ms', '≤ 1 ×', crowded(({ readyMs }) => readyMs), { floor: FLOOR, times: 1 });
  add(`resident memory with ${manyChannels.toLocaleString('en')} channels`, 'MiB', '≤ 0.5 ×', crowded(({ memory }) => memory), { floor: FLOOR, times: 1 });
  const [members, waitMs] = isQuick ? [10, 10_000] : [50, 60_000];
  const photos = oneRun(async (subject) => {
    const measured = await measurePhotos(subject, members, waitMs);
    if (measured.answered < members) note(`${subject.name}: only ${measured.answered} of ${members} photos answered`);
    return measured;
  });
  const ofPhotos = `${members} photos of 7.6 MB at once`;
  add(`${ofPhotos}: resident memory, peak`, 'MiB', '≤ 220 MiB', photos(({ peak }) => peak), { times: 1 });
  add(`${ofPhotos}: resident memory with the decoder's process, peak`, 'MiB', '≤ 220 MiB', photos(({ peakOfAll }) => peakOfAll), { times: 1 });
  add(`${ofPhotos}: more resident than idle, ${waitMs / 1_000} s later`, 'MiB', '≤ 40 MiB', photos(({ after, idle }) => after - idle), { times: 1 });

  const [channels, questions] = isQuick ? [200, 5] : [5_000, 20];
  add(`resident memory after ${questions} questions in each of ${channels.toLocaleString('en')} channels`, 'MiB', '≤ 0.3 ×', (subject) => measureMemory(subject, channels, questions), { floor: FLOOR, times: 1 });
  add(`resident memory after ${questions} questions in each of ${channels.toLocaleString('en')} channels, to before`, 'MiB', '≤ 0.9 × before', (subject) => measureMemory(subject, channels, questions), { times: 1 });

  const waiting = oneRun((subject) => measureWaiting(subject, 10_000));
  // A round takes a tenth of a second.
  const often = { times: 3 * rounds };
  add('10,000 questions that wait in the line: entering, p99', 'µs', '≤ 20 µs', waiting(({ enterMicros }) => enterMicros), often);
  add('10,000 questions that wait in the line: from one turn to the next, p99', 'µs', '≤ 20 µs', waiting(({ leaveMicros }) => leaveMicros), often);
  add('10,000 questions that wait in the line: memory of each', 'B', '≤ 2048 B', waiting(({ bytes }) => bytes), often);
  return figures;
};
