import { describe, expect, it } from 'vitest';
import { createKeyKeeper } from '../../src/bedrock/key-keeper.ts';
import { Failure } from '../../src/conversation/failure.ts';
import { TEST_KEY, shortTermKey } from '../simulators/bedrock.ts';
import type { KeyKeeperOptions, KeyNews, KeySource } from '../../src/bedrock/key-keeper.ts';
import type { Wait } from '../../src/conversation/ports.ts';

const START = Date.parse('2026-11-25T08:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A key that ends `lifeMs` after the start. */
const key = (lifeMs: number, name?: string, region?: string): string =>
  shortTermKey({ madeAt: START, lifeMs, ...(name === undefined ? {} : { name }), ...(region === undefined ? {} : { region }) });

const rig = (origin: KeySource['origin'], first: string, options: Partial<KeyKeeperOptions> = {}) => {
  const state = { now: START, content: first, runs: 0, next: (): Promise<string> => Promise.resolve(first) };
  let printed = '';
  const run = async (): Promise<string> => {
    state.runs += 1;
    printed = await state.next();
    return printed;
  };
  const news: KeyNews[] = [];
  const keys = createKeyKeeper({
    source: origin === 'command' ? { origin, read: () => printed, run } : { origin, read: () => state.content },
    region: 'us-east-1',
    now: () => state.now,
    onNews: (one) => news.push(one),
    pollMs: 1,
    ...options,
  });
  return { state, keys, news, types: () => news.map(({ type }) => type) };
};

const { signal } = new AbortController();
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("the key's keeper", () => {
  it('is ready at once while the key is good, and knows its end', () => {
    const { keys } = rig('variable', key(HOUR_MS * 2));
    expect(keys.ready(signal)).toBeUndefined();
    expect(keys.state()).toEqual({ kind: 'short-term', region: 'us-east-1', expiresAt: START + 2 * HOUR_MS, origin: 'variable', isExpired: false });
  });

  it('fails at once when the key has expired and no other can come', async () => {
    const { keys, state } = rig('variable', key(HOUR_MS));
    state.now += HOUR_MS;
    await expect(keys.ready(signal)).rejects.toMatchObject({ kind: 'key-expired' });
    expect(keys.state().isExpired).toBe(true);
  });

  it('waits for a new file, says so, and goes on with its key', async () => {
    const { keys, state, types } = rig('file', key(HOUR_MS));
    state.now += HOUR_MS + MINUTE_MS;
    const waits: (Wait | undefined)[] = [];
    const ready = keys.ready(signal, (wait) => waits.push(wait));
    await turn();
    expect(waits).toEqual([{ type: 'closed', kind: 'key-expired', untilMs: undefined }]);
    state.content = key(3 * HOUR_MS, 'two');
    await ready;
    expect(waits).toHaveLength(2);
    expect(waits[1]).toBeUndefined();
    expect(keys.read()).toBe(state.content);
    expect(types()).toEqual(['replaced']);
  });

  it('waits for so long after the end, and no question waits after that', async () => {
    const { keys, state } = rig('file', key(HOUR_MS));
    state.now += HOUR_MS + 4 * MINUTE_MS;
    const ready = keys.ready(signal);
    state.now += MINUTE_MS;
    await expect(ready).rejects.toBeInstanceOf(Failure);
    state.now += 8 * HOUR_MS;
    const waits: unknown[] = [];
    await expect(keys.ready(signal, (wait) => waits.push(wait))).rejects.toMatchObject({ kind: 'key-expired' });
  });

  it('stops waiting when the question is stopped', async () => {
    const { keys, state } = rig('file', key(HOUR_MS));
    state.now += HOUR_MS;
    const controller = new AbortController();
    const ready = keys.ready(controller.signal);
    controller.abort();
    await expect(ready).rejects.toMatchObject({ name: 'AbortError' });
  });

  it("takes Bedrock's word that a key has expired: waits where a new one may come, then asks again", async () => {
    const { keys, state, types } = rig('file', TEST_KEY);
    keys.expired(TEST_KEY);
    expect(types()).toEqual(['expired']);
    const ready = keys.ready(signal);
    expect(ready).toBeInstanceOf(Promise);
    state.now += 5 * MINUTE_MS;
    await ready;
    expect(keys.ready(signal)).toBeUndefined();
    keys.accepted(TEST_KEY);
    expect(keys.state().isExpired).toBe(false);
  });

  it("asks Bedrock each time where no other key can come, because only Bedrock knows a long-term key's end", () => {
    const { keys } = rig('variable', TEST_KEY);
    keys.expired(TEST_KEY);
    expect(keys.ready(signal)).toBeUndefined();
    expect(keys.state().isExpired).toBe(true);
  });

  it('does not take a new key of another region, tells it once, and keeps the old one', () => {
    const first = key(HOUR_MS);
    const { keys, state, news } = rig('file', first);
    state.content = key(HOUR_MS, 'two', 'eu-west-1');
    expect(keys.read()).toBe(first);
    expect(keys.read()).toBe(first);
    expect(news).toEqual([{ type: 'wrong-region', region: 'eu-west-1' }]);
  });

  it('warns an hour and ten minutes before the end, and at the end, each once', () => {
    const { keys, state, news } = rig('variable', key(2 * HOUR_MS));
    const at = (minutes: number): void => {
      state.now = START + minutes * MINUTE_MS;
      keys.look();
      keys.look();
    };
    at(0);
    expect(news).toEqual([]);
    at(61);
    expect(news).toEqual([{ type: 'expiring', remainingMs: 59 * MINUTE_MS, isUrgent: true }]);
    at(105);
    expect(news).toHaveLength(1);
    at(111);
    expect(news[1]).toEqual({ type: 'expiring', remainingMs: 9 * MINUTE_MS, isUrgent: true });
    at(121);
    expect(news[2]).toEqual({ type: 'expired' });
    at(200);
    expect(news).toHaveLength(3);
  });

  it('does not bother an owner whose files are replaced in time', () => {
    const { keys, state, types } = rig('file', key(2 * HOUR_MS));
    state.content = key(2 * HOUR_MS, 'two');
    keys.look();
    state.now += 90 * MINUTE_MS;
    keys.look();
    expect(types()).toEqual(['replaced']);
    state.now += 21 * MINUTE_MS;
    keys.look();
    expect(types()).toEqual(['replaced', 'expiring']);
  });

  it('runs a command at the start, and again shortly before the end, while the old key is still used', async () => {
    const first = key(HOUR_MS);
    const { keys, state, types } = rig('command', first);
    await keys.start();
    expect(keys.read()).toBe(first);
    state.now += 40 * MINUTE_MS;
    expect(keys.ready(signal)).toBeUndefined();
    expect(state.runs).toBe(1);
    const second = key(2 * HOUR_MS, 'two');
    state.next = () => Promise.resolve(second);
    state.now += 12 * MINUTE_MS;
    expect(keys.ready(signal)).toBeUndefined();
    expect(keys.ready(signal)).toBeUndefined();
    await turn();
    expect(state.runs).toBe(2);
    expect(keys.read()).toBe(second);
    expect(types()).toEqual(['replaced']);
  });

  it.each([
    { life: 'twelve hours', lifeMs: 12 * HOUR_MS, restMs: 10 * MINUTE_MS },
    { life: 'twenty minutes', lifeMs: 20 * MINUTE_MS, restMs: 5 * MINUTE_MS },
  ])('lets a command rest while its key of $life is good for longer, however often that is looked at', async ({ lifeMs, restMs }) => {
    const { keys, state } = rig('command', key(lifeMs));
    await keys.start();
    const look = async (leftMs: number): Promise<number> => {
      state.now = START + lifeMs - leftMs;
      keys.look();
      await turn();
      return state.runs;
    };
    for (const share of [1, 0.9, 0.75, 0.5, 0.3]) expect(await look(lifeMs * share)).toBe(1);
    expect(await look(restMs)).toBe(1);
    expect(await look(restMs - 1)).toBe(2);
    // The command gave the same key again: it is asked for another one every 30 seconds, until there is one.
    expect(await look(restMs - 29_000)).toBe(2);
    expect(await look(restMs - 31_000)).toBe(3);
  });

  it('runs a command for the first question after the end, however late it is', async () => {
    const { keys, state } = rig('command', key(HOUR_MS));
    await keys.start();
    state.now += 9 * HOUR_MS;
    const second = key(12 * HOUR_MS, 'two');
    state.next = () => Promise.resolve(second);
    await keys.ready(signal);
    expect(keys.read()).toBe(second);
  });

  it('tells that a command failed, tries it again after a while, and fails the question in the end', async () => {
    const { keys, state, news } = rig('command', key(HOUR_MS));
    await keys.start();
    state.next = () => Promise.reject(new Error('it ended with exit code 1'));
    state.now += HOUR_MS;
    const ready = keys.ready(signal);
    await turn();
    expect(news).toEqual([{ type: 'command-failed', reason: 'it ended with exit code 1' }]);
    expect(state.runs).toBe(2);
    state.now += 6_000;
    await turn();
    expect(state.runs).toBe(3);
    state.now += 5 * MINUTE_MS;
    await expect(ready).rejects.toMatchObject({ kind: 'key-expired' });
  });

  it('asks a command for another key when Bedrock refuses its key, but not for each question', async () => {
    const { keys, state } = rig('command', TEST_KEY);
    await keys.start();
    keys.refused(TEST_KEY);
    expect(keys.ready(signal)).toBeUndefined();
    state.now += MINUTE_MS;
    const second = key(HOUR_MS, 'two');
    state.next = () => Promise.resolve(second);
    await keys.ready(signal);
    expect(keys.read()).toBe(second);
    expect(keys.ready(signal)).toBeUndefined();
    expect(state.runs).toBe(2);
  });

  it('asks Bedrock whether a key has expired while nobody has confirmed what time it is, and believes it', () => {
    const state = { isKnown: false };
    const { keys, types } = rig('variable', key(HOUR_MS), { now: () => START + 5 * HOUR_MS, isTimeKnown: () => state.isKnown });
    keys.look();
    expect(keys.ready(signal)).toBeUndefined();
    expect(keys.state().isExpired).toBe(false);
    state.isKnown = true;
    expect(keys.state().isExpired).toBe(true);
    keys.accepted(keys.read());
    keys.look();
    expect(keys.state().isExpired).toBe(false);
    expect(types()).toEqual([]);
    keys.expired(keys.read());
    expect(keys.state().isExpired).toBe(true);
    expect(types()).toEqual(['expired']);
  });

  it('starts when a command works at the third attempt, and not when it never does', async () => {
    const good = rig('command', TEST_KEY);
    good.state.next = () => (good.state.runs < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve(TEST_KEY));
    await good.keys.start();
    expect(good.keys.read()).toBe(TEST_KEY);
    const bad = rig('command', TEST_KEY);
    bad.state.next = () => Promise.reject(new Error('never'));
    await expect(bad.keys.start()).rejects.toThrow('never');
  });
});
