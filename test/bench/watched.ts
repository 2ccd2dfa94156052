// `node test/bench/watched.ts [STARTS]`: what it costs to be watched over HTTP; `[STARTS] null`: what the same comparison says where nobody is watched.
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import { run } from './load.ts';
import { ratioOf } from './ratio.ts';
import { PARLEY, median, startRig } from './rig.ts';
import type { Ratio } from './ratio.ts';
import type { Rig, Subject } from './rig.ts';

const CHANNELS = 50;
const SCRAPES = 15;
/** Longer than what was said last is said again, in milliseconds; Prometheus asks every 15 to 60 seconds. */
const APART_MS = 700;
/** What is left to do behind answers is over by then, in milliseconds. */
const SETTLED_MS = 1_500;

/** A process that took less CPU time than this in that time has nothing left to do, in milliseconds. */
const QUIET_CPU_MS = 40;
const MOST_LOOKS = 40;

export interface Scrapes {
  /** From the request to the last byte of the answer, p50 and worst, in milliseconds. */
  readonly p50: number;
  readonly worst: number;
  /** CPU time of the process for one of them, in milliseconds. */
  readonly cpu: number;
  /** Lines with a figure. */
  readonly series: number;
}

/** What is done behind ten thousand answers takes seconds, and is not what is measured. */
const quiet = async (rig: Rig): Promise<void> => {
  for (let before = rig.exactCpu(), looks = 0; looks < MOST_LOOKS; looks += 1) {
    await sleep(SETTLED_MS);
    const now = rig.exactCpu();
    if (now - before < QUIET_CPU_MS) return;
    before = now;
  }
};

/** What `/metrics` takes when so many questions have been answered. */
export const measureScrapes = async (subject: Subject, questions: number): Promise<Scrapes> => {
  const port = await freePort();
  const rig = await startRig(subject, { channels: CHANNELS, environment: { HTTP_PORT: String(port) } });
  try {
    await run(rig, Math.ceil(questions / CHANNELS), CHANNELS);
    await quiet(rig);
    const took: number[] = [];
    const cpus: number[] = [];
    let text = '';
    for (let scrape = 0; scrape < SCRAPES; scrape += 1) {
      await sleep(APART_MS);
      const before = rig.exactCpu();
      const startedAt = performance.now();
      text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      took.push(performance.now() - startedAt);
      cpus.push(rig.exactCpu() - before);
    }
    return { p50: median(took), worst: Math.max(...took), cpu: median(cpus), series: text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length };
  } finally {
    await rig.close();
  }
};

/** Questions that are asked and measured together, and of these at a time. */
const BLOCK = 100;
const AT_ONCE = 10;

const measureBlock = async (rig: Rig): Promise<number> => {
  const before = rig.exactCpu();
  await run(rig, BLOCK / CHANNELS, AT_ONCE);
  await sleep(SETTLED_MS / 5);
  return rig.exactCpu() - before;
};

/** Two starts of the very same process differ by some percent for as long as they live. */
const BLOCKS_OF_A_START = 6;

const measureStart = async (subject: Subject, isWatchedFirst: boolean, isNull: boolean): Promise<readonly [watched: number, alone: number]> => {
  const environments = [isNull ? {} : { HTTP_PORT: String(await freePort()) }, {}];
  const rigs: Rig[] = [];
  try {
    for (const environment of isWatchedFirst ? environments : environments.toReversed()) rigs.push(await startRig(subject, { channels: CHANNELS, environment }));
    for (const rig of rigs) await run(rig, 20, AT_ONCE);
    await sleep(SETTLED_MS);
    const sums = [0, 0];
    for (let block = 0; block < BLOCKS_OF_A_START; block += 1) {
      // Whoever comes first is not always the same.
      for (const index of block % 2 === 0 ? [0, 1] : [1, 0]) sums[index] = (sums[index] ?? 0) + (await measureBlock(rigs[index] as Rig));
    }
    const [first = Number.NaN, second = Number.NaN] = sums;
    return isWatchedFirst ? [first, second] : [second, first];
  } finally {
    for (const rig of rigs) await rig.close();
  }
};

/** CPU time of a question where Parley is watched, to where it is not: of so many pairs of processes, by turns. @param isNull neither of a pair is watched */
export const measureWatching = async (subject: Subject, starts: number, isNull = false): Promise<Ratio> => {
  const pairs: (readonly [number, number])[] = [];
  for (let start = 0; start < starts; start += 1) pairs.push(await measureStart(subject, start % 2 === 0, isNull));
  return ratioOf(pairs);
};

if (import.meta.main) {
  const isNull = process.argv[3] === 'null';
  console.log(await measureWatching(PARLEY, Number(process.argv[2] ?? 16), isNull));
  if (!isNull) console.log(await measureScrapes(PARLEY, 10_000));
}
