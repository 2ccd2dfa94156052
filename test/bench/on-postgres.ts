// `node test/bench/on-postgres.ts SHARE ROUNDS`: how many answers two processes give to one, where each may take so much of a core.
// `node test/bench/on-postgres.ts to-request COUNT ROUNDS`: so many questions at once up to their requests, on a file and on PostgreSQL by turns.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '../postgres/postgres-server.ts';
import { newDiskStore } from './disk-store.ts';
import { run } from './load.ts';
import { ratioOf } from './ratio.ts';
import { PARLEY, median, quantile, startRig } from './rig.ts';
import { measureToRequest, round } from './to-request.ts';
import type { PostgresServer } from '../postgres/postgres-server.ts';
import type { Rig, Subject } from './rig.ts';

/** Parley with a store on the disk, as it is by default. */
export const ON_SQLITE: Subject = { ...PARLEY, name: 'on SQLite' };

let server: Promise<PostgresServer> | undefined;
const freshDatabase = async (): Promise<string> => (await (server ??= startPostgres())).freshDatabase();
/** Ends the server that figures were measured with, if any were. */
export const endPostgres = async (): Promise<void> => (await server)?.remove();

/** p50 of the way to the request at Bedrock, in milliseconds: of everybody but `ON_SQLITE` with PostgreSQL over loopback. */
export const measureStoreToRequest = async (subject: Subject, count: number): Promise<number> => {
  const url = subject === ON_SQLITE ? newDiskStore() : await freshDatabase();
  return (await measureToRequest({ ...subject, environment: { STORE_URL: url, ...subject.environment } }, count, 'mention', count === 1 ? 120 : 12)).p50;
};

/** Milliseconds from the event to the request. */
export interface ToRequest {
  readonly name: string;
  readonly p50: number;
  /** Nine of ten rounds took longer. */
  readonly p10: number;
}

/** Rounds before those that count, which teach the engine. */
const LESSONS = 30;
/** The store may still be at work behind the last answer, in milliseconds. */
const BEHIND_A_ROUND_MS = 30;

/** The same of several processes that all run and are asked by turns, so that whatever else the machine does meets all of them. */
export const measureByTurns = async (subjects: readonly Subject[], count: number, rounds: number): Promise<readonly ToRequest[]> => {
  const rigs: Rig[] = [];
  try {
    for (const subject of subjects) {
      const url = subject.name.endsWith('SQLite') ? newDiskStore() : await freshDatabase();
      rigs.push(await startRig(subject, { channels: count, environment: { STORE_URL: url } }));
    }
    const took: number[][] = rigs.map(() => []);
    for (let turn = -Math.ceil(LESSONS / Math.sqrt(count)); turn < rounds; turn += 1) {
      // Whoever comes first is not always the same.
      for (const index of rigs.keys()) {
        const at = (index + Math.abs(turn)) % rigs.length;
        const { p50 } = await round(rigs[at] as Rig, count, 'mention');
        await sleep(BEHIND_A_ROUND_MS);
        if (turn >= 0) took[at]?.push(p50);
      }
    }
    return subjects.map(({ name }, index) => ({ name, p50: median(took[index] ?? []), p10: quantile(took[index] ?? [], 0.1) }));
  } finally {
    for (const rig of rigs) await rig.close();
  }
};

const CHANNELS = 60;
const AT_ONCE = 60;
/** Questions in each channel, and where processes may take a part of a core only. */
const EACH = 25;
const EACH_SLOWLY = 8;
const SETTLED_MS = 2_000;

export interface Rate {
  readonly answersPerSecond: number;
  /** CPU time of Parley's processes for an answer, in milliseconds. */
  readonly cpu: number;
  /** Cores that Parley's processes used, and those that this process did, in which both simulators are. */
  readonly parleyCores: number;
  readonly simulatorCores: number;
  /** Cores that nobody used. */
  readonly freeCores: number;
}

const TICKS_PER_SECOND = 100;
/** Milliseconds that cores have been idle so far, all together. @see https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat */
const idleSoFar = (): number => {
  const [, , , , idle = 0, waiting = 0] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/u).map(Number);
  return ((idle + waiting) * 1_000) / TICKS_PER_SECOND;
};

const ownCpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

const GROUPS = '/sys/fs/cgroup/cpu';
/** Microseconds. @see https://docs.kernel.org/scheduler/sched-bwc.html */
const PERIOD = 20_000;
/** Lets a process have so much of a core from now on. */
const limitCpu = (pid: number, share: number): string => {
  const group = `${GROUPS}/parley-bench-${pid}`;
  mkdirSync(group);
  writeFileSync(`${group}/cpu.cfs_period_us`, String(PERIOD));
  writeFileSync(`${group}/cpu.cfs_quota_us`, String(Math.round(PERIOD * share)));
  writeFileSync(`${group}/cgroup.procs`, String(pid));
  return group;
};

/** Answers of one process, or of several that have a shard each, with a model that is instant. @param share of a core that each may take; without it as much as there is */
export const measureRate = async (subject: Subject, processes: number, share?: number): Promise<Rate> => {
  const rig = await startRig(subject, { channels: CHANNELS, processes, environment: { STORE_URL: await freshDatabase() } });
  let groups: readonly string[] = [];
  try {
    await run(rig, 10, AT_ONCE);
    await sleep(SETTLED_MS);
    if (share !== undefined) groups = rig.pids.map((pid) => limitCpu(pid, share));
    const [cpuBefore, ownBefore, idleBefore, startedAt] = [rig.exactCpu(), ownCpu(), idleSoFar(), performance.now()];
    const done = await run(rig, share === undefined ? EACH : EACH_SLOWLY, AT_ONCE);
    const took = performance.now() - startedAt;
    const own = ownCpu() - ownBefore;
    const idle = idleSoFar() - idleBefore;
    const duringRun = rig.exactCpu() - cpuBefore;
    if (share === undefined) await sleep(SETTLED_MS);
    return { answersPerSecond: (done * 1_000) / took, cpu: (rig.exactCpu() - cpuBefore) / done, parleyCores: duringRun / took, simulatorCores: own / took, freeCores: idle / took };
  } finally {
    await rig.close();
    for (const group of groups) if (existsSync(group)) rmdirSync(group);
  }
};

if (import.meta.main) {
  const [, , first, count, rounds] = process.argv;
  const share = first === undefined ? undefined : Number(first);
  try {
    if (first === 'to-request') console.log(await measureByTurns([ON_SQLITE, { ...PARLEY, name: 'on PostgreSQL' }], Number(count ?? 1), Number(rounds ?? 100)));
    else {
      const pairs: (readonly [number, number])[] = [];
      for (let round = 0; round < Number(count ?? 3); round += 1) {
        const rates: number[] = [];
        // Whoever comes first is not always the same.
        for (const processes of round % 2 === 0 ? [1, 2] : [2, 1]) {
          const rate = await measureRate(PARLEY, processes, share);
          rates[processes - 1] = rate.answersPerSecond;
          console.log(processes, rate);
        }
        pairs.push([rates[1] ?? Number.NaN, rates[0] ?? Number.NaN]);
      }
      console.log(ratioOf(pairs));
    }
  } finally {
    await endPostgres();
  }
}
