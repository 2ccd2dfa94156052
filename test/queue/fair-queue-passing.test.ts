import fc from '../property.ts';
import { expect, it } from 'vitest';
import { FairQueue } from '../../src/queue/fair-queue.ts';

const enqueueAll = (queue: FairQueue<string>, ids: readonly string[]): void => {
  for (const id of ids) queue.enqueue(id, { id, guildId: 'g', memberId: id[0] ?? '' });
};

it('finds who comes first of those who are wanted, in the order of service, and leaves them where they are', () => {
  const queue = new FairQueue<string>();
  enqueueAll(queue, ['a1', 'a2', 'b1', 'c1']);
  const seen: string[] = [];
  expect(queue.find((id) => (seen.push(id), id.endsWith('2')))).toBe('a2');
  expect(seen).toEqual(['a1', 'b1', 'c1', 'a2']);
  expect(queue.find(() => false)).toBeUndefined();
  expect(queue.size).toBe(4);
});

it('counts what is taken before its turn as the turn of its member', () => {
  const queue = new FairQueue<string>();
  enqueueAll(queue, ['a1', 'a2', 'b1', 'b2', 'c1']);
  expect(queue.take('b1')).toBe('b1');
  expect(queue.take('b1')).toBeUndefined();
  expect(Array.from({ length: 4 }, () => queue.dequeue())).toEqual(['a1', 'c1', 'b2', 'a2']);
  expect(queue.size).toBe(0);
});

it('always finds the one who would be served next, and taking that one is serving it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('g', 'h', undefined)), { maxLength: 40 }), (asked) => {
      const [one, other] = [new FairQueue<string>(), new FairQueue<string>()];
      for (const [index, [memberId, guildId]] of asked.entries()) for (const queue of [one, other]) queue.enqueue(String(index), { id: String(index), guildId, memberId });
      while (one.size > 0) expect(one.take(one.find(() => true) ?? '')).toBe(other.dequeue());
    }),
  );
});
