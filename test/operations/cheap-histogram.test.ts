import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { CheapHistogram } from '../../src/operations/cheap-histogram.ts';
import fc from '../property.ts';

const BUCKETS = [0.001, 0.1, 1, 5];
const NAME = { name: 'parley_things_seconds', help: 'Things' };
const LABELS = ['does', 'kind'] as const;

/** The lines, whatever the order of their labels. */
const linesOf = async (registry: Registry): Promise<string[]> =>
  (await registry.metrics()).split('\n').map((line) => line.replace(/\{(.*)\}/u, (_all, labels: string) => `{${labels.split(',').toSorted().join()}}`));

describe('a histogram that counts in arrays', () => {
  it("says what prom-client's own says of the same values", async () => {
    const value = fc.oneof(fc.double({ min: 0, max: 10, noNaN: true }), fc.constantFrom(...BUCKETS, 0));
    const observed = fc.record({ value, does: fc.constantFrom('read', 'write', 'a "quoted" \\ name'), kind: fc.option(fc.constantFrom('fine', 'bad'), { nil: undefined }) });
    await fc.assert(
      fc.asyncProperty(fc.array(observed, { maxLength: 60 }), async (all) => {
        const [own, theirs] = [new Registry(), new Registry()];
        const cheap = new CheapHistogram({ ...NAME, buckets: BUCKETS, labelNames: LABELS, registry: own });
        const slow = new Histogram({ ...NAME, buckets: BUCKETS, labelNames: LABELS, registers: [theirs] });
        for (const { value, does, kind } of all) {
          cheap.count(value, does, kind);
          slow.observe(kind === undefined ? { does } : { does, kind }, value);
        }
        expect(await linesOf(own)).toEqual(await linesOf(theirs));
      }),
    );
  });

  it('is there before anything was counted where it has no labels, and never counts what is no number', async () => {
    const [own, theirs] = [new Registry(), new Registry()];
    const cheap = new CheapHistogram({ ...NAME, buckets: BUCKETS, registry: own });
    theirs.registerMetric(new Histogram({ ...NAME, buckets: BUCKETS, registers: [] }));
    cheap.count(Number.NaN);
    expect(await linesOf(own)).toEqual(await linesOf(theirs));
  });
});
