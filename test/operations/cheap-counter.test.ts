import { Counter, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { CheapCounter } from '../../src/operations/cheap-counter.ts';
import fc from '../property.ts';

const NAME = { name: 'parley_things_total', help: 'Things' };

it.each([[['kind']], [['purpose', 'status']]] as const)("a counter that finds its labels by their values says what prom-client's own says: %s", async (labelNames) => {
  const value = fc.constantFrom('create', '200', 'a "quoted" \\ name', '');
  const added = fc.record({ amount: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 10, noNaN: true })), values: fc.array(value, { minLength: labelNames.length, maxLength: labelNames.length }) });
  await fc.assert(
    fc.asyncProperty(fc.array(added, { maxLength: 40 }), async (all) => {
      const [own, theirs] = [new Registry(), new Registry()];
      const cheap = new CheapCounter({ ...NAME, labelNames, registry: own });
      const slow = new Counter({ ...NAME, labelNames: [...labelNames], registers: [theirs] });
      for (const { amount, values } of all) {
        cheap.add(amount, ...values);
        // It takes 0 for 1.
        if (amount > 0) slow.inc(Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? ''])), amount);
      }
      const sums = await own.metrics();
      const isZero = (line: string): boolean => line.endsWith(' 0');
      expect(sums.split('\n').filter((line) => !isZero(line))).toEqual((await theirs.metrics()).split('\n').filter((line) => !isZero(line)));
    }),
  );
  const cheap = new CheapCounter({ ...NAME, labelNames, registry: new Registry() });
  for (const amount of [Number.NaN, Number.POSITIVE_INFINITY, -1]) cheap.add(amount, 'create', '200');
  expect((await cheap.get()).values).toEqual([]);
});
