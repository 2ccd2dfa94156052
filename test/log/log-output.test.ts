import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, vi } from 'vitest';

const run = (program: string) => {
  const start = `
    import { createLog } from ${JSON.stringify(join(import.meta.dirname, '../../src/log/log.ts'))};
    const log = await createLog({ level: 'debug', format: 'json', secrets: () => [] });
  `;
  return execFile(process.execPath, ['--input-type=module', '--eval', start + program]);
};

/** What a program has written when it has ended. */
const written = async (program: string): Promise<readonly string[]> => {
  const child = run(program);
  const lines = await Array.fromAsync(createInterface({ input: child.stdout! }));
  return lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg);
};

describe('the lines of the log', () => {
  it.each([
    ['ends by itself', ''],
    ['ends at once', 'process.exit(0);'],
    ['fails', "process.on('uncaughtException', () => process.exit(0)); throw new Error('failed');"],
  ])('are all there, in their order, when the program %s', async (_how, end) => {
    expect(await written(`log.info('one'); log.debug('two'); log.error('three'); log.info('four'); ${end}`)).toEqual(['one', 'two', 'three', 'four']);
  });

  it.each(["log.info('seen');", "log.info('one'); log.warn('seen');"])('are seen while the program goes on: %s', async (lines) => {
    const child = run(`${lines} setInterval(() => undefined, 1_000);`);
    let output = '';
    child.stdout?.on('data', (data: string) => (output += data));
    await vi.waitFor(() => expect(output).toContain('"seen"'), { timeout: 30_000 });
    child.kill('SIGKILL');
  });
});
