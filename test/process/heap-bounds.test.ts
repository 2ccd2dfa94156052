import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

/** What a program sees of its young generation, in MiB: how large its half mostly is in a burst, after it was made small, and in another burst. */
interface Halves {
  readonly burst: number;
  readonly small: number;
  readonly again: number;
}

const PROGRAM = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { setImmediate as turn } from 'node:timers/promises';
  import { boundHeap } from ${JSON.stringify(join(import.meta.dirname, '../../src/process/heap-bounds.ts'))};
  boundHeap()();
  const half = () => {
    const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    return (space.space_used_size + space.space_available_size) / 1024 / 1024;
  };
  /** Much is made in each turn, half of which lives for a while. */
  const burst = async () => {
    const halves = [];
    const kept = [];
    for (let round = 0; round < 60; round += 1) {
      for (let index = 0; index < 100_000; index += 1) {
        const made = { round, index, words: [index] };
        if (index % 2 === 0) kept.push(made);
      }
      if (kept.length > 500_000) kept.splice(0, 250_000);
      await turn();
      halves.push(half());
    }
    return halves.sort((one, other) => one - other)[halves.length / 2];
  };
  const result = { burst: await burst() };
  globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  result.small = half();
  result.again = await burst();
  console.log(JSON.stringify(result));
`;

describe('the bounds of the heap', () => {
  it('let the young generation grow to twelve megabytes twice and no further, and again after it was made small', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--input-type=module', '--eval', PROGRAM]);
    const { burst, small, again } = JSON.parse(stdout) as Halves;
    expect(small).toBeLessThan(4);
    expect([Math.round(burst), Math.round(again)]).toEqual([12, 12]);
  });
});
