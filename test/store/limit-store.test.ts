import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from '../property.ts';
import { afterAll, describe, expect, it } from 'vitest';
import { createCalendar } from '../../src/policy/calendar.ts';
import { limitsIn } from '../../src/policy/limit-lines.ts';
import { openStore } from '../../src/store/open-store.ts';
import { LimitModel } from '../policy/limit-model.ts';
import { GUILD, HELD, openLimitedLedger, questionOf } from './limited-ledger.ts';
import type { Claim } from '../../src/conversation/ledger.ts';
import type { LimitStore } from '../../src/store/limit-store.ts';
import type { LimitedLedger } from './limited-ledger.ts';

const root = mkdtempSync(join(tmpdir(), 'parley-limits-'));
const stores: LimitedLedger[] = [];
let files = 0;
const newFile = (): string => `sqlite://${join(root, `${(files += 1)}.sqlite`)}`;
const open = (...parameters: Parameters<typeof openLimitedLedger>): LimitedLedger => {
  const opened = openLimitedLedger(...parameters);
  stores.push(opened);
  return opened;
};
afterAll(async () => {
  for (const { ledger, store } of stores) {
    await ledger.close();
    await store.close();
  }
  rmSync(root, { recursive: true });
});

const daySum = async ({ counts }: LimitedLedger) => (await counts.read([`s${GUILD}`])).get(`s${GUILD}`)?.day?.at(-1);
const records = async ({ store }: LimitedLedger, prefix: string): Promise<readonly string[]> => Array.fromAsync(store.entries(prefix), ([key]) => key);

describe('200 members at a hard cap at once, asked of two processes on one store', () => {
  const limitText = 'server: 120 questions a day\nserver: 9,000 tokens a day\nmember: 2 at once\nmember: 3 questions an hour';

  it.each(Array.from({ length: 10 }, (_, seed) => seed))('are let through as a model says that counts everything anew, with kills in between (seed %i)', async (seed) => {
    const random = fc.sample(fc.nat({ max: 999 }), { seed, numRuns: 3_000 });
    const chance = (): number => (random.pop() ?? 0) / 1_000;
    const now = Date.UTC(2026, 10, 29, 12) + seed;
    const moment = createCalendar()(now);
    const model = new LimitModel(limitsIn(limitText));
    const users = new Map<string, string>();
    let asked = 0;
    // Looked at within the transaction: in which order they come, only the store knows.
    const watch = (counts: LimitStore): Pick<LimitStore, 'reserve' | 'settle'> => ({
      reserve: (entries, plan) => {
        const held = counts.reserve(entries, plan);
        expect(held.verdict.is === 'open').toBe(model.asks(plan.questionId, users.get(plan.questionId) ?? '', moment, HELD));
        asked += 1;
        return held;
      },
      settle: (entries, questionId, { held, spent }) => {
        counts.settle(entries, questionId, {
          held,
          spent: (holding) => {
            const ended = spent(holding);
            model.ends(questionId, ended.isCounted ? (ended.used?.tokens ?? HELD) : undefined);
            return ended;
          },
        });
      },
    });
    const url = newFile();
    const processes = [0, 1].map(() => open(url, limitText, { watch, now: () => now }));
    const left: Claim[] = [];
    const one = async (id: string, userId: string): Promise<void> => {
      users.set(id, userId);
      const mine = processes[chance() < 0.5 ? 0 : 1] ?? processes[0];
      const claim = await mine?.ask(id, userId);
      if (mine === undefined || claim === undefined || claim === false) return;
      const fate = chance();
      if (fate < 0.5) mine.end(claim, Math.round(chance() * 150));
      else if (fate < 0.7) mine.end(claim, undefined);
      else left.push(claim);
    };
    for (let round = 0; round < 4; round += 1) {
      await Promise.all(Array.from({ length: 200 }, (_, member) => one(`q${round}-${member}`, `m${member}`)));
      for (const { ledger } of processes) await ledger.flush();
      // Whoever had them is gone: the other process brings them to their end.
      for (const { row } of left.splice(0, Math.ceil(left.length / 2))) {
        const state = chance() < 0.5 ? 'delivered' : 'failed';
        const work = processes[1]?.companion.closed({ ...row, state, attempts: 2 });
        if (work !== undefined) await processes[0]?.store.transact(work);
        // It may be told twice.
        if (work !== undefined) await processes[1]?.store.transact(work);
      }
    }
    expect(asked).toBe(800);
    const [first] = processes;
    if (first === undefined) return;
    const sum = await daySum(first);
    expect(sum?.questions).toBeLessThanOrEqual(120);
    expect(await records(first, 'limit-held:')).toHaveLength(left.length);
    expect(sum?.heldTokens).toBe(left.length * HELD);
  });
});

describe('processes that are killed while they count', () => {
  it('leave no question above the cap, none below it refused, and nothing held', async () => {
    const [url, cap] = [newFile(), 60];
    const limitText = `server: ${cap} questions a day\nmember: 60 at once`;
    let isTold = 0;
    const started = ['a', 'b', 'c'].map((name) => {
      const child = fork(join(import.meta.dirname, 'limit-asker.ts'), [url, limitText, name, '100'], { execArgv: [] });
      // In the middle of its work, wherever that is.
      const killed = new Promise<void>((resolve) => {
        let heard = 0;
        child.on('message', (message: { isOpen?: boolean }) => {
          if (message.isOpen === true) isTold += 1;
          heard += 1;
          if (heard === 42 + name.charCodeAt(0) % 7) child.kill('SIGKILL');
        });
        child.on('exit', () => resolve());
      });
      return { killed, exit: once(child, 'exit') };
    });
    await Promise.all(started.map(({ killed }) => killed));
    const last = open(url, limitText);
    await last.ledger.open();
    const before = await daySum(last);
    expect(before?.questions).toBeLessThanOrEqual(cap);
    const claims = await last.ledger.takeAbandoned();
    expect(claims.length).toBeGreaterThan(0);
    expect((await records(last, 'limit-held:')).length).toBe(claims.length);
    let givenBack = 0;
    for (const [index, claim] of claims.entries()) {
      // Some were refused, and nobody was told yet.
      if (index % 2 === 1 && (await last.counts.held(claim.row.questionId))?.verdict.is === 'open') givenBack += 1;
      last.end(claim, index % 2 === 0 ? 10 : undefined);
    }
    await last.ledger.flush();
    expect(await records(last, 'limit-held:')).toEqual([]);
    const counted = (await daySum(last))?.questions ?? 0;
    expect(counted).toBe((before?.questions ?? 0) - givenBack);
    expect(isTold).toBeGreaterThan(0);
    // All that is left can be asked, and not one more.
    const verdicts = [];
    for (let index = 0; index <= cap - counted; index += 1) verdicts.push((await last.ask(`z${index}`, `z-${index}`)) !== false);
    expect(verdicts).toEqual([...Array.from({ length: cap - counted }, () => true), false]);
  });
});

describe('what is counted of a question', () => {
  const start = (limitText: string): LimitedLedger => open('memory://', limitText);
  const reserve = (one: LimitedLedger, id: string) => one.ask(id, 'ana');

  it('is written with its claim, and gone with a claim that is not ours', async () => {
    const url = newFile();
    const [one, other] = [open(url, 'server: 5 questions a day'), open(url, 'server: 5 questions a day')];
    await one.ask('q', 'ana');
    expect(await other.ledger.claim(questionOf('q', 'ana'), { channelId: '1', replyTo: undefined, interaction: undefined, isPrivate: false, canSendMessages: true })).toBeUndefined();
    expect((await daySum(one))?.questions).toBe(1);
  });

  it('is nothing at all where no limit holds', async () => {
    const one = start('');
    const claim = await reserve(one, 'q');
    if (claim !== false) one.end(claim, 5);
    await one.ledger.flush();
    expect(await records(one, 'limit')).toEqual([]);
  });

  it('is little: one account for each whom it counts for, and what is held until its end', async () => {
    const one = start('member: 10 questions a minute');
    const claim = await reserve(one, 'q');
    expect(await records(one, 'limit')).toEqual(['limit-held:q', `limit:mana@s${GUILD}`]);
    if (claim !== false) one.end(claim, 5);
    await one.ledger.flush();
    expect(await records(one, 'limit')).toEqual([`limit:mana@s${GUILD}`]);
  });

  it.each([
    ['without limits', '', ['setManyIfAbsent', 'setMany']],
    ['with some', 'member: 10 questions a minute\nserver: 500 tokens a day\nmember: 3 at once', ['transact', 'transact']],
  ])('costs no more writes than its claim and its end: %s', async (_how, limitText, expected) => {
    const one = start(limitText);
    const writes: string[] = [];
    const { store } = one;
    for (const name of ['set', 'setMany', 'setIfAbsent', 'setManyIfAbsent', 'transact', 'replace', 'delete', 'move'] as const) {
      const before = store[name] as (...parameters: unknown[]) => unknown;
      Object.assign(store, { [name]: (...parameters: unknown[]) => (writes.push(name), before(...parameters)) });
    }
    const claim = await reserve(one, 'q');
    if (claim !== false) one.end(claim, 5);
    await one.ledger.flush();
    expect(writes).toEqual(expected);
  });

  it('keeps its verdict for whoever goes on with it, also where that was a refusal', async () => {
    const one = start('member: 1 question an hour, then use small.model\nmember: 2 questions an hour');
    for (const id of ['a', 'b']) await reserve(one, id);
    expect((await one.counts.held('a'))?.verdict).toEqual({ is: 'open', reached: [] });
    expect((await one.counts.held('b'))?.verdict).toMatchObject({ is: 'open', model: 'small.model' });
    const plan = one.limits.plan(questionOf('c', 'ana'));
    if (plan !== undefined) expect((await one.counts.admit(plan)).verdict).toMatchObject({ is: 'refused', reached: { most: 2 } });
    if (plan !== undefined) expect((await one.counts.admit(plan)).verdict).toEqual((await one.counts.held('c'))?.verdict);
  });

  it('is what Bedrock reported of all calls, and what was held where it reported nothing of an answer', async () => {
    const one = start('server: 5 questions a day');
    const [a, b] = [await reserve(one, 'a'), await reserve(one, 'b')];
    one.limits.reported('a', 'model', { inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 4, cacheWriteInputTokens: 8 });
    if (a !== false) one.end(a, 16);
    if (b !== false) b.end({ state: 'delivered' });
    await one.ledger.flush();
    expect(await daySum(one)).toMatchObject({ questions: 2, tokens: 31, heldTokens: 0 });
    const tokens = start('server: 500 tokens a day');
    const c = await reserve(tokens, 'c');
    if (c !== false) c.end({ state: 'delivered' });
    await tokens.ledger.flush();
    expect(await daySum(tokens)).toMatchObject({ tokens: HELD });
  });

  it.each([
    ['what Bedrock reported of it', { inputTokens: 7, outputTokens: 5 }, 12],
    ['what was held, where nobody remembers more', undefined, HELD],
  ])('of an answer whose process died right behind it is %s', async (_what, usage, tokens) => {
    const url = newFile();
    const [gone, next] = [open(url, 'server: 5,000 tokens a day'), open(url, 'server: 5,000 tokens a day')];
    const claim = await gone.ask('a', 'ana');
    next.limits.answered('a', usage);
    const work = next.companion.closed({ ...(claim as Claim).row, state: 'delivered', attempts: 2 });
    if (work !== undefined) await next.store.transact(work);
    expect(await daySum(next)).toMatchObject({ questions: 1, tokens, heldTokens: 0 });
    // The first, which was only taken for dead, changes nothing any more.
    if (claim !== false) gone.end(claim, 999);
    await gone.ledger.flush();
    expect(await daySum(next)).toMatchObject({ questions: 1, tokens });
  });

  it('is seen by another process although that has counted it before', async () => {
    const url = newFile();
    const [one, other] = [open(url, 'member: 3 questions an hour'), open(url, 'member: 3 questions an hour')];
    const verdicts: boolean[] = [];
    for (let index = 0; index < 5; index += 1) verdicts.push((await (index % 2 === 0 ? one : other).ask(`q${index}`, 'ana')) !== false);
    expect(verdicts).toEqual([true, true, true, false, false]);
  });

  it('is not lost where the store fails for a while', async () => {
    const one = start('server: 5 questions a day');
    const claim = await reserve(one, 'a');
    const { transact } = one.store;
    let failures = 0;
    Object.assign(one.store, {
      transact: () => {
        failures += 1;
        return Promise.reject(new Error('disk I/O error'));
      },
    });
    if (claim !== false) one.end(claim, undefined);
    await one.ledger.flush();
    expect([failures, (await daySum(one))?.questions]).toEqual([1, 1]);
    Object.assign(one.store, { transact });
    await one.ledger.flush();
    expect((await daySum(one))?.questions).toBe(0);
  });

  it('is left to a later Parley where that has written it, and so is the question', async () => {
    const newer: string[] = [];
    const url = newFile();
    const one = open(url, 'server: 5 questions a day');
    Object.assign(one.store.audience, { onNewer: ({ key }: { key: string }) => newer.push(key) });
    const other = openStore(url, { table: 'ledger' });
    const text = JSON.stringify({ version: 2, all: 'else' });
    await other.set(`limit:s${GUILD}`, text, 60_000);
    await expect(one.ask('a', 'ana')).rejects.toThrow('a was claimed before');
    expect(newer).toEqual([`limit:s${GUILD}`]);
    expect([await other.get(`limit:s${GUILD}`), await other.get('question:a'), await other.get('open:a')]).toEqual([text, undefined, undefined]);
    await other.close();
  });

  it('begins anew where its record cannot be read, which is set aside and told', async () => {
    const unreadable: string[] = [];
    const url = newFile();
    const one = open(url, 'server: 1 question a day');
    Object.assign(one.store.audience, { onUnreadable: ({ key }: { key: string }) => unreadable.push(key) });
    await reserve(one, 'a');
    expect(await reserve(one, 'b')).toBe(false);
    const other = openStore(url, { table: 'ledger' });
    for (const damaged of ['nonsense', '{"version":1,"day":"all"}']) {
      await other.set(`limit:s${GUILD}`, damaged, 60_000);
      expect(await reserve(one, `c${unreadable.length}`)).not.toBe(false);
    }
    expect(unreadable).toEqual([`limit:s${GUILD}`, `limit:s${GUILD}`]);
    expect((await records(one, 'unreadable:')).length).toBeGreaterThan(0);
    await other.close();
  });
});
