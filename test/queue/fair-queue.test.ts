import fc from '../property.ts';
import PQueue from 'p-queue';
import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../src/queue/fair-queue.ts';
import type { FairQueueOptions } from '../../src/queue/fair-queue.ts';

interface Waiting {
  readonly id: string;
  readonly server: string;
  readonly member: string;
}

type Step =
  | { readonly do: 'enqueue'; readonly guild: number | undefined; readonly member: number }
  | { readonly do: 'dequeue' }
  | { readonly do: 'remove'; readonly which: number };

const member = fc.integer({ min: 0, max: 3 });
const guild = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined, freq: 6 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('enqueue' as const), guild, member }) },
  { weight: 5, arbitrary: fc.constant({ do: 'dequeue' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat() }) },
);
const history = fc.array(step, { maxLength: 200 });

/** A queue of which everything is written down, by nothing but what went in and came out. */
class Watched {
  readonly queue = new FairQueue();
  /** In the order of asking. */
  readonly waiting: Waiting[] = [];
  readonly served: Waiting[] = [];
  readonly #onServed: (one: Waiting, before: readonly Waiting[]) => void;
  #dequeued: string | undefined;
  #count = 0;

  constructor(onServed: (one: Waiting, before: readonly Waiting[]) => void = () => undefined) {
    this.#onServed = onServed;
  }

  apply(step: Step): void {
    if (step.do === 'enqueue') this.#enqueue(step);
    else if (step.do === 'dequeue') this.dequeue();
    else if (this.waiting.length > 0) {
      const [one] = this.waiting.splice(step.which % this.waiting.length, 1);
      this.queue.remove(one!.id);
    }
  }

  dequeue(): void {
    const before = [...this.waiting];
    const run = this.queue.dequeue();
    expect(run === undefined).toBe(before.length === 0);
    if (run === undefined) return;
    void run();
    const index = this.waiting.findIndex(({ id }) => id === this.#dequeued);
    const [one] = this.waiting.splice(index, 1);
    this.served.push(one!);
    this.#onServed(one!, before);
  }

  #enqueue({ guild, member }: Extract<Step, { do: 'enqueue' }>): void {
    const id = String((this.#count += 1));
    const guildId = guild === undefined ? undefined : `guild ${guild}`;
    const memberId = `member ${member}`;
    const run = (): Promise<void> => {
      this.#dequeued = id;
      return Promise.resolve();
    };
    this.queue.enqueue(run, { id, guildId, memberId });
    this.waiting.push({ id, server: guildId ?? `alone with ${memberId}`, member: memberId });
  }
}

const drain = (watched: Watched): string[] => {
  const from = watched.served.length;
  while (watched.waiting.length > 0) watched.dequeue();
  return watched.served.slice(from).map(({ id }) => id);
};

/**
 * Counts, for each key that waits, how often each other key was served since it began to wait or was served itself.
 * Round robin means that this is never more than once.
 */
const createTurnCount = () => {
  const overtaken = new Map<string, Map<string, number>>();
  return (servedKey: string, waitingKeys: ReadonlySet<string>): void => {
    for (const key of overtaken.keys()) if (!waitingKeys.has(key) || key === servedKey) overtaken.delete(key);
    for (const key of waitingKeys) {
      if (key === servedKey) continue;
      const counts = overtaken.get(key) ?? new Map<string, number>();
      const count = (counts.get(servedKey) ?? 0) + 1;
      expect(count, `${servedKey} was served ${count} times while ${key} waited`).toBeLessThanOrEqual(1);
      overtaken.set(key, counts.set(servedKey, count));
    }
  };
};

describe('the fair queue', () => {
  it('serves no server twice while another waits', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const count = createTurnCount();
        const watched = new Watched((one, before) => count(one.server, new Set(before.map(({ server }) => server))));
        // A server that stops waiting between two services waits anew: a removal is seen at the next service at the latest.
        for (const step of steps.filter((step) => step.do !== 'remove')) watched.apply(step);
        drain(watched);
      }),
      { numRuns: 200 },
    );
  });

  it('serves no member of a server twice while another one of it waits', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const counts = new Map<string, ReturnType<typeof createTurnCount>>();
        const watched = new Watched((one, before) => {
          const count = counts.get(one.server) ?? createTurnCount();
          counts.set(one.server, count);
          count(one.member, new Set(before.filter(({ server }) => server === one.server).map(({ member }) => member)));
        });
        for (const step of steps.filter((step) => step.do !== 'remove')) watched.apply(step);
        drain(watched);
      }),
      { numRuns: 200 },
    );
  });

  it('serves each member in the order of asking', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const watched = new Watched((one, before) => {
          expect(before.find((other) => other.server === one.server && other.member === one.member)).toBe(one);
        });
        for (const step of steps) watched.apply(step);
        drain(watched);
      }),
      { numRuns: 200 },
    );
  });

  it('loses nothing, serves nothing twice, and knows the place of each', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const watched = new Watched();
        for (const step of steps) {
          watched.apply(step);
          expect(watched.queue.size).toBe(watched.waiting.length);
        }
        const places = watched.waiting.map(({ id }) => [watched.queue.position(id), id] as const);
        const order = drain(watched);
        expect(places.toSorted(([a], [b]) => a! - b!)).toEqual(order.map((id, place) => [place, id]));
        expect(new Set(watched.served.map(({ id }) => id)).size).toBe(watched.served.length);
        expect(watched.queue.size).toBe(0);
        expect(watched.queue.position(order[0] ?? 'nobody')).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it('gives one who asks again and again no more turns than one who asked much at once', () => {
    const order: string[] = [];
    const queue = new FairQueue();
    const ask = (memberId: string, id: string) =>
      queue.enqueue(() => Promise.resolve(void order.push(memberId)), { guildId: 'g', memberId, id });
    for (let index = 0; index < 10; index += 1) ask('many', `many ${index}`);
    for (let index = 0; index < 10; index += 1) {
      ask('one', `one ${index}`);
      void queue.dequeue()?.();
      if (order.at(-1) !== 'one') void queue.dequeue()?.();
    }
    expect(order.filter((name) => name === 'many').length).toBeGreaterThanOrEqual(9);
    expect(order.join(' ')).not.toContain('one one');
  });

  it('counts a direct message as a server of its own, for each member', () => {
    const order: string[] = [];
    const queue = new FairQueue();
    const ask = (guildId: string | undefined, memberId: string, id: string) =>
      queue.enqueue(() => Promise.resolve(void order.push(id)), { guildId, memberId, id });
    ask('g', 'a', 'g1');
    ask('g', 'b', 'g2');
    ask(undefined, 'a', 'dm a1');
    ask(undefined, 'a', 'dm a2');
    ask(undefined, 'b', 'dm b');
    while (queue.size > 0) void queue.dequeue()?.();
    expect(order).toEqual(['g1', 'dm a1', 'dm b', 'g2', 'dm a2']);
  });

  it('refuses an id that waits already, and knows no priorities', () => {
    const queue = new FairQueue();
    queue.enqueue(() => Promise.resolve(), { id: '1', memberId: 'a' });
    expect(() => queue.enqueue(() => Promise.resolve(), { id: '1', memberId: 'b' })).toThrow('already waits');
    expect(() => queue.setPriority()).toThrow('by turns');
    expect(queue.size).toBe(1);
  });

  it('forgets those who come once and never again', () => {
    const queue = new FairQueue();
    const order: number[] = [];
    for (let index = 0; index < 5_000; index += 1) {
      queue.enqueue(() => Promise.resolve(void order.push(index)), { id: String(index), memberId: `m${index}` });
      void queue.dequeue()?.();
    }
    expect(order).toHaveLength(5_000);
    expect(queue.size).toBe(0);
  });

  it('is what p-queue asks for', async () => {
    const queue = new PQueue<FairQueue, FairQueueOptions>({ queueClass: FairQueue, concurrency: 1, autoStart: false });
    const order: string[] = [];
    const leaving = new AbortController();
    const add = (guildId: string, memberId: string, id: string, signal?: AbortSignal) =>
      queue.add(() => void order.push(id), { guildId, memberId, id, ...(signal === undefined ? {} : { signal }) });
    const left = add('a', 'x', 'left', leaving.signal);
    const rest = [add('a', 'x', 'a1'), add('a', 'x', 'a2'), add('b', 'y', 'b1'), add('b', 'z', 'b2'), add('c', 'v', 'c1')];
    expect(queue.sizeBy({ guildId: 'a' })).toBe(3);
    expect(queue.sizeBy({ guildId: 'b', memberId: 'z' })).toBe(1);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    queue.start();
    await Promise.all(rest);
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2']);
  });
});
