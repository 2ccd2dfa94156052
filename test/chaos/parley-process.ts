import { spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callingAs } from './booked.ts';
import type { ChildProcess } from 'node:child_process';
import type { Kill } from './schedule.ts';

const ROOT = join(import.meta.dirname, '../..');
const CLOCK = join(import.meta.dirname, 'shifted-clock.mjs');
/** Longer than the longest outage, because it waits for the end of that. */
const READY_WITHIN_MS = 120_000;
/** Running answers get 20 s to end; what is still there after this is stuck. */
const ENDED_WITHIN_MS = 35_000;

export interface ParleyProcessOptions {
  /** What it says to Bedrock that it is called. */
  readonly name: string;
  /** Where it runs; its log is kept there too. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Parley as a process of its own, which can be killed and started anew. */
export interface ParleyProcess {
  readonly name: string;
  /** Resolves when it is ready. */
  start(): Promise<void>;
  /** Resolves when it is gone. */
  kill(how: Kill, graceMs: number): Promise<void>;
  /** Sets its wall clock so far ahead, in milliseconds, now and for later starts. */
  setClock(aheadMs: number): void;
  /** Asks it to end, and resolves with its exit code. */
  stop(): Promise<number | null>;
  readonly logFile: string;
  readonly isUp: boolean;
  readonly pid: number | undefined;
  /** Ends that nobody asked for, and ends that were asked for and never came. */
  readonly defects: readonly string[];
}

const within = async <Result>(promise: Promise<Result>, ms: number): Promise<Result | undefined> => {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};

export const createParleyProcess = ({ name, folder, environment }: ParleyProcessOptions): ParleyProcess => {
  const logFile = join(folder, 'parley.log');
  const clockFile = join(folder, 'clock');
  const defects: string[] = [];
  let child: ChildProcess | undefined;
  let ended: Promise<number | null> = Promise.resolve(0);
  let isUp = false;
  let isEndWanted = false;

  const start = async (): Promise<void> => {
    isEndWanted = false;
    const started = spawn(process.execPath, [join(ROOT, 'src/start.js'), '--env-file', join(ROOT, 'test/no-settings.env')], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], NODE_OPTIONS: `--import ${CLOCK}`, CHAOS_CLOCK_FILE: clockFile, ...callingAs(name), ...environment },
    });
    child = started;
    const ready = Promise.withResolvers<boolean>();
    let head = '';
    const read = (data: Buffer): void => {
      appendFileSync(logFile, data);
      if (isUp) return;
      head += data.toString();
      if (/"msg":"(?:ready|standing by)/u.test(head)) ready.resolve(true);
    };
    started.stdout.on('data', read);
    started.stderr.on('data', read);
    ended = new Promise((resolve) =>
      started.once('exit', (code, signal) => {
        if (!isEndWanted) defects.push(`ended by itself (${code ?? signal})`);
        isUp = false;
        ready.resolve(false);
        resolve(code);
      }),
    );
    isUp = (await within(ready.promise, READY_WITHIN_MS)) ?? false;
    if (isUp) return;
    if (!isEndWanted) defects.push('did not become ready');
    started.kill('SIGKILL');
    await ended;
  };

  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> => {
    isEndWanted = true;
    child?.kill(signal);
    const code = await within(ended, ENDED_WITHIN_MS);
    if (code !== undefined) return code;
    defects.push(`did not end after ${signal}`);
    child?.kill('SIGKILL');
    return ended;
  };

  return {
    name,
    start,
    kill: async (how, graceMs) => {
      if (how !== 'SIGTERM, then SIGKILL') {
        await end(how);
        return;
      }
      isEndWanted = true;
      child?.kill('SIGTERM');
      await within(ended, graceMs);
      await end('SIGKILL');
    },
    setClock: (aheadMs) => writeFileSync(clockFile, String(aheadMs)),
    stop: () => end('SIGTERM'),
    logFile,
    get isUp() {
      return isUp;
    },
    get pid() {
      return child?.pid;
    },
    defects,
  };
};
