import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadLater } from '../../src/process/load-later.ts';

describe('what is loaded later', () => {
  it('is loaded once, with the first call, however many come together', async () => {
    let loads = 0;
    const double = loadLater(async () => {
      loads += 1;
      return async (value: number) => 2 * value;
    });
    expect(loads).toBe(0);
    expect(await Promise.all([double(1), double(2)])).toEqual([2, 4]);
    expect(await double(3)).toBe(6);
    expect(loads).toBe(1);
  });

  it('is loaded again by the next call when that failed', async () => {
    let loads = 0;
    const answer = loadLater(async () => {
      loads += 1;
      if (loads === 1) throw new Error('too many open files');
      return async () => 'there';
    });
    await expect(answer()).rejects.toThrow('too many open files');
    expect(await answer()).toBe('there');
  });

  it('is there compiled at the next start, also when the process is killed', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'parley-compiled-'));
    onTestFinished(() => rmSync(cache, { recursive: true, force: true }));
    const file = (name: string): string => JSON.stringify(join(import.meta.dirname, '../../src', name));
    const program = `import { loadLater } from ${file('process/load-later.ts')};
      await loadLater(async () => (await import(${file('conversation/byte-room.ts')})).createByteRoom)(1);
      setInterval(() => undefined, 1_000);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { env: { NODE_COMPILE_CACHE: cache }, stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    // A folder for the version, in it one file for each that was loaded: its code, and its code without types.
    await vi.waitFor(() => expect(readdirSync(cache, { recursive: true }).length).toBeGreaterThan(3), 20_000);
  });
});
