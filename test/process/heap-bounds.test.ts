import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

/** What a program sees of its young generation, in MiB: how large its half mostly is while little is done, while little is done at
 * a time and again and again, after it was made small, and in a burst. */
interface Halves {
  readonly quiet: number;
  readonly steady: number;
  readonly small: number;
  readonly burst: number;
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
  const median = (halves) => halves.sort((one, other) => one - other)[halves.length / 2];
  /** A fifth of a megabyte is made in each turn, of which a hundredth lives on. */
  const kept = [];
  const work = async (turns) => {
    const halves = [];
    for (let round = 0; round < turns; round += 1) {
      for (let index = 0; index < 2_000; index += 1) {
        const made = { round, index, words: [index] };
        if (index % 100 === 0) kept.push(made);
      }
      await turn();
      halves.push(half());
    }
    return median(halves);
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
    return median(halves);
  };
  const result = { quiet: await work(6), steady: await work(600) };
  globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  result.small = half();
  result.burst = await burst();
  console.log(JSON.stringify(result));
`;

describe('the bounds of the heap', () => {
  it('let the young generation of a busy program grow to twelve megabytes twice and no further, and again after it was made small', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--input-type=module', '--eval', PROGRAM]);
    const { quiet, steady, small, burst } = JSON.parse(stdout) as Halves;
    expect([quiet < 4, small < 4]).toEqual([true, true]);
    expect(Math.round(steady)).toBe(12);
    // On a busy machine V8 may make it a step smaller again before it is looked at.
    expect(Math.round(burst)).toBeGreaterThanOrEqual(8);
    expect(Math.round(burst)).toBeLessThanOrEqual(12);
  });
});
