import fc from '../property.ts';
import { describe, expect, it, vi } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { createSeal } from '../../src/store/seal.ts';
import { byCommand, channel, freshUrl, ledgerOn, open, question } from './ledgers.ts';
import type { Claim, LedgerRow } from '../../src/conversation/ledger.ts';
import type { Store } from '../../src/store/open-store.ts';

describe('rows', () => {
  it('keep what cannot be asked for again, the token unreadable, and nothing of it once that is over', async () => {
    const store = open(freshUrl());
    const ledger = ledgerOn(store);
    const claim = await ledger.claim(question('q'), byCommand);
    expect(await store.get('question:q')).toContain('why?');
    expect(await store.get('question:q')).not.toContain('secret-token');
    expect((await ledger.find('q'))?.place.interaction?.token).toBe('secret-token');
    expect((await ledgerOn(store, { seal: createSeal('another') }).find('q'))?.place.interaction?.token).toBe('');
    claim?.end({ state: 'delivered' });
    await ledger.flush();
    expect(await store.get('question:q')).not.toMatch(/why\?|token/u);
    const message = await ledger.claim(question('m'), channel('m'));
    expect(await store.get('question:m')).not.toContain('why?');
    message?.release();
  });

  it('say why they were let go to whoever takes them up next, and to nobody after that', async () => {
    const url = freshUrl();
    const first = ledgerOn(open(url));
    const claim = await first.claim(question('q'), channel('q'));
    claim?.release('held up');
    await first.flush();
    const dying = ledgerOn(open(url));
    const [taken] = await dying.takeAbandoned();
    expect(taken?.row).toMatchObject({ state: 'accepted', reason: 'held up' });
    // It gives no sign of life.
    const third = ledgerOn(open(url));
    const [again] = await third.takeAbandoned();
    expect(again?.row.reason).toBeUndefined();
    again?.release('held up');
    await third.flush();
    const [last] = await third.takeAbandoned();
    last?.end({ state: 'delivered' });
    await third.flush();
    expect(await third.find('q')).toMatchObject({ state: 'delivered' });
    expect((await third.find('q'))?.reason).toBeUndefined();
  });

  it('keep that somebody ended a question on which nobody works, for whoever takes it up, and until its end', async () => {
    const url = freshUrl();
    const by = { why: 'stopped by a person', byId: undefined } as const;
    const first = ledgerOn(open(url));
    const [one, other] = [await first.claim(question('1'), channel('1')), await first.claim(question('2'), channel('2'))];
    other?.end({ state: 'delivered' });
    await first.flush();
    const second = ledgerOn(open(url));
    const takeBack = (id: string): Promise<boolean> => second.takeBack(({ questionId }) => questionId === id, by);
    expect([await takeBack('3'), await takeBack('2'), await takeBack('1')]).toEqual([false, false, true]);
    one?.release();
    await first.flush();
    // Also where whoever was alive after all lets go of it.
    expect((await second.find('1'))?.takenBack?.why).toBe('stopped by a person');
    const [taken] = await second.takeAbandoned();
    expect(taken?.row).toMatchObject({ questionId: '1', takenBack: { why: 'stopped by a person' } });
    // In one's own hands, too.
    taken?.release();
    await second.flush();
    const [again] = await second.takeAbandoned();
    expect(await second.takeBack(({ questionId }) => questionId === '1', { why: 'conversation reset', byId: '9' })).toBe(true);
    expect(again?.row.takenBack).toEqual({ why: 'conversation reset', byId: '9' });
    again?.end({ state: 'refused', reason: 'conversation reset' });
    await second.flush();
    expect((await second.find('1'))?.takenBack).toBeUndefined();
    expect(await takeBack('1')).toBe(false);
  });

  it('that have ended, and left something, keep their end and what puts that in order, for whoever takes them up', async () => {
    const url = freshUrl();
    const store = open(url);
    const closed: string[] = [];
    const companion = { claimed: () => undefined, closed: ({ state }: LedgerRow) => () => void closed.push(state) };
    const first = ledgerOn(store, { companion });
    const claim = await first.claim(question('q'), byCommand);
    claim?.end({ state: 'failed', reason: 'undeliverable' }, true);
    claim?.release();
    await first.flush();
    expect(await store.get('question:q')).not.toMatch(/why\?|secret-token/u);
    const second = ledgerOn(open(url), { companion });
    for (const attempts of [2, 3]) {
      const [taken] = await second.takeAbandoned();
      expect(taken?.row).toMatchObject({ state: 'failed', reason: 'undeliverable', isUntidy: true, attempts, place: { interaction: { token: 'secret-token' } } });
      if (attempts === 3) taken?.end({ state: 'failed', reason: 'undeliverable' });
      taken?.release('held up');
      await second.flush();
    }
    expect(await second.takeAbandoned()).toEqual([]);
    expect(await second.find('q')).toMatchObject({ state: 'failed', reason: 'undeliverable' });
    expect(await store.get('question:q')).not.toMatch(/token|isUntidy/u);
    // What is counted at its end is counted once.
    expect(closed).toEqual(['failed']);
  });

  it('that have ended, and are put in order by one process while another one forgets them, stay forgotten', async () => {
    for (const [index, when] of ['taken', 'ended once more', 'let go'].entries()) {
      const url = freshUrl();
      const store = open(url);
      const [first, tidying, forgetting] = [ledgerOn(store), ledgerOn(open(url)), ledgerOn(open(url))];
      const claim = await first.claim(question('q'), byCommand);
      claim?.end({ state: 'failed', reason: 'interrupted', canRetry: true }, true);
      claim?.release();
      await first.flush();
      expect(await store.get('question:q')).toContain('why?');
      await tidying.open();
      const [taken] = await tidying.takeAbandoned();
      const forget = async (): Promise<void> => expect(await forgetting.forget({ conversationId: 'c' }), when).toHaveLength(1);
      if (index === 0) await forget();
      if (index < 2) taken?.end({ state: 'failed', reason: 'interrupted', canRetry: true });
      // Before that is written.
      if (index === 1) await forget();
      taken?.release();
      if (index === 2) await forget();
      await tidying.flush();
      expect(await store.get('question:q'), when).not.toContain('why?');
      expect(await forgetting.find('q'), when).toMatchObject({ state: 'failed', reason: 'forgotten' });
      expect(await forgetting.reopen('q'), when).toBeUndefined();
      await tidying.close();
    }
  });

  it('that are written again and again while they are to be forgotten are forgotten', async () => {
    const url = freshUrl();
    const store = open(url);
    const first = ledgerOn(store);
    const claim = await first.claim(question('q'), byCommand);
    claim?.end({ state: 'failed', reason: 'interrupted', canRetry: true }, true);
    claim?.release();
    await first.flush();
    let writes = 0;
    const busy: Store = {
      ...store,
      replace: async (key, expected, text, ttlMs) => {
        const attempts = `"attempts":${(writes += 1) + 1}`;
        if (writes < 4) await store.set(key, expected.replace(/"attempts":\d+/u, attempts), ttlMs);
        return store.replace(key, expected, text, ttlMs);
      },
    };
    expect(await ledgerOn(busy).forget({ conversationId: 'c' })).toHaveLength(1);
    expect(writes).toBe(4);
    expect(await store.get('question:q')).not.toContain('why?');
  });

  it('tell which messages show the answer', async () => {
    const ledger = ledgerOn(open(freshUrl()));
    const claim = await ledger.claim(question('q'), channel('q'));
    claim?.shown('m1');
    claim?.shown('m2');
    claim?.shown('m2');
    await ledger.flush();
    expect(await ledger.find('q')).toMatchObject({ state: 'running', messageIds: ['m1', 'm2'] });
    claim?.removed('m1');
    expect(claim?.row.messageIds).toEqual(['m2']);
    claim?.end({ state: 'delivered' });
    claim?.shown('late');
    await ledger.flush();
    expect(await ledger.find('q')).toMatchObject({ state: 'delivered', messageIds: ['m2'] });
  });

  it('of a process that is alive are left alone; of one that closed or died, one other takes them up', async () => {
    const url = freshUrl();
    const store = open(url);
    const [first, second, third] = [ledgerOn(store), ledgerOn(open(url)), ledgerOn(open(url))];
    await Promise.all([first.open(), second.open(), third.open()]);
    await first.claim(question('q'), channel('q'));
    expect(await second.takeAbandoned()).toEqual([]);
    await first.close();
    const taken = (await Promise.all([second.takeAbandoned(), third.takeAbandoned()])).flat();
    expect(taken.map(({ row }) => [row.questionId, row.attempts])).toEqual([['q', 2]]);
    // Killed: its sign of life ends, and nobody has closed anything.
    for await (const [key] of store.entries('process:')) await store.delete(key);
    const fourth = ledgerOn(open(url));
    expect((await fourth.takeAbandoned()).map(({ row }) => row.attempts)).toEqual([3]);
  });

  it('of a process that is gone are taken up where others cannot be read, and those as soon as they can', async () => {
    const url = freshUrl();
    const first = ledgerOn(open(url));
    await first.open();
    for (const id of ['one', 'two', 'three']) await first.claim(question(id), channel(id));
    await first.close();
    const store = open(url);
    let isBroken = true;
    const moody: Store = { ...store, get: (key) => (isBroken && key === 'question:two' ? Promise.reject(new Error('disk trouble')) : store.get(key)) };
    const second = ledgerOn(moody);
    await second.open();
    const before = await second.takeAbandoned().catch(() => []);
    isBroken = false;
    const taken = [...before, ...(await second.takeAbandoned())];
    expect(taken.map(({ row: { questionId } }) => questionId).toSorted()).toEqual(['one', 'three', 'two']);
    expect(taken.map(({ row: { attempts } }) => attempts)).toEqual([2, 2, 2]);
  });

  it('of a process that stood still are not its own any more where another one took them', async () => {
    const url = freshUrl();
    const store = open(url);
    let stoodStillMs = 0;
    const frozen = ledgerOn(store, { now: () => Date.now() + stoodStillMs });
    const other = ledgerOn(open(url));
    await frozen.open();
    const [lost, kept, late, ended] = await Promise.all(['lost', 'kept', 'late', 'ended'].map((id) => frozen.claim(question(id), channel(id))));
    ended?.end({ state: 'delivered' });
    await frozen.flush();
    const heard: string[] = [];
    lost?.onTaken(() => heard.push('lost'));
    kept?.onTaken(() => heard.push('kept'));
    expect(await lost?.isOurs()).toBe(true);

    stoodStillMs = 30_000;
    for await (const [key] of store.entries('process:')) await store.delete(key);
    const row = await store.get('question:kept');
    const taken = await other.takeAbandoned();
    expect(taken.map(({ row: { questionId } }) => questionId).toSorted()).toEqual(['kept', 'late', 'lost']);
    // As if it had not taken this one.
    await store.set('question:kept', row ?? '', 60_000);

    late?.end({ state: 'failed', reason: 'too late' });
    lost?.shown('m1');
    const answers = await Promise.all([lost?.isOurs(), kept?.isOurs()]);
    expect(answers).toEqual([false, true]);
    expect(heard).toEqual(['lost']);
    lost?.end({ state: 'failed', reason: 'too late' });
    await frozen.flush();
    expect(await other.find('lost')).toMatchObject({ state: 'accepted', attempts: 2, messageIds: [] });
    expect(await other.find('late')).toMatchObject({ state: 'accepted', attempts: 2 });
    // Whoever was about to take it comes too late.
    expect(await store.replace('question:kept', row ?? '', 'taken', 60_000)).toBe(false);
    taken.find(({ row: { questionId } }) => questionId === 'lost')?.end({ state: 'delivered' });
    await other.flush();
    expect(await frozen.find('lost')).toMatchObject({ state: 'delivered' });
  });

  it('stay with a process that cannot look after them: without a store nobody took them', async () => {
    const url = freshUrl();
    const store = open(url);
    let stoodStillMs = 0;
    let isBroken = false;
    const refuse = (): void => {
      if (isBroken) throw new Error('disk full');
    };
    const failing: Store = {
      ...store,
      get: async (key) => (refuse(), store.get(key)),
      set: async (...args) => (refuse(), store.set(...args)),
    };
    const ledger = ledgerOn(failing, { now: () => Date.now() + stoodStillMs });
    await ledger.open();
    const claim = await ledger.claim(question('q'), channel('q'));
    stoodStillMs = 30_000;
    isBroken = true;
    expect(await claim?.isOurs()).toBe(true);
    isBroken = false;
    expect(await claim?.isOurs()).toBe(true);
  });

  it('that may be retried are taken up by one of those who press the button', async () => {
    const url = freshUrl();
    const ledgers = [ledgerOn(open(url)), ledgerOn(open(url))];
    const claim = await ledgers[0]?.claim(question('q'), byCommand);
    claim?.end({ state: 'failed', reason: 'interrupted', canRetry: true });
    await ledgers[0]?.flush();
    const claims = await Promise.all(ledgers.flatMap((ledger) => [ledger.reopen('q'), ledger.reopen('q')]));
    expect(claims.filter((one) => one !== undefined).map(({ row }) => row)).toMatchObject([{ state: 'accepted', attempts: 1, question: { text: 'why?' } }]);
    expect(await ledgers[0]?.reopen('unknown')).toBeUndefined();
  });

  it('has all of its time again', async () => {
    const state = { now: Date.now() };
    const ledger = ledgerOn(open(freshUrl()), { now: () => state.now, youngMs: 30_000 });
    const claim = await ledger.claim(question('q'), byCommand);
    claim?.end({ state: 'failed', reason: 'interrupted', canRetry: true });
    await ledger.flush();
    state.now += 20_000;
    expect((await ledger.reopen('q'))?.row).toMatchObject({ acceptedAt: state.now, deadline: state.now + 30_000 });
  });
});

describe('whatever processes do, and however they die', () => {
  it('a question is in one hand at a time, ends once, and is not lost', async () => {
    // They all live in this one: whoever died gives no sign of life any more, however long a step takes.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const steps = fc.array(
      fc.record({ process: fc.nat(2), question: fc.nat(3), does: fc.constantFrom('claim', 'show', 'end', 'release', 'take', 'freeze', 'die', 'close') }),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const store = openStore('memory://');
        const begin = async () => {
          const clock = { stoodStillMs: 0 };
          const ledger = ledgerOn(store, { now: () => Date.now() + clock.stoodStillMs });
          await ledger.open();
          return { ledger, clock, claims: new Map<string, Claim>(), isFrozen: false };
        };
        const leases = async (): Promise<string[]> => (await Array.fromAsync(store.entries('process:'))).map(([key]) => key);
        const newProcess = async () => {
          const before = await leases();
          const process = await begin();
          return { ...process, lease: (await leases()).find((key) => !before.includes(key)) ?? '' };
        };
        const processes = [await newProcess(), await newProcess(), await newProcess()];
        const asked = new Set<string>();
        const endings = new Map<string, number>();
        for (const { process: index, question: number, does } of script) {
          const process = processes[index];
          if (process === undefined) continue;
          const id = `q${number}`;
          process.isFrozen = does === 'freeze';
          const claim = process.claims.get(id);
          // Whoever does something asks first whether it is still theirs.
          const isOurs = does !== 'freeze' && (await claim?.isOurs()) === true;
          if (claim !== undefined && does !== 'freeze' && !isOurs) process.claims.delete(id);
          if (does === 'claim') {
            const claimed = await process.ledger.claim(question(id), channel(id));
            if (claimed !== undefined) {
              expect(asked.has(id)).toBe(false);
              process.claims.set(id, claimed);
            }
            asked.add(id);
          } else if (does === 'show') claim?.shown(`m${number}`);
          else if (does === 'end' && claim !== undefined) {
            claim.end({ state: 'delivered' });
            if (!isOurs) continue;
            process.claims.delete(id);
            endings.set(id, (endings.get(id) ?? 0) + 1);
          } else if (does === 'release') {
            claim?.release();
            process.claims.delete(id);
          } else if (does === 'take') {
            for (const taken of await process.ledger.takeAbandoned()) {
              const { questionId } = taken.row;
              expect(processes.some(({ claims, isFrozen }) => !isFrozen && claims.has(questionId))).toBe(false);
              process.claims.set(questionId, taken);
            }
          } else if (does === 'freeze') {
            process.clock.stoodStillMs += 30_000;
            await store.delete(process.lease);
          } else if (does === 'die' || does === 'close') {
            // What was noted before is in the store: a note takes no longer than a turn of the event loop.
            await process.ledger.flush();
            if (does === 'close') await process.ledger.close();
            else await store.delete(process.lease);
            processes[index] = await newProcess();
          }
          await Promise.all(processes.map(({ ledger, isFrozen }) => (isFrozen ? undefined : ledger.flush())));
        }
        const last = await newProcess();
        for (const { lease } of processes) await store.delete(lease);
        const left = await last.ledger.takeAbandoned();
        for (const { row } of left) endings.set(row.questionId, (endings.get(row.questionId) ?? 0) + 1);
        expect(Object.fromEntries(endings)).toEqual(Object.fromEntries([...asked].map((id) => [id, 1])));
        for (const { ledger } of [...processes, last]) await ledger.close();
        await store.close();
      }),
      { numRuns: 60 },
    );
  });
});
