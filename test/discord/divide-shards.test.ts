import { describe, expect, it } from 'vitest';
import { divideShards, shardNumbers } from '../../src/discord/gateway/divide-shards.ts';
import fc from '../property.ts';
import type { Division } from '../../src/discord/gateway/divide-shards.ts';

const NAMES = ['ana', 'bo', 'cy', 'di', 'ed', 'fay'];
const holders = fc.record({ owner: fc.constantFrom(...NAMES), next: fc.constantFrom(...NAMES) }, { requiredKeys: [] });
const divisions = fc.integer({ min: 1, max: 40 }).chain((count) =>
  fc.record({ count: fc.constant(count), shards: fc.dictionary(fc.integer({ min: 0, max: count - 1 }).map(String), holders) }),
) as fc.Arbitrary<Division>;
const staying = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 });

const sizes = (plan: ReadonlyMap<number, string>, names: readonly string[]): number[] => names.map((name) => [...plan.values()].filter((one) => one === name).length);
const holderIn = ({ shards }: Division, id: number, names: readonly string[]): string | undefined => [shards[id]?.next, shards[id]?.owner].find((one) => one !== undefined && names.includes(one));

describe('who is to have which shard', () => {
  it('is one of those who stay for each, and as many for each of them, or one more', () => {
    fc.assert(
      fc.property(divisions, staying, (division, names) => {
        const plan = divideShards(division, names);
        expect([...plan.keys()].toSorted((one, other) => one - other)).toEqual(shardNumbers(division.count));
        const counts = sizes(plan, names);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('changes for no shard for which it need not, and for none that somebody has where nothing may move', () => {
    fc.assert(
      fc.property(divisions, staying, (division, names) => {
        const held = shardNumbers(division.count).filter((id) => holderIn(division, id, names) !== undefined);
        const fixed = divideShards(division, names, false);
        for (const id of held) expect(fixed.get(id)).toBe(holderIn(division, id, names));
        const plan = divideShards(division, names);
        const moved = held.filter((id) => plan.get(id) !== holderIn(division, id, names)).length;
        const had = names.map((name) => held.filter((id) => holderIn(division, id, names) === name).length).toSorted((one, other) => other - one);
        const over = had.reduce((sum, count, index) => sum + Math.max(0, count - Math.floor(division.count / names.length) - (index < division.count % names.length ? 1 : 0)), 0);
        expect(moved).toBe(over);
      }),
    );
  });

  it('is the same for whoever works it out, and stays once it is so', () => {
    fc.assert(
      fc.property(divisions, staying, (division, names) => {
        const plan = divideShards(division, names);
        expect(divideShards(division, names.toReversed())).toEqual(plan);
        const settled = { count: division.count, shards: Object.fromEntries([...plan].map(([id, owner]) => [id, { owner }])) };
        expect(new Map([...divideShards(settled, names)].toSorted(([one], [other]) => one - other))).toEqual(new Map([...plan].toSorted(([one], [other]) => one - other)));
      }),
    );
  });
});
