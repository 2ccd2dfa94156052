import { describe, expect, it } from 'vitest';
import { byCommand, channel, freshUrl, ledgerOn, lines, open, question } from './ledgers.ts';
import { createLedgerStore } from '../../src/store/ledger-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createSeal } from '../../src/store/seal.ts';
import type { Store } from '../../src/store/open-store.ts';

describe('a question that is not taken on', () => {
  it('keeps what is said instead until that is said, for whoever takes it up', async () => {
    const url = freshUrl();
    const words = { text: 'Not here.', sign: '🚫' };
    const first = ledgerOn(open(url));
    const by = { id: 'ana', roleIds: () => ['a role'] };
    await first.claim({ ...question('q1'), by }, byCommand, words);
    await first.close();
    const second = ledgerOn(open(url));
    const [claim] = await second.takeAbandoned();
    expect(claim?.row).toMatchObject({ questionId: 'q1', refusal: words });
    expect(claim?.row.question).not.toHaveProperty('by');
    claim?.end({ state: 'refused', reason: 'settings' });
    await second.flush();
    expect((await second.find('q1'))?.refusal).toBeUndefined();
    await second.close();
  });
});

describe('what a gone process has left', () => {
  it('is left for others where it is not wanted, or where nobody can say that now', async () => {
    const url = freshUrl();
    const first = ledgerOn(open(url));
    await first.claim(question('ours'), channel('ours'));
    await first.claim(question('theirs'), channel('theirs'));
    await first.claim(question('unclear'), channel('unclear'));
    await first.close();
    const [second, third] = [ledgerOn(open(url)), ledgerOn(open(url))];
    await second.open();
    const isOurs = (row: { readonly questionId: string }) => (row.questionId === 'unclear' ? Promise.reject(new Error('Discord is away')) : Promise.resolve(row.questionId === 'ours'));
    expect((await second.takeAbandoned(isOurs)).map(({ row }) => row.questionId)).toEqual(['ours']);
    // Nothing of it counts as tried.
    expect((await third.takeAbandoned()).map(({ row }) => [row.questionId, row.attempts])).toEqual([['theirs', 2], ['unclear', 2]]);
    await Promise.all([second.close(), third.close()]);
  });
});

describe('claims', () => {
  it('that come together are written in groups behind the first, each on its way before the next is written', async () => {
    const store = open(freshUrl());
    const happened: string[] = [];
    const noting: Store = { ...store, setManyIfAbsent: (entries) => (happened.push(`write ${entries.length}`), store.setManyIfAbsent(entries)) };
    const ledger = ledgerOn(noting);
    const claimed = async (id: string): Promise<void> => {
      const claim = await ledger.claim(question(id), channel(id));
      if (claim !== undefined) happened.push('ours');
    };
    await Promise.all(Array.from({ length: 18 }, (_, index) => claimed(`q${index}`)));
    const eight = Array.from({ length: 8 }, () => 'ours');
    // A question is two entries: its row, and the mark that it is open.
    expect(happened).toEqual(['write 2', 'ours', 'write 16', ...eight, 'write 16', ...eight, 'write 2', 'ours']);
  });

  it('of the same question succeed once, over processes and restarts', async () => {
    const url = freshUrl();
    const ledgers = [ledgerOn(open(url)), ledgerOn(open(url))];
    const claims = await Promise.all(ledgers.flatMap((ledger) => [1, 2, 3].map(() => ledger.claim(question('q'), channel('q')))));
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    claims.find((claim) => claim !== undefined)?.end({ state: 'delivered' });
    await Promise.all(ledgers.map((ledger) => ledger.close()));
    const next = ledgerOn(open(url));
    expect(await next.claim(question('q'), channel('q'))).toBeUndefined();
    expect(await next.takeAbandoned()).toEqual([]);
    expect(await next.find('q')).toMatchObject({ state: 'delivered' });
  });

  it('succeed in memory when the store fails, once each, and are written down when it works again', async () => {
    const store = open(freshUrl());
    let isBroken = true;
    const refuse = () => Promise.reject(new Error('disk full'));
    const moody: Store = {
      ...store,
      setManyIfAbsent: (entries) => (isBroken ? refuse() : store.setManyIfAbsent(entries)),
      setMany: (entries) => (isBroken ? refuse() : store.setMany(entries)),
    };
    const ledger = ledgerOn(moody);
    const claim = await ledger.claim(question('q'), channel('q'));
    expect(claim).toBeDefined();
    expect(await ledger.claim(question('q'), channel('q'))).toBeUndefined();
    claim?.end({ state: 'failed', reason: 'throttled' });
    await ledger.flush();
    isBroken = false;
    await expect.poll(() => ledger.find('q')).toMatchObject({ state: 'failed', reason: 'throttled' });
    expect(lines).toContainEqual(expect.stringContaining('could not be noted in the store'));
  });

  it('do not wait for a store that hangs: Discord does not either', async () => {
    const store = open(freshUrl());
    const ledger = ledgerOn({ ...store, setManyIfAbsent: () => new Promise(() => undefined) });
    const startedAt = performance.now();
    expect(await ledger.claim(question('q'), channel('q'))).toBeDefined();
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  it('are forgotten after their time', async () => {
    const store = open(freshUrl());
    const ledger = ledgerOn(store, { ttlMs: 30 });
    (await ledger.claim(question('q'), channel('q')))?.end({ state: 'delivered' });
    await ledger.flush();
    await expect.poll(() => ledger.find('q')).toBeUndefined();
    store.sweep();
    expect(await ledgerOn(store).claim(question('q'), channel('q'))).toBeDefined();
  });
});

describe('a question that two processes hear while the store fails', () => {
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const begin = () => {
    const [failing, another] = [{ isOn: true }, { hears: true }];
    const store = openStore('memory://');
    const own: Store = new Proxy(store, {
      get: (target, name, receiver) => (failing.isOn && typeof name === 'string' && ['get', 'setManyIfAbsent', 'setMany', 'transact'].includes(name) ? () => Promise.reject(new Error('away')) : Reflect.get(target, name, receiver)),
    });
    const ledgerOf = (isAnothers: () => boolean) => createLedgerStore({ store: own, seal: createSeal('a token'), ttlMs: 3_600_000, youngMs: 3_600_000, now: Date.now, isAnothers, log: silent as never });
    return { failing, another, one: ledgerOf(() => false), other: ledgerOf(() => another.hears) };
  };

  it('is answered by the one whose it is, and the other one looks what became of it', async () => {
    const { failing, one, other } = begin();
    const waiting = other.claim(question('q1'), channel('c'));
    const claim = await one.claim(question('q1'), channel('c'));
    expect(claim?.row.questionId).toBe('q1');
    claim?.shown('m1');
    failing.isOn = false;
    await one.flush();
    expect(await waiting).toBeUndefined();
    await Promise.all([one.close(), other.close()]);
  });

  it('is answered by the other one where nobody has it, when the store tells that', async () => {
    const { failing, one, other } = begin();
    const waiting = other.claim(question('q1'), channel('c'));
    failing.isOn = false;
    const claim = await waiting;
    expect(claim?.row.questionId).toBe('q1');
    expect(await one.claim(question('q1'), channel('c'))).toBeUndefined();
    await Promise.all([one.close(), other.close()]);
  });

  it('is answered by the other one without the store where it is the only one that is left', async () => {
    const { another, failing, one, other } = begin();
    const waiting = other.claim(question('q1'), channel('c'));
    another.hears = false;
    expect((await waiting)?.row.questionId).toBe('q1');
    failing.isOn = false;
    await Promise.all([one.close(), other.close()]);
  });
});

describe('a question whose store others may reach', () => {
  const begin = async (options: Parameters<typeof ledgerOn>[1] = {}) => {
    const wrong: { error: Error | undefined } = { error: new Error('away') };
    const store = open(freshUrl());
    const own: Store = new Proxy(store, {
      get: (target, name, receiver) => (wrong.error !== undefined && typeof name === 'string' && ['get', 'setManyIfAbsent', 'setMany', 'transact'].includes(name) ? () => Promise.reject(wrong.error as Error) : Reflect.get(target, name, receiver)),
    });
    const heard: string[] = [];
    const wait = { heldUp: () => void heard.push('held up'), givenUp: () => void heard.push('given up') };
    const [ledger, other] = [ledgerOn(own, { isShared: true, ...options }), ledgerOn(store)];
    await other.open();
    return { wrong, store, ledger, other, heard, wait };
  };

  it('waits for its claim, and is ours when the store is back', async () => {
    const { wrong, ledger, other, heard, wait } = await begin();
    const waiting = ledger.claim(question('q'), channel('q'), undefined, wait);
    await expect.poll(() => heard).toEqual(['held up']);
    wrong.error = undefined;
    expect((await waiting)?.row.questionId).toBe('q');
    expect(await other.claim(question('q'), channel('q'))).toBeUndefined();
    expect(heard).toEqual(['held up']);
  });

  it('is left to whoever has claimed it meanwhile', async () => {
    const { wrong, ledger, other, heard, wait } = await begin();
    const waiting = ledger.claim(question('q'), channel('q'), undefined, wait);
    await expect.poll(() => heard).toEqual(['held up']);
    expect(await other.claim(question('q'), channel('q'))).toBeDefined();
    wrong.error = undefined;
    expect(await waiting).toBeUndefined();
  });

  it('is ours where a claim of ours was carried out late, although nobody said so', async () => {
    const { wrong, store, ledger, heard, wait } = await begin();
    // What was sent is done when the connection is there again.
    const sent: Parameters<Store['setManyIfAbsent']>[0][] = [];
    wrong.error = undefined;
    const asked = ledgerOn({ ...store, setManyIfAbsent: (entries) => (sent.push(entries), new Promise(() => undefined)) }, { isShared: true });
    const waiting = asked.claim(question('q'), channel('q'), undefined, wait);
    await expect.poll(() => heard).toEqual(['held up']);
    await store.setManyIfAbsent(sent[0] ?? []);
    const claim = await waiting;
    expect(claim?.row.questionId).toBe('q');
    claim?.end({ state: 'delivered' });
    await asked.flush();
    expect(await ledger.find('q')).toMatchObject({ state: 'delivered' });
  });

  it('is given up when it is too late for an answer', async () => {
    const clock = { aheadMs: 0 };
    const { wrong, ledger, other, heard, wait } = await begin({ now: () => Date.now() + clock.aheadMs });
    const waiting = ledger.claim(question('q'), channel('q'), undefined, wait);
    await expect.poll(() => heard).toEqual(['held up']);
    clock.aheadMs = 61_000;
    expect(await waiting).toBeUndefined();
    expect(heard).toEqual(['held up', 'given up']);
    wrong.error = undefined;
    expect(await other.find('q')).toBeUndefined();
  });

  it('is not waited for where a button asks it, nor where the disk is full: nobody else has those', async () => {
    const { wrong, ledger, heard, wait } = await begin();
    expect(await ledger.claim(question('q'), channel('q'))).toBeDefined();
    wrong.error = Object.assign(new Error('could not extend file'), { code: '53100' });
    expect(await ledger.claim(question('r'), channel('r'), undefined, wait)).toBeDefined();
    expect(heard).toEqual([]);
  });

  it('may be asked by itself where it could not become a part of another one, and then has its answer', async () => {
    const { wrong, ledger, wait } = await begin();
    expect(await ledger.join(question('part'), channel('part'), 'q')).toBeUndefined();
    wrong.error = undefined;
    expect((await ledger.claim(question('part'), channel('part'), undefined, wait))?.row.state).toBe('accepted');
  });
});

it('questions that others answer are told apart from those that wait to be taken up', async () => {
  const url = freshUrl();
  const [one, other] = [ledgerOn(open(url)), ledgerOn(open(url))];
  await one.open();
  await one.claim(question('q'), channel('q'));
  const found = async (): Promise<readonly number[]> => [(await other.openElsewhere('c')).length, (await other.openElsewhere('c', true)).length];
  expect(await found()).toEqual([1, 1]);
  await one.close();
  expect(await found()).toEqual([1, 0]);
});
