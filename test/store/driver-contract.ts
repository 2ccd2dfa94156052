import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite';
import { Keyv } from 'keyv';
import * as vitest from 'vitest';
import { assert, asyncProperty, constantFrom, record, array, oneof, constant, string, uniqueArray } from '../property.ts';
import { collect } from './temporary-driver.ts';
import type { StoreDriver } from '../../src/store/store-driver.ts';

const { describe, expect, it } = vitest;

export interface ContractOptions {
  /** A driver on the table of one place that all calls with the same name share. */
  readonly open: (place: string, table?: string) => Promise<StoreDriver>;
  /** Texts that it cannot keep. */
  readonly refuses: readonly string[];
  /** The longest key, in characters. */
  readonly longestKey: number;
}

const HOUR_MS = 3_600_000;
const past = (): number => Date.now() - HOUR_MS;
const future = (): number => Date.now() + HOUR_MS;

/** What holds for each driver of the store, whatever database it is over. */
export const describeDriverContract = ({ open, refuses, longestKey }: ContractOptions): void => {
  let places = 0;
  const fresh = (): Promise<StoreDriver> => open(`place${(places += 1)}`);
  const keyvOn = (store: StoreDriver): Keyv => new Keyv({ store });

  describe("keyv's adapter test suite", () => {
    // The suite's last release is for Keyv 5. These two fail with a plain Map under Keyv 6 as well, so they have to fail here.
    const contradictions = new Map([
      ['.deleteMany([keys]) with nonexistent keys resolves to false', 'Keyv 6 resolves to an array with a boolean per key'],
      ['value can be BigInt using other serializer/deserializer', "uses Keyv 5's store.opts, serialize and deserialize"],
    ]);
    const registered: string[] = [];
    const suiteApi = {
      ...vitest,
      it(name: string, body: vitest.TestFunction) {
        registered.push(name);
        const reason = contradictions.get(name);
        if (reason === undefined) it(name, body);
        else it.fails(`${name} [not under Keyv 6: ${reason}]`, body);
      },
    } as unknown as typeof vitest;

    // A driver per Keyv in one place: Keyv sets its own namespace on its adapter, and asks for it at once.
    for (const [name, suite] of Object.entries({ keyvTestSuite, keyvIteratorTests })) {
      describe(name, () => {
        const drivers: StoreDriver[] = [];
        vitest.beforeAll(async () => {
          for (let count = 0; count < 80; count += 1) drivers.push(await open(name));
        });
        suite(suiteApi, Keyv as never, () => drivers.pop() as never);
      });
    }

    it('registered the whole suite, with the tests left out', () => {
      expect(registered).toHaveLength(42);
      expect(registered).toEqual(expect.arrayContaining([...contradictions.keys()]));
    });

    it('deletes with a boolean per key, and keeps a BigInt, as Keyv 6 has it', async () => {
      const keyv = keyvOn(await fresh());
      await keyv.set('big', 9223372036854775807n);
      expect(await keyv.get('big')).toBe(9223372036854775807n);
      expect(await keyv.delete(['big', 'gone'])).toEqual([true, false]);
    });
  });

  describe('what is kept', () => {
    it('is kept per table and namespace', async () => {
      const first = await open('tables');
      await first.set('a', 'plain');
      first.namespace = 'n';
      await first.set('a', 'in n');
      await first.setMany([{ key: 'b', value: 'two' }, { key: 'c', value: 'three' }]);
      await (await open('tables', 'ledger')).set('a', 'entry');

      const second = await open('tables');
      expect(await second.get('a')).toBe('plain');
      expect(await collect(second.entriesWithPrefix(''))).toEqual([['a', 'plain']]);
      second.namespace = 'n';
      expect(await second.getMany(['a', 'b', 'x', 'c'])).toEqual(['in n', 'two', undefined, 'three']);
      expect(await second.hasMany?.(['a', 'x'])).toEqual([true, false]);
      await second.clear();
      expect(await collect(second.entriesWithPrefix(''))).toEqual([]);
      second.namespace = undefined;
      expect(await second.get('a')).toBe('plain');
      expect(await (await open('tables', 'ledger')).get('a')).toBe('entry');
    });

    it.each(['', 'a\0b', '日本語 🦜', "'; DROP TABLE keyv; --", 'x'.repeat(1_000_000), '🦜'.repeat(250_000), '{"a":null}', '{NULL}', '\\x00', 'a\\b"c'])('comes back as it was (%#)', async (value) => {
      const driver = await fresh();
      if (refuses.some((refused) => value.includes(refused))) {
        await expect(driver.set('value', value)).rejects.toThrow(TypeError);
        return;
      }
      await driver.set('value', value);
      expect(await driver.get('value')).toBe(value);
      expect(await driver.exchange([{ key: 'value', value: `${value}.` }, { key: 'other', value }], [], { key: 'value', expected: value })).toBe(true);
      expect(await driver.getMany(['value', 'other'])).toEqual([`${value}.`, value]);
      if (value.length > longestKey) return;
      await driver.set(value, 'key');
      expect(await driver.get(value)).toBe('key');
    });

    it('is written together, or not at all', async () => {
      const driver = await fresh();
      await driver.set('a', 'before');
      await expect(driver.setMany?.([{ key: 'a', value: 'after' }, { key: 'b', value: 1 as never }])).rejects.toThrow(TypeError);
      await expect(driver.transact(({ set }) => (set('a', 'after', future()), set('b', null as never, future())))).rejects.toThrow();
      await expect(
        driver.transact(({ set }) => {
          set('a', 'after', future());
          throw new RangeError('no');
        }),
      ).rejects.toThrow(expect.objectContaining({ cause: expect.any(RangeError) }));
      expect(await collect(driver.entriesWithPrefix(''))).toEqual([['a', 'before']]);
      expect(await driver.setMany?.([])).toEqual([]);
      expect(await driver.setMany?.([{ key: 'a', value: 'after' }])).toEqual([true]);
      expect(await driver.setMany?.([{ key: 'a', value: 'one' }, { key: 'a', value: 'two' }])).toEqual([true, true]);
      expect(await driver.get('a')).toBe('two');
    });
  });

  describe('the order of one process', () => {
    it('is kept without waiting: no older value overtakes a newer one, and whoever reads sees what was written before', async () => {
      const driver = await fresh();
      const values = Array.from({ length: 40 }, (_, index) => `value ${index}`);
      const reads: Promise<string | undefined>[] = [];
      const writes = values.map((value) => {
        const write = driver.set('a', value);
        reads.push(driver.get('a'));
        return write;
      });
      await Promise.all(writes);
      expect((await Promise.all(reads)).at(-1)).toBe('value 39');
      expect(await driver.get('a')).toBe('value 39');
      const [, seen, , gone] = await Promise.all([driver.set('b', 'x'), driver.transact(({ get }) => get('b')), driver.delete('b'), driver.get('b')]);
      expect([seen, gone]).toEqual(['x', undefined]);
    });
  });

  describe('a deadline', () => {
    it('hides an entry, which can still be looked at and is swept in batches', async () => {
      const driver = await fresh();
      await driver.set('forever', '1');
      await driver.set('over', '2', past());
      await driver.setMany?.([{ key: 'later', value: '3', expires: future() }, { key: 'infinite', value: '4', expires: Infinity }]);
      expect(await driver.get('over')).toBeUndefined();
      expect(await driver.peek('over')).toBe('2');
      expect(await driver.has?.('over')).toBe(false);
      expect(await driver.getMany(['over', 'later'])).toEqual([undefined, '3']);
      expect((await collect(driver.entriesWithPrefix(''))).map(([key]) => key)).toEqual(['forever', 'infinite', 'later']);
      driver.namespace = 'other';
      expect(await driver.sweep(Date.now() + 2 * HOUR_MS, 1)).toBe(1);
      expect(await driver.sweep()).toBe(0);
      expect(await driver.sweep(Date.now() + 2 * HOUR_MS)).toBe(1);
      driver.namespace = undefined;
      expect(await driver.deleteMany?.(['over', 'later', 'forever', 'infinite'])).toEqual([false, false, true, true]);
    });

    it('comes by itself', async () => {
      const driver = await fresh();
      await driver.set('soon', '1', Date.now() + 200);
      await expect.poll(() => driver.get('soon')).toBeUndefined();
    });
  });

  describe('one step', () => {
    it('claims an absent or expired entry only', async () => {
      const driver = await fresh();
      expect(await driver.setIfAbsent('a', 'first', past())).toBe(true);
      expect(await driver.setIfAbsent('a', 'second')).toBe(true);
      expect(await driver.setIfAbsent('a', 'third', future())).toBe(false);
      expect(await driver.get('a')).toBe('second');
      expect(await driver.setManyIfAbsent([{ key: 'a', value: 'x' }, { key: 'b', value: 'y' }, { key: 'b', value: 'z' }])).toEqual([false, true, false]);
      expect(await driver.getMany(['a', 'b'])).toEqual(['second', 'y']);
    });

    it('replaces only what is still as expected', async () => {
      const driver = await fresh();
      expect(await driver.replace('a', '', 'x')).toBe(false);
      await driver.set('a', 'open', future());
      expect(await driver.replace('a', 'OPEN', 'x')).toBe(false);
      expect(await driver.replace('a', 'open', 'done', future())).toBe(true);
      expect(await driver.replace('a', 'open', 'x')).toBe(false);
      expect(await driver.replace('a', 'done', 'over', past())).toBe(true);
      expect(await driver.replace('a', 'over', 'x')).toBe(false);
      expect(await driver.get('a')).toBeUndefined();
    });

    it('exchanges only where its guard is as expected', async () => {
      const driver = await fresh();
      await driver.setMany?.([{ key: 'a', value: '1' }, { key: 'b', value: '2' }]);
      expect(await driver.exchange([{ key: 'a', value: '3' }], ['b'], { key: 'a', expected: '2' })).toBe(false);
      expect(await driver.exchange([{ key: 'c', value: '3' }], ['b'], { key: 'c', expected: 'x' })).toBe(false);
      expect(await driver.exchange([{ key: 'c', value: '3' }], ['b'], { key: 'c', expected: undefined })).toBe(true);
      expect(await driver.exchange([{ key: 'c', value: '4' }], [], { key: 'c', expected: undefined })).toBe(false);
      expect(await driver.exchange([], ['c', 'none'], { key: 'a', expected: '1' })).toBe(true);
      expect(await driver.exchange([{ key: 'd', value: '1' }], [], { key: 'c', expected: undefined })).toBe(true);
      expect(await driver.exchange([{ key: 'd', value: '2' }], [], { key: 'c', expected: undefined })).toBe(true);
      expect(await driver.exchange([{ key: 'd', value: '3' }], [], { key: 'a', expected: undefined })).toBe(false);
      await driver.set('past', '1', past());
      expect(await driver.exchange([{ key: 'e', value: '1', expires: future() }], [], { key: 'past', expected: undefined })).toBe(true);
      expect(await collect(driver.entriesWithPrefix(''))).toEqual([['a', '1'], ['d', '2'], ['e', '1']]);
    });

    it('moves an entry with its deadline, over what is there', async () => {
      const driver = await fresh();
      expect(await driver.move('a', 'b', future())).toBe(false);
      await driver.setMany?.([{ key: 'a', value: '1', expires: future() }, { key: 'b', value: '2' }]);
      expect(await driver.move('a', 'b', future(), 'x')).toBe(false);
      expect(await driver.move('a', 'b', Date.now() + 10 * HOUR_MS, '1')).toBe(true);
      expect(await driver.getMany(['a', 'b'])).toEqual([undefined, '1']);
      expect(await driver.sweep(Date.now() + 2 * HOUR_MS)).toBe(1);
      await driver.set('c', '3');
      await driver.move('c', 'd', past());
      expect(await driver.get('d')).toBeUndefined();
      expect(await driver.peek('d')).toBe('3');
    });

    it('deletes what nobody needs any more', async () => {
      const driver = await fresh();
      await driver.set('bytes:a', 'x');
      await driver.set('owner:a:1', 'x', future());
      for (const key of ['owner:a', 'owner:a;', 'owner:b:1']) await driver.set(key, 'x');
      expect(await driver.deleteUnneeded('bytes:a', 'owner:a:')).toBe(false);
      await driver.set('owner:a:1', 'x', past());
      expect(await driver.deleteUnneeded('bytes:a', 'owner:a:')).toBe(true);
      expect(await driver.has?.('bytes:a')).toBe(false);
      expect(await driver.deleteUnneeded('bytes:a', 'owner:a:')).toBe(false);
    });

    it('equals its model, whatever a transaction does, and is done by one at a time', async () => {
      const key = constantFrom('a', 'b', 'c');
      const value = constantFrom('1', '2', '3');
      const step = oneof(
        record({ is: constant('get' as const), key }),
        record({ is: constant('set' as const), key, value }),
        record({ is: constant('change' as const), key, value }),
        record({ is: constant('setIfAbsent' as const), key, value }),
        record({ is: constant('delete' as const), key }),
      );
      const driver = await fresh();
      await assert(
        asyncProperty(array(array(step, { maxLength: 6 }), { maxLength: 4 }), async (transactions) => {
          await driver.clear();
          const model = new Map<string, string>();
          for (const steps of transactions) {
            const expected = steps.map((one) => {
              const has = model.has(one.key);
              if (one.is === 'get') return model.get(one.key);
              if (one.is === 'delete') return model.delete(one.key);
              if (one.is === 'set' || (one.is === 'change') === has) model.set(one.key, one.value);
              return one.is === 'set' ? undefined : (one.is === 'change') === has;
            });
            const found = await driver.transact((entries) =>
              steps.map((one) => {
                if (one.is === 'get') return entries.get(one.key);
                if (one.is === 'delete') return entries.delete(one.key);
                return one.is === 'change' ? entries.change(one.key, one.value) : entries[one.is](one.key, one.value, future());
              }),
            );
            expect(found).toEqual(expected);
          }
          expect(await collect(driver.entriesWithPrefix(''))).toEqual([...model].toSorted());
        }),
        { numRuns: 60 },
      );
    });

    it('keeps the deadline of what a transaction changes', async () => {
      const driver = await fresh();
      await driver.set('a', '1', future());
      expect(await driver.transact(({ change }) => [change('a', '2'), change('b', '2')])).toEqual([true, false]);
      expect(await driver.get('a')).toBe('2');
      expect(await driver.sweep(Date.now() + 2 * HOUR_MS)).toBe(1);
    });

    it('is one for any number of connections: each of 60 increments of four drivers counts', async () => {
      const drivers = await Promise.all([1, 2, 3, 4].map(() => open('counter')));
      await Promise.all(
        drivers.flatMap((driver) =>
          Array.from({ length: 15 }, () =>
            driver.transact(({ get, set }) => {
              set('count', String(Number(get('count') ?? 0) + 1), future());
            }),
          ),
        ),
      );
      expect(await drivers[0]?.get('count')).toBe('60');
      const claims = await Promise.all(drivers.flatMap((driver) => Array.from({ length: 20 }, (_, index) => driver.setIfAbsent(`claim ${index}`, 'x', future()))));
      expect(claims.filter(Boolean)).toHaveLength(20);
      const replaced = await Promise.all(drivers.map((driver, index) => driver.replace('count', '60', `by ${index}`, future())));
      expect(replaced.filter(Boolean)).toHaveLength(1);
      const exchanged = await Promise.all(drivers.map((driver, index) => driver.exchange([{ key: 'new', value: String(index), expires: future() }], [], { key: 'new', expected: undefined })));
      expect(exchanged.filter(Boolean)).toHaveLength(1);
    });
  });

  describe('a prefix', () => {
    it('lists with no character being special, in the order of bytes', async () => {
      const driver = await fresh();
      const keys = ['', '%', '%a', '_', '_a', 'a', 'a%', 'a_', 'ab', 'A', 'é', 'éa', '🦜', '🦜a', '日本', '[', '*', '\u{10ffff}', '\\'];
      for (const key of keys) await driver.set(key, `value of ${key}`);
      for (const prefix of keys) {
        const expected = keys.filter((key) => key.startsWith(prefix)).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(await collect(driver.entriesWithPrefix(prefix))).toEqual(expected.map((key) => [key, `value of ${key}`]));
      }
    });

    it('lists any prefix of any keys', async () => {
      const driver = await fresh();
      const units = ['a', 'b', '%', '_', '\0', 'é', '🦜', '\u{10ffff}'].filter((unit) => !refuses.includes(unit));
      const part = string({ unit: constantFrom(...units), maxLength: 3 });
      await assert(
        asyncProperty(uniqueArray(part), part, async (keys, prefix) => {
          await driver.clear();
          await driver.setMany?.(keys.map((key) => ({ key, value: key })));
          const listed = (await collect(driver.entriesWithPrefix(prefix))).map(([key]) => key);
          expect(listed.sort()).toEqual(keys.filter((key) => key.startsWith(prefix)).sort());
        }),
      );
    });

    it('gives one key and those behind a prefix, as they are at one moment', async () => {
      const driver = await fresh();
      await driver.setMany?.(['head', 'row:1', 'row:2', 'row;', 'row'].map((key) => ({ key, value: `of ${key}` })));
      await driver.set('row:3', 'x', past());
      expect(await driver.withPrefix('head', 'row:')).toEqual([['head', 'of head'], ['row:1', 'of row:1'], ['row:2', 'of row:2']]);
      expect(await driver.withPrefix('row:1', 'row:')).toEqual([['row:1', 'of row:1'], ['row:2', 'of row:2']]);
      expect(await driver.withPrefix('row;', 'row:')).toEqual([['row:1', 'of row:1'], ['row:2', 'of row:2'], ['row;', 'of row;']]);
    });

    it('lists many entries while they are being changed', async () => {
      const driver = await fresh();
      const keys = Array.from({ length: 1000 }, (_, i) => `job:${String(i).padStart(4, '0')}`);
      await driver.setMany?.([...keys, 'jo', 'joc:1', 'jpb'].map((key) => ({ key, value: 'open' })));
      const seen: string[] = [];
      for await (const [key] of driver.entriesWithPrefix('job:')) {
        seen.push(key);
        await driver.delete(key);
        if (key === 'job:0100') await driver.delete('job:0101');
      }
      expect(seen).toEqual(keys.filter((key) => key !== 'job:0101'));
      expect(await collect(driver.entriesWithPrefix('job:'))).toEqual([]);
    });
  });

  it('tells one time to all', async () => {
    const [one, other] = await Promise.all([open('clock'), open('clock')]);
    expect(one.clock.id).toBe(other.clock.id);
    const times = [await one.clock.now(), await other.clock.now(), await one.clock.now()];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Number.isFinite(times[0])).toBe(true);
  });

  it('takes nothing any more once it is closed', async () => {
    const driver = await fresh();
    await driver.set('a', '1');
    await driver.disconnect?.();
    await driver.disconnect?.();
    await expect(driver.get('a')).rejects.toThrow(/disconnected/u);
    await expect(driver.set('a', '2')).rejects.toThrow(/disconnected/u);
  });
};
