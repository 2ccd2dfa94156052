import { expect, it } from 'vitest';
import { bearableCalls } from '../../src/process/bearable-calls.ts';

const MIB = 1024 * 1024;

it.each([
  ['a small container', [256 * MIB, 16_384 * MIB, 130 * MIB], 260],
  ['one whose heap may be larger than itself', [64 * MIB, 16_384 * MIB, 2_048 * MIB], 128],
  ['no limit that is known', [0, 1_024 * MIB, 512 * MIB], 1_024],
  ['a limit that is none', [2 ** 64, 1_024 * MIB, 4_096 * MIB], 2_048],
  ['next to nothing', [1, 1, 1], 1],
])('so many calls as the memory bears: %s', (_, limits, calls) => {
  expect(bearableCalls(limits)).toBe(calls);
});

it('knows what this process has', () => {
  expect(bearableCalls()).toBeGreaterThan(16);
});
