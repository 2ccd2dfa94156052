import { afterEach, describe, expect, it } from 'vitest';
import { createSharedShards } from '../../src/discord/gateway/shared-shards.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createPeerStore } from '../../src/store/peer-store.ts';
import { createShardStore } from '../../src/store/shard-store.ts';
import type { Log } from '../../src/log/log.ts';
import type { SharedShards } from '../../src/discord/gateway/shared-shards.ts';
import type { Store } from '../../src/store/open-store.ts';

const LOOK_EVERY_MS = 5;
let running: Machine[] = [];
afterEach(async () => {
  for (const { kill } of running) await kill();
  running = [];
});

interface Machine {
  readonly name: string;
  readonly shared: SharedShards;
  /** The shards that it hears at this moment. */
  readonly hears: Set<number>;
  /** How often each was connected. */
  readonly connects: number[];
  readonly busy: Set<number>;
  readonly gone: { count: number };
  readonly failures: unknown[];
  readonly log: string[];
  readonly clock: { aheadMs: number };
  /** Of what it is to connect, it begins no session. */
  readonly stuck: { isOn: boolean };
  kill(): Promise<void>;
  handOver(): Promise<void>;
}

/** Processes on one store, of which each has connections that are there at once. */
const house = (count: number) => {
  const store = openStore('memory://');
  const dead = new Set<string>();
  const table = createShardStore(store);
  /** Shards that nobody heard at some moment after somebody had. */
  const heardBy = (machines: readonly Machine[], id: number): Machine[] => machines.filter(({ hears }) => hears.has(id));
  let names = 0;

  const add = (settings: { readonly wanted?: number; readonly store?: Store; readonly mayMove?: boolean; readonly fails?: Error } = {}): Machine => {
    names += 1;
    const name = `process ${names}`;
    const [hears, busy, connects] = [new Set<number>(), new Set<number>(), [] as number[]];
    const [failures, log, gone, clock, stuck] = [[] as unknown[], [] as string[], { count: 0 }, { aheadMs: 0 }, { isOn: false }];
    const write = (_fields: object, message: string): void => void log.push(message);
    const connect = (id: number): void => {
      connects.push(id);
      if (stuck.isOn) return;
      setTimeout(() => {
        if (dead.has(name)) return;
        hears.add(id);
        shared.ready(id);
      }, 1);
    };
    const shared = createSharedShards({
      processes: createPeerStore(settings.store ?? store, { owner: name, isAlive: async (owner) => !dead.has(owner) }),
      table: settings.store === undefined ? table : createShardStore(settings.store),
      connections: {
        begin: async (_count, ids) => {
          if (settings.fails !== undefined) throw settings.fails;
          ids.map(connect);
        },
        add: async (id) => connect(id),
        remove: async (id) => void hears.delete(id),
        mayMove: () => settings.mayMove ?? true,
      },
      isBusy: (id) => busy.has(id),
      onGone: () => (gone.count += 1),
      onFailure: (error) => failures.push(error),
      now: () => performance.now() + clock.aheadMs,
      log: { info: write, warn: write, debug: write, error: write } as unknown as Log,
      lookEveryMs: LOOK_EVERY_MS,
    });
    const machine: Machine = {
      name, shared, hears, connects, busy, gone, failures, log, clock, stuck,
      kill: async () => {
        dead.add(name);
        hears.clear();
        await shared.stop();
      },
      handOver: async () => {
        await shared.handOver(5_000);
        await shared.stop();
        hears.clear();
      },
    };
    running.push(machine);
    return machine;
  };
  const start = async (settings: Parameters<typeof add>[0] = {}): Promise<Machine> => {
    const machine = add(settings);
    await machine.shared.start(settings.wanted ?? count);
    return machine;
  };
  const sizes = (...machines: readonly Machine[]): number[] => machines.map(({ hears }) => hears.size).toSorted((one, other) => one - other);
  const areAllHeardOnce = (...machines: readonly Machine[]): boolean => Array.from({ length: count }, (_, id) => heardBy(machines, id).length).every((heard) => heard === 1);
  const division = async () => (await table.read())?.division;
  return { store, add, start, sizes, areAllHeardOnce, division, isHeard: (machines: readonly Machine[]) => Array.from({ length: count }, (_, id) => heardBy(machines, id).length).every((heard) => heard > 0) };
};

describe('the shards of several processes', () => {
  it('are all of the only one there is, at its start', async () => {
    const { start, sizes } = house(4);
    const one = await start();
    await expect.poll(() => sizes(one)).toEqual([4]);
    expect(one.connects).toEqual([0, 1, 2, 3]);
  });

  it('are divided anew when one comes, which hears them before the others let go', async () => {
    const { start, sizes, areAllHeardOnce, isHeard, division } = house(5);
    const [one] = [await start()];
    await expect.poll(() => sizes(one)).toEqual([5]);
    const silent = setInterval(() => expect(isHeard(running)).toBe(true), 0);
    const two = await start();
    await expect.poll(() => sizes(one, two)).toEqual([2, 3]);
    const three = await start();
    await expect.poll(() => sizes(one, two, three)).toEqual([1, 2, 2]);
    clearInterval(silent);
    expect(areAllHeardOnce(one, two, three)).toBe(true);
    expect([one, two, three].flatMap(({ connects }) => connects)).toHaveLength(5 + 2 + 1);
    expect(Object.values((await division())?.shards ?? {}).filter(({ next }) => next !== undefined)).toEqual([]);
  });

  it('stay where they are while Discord lets few sessions be begun', async () => {
    const { start, sizes } = house(4);
    const one = await start();
    await expect.poll(() => sizes(one)).toEqual([4]);
    const two = await start({ mayMove: false });
    expect(two.log).toContain('standing by: other processes have all shards');
    expect(two.shared.isStandingBy()).toBe(true);
    await one.kill();
    await expect.poll(() => sizes(two)).toEqual([4]);
  });

  it('are those of one that dies for the others, which hear of it', async () => {
    const { start, sizes, areAllHeardOnce } = house(6);
    const machines = [await start(), await start(), await start()] as const;
    await expect.poll(() => sizes(...machines)).toEqual([2, 2, 2]);
    const [first, second, third] = machines;
    await second.kill();
    await expect.poll(() => sizes(first, third)).toEqual([3, 3]);
    expect(areAllHeardOnce(first, third)).toBe(true);
    expect(first.gone.count).toBe(1);
  });

  it('are handed over by one that ends, before it does', async () => {
    const { start, sizes, isHeard } = house(3);
    const [one, two] = [await start(), await start()];
    await expect.poll(() => sizes(one, two)).toEqual([1, 2]);
    const silent = setInterval(() => expect(isHeard([one, two])).toBe(true), 0);
    await one.handOver();
    clearInterval(silent);
    await expect.poll(() => sizes(two)).toEqual([3]);
  });

  it('are let go of when what is being answered there has ended', async () => {
    const { start, sizes } = house(1);
    const one = await start();
    await expect.poll(() => sizes(one)).toEqual([1]);
    one.busy.add(0);
    const two = await start();
    expect(two.shared.isStandingBy()).toBe(true);
    const ending = one.shared.handOver(5_000);
    await ending;
    expect(sizes(one, two)).toEqual([1, 1]);
    await expect.poll(() => one.shared.isLeaving(0)).toBe(true);
    one.busy.clear();
    await expect.poll(() => sizes(one)).toEqual([0]);
  });

  it('come back to one that still hears them when the next one dies', async () => {
    const { start, sizes } = house(2);
    const one = await start();
    await expect.poll(() => sizes(one)).toEqual([2]);
    for (const id of [0, 1]) one.busy.add(id);
    const two = await start();
    await expect.poll(() => sizes(two)).toEqual([1]);
    await expect.poll(() => [0, 1].filter((id) => one.shared.isLeaving(id))).toHaveLength(1);
    await two.kill();
    await expect.poll(() => [0, 1].filter((id) => one.shared.isLeaving(id))).toHaveLength(0);
    expect(one.connects).toHaveLength(2);
  });

  it('are kept by whoever has them while the next one cannot connect', async () => {
    const { start, add, sizes, division } = house(2);
    const one = await start();
    await expect.poll(() => sizes(one)).toEqual([2]);
    const two = add();
    two.stuck.isOn = true;
    await two.shared.start(2);
    await expect.poll(async () => Object.values((await division())?.shards ?? {}).filter(({ next }) => next === two.name)).toHaveLength(1);
    expect(sizes(one, two)).toEqual([0, 2]);
    await one.handOver();
    expect(one.log).not.toContain('another process hears this shard now');
  });

  it('are as many as they were for as long as anybody has one', async () => {
    const { start, sizes, division } = house(2);
    const one = await start();
    await expect.poll(() => sizes(one)).toEqual([2]);
    const two = await start({ wanted: 4 });
    expect(two.log.some((line) => line.startsWith('other processes have another number of shards'))).toBe(true);
    await expect.poll(() => sizes(one, two)).toEqual([1, 1]);
    await one.handOver();
    await two.handOver();
    expect((await division())?.count).toBe(2);
    const three = await start({ wanted: 4 });
    await expect.poll(() => sizes(three)).toEqual([4]);
    expect((await division())?.count).toBe(4);
  });

  it('are divided by processes that start at the same moment without anybody hearing what is not theirs', async () => {
    const { add, areAllHeardOnce, sizes } = house(7);
    const machines = [add(), add(), add()] as const;
    await Promise.all(machines.map(({ shared }) => shared.start(7)));
    await expect.poll(() => sizes(...machines)).toEqual([2, 2, 3]);
    expect(areAllHeardOnce(...machines)).toBe(true);
  });

  it('are known again where what is written of them is lost', async () => {
    const { start, store, sizes, division } = house(3);
    const one = await start();
    await expect.poll(() => sizes(one)).toEqual([3]);
    await store.set('shards:', 'nonsense', 60_000);
    await expect.poll(async () => Object.keys((await division())?.shards ?? {})).toHaveLength(3);
    expect(one.connects).toHaveLength(3);
  });

  it('stay while the store fails, and for a while behind that, when nobody could say that they are there', async () => {
    const { start, store, sizes } = house(2);
    const failing = { isOn: false };
    const own: Store = new Proxy(store, {
      get: (target, name, receiver) => (failing.isOn && name === 'set' ? () => Promise.reject(new Error('away')) : Reflect.get(target, name, receiver)),
    });
    const [one, two] = [await start({ store: own }), await start({ store: own })];
    await expect.poll(() => sizes(one, two)).toEqual([1, 1]);
    failing.isOn = true;
    await expect.poll(() => one.log.some((line) => line.startsWith('the store does not tell'))).toBe(true);
    one.clock.aheadMs += 60_000;
    failing.isOn = false;
    await expect.poll(() => one.log).toContain('the processes that divide the shards can be seen again');
    await new Promise((resolve) => setTimeout(resolve, 5 * LOOK_EVERY_MS));
    expect(sizes(one, two)).toEqual([1, 1]);
    expect(one.connects.length + two.connects.length).toBe(3);
  });

  it('tell whoever starts that Discord refused, and later whoever is to know', async () => {
    const { add, start, sizes } = house(1);
    const fails = new Error('refused');
    await expect(add({ fails }).shared.start(1)).rejects.toBe(fails);
    await running[0]?.kill();
    const one = await start();
    await expect.poll(() => sizes(one)).toEqual([1]);
    const two = await start({ fails });
    expect(two.failures).toEqual([]);
    await one.kill();
    await expect.poll(() => two.failures).toEqual([fails]);
  });
});

describe('sessions that are begun in one row', () => {
  it('are begun by one process at a time, and then by nobody for a while', async () => {
    const store = openStore('memory://');
    const [one, two] = [createShardStore(store), createShardStore(store)];
    const taken = await Promise.all([one.takeTurn(0, 60_000), two.takeTurn(0, 60_000), two.takeTurn(1, 60_000)]);
    expect(taken.filter((leftMs) => leftMs === 0)).toHaveLength(2);
    expect(await one.takeTurn(0, 60_000)).toBeGreaterThan(50_000);
    expect(await one.takeTurn(0, 0)).toBe(0);
  });
});
