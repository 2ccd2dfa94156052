import { describe, expect, it } from 'vitest';
import { InputCalibration } from '../../src/queue/input-calibration.ts';

describe('estimates of input tokens', () => {
  it('become what Bedrock reports, within a quarter and four times of themselves', () => {
    const likelyAfter = (share: number): number => {
      const calibration = new InputCalibration();
      for (let call = 0; call < 200; call += 1) calibration.learn(1_000, 1_000 * share);
      return calibration.likely(1_000);
    };
    expect([0.01, 0.5, 1, 3, 100].map((share) => Math.round(likelyAfter(share) / 10) * 10)).toEqual([250, 500, 1_000, 3_000, 4_000]);
  });

  it('are reserved with more on top the less they were right', () => {
    const [steady, unsteady] = [new InputCalibration(), new InputCalibration()];
    for (let call = 0; call < 200; call += 1) {
      steady.learn(1_000, 1_000);
      unsteady.learn(1_000, call % 2 === 0 ? 500 : 1_500);
    }
    expect(steady.tokens(1_000)).toBeLessThan(1_010);
    expect(unsteady.tokens(1_000)).toBeGreaterThan(1_500);
  });

  it('learn nothing from a report of nothing, nor of a prompt that was estimated as nothing', () => {
    const calibration = new InputCalibration();
    for (const [estimated, reported] of [[1_000, 0], [0, 1_000], [1_000, -5]] as const) calibration.learn(estimated, reported);
    expect([calibration.likely(1_000), calibration.tokens(1_000)]).toEqual([1_000, 1_300]);
  });
});
