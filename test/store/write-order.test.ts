import { describe, expect, it } from 'vitest';
import { createWriteOrder } from '../../src/store/write-order.ts';

/** Writes that end when they are told to. */
const heldWrites = () => {
  const order = createWriteOrder();
  const begun: string[] = [];
  const begin = (name: string, keys: readonly string[] | undefined) => {
    const held = Promise.withResolvers<void>();
    const done = order.write(keys, () => {
      begun.push(name);
      return held.promise;
    });
    done.catch(() => undefined);
    return { end: held.resolve, fail: () => held.reject(new Error(name)), done };
  };
  return { order, begun, begin };
};
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what one process writes', () => {
  it('to the same keys is written in the order in which it was asked, and beside what is written to others', async () => {
    const { begun, begin } = heldWrites();
    const first = begin('first', ['a', 'b']);
    begin('other', ['c']);
    begin('second', ['b']);
    await soon();
    expect(begun).toEqual(['first', 'other']);
    first.end();
    await soon();
    expect(begun).toEqual(['first', 'other', 'second']);
  });

  it('to nobody knows which waits for all, and all behind it for that', async () => {
    const { begun, begin } = heldWrites();
    const first = begin('first', ['a']);
    const all = begin('all', undefined);
    begin('last', ['z']);
    await soon();
    expect(begun).toEqual(['first']);
    first.fail();
    await soon();
    expect(begun).toEqual(['first', 'all']);
    all.end();
    await soon();
    expect(begun).toEqual(['first', 'all', 'last']);
  });

  it('to more keys than it said waits for what was asked before it, and not for what came later', async () => {
    const { order, begun, begin } = heldWrites();
    const before = begin('before', ['b']);
    let goOn: ((keys: readonly string[]) => Promise<unknown> | undefined) | undefined;
    const held = Promise.withResolvers<void>();
    const done = order.writeMore(['a'], (about) => {
      goOn = about;
      return held.promise;
    });
    begin('later', ['c']);
    expect(goOn?.(['a'])).toBeUndefined();
    let mayWrite = false;
    const waited = goOn?.(['a', 'b', 'c'])?.then(() => (mayWrite = true));
    const behind = begin('behind', ['b']);
    await soon();
    expect([mayWrite, begun]).toEqual([false, ['before', 'later']]);
    before.end();
    await waited;
    expect([mayWrite, begun]).toEqual([true, ['before', 'later']]);
    held.resolve();
    await done;
    await soon();
    expect(begun).toEqual(['before', 'later', 'behind']);
    behind.end();
  });

  it('is settled when all of it is written or has failed, with what came meanwhile', async () => {
    const { order, begin } = heldWrites();
    const first = begin('first', ['a']);
    let isSettled = false;
    const settled = order.settled().then(() => (isSettled = true));
    const second = begin('second', ['b']);
    first.end();
    await soon();
    expect(isSettled).toBe(false);
    second.fail();
    await settled;
    expect(order.before(undefined)).toBeUndefined();
  });
});
