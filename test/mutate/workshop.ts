import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** A copy of this checkout in which files are changed and tests are run. */
export interface Workshop {
  /** Whether all of these tests pass. What never ends has not passed. @param tests files and folders, as vitest takes them */
  passes(tests: readonly string[]): Promise<boolean>;
  /** Runs `work` while a file reads otherwise. */
  with<Result>(file: string, text: string, work: () => Promise<Result>): Promise<Result>;
  close(): void;
}

/** Milliseconds after which tests count as noticing a change: it keeps them from ending. */
const PATIENCE_MS = 10 * 60_000;

export const openWorkshop = (): Workshop => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-mutate-'));
  // What is not committed yet is part of it; what is ignored is not.
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return {
    passes: (tests) =>
      new Promise((resolve) => {
        const vitest = join(folder, 'node_modules/vitest/vitest.mjs');
        const child = spawn(process.execPath, [vitest, 'run', '--bail', '1', '--reporter', 'dot', ...tests], { cwd: folder, stdio: 'ignore', detached: true });
        const timer = setTimeout(() => {
          // With all that it has started.
          if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        }, PATIENCE_MS);
        child.on('exit', (code) => {
          clearTimeout(timer);
          resolve(code === 0);
        });
      }),
    with: async (file, text, work) => {
      const before = readFileSync(join(folder, file), 'utf8');
      writeFileSync(join(folder, file), text);
      try {
        return await work();
      } finally {
        writeFileSync(join(folder, file), before);
      }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
};
