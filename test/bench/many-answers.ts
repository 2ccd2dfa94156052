import { REQUESTS_PER_SECOND, shownOf, startCrowd, watchToTheEnd } from './crowd.ts';
import { median, quantile } from './rig.ts';
import type { Asker, CrowdOptions } from './crowd.ts';
import type { Streamed } from './word-streams.ts';
import type { Subject } from './rig.ts';
import type { Door } from './to-request.ts';

export interface ManyAnswers {
  /** From the question to the first words, in milliseconds. */
  readonly firstWordsMs: { readonly p50: number; readonly p95: number; readonly worst: number };
  /** How old a word is when it is seen, mean in milliseconds. */
  readonly ageMs: number;
  /** How late an end is shown, as a share of what it may take; the worst. */
  readonly worstEnd: number;
  /** The fewest edits of a channel, as a share of the whole edits that each could have had. */
  readonly smallestShare: number;
  /** Requests that Discord refused with 429. */
  readonly refused: number;
  /** CPU time of the process for each answer, in milliseconds. */
  readonly cpuMs: number;
  /** The most memory above what an idle process has, in MiB: while all are written, and at their ends and behind them. */
  readonly runningMiB: number;
  readonly memoryMiB: number;
  /** By how much its timers were late meanwhile, p99 in milliseconds. */
  readonly lateMs: number;
  /** Answers that were not whole in time. */
  readonly missing: number;
}

/** How long each answer is written, in seconds. */
const SECONDS = 10;
/** Where Discord allows so many a second, the ends that are to be shown beside each other take so long, in milliseconds, and some more. */
const endsTakeMs = (ends: number): number => 1.2 * (ends / REQUESTS_PER_SECOND) * 1_000 + 300;

interface Seen {
  readonly firstAt: number;
  readonly wholeAt: number;
  readonly endedAt: number;
  readonly edits: number;
  readonly ages: readonly number[];
}

/** What people saw of one answer, and when. What they never saw is seen at no time. */
const seenOf = ({ name, channel }: Asker, call: Streamed): Seen => {
  const shown = shownOf(channel, name);
  const seenAt = (words: string): number => shown.find(({ text }) => text.startsWith(words))?.at ?? Infinity;
  return {
    firstAt: shown[0]?.at ?? Infinity,
    wholeAt: seenAt(call.text),
    endedAt: call.endedAt,
    edits: Math.max(0, shown.length - 1),
    ages: call.deltas.map(({ length, at }) => seenAt(call.text.slice(0, length)) - at),
  };
};

const worstEndOf = (answers: readonly Seen[]): number => {
  const ratios = answers.map(({ endedAt, wholeAt }) => {
    const waiting = answers.filter((other) => other.endedAt <= wholeAt && other.wholeAt >= endedAt).length;
    return (wholeAt - endedAt) / endsTakeMs(waiting);
  });
  return Math.max(...ratios);
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** As many people as are said ask at once, each in a channel of their own. */
export const measureManyAnswers = async (subject: Subject, door: Door, options: Pick<CrowdOptions, 'count' | 'environment'>): Promise<ManyAnswers> => {
  const { count } = options;
  const crowd = await startCrowd(subject, { ...options, seconds: SECONDS });
  try {
    const { rig } = crowd;
    const [idleMiB, cpuBefore] = [rig.memory(), rig.cpu()];
    const askedAt = crowd.ask(door);
    const { missing, runningMiB, peakMiB } = await watchToTheEnd(crowd, SECONDS);
    const cpuMs = (rig.cpu() - cpuBefore) / count;
    const calls = new Map((await crowd.bedrock.streamed()).map((call) => [call.text.split('w', 1)[0], call]));
    const answers = crowd.askers.flatMap((asker) => {
      const call = calls.get(asker.name);
      return call === undefined ? [] : [seenOf(asker, call)];
    });
    const firstWords = answers.map(({ firstAt }) => firstAt - askedAt);
    const edits = answers.map((answer) => answer.edits);
    return {
      firstWordsMs: { p50: median(firstWords), p95: quantile(firstWords, 0.95), worst: Math.max(...firstWords) },
      ageMs: mean(answers.flatMap(({ ages }) => ages)),
      worstEnd: worstEndOf(answers),
      smallestShare: Math.min(...edits) / Math.max(1, Math.floor(mean(edits))),
      refused: [...rig.discord.rateLimitHits.values()].reduce((sum, hits) => sum + hits, 0),
      cpuMs,
      runningMiB: runningMiB - idleMiB,
      memoryMiB: peakMiB - idleMiB,
      lateMs: quantile(crowd.lateness(askedAt), 0.99),
      missing,
    };
  } finally {
    await crowd.close();
  }
};

if (import.meta.main) {
  const { PARLEY, FLOOR_STREAM } = await import('./rig.ts');
  const [count = '50', door = 'mention', which = 'parley', limit] = process.argv.slice(2);
  const subject = which === 'floor' ? FLOOR_STREAM : which === 'parley' ? PARLEY : { ...PARLEY, root: which };
  console.log(await measureManyAnswers(subject, door as Door, { count: Number(count), ...(limit === undefined ? {} : { environment: { MAX_CONCURRENT_CALLS: limit } }) }));
}
