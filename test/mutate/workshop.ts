import { execFileSync, fork } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CHOICE, NONE, REACH, REACHED } from './mutant-switch.ts';
import { SWITCH, switchable } from './switchable.ts';
import type { ChildProcess } from 'node:child_process';
import type { Mutant } from './mutants.ts';
import type { TestOrder, TestReply } from './test-hand.ts';

const ROOT = join(import.meta.dirname, '../..');
const SWITCH_FILE = 'mutant-switch.ts';

/** How a file of tests went: what does not end in time has not passed. */
export interface TestRun {
  readonly passed: boolean;
  /** Otherwise the tests were killed. */
  readonly isInTime: boolean;
  readonly ms: number;
}

export interface Trial {
  readonly file: string;
  /** The one that is switched on. */
  readonly mutant: Mutant | undefined;
  /** The share of their usual runs for which properties are tried. */
  readonly fuzz: number;
  /** After so many milliseconds the tests are killed. */
  readonly patienceMs: number;
}

/** A copy of this checkout with all mutants in it, each behind a switch, and a process that runs tests there. */
export interface Workshop {
  /** Runs a file of tests. */
  test(trial: Trial): Promise<TestRun>;
  /** Runs a file of tests as they are, and says which mutants it comes to. */
  reach(file: string, patienceMs: number): Promise<TestRun & { readonly reached: readonly number[] }>;
  /** Ends what runs there, and answers nothing more. */
  close(): Promise<void>;
}

export const openWorkshop = (mutants: readonly Mutant[]): Workshop => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-mutate-'));
  // Some tests have the code run by another user.
  chmodSync(folder, 0o755);
  // What is not committed yet is part of it; what is ignored is not.
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
  for (const file of files.filter((name) => existsSync(join(ROOT, name)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  copyFileSync(join(import.meta.dirname, SWITCH_FILE), join(folder, SWITCH_FILE));
  for (const [file, ofFile] of Map.groupBy(mutants, (mutant) => mutant.file)) {
    const source = ofFile[0]?.source ?? '';
    writeFileSync(join(folder, file), `import { ${SWITCH} } from '${join(folder, SWITCH_FILE)}'; ${switchable(source, ofFile)}`);
  }

  let hand: ChildProcess | undefined;
  let isClosed = false;
  const dismiss = (): void => {
    // With all that it has started.
    if (hand?.pid !== undefined && hand.exitCode === null) process.kill(-hand.pid, 'SIGKILL');
    hand = undefined;
  };
  const ready = async (): Promise<ChildProcess> => {
    if (hand !== undefined && hand.exitCode === null && hand.connected) return hand;
    hand = fork(join(import.meta.dirname, 'test-hand.ts'), { cwd: folder, detached: true, silent: true });
    hand.stderr?.resume();
    hand.stdout?.resume();
    await once(hand, 'message');
    return hand;
  };

  const run = async ({ file, fuzz, patienceMs }: Omit<Trial, 'mutant'>, choice: string): Promise<TestRun> => {
    // Its folder is gone, or about to be: what is asked of it now is never answered.
    if (isClosed) return new Promise(() => {});
    writeFileSync(join(folder, CHOICE), choice);
    const child = await ready();
    const since = performance.now();
    const enough = new AbortController();
    let isInTime = true;
    const passed = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => {
        isInTime = false;
        dismiss();
        resolve(false);
      }, patienceMs);
      enough.signal.addEventListener('abort', () => clearTimeout(timer));
      child.once('exit', () => resolve(false));
      child.once('message', (reply: TestReply) => resolve(reply.passed));
      child.send({ file: join(folder, file), fuzz } satisfies TestOrder);
    });
    enough.abort();
    child.removeAllListeners('exit').removeAllListeners('message');
    return { passed, isInTime, ms: Math.round(performance.now() - since) };
  };

  return {
    test: (trial) => run(trial, trial.mutant === undefined ? NONE : String(trial.mutant.id)),
    reach: async (file, patienceMs) => {
      writeFileSync(join(folder, REACHED), '');
      chmodSync(join(folder, REACHED), 0o666);
      const ran = await run({ file, fuzz: 1, patienceMs }, REACH);
      const reached = readFileSync(join(folder, REACHED), 'utf8');
      return { ...ran, reached: [...new Set(reached.split('\n').filter(Boolean).map(Number))] };
    },
    close: async () => {
      isClosed = true;
      const last = hand;
      dismiss();
      if (last !== undefined && last.exitCode === null && last.signalCode === null) await once(last, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
