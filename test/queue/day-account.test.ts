import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../../src/conversation/failure.ts';
import { DayAccount } from '../../src/queue/day-account.ts';
import { createLine } from '../../src/queue/line.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { DayNotebook } from '../../src/queue/day-account.ts';
import type { LineOptions } from '../../src/queue/line.ts';

const NOON = Date.UTC(2026, 10, 25, 12);
const TOMORROW = Date.UTC(2026, 10, 26);
const DAY_MS = 24 * 60 * 60 * 1000;
const never = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A notebook in memory that counts what is done to it, and fails while it is told to. */
const createNotebook = () => {
  const texts = new Map<string, string>();
  const counts = { reads: 0, writes: 0 };
  const notebook = { counts, texts, isBroken: false, beforeWrite: () => undefined as void };
  const check = (): void => {
    if (notebook.isBroken) throw new Error('disk full');
  };
  const write = (key: string, expected: string | undefined, text: string): boolean => {
    check();
    notebook.beforeWrite();
    counts.writes += 1;
    if (texts.get(key) !== expected) return false;
    texts.set(key, text);
    return true;
  };
  const port: DayNotebook = {
    get: async (key) => {
      check();
      counts.reads += 1;
      return texts.get(key);
    },
    setIfAbsent: async (key, text) => write(key, undefined, text),
    replace: async (key, expected, text) => write(key, expected, text),
  };
  return Object.assign(notebook, { port });
};

const warnings: unknown[] = [];
const log = { info: () => undefined, warn: (_fields: unknown, ...message: unknown[]) => void warnings.push(...message) };
afterEach(() => {
  warnings.length = 0;
});

const accountOf = async (notebook: DayNotebook, key = 'quota/r/m'): Promise<DayAccount> => {
  const account = new DayAccount({ notebook, key, log });
  await account.open();
  return account;
};

/** A line whose calls cost `cost` tokens each. */
const lineOf = (day: DayAccount, limits: LineOptions['limits'], failure?: Failure) => {
  let calls = 0;
  const line = createLine({ maxConcurrentCalls: 4, maxTokens: 100, outputBurndown: 1, limits, day, log });
  const ask = (cost: number) =>
    line.inTurn({
      question: { id: '1', asker: { id: 'm', name: 'm' } } as Question,
      inputTokens: 1,
      signal: never,
      onWait: () => undefined,
      run: async () => {
        calls += 1;
        if (failure !== undefined) throw failure;
        return { text: 'x', stopReason: 'end_turn', usage: { inputTokens: cost, outputTokens: 0 }, latencyMs: undefined };
      },
    });
  return { ask, calls: () => calls };
};

describe("the day's account", () => {
  it('is kept through a restart, for its region and model', async () => {
    const notebook = createNotebook();
    const before = await accountOf(notebook.port);
    const line = lineOf(before, { tokensPerDay: 1_000 });
    await line.ask(950);
    await before.close();
    const after = lineOf(await accountOf(notebook.port), { tokensPerDay: 1_000 });
    await expect(after.ask(10)).rejects.toMatchObject({ kind: 'daily-quota', retryAt: TOMORROW });
    expect(after.calls()).toBe(0);
    const another = lineOf(await accountOf(notebook.port, 'quota/r/another'), { tokensPerDay: 1_000 });
    await another.ask(10);
    vi.setSystemTime(TOMORROW);
    const next = lineOf(await accountOf(notebook.port), { tokensPerDay: 1_000 });
    await next.ask(10);
    expect([another.calls(), next.calls()]).toEqual([1, 1]);
  });

  it("keeps a closed day closed after a restart, without asking Bedrock, and tries again tomorrow", async () => {
    const notebook = createNotebook();
    const before = await accountOf(notebook.port);
    const refused = lineOf(before, {}, new Failure('daily-quota', 'Too many tokens per day'));
    await expect(refused.ask(10)).rejects.toMatchObject({ kind: 'daily-quota' });
    await before.close();
    // The line is there before the store was read.
    const account = new DayAccount({ notebook: notebook.port, key: 'quota/r/m', log });
    const after = lineOf(account, {});
    await account.open();
    await expect(after.ask(10)).rejects.toMatchObject({ kind: 'daily-quota' });
    expect(after.calls()).toBe(0);
    vi.setSystemTime(TOMORROW + 10_000);
    await after.ask(10);
    expect(after.calls()).toBe(1);
  });

  it('is written every few seconds at most, never for each call, and not at all where nobody asked for it', async () => {
    const notebook = createNotebook();
    const account = await accountOf(notebook.port);
    const line = lineOf(account, { tokensPerDay: 1_000_000 });
    for (let index = 0; index < 100; index += 1) await line.ask(10);
    expect(notebook.counts.writes).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(notebook.counts).toEqual({ reads: 4, writes: 1 });
    const free = lineOf(account, {});
    for (let index = 0; index < 100; index += 1) await free.ask(10);
    await vi.advanceTimersByTimeAsync(60_000);
    await account.close();
    expect(notebook.counts).toEqual({ reads: 4, writes: 1 });
    expect(account.used()).toBe(1_000);
  });

  it('is shared by the processes that write to it, whoever is quicker', async () => {
    const notebook = createNotebook();
    const one = await accountOf(notebook.port);
    const other = await accountOf(notebook.port);
    one.add(100);
    other.add(20);
    await vi.advanceTimersByTimeAsync(5_000);
    one.add(3);
    // Somebody writes between the look and the writing.
    notebook.beforeWrite = () => {
      notebook.beforeWrite = () => undefined;
      notebook.texts.set(`quota/r/m/${TOMORROW}`, `${TOMORROW} 1120 0`);
    };
    await vi.advanceTimersByTimeAsync(20_000);
    await Promise.all([one.close(), other.close()]);
    expect(notebook.texts.get(`quota/r/m/${TOMORROW}`)).toBe(`${TOMORROW} 1123 0`);
    expect(one.used()).toBe(1_123);
    expect((await accountOf(notebook.port)).used()).toBe(1_123);
  });

  it('begins anew with each UTC day', async () => {
    const notebook = createNotebook();
    const account = await accountOf(notebook.port);
    account.add(100);
    await vi.advanceTimersByTimeAsync(10_000);
    vi.setSystemTime(TOMORROW + 1);
    expect(account.used()).toBe(0);
    account.add(5);
    await account.close();
    expect(notebook.texts.get(`quota/r/m/${TOMORROW + DAY_MS}`)).toBe(`${TOMORROW + DAY_MS} 5 0`);
  });

  it('fails no question while it cannot be read or written, says so once, and is written when it can be', async () => {
    const notebook = createNotebook();
    notebook.isBroken = true;
    const account = await accountOf(notebook.port);
    const line = lineOf(account, { tokensPerDay: 1_000 });
    for (let index = 0; index < 3; index += 1) {
      await line.ask(100);
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(warnings).toEqual(["the day's usage could not be read or written"]);
    expect(account.used()).toBe(300);
    notebook.isBroken = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(notebook.texts.get(`quota/r/m/${TOMORROW}`)).toBe(`${TOMORROW} 300 0`);
  });

  it.each(['', 'nonsense', `${TOMORROW}`, '1 2 3', `${TOMORROW} -5 0`])('takes a record that it does not know for none: "%s"', async (text) => {
    const notebook = createNotebook();
    notebook.texts.set('quota/r/m', text);
    notebook.texts.set(`quota/r/m/${TOMORROW}`, text);
    const account = await accountOf(notebook.port);
    expect(account.used()).toBe(0);
    account.add(7);
    await account.close();
    expect(notebook.texts.get(`quota/r/m/${TOMORROW}`)).toBe(`${TOMORROW} 7 0`);
  });

  it('goes on from the record that was one for all days', async () => {
    const notebook = createNotebook();
    notebook.texts.set('quota/r/m', `${TOMORROW} 40 ${TOMORROW + 700}`);
    const account = new DayAccount({ notebook: notebook.port, key: 'quota/r/m', log });
    const closed: number[] = [];
    account.onClosed = (dayEndsAt) => closed.push(dayEndsAt);
    await account.open();
    account.add(2);
    await account.close();
    expect([closed, notebook.texts.get(`quota/r/m/${TOMORROW}`)]).toEqual([[TOMORROW], `${TOMORROW} 42 ${TOMORROW}`]);
  });

  it('takes no number that is none, nor gives any back', async () => {
    const notebook = createNotebook();
    const account = await accountOf(notebook.port);
    account.add(40);
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, -30, 0]) account.add(odd);
    expect(account.used()).toBe(40);
    await account.close();
    expect(notebook.texts.get(`quota/r/m/${TOMORROW}`)).toBe(`${TOMORROW} 40 0`);
  });

  it('is closed from its first moment where others found it closed', async () => {
    vi.setSystemTime(TOMORROW);
    const notebook = createNotebook();
    const endsAt = TOMORROW + DAY_MS;
    notebook.texts.set(`quota/r/m/${endsAt}`, `${endsAt} 5 ${endsAt}`);
    const account = new DayAccount({ notebook: notebook.port, key: 'quota/r/m', log });
    const { ask, calls } = lineOf(account, {});
    await account.open();
    await expect(ask(1)).rejects.toMatchObject({ kind: 'daily-quota' });
    expect(calls()).toBe(0);
  });

  it('finds a day that begins twice as it was left, with and without a restart in between', async () => {
    const notebook = createNotebook();
    let account = await accountOf(notebook.port);
    const at = async (time: number, tokens: number, isRestarted: boolean): Promise<number> => {
      vi.setSystemTime(time);
      if (isRestarted) {
        await account.close();
        account = await accountOf(notebook.port);
      }
      account.used();
      await vi.advanceTimersByTimeAsync(6_000);
      account.add(tokens);
      return account.used();
    };
    for (const isRestarted of [false, true, false]) {
      const before = [notebook.texts.get(`quota/r/m/${TOMORROW}`), notebook.texts.get(`quota/r/m/${TOMORROW + DAY_MS}`)].map((text) => Number(text?.split(' ')[1] ?? 0));
      const used = [
        await at(TOMORROW - 60_000, 100, isRestarted),
        await at(TOMORROW + 60_000, 7, isRestarted),
        await at(TOMORROW - 3_600_000, 20, isRestarted),
        await at(TOMORROW - 60_000, 1, isRestarted),
        await at(TOMORROW + 1, 3, isRestarted),
      ];
      const [old = 0, next = 0] = before;
      expect(used).toEqual([old + 100, next + 7, old + 120, old + 121, next + 10]);
      await vi.advanceTimersByTimeAsync(6_000);
    }
  });

  it('is doubled and lost by nobody where the clocks of two processes are in different days', async () => {
    const notebook = createNotebook();
    const one = await accountOf(notebook.port);
    vi.setSystemTime(TOMORROW + 60_000);
    const other = await accountOf(notebook.port);
    for (let round = 0; round < 3; round += 1) {
      vi.setSystemTime(NOON);
      one.add(100);
      await vi.advanceTimersByTimeAsync(6_000);
      vi.setSystemTime(TOMORROW + 60_000);
      other.add(5);
      await vi.advanceTimersByTimeAsync(6_000);
    }
    vi.setSystemTime(NOON);
    await one.close();
    vi.setSystemTime(TOMORROW + 60_000);
    await other.close();
    expect([...notebook.texts].toSorted()).toEqual([
      [`quota/r/m/${TOMORROW}`, `${TOMORROW} 300 0`],
      [`quota/r/m/${TOMORROW + DAY_MS}`, `${TOMORROW + DAY_MS} 15 0`],
    ]);
  });
});
