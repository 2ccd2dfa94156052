import { describe, expect, it } from 'vitest';
import { sharesOf } from '../../src/conversation/shares.ts';
import fc from '../property.ts';

const wholes = fc.double({ min: 0.1, max: 1e9, noNaN: true });
const needs = fc.array(fc.oneof(fc.double(), fc.nat()), { minLength: 1, maxLength: 30 });

describe('what each of several gets of what is there for all', () => {
  it('is the whole together, and for nobody less than a tenth of an equal share', () => {
    fc.assert(
      fc.property(wholes, needs, (whole, wanted) => {
        const shares = sharesOf(whole, wanted);
        expect(shares).toHaveLength(wanted.length);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(whole, whole > 1e6 ? 2 : 6);
        for (const share of shares) expect(share).toBeGreaterThanOrEqual((whole / wanted.length) * 0.1 * (1 - 1e-9));
      }),
    );
  });

  it('is more for whoever needs more, the same for those who need the same, and all for one', () => {
    fc.assert(
      fc.property(wholes, fc.array(fc.nat(), { minLength: 2, maxLength: 10 }), (whole, wanted) => {
        const shares = sharesOf(whole, wanted);
        const byNeed = wanted.map((need, index) => [need, shares[index] ?? 0] as const).toSorted(([one], [other]) => one - other);
        for (const [index, [need, share]] of byNeed.entries()) {
          const [before, ofBefore] = byNeed[index - 1] ?? [need, share];
          if (before === need) expect(share).toBeCloseTo(ofBefore, 3);
          else expect(share).toBeGreaterThanOrEqual(ofBefore);
        }
      }),
    );
    expect(sharesOf(50, [0])[0]).toBeCloseTo(50);
    expect(sharesOf(50, [0, 0])).toEqual([25, 25]);
    expect(sharesOf(50, [0, 10]).map((share) => Math.round(share * 10) / 10)).toEqual([2.5, 47.5]);
  });
});
