import { describe, expect, it } from 'vitest';
import { createBotBudgets } from '../../src/policy/bot-budgets.ts';
import { createCalendar } from '../../src/policy/calendar.ts';
import { limitsIn } from '../../src/policy/limit-lines.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createBudgetWatch } from '../../src/upkeep/watch-budget.ts';
import type { Store } from '../../src/store/open-store.ts';
import type { BudgetWatchOptions } from '../../src/upkeep/watch-budget.ts';

const NOW = Date.UTC(2026, 10, 29, 12);
const DAY = Math.floor(NOW / 86_400_000);
const MONTH = 2026 * 12 + 10;

/** Owners, and processes on one store, with a day and a month of so many dollars. */
const scene = (lines = 'bot: $10 a day\nbot: $100 a month, then warn') => {
  const store: Store = openStore('memory://');
  const told: string[] = [];
  const used = { day: 0, month: 0, now: NOW };
  const budgets = createBotBudgets({
    own: limitsIn(lines),
    counts: {
      read: async () => {
        const [{ of: day }, { of: month }] = [createCalendar()(used.now).day, createCalendar()(used.now).month];
        const sum = (of: number, usd: number) => ({ of, questions: 1, tokens: 0, heldTokens: 0, nano: Math.round(usd * 1e9), heldNano: 5e9 });
        return new Map([['bot', { day: [sum(day, used.day)], month: [sum(month, used.month)] }]]);
      },
    },
    calendar: createCalendar(),
    now: () => used.now,
  });
  const start = (changes: Partial<BudgetWatchOptions> = {}) =>
    createBudgetWatch({ budgets, tellOwners: async (text) => void told.push(text), claim: store.setIfAbsent, keep: store.set, log: { warn: () => undefined }, afterMs: 0, ...changes });
  return { store, told, used, start };
};

describe('the owners', () => {
  it('are told once when four fifths of a budget are used, and once when all of it is, whatever is started anew', async () => {
    const { told, used, start } = scene();
    const watches = [start(), start()];
    const look = async (): Promise<void> => {
      await Promise.all(watches.map((watch) => watch.look()));
      await start().look();
    };
    used.day = 7.99;
    await look();
    expect(told).toEqual([]);
    used.day = 8;
    await look();
    await look();
    expect(told).toEqual([`80 % of my budget for this day is used: $8.00 of $10.00. When nothing is left, I refuse questions, until <t:${((DAY + 1) * 86_400_000) / 1000}:f>. \`/usage\` shows who asked, and where; \`LIMITS\` sets the budget.`]);
    used.day = 10.5;
    await look();
    await look();
    expect(told).toHaveLength(2);
    expect(told[1]).toContain('All of my budget for this day is used: $10.50 of $10.00. I refuse questions now');
    used.now += 86_400_000;
    used.day = 9;
    await look();
    expect(told).toHaveLength(3);
    // Back over midnight nothing is new.
    used.now -= 86_400_000;
    await look();
    expect(told).toHaveLength(3);
  });

  it('are told of a month by itself, and of all at once where most of it came at once', async () => {
    const { told, used, start } = scene();
    used.month = 120;
    await start().look();
    await start().look();
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('All of my budget for this month is used: $120.00 of $100.00. I answer on, and say so below each answer');
    expect(told[0]).toContain(String(Date.UTC(Math.floor(MONTH / 12), (MONTH % 12) + 1) / 1000));
  });

  it('are told anew by the next process where one died while it told them, and not while it does', async () => {
    const { store, told, used, start } = scene();
    used.day = 8;
    const never = Promise.withResolvers<void>();
    void start({ tellOwners: () => never.promise }).look();
    await new Promise((resolve) => setImmediate(resolve));
    await start().look();
    expect(told).toEqual([]);
    // A minute later.
    for await (const [key] of store.entries('owners-told:')) await store.delete(key);
    await start().look();
    expect(told).toHaveLength(1);
  });

  it('hear nothing where the bot has no budget of money, and of a store that fails only when it works again', async () => {
    const { told, used, start } = scene('bot: 100 questions a day\nserver: $1 a day');
    used.day = 1_000;
    await start().look();
    expect(told).toEqual([]);
    const failing = scene();
    failing.used.day = 9;
    const warnings: unknown[] = [];
    const watch = failing.start({ claim: () => Promise.reject(new Error('locked')), log: { warn: (_fields: unknown, text?: string) => void warnings.push(text) } });
    await watch.look();
    expect([failing.told.length, warnings.length]).toEqual([0, 1]);
    await failing.start().look();
    expect(failing.told).toHaveLength(1);
  });

  it('are thought of after each answer, once for many, and not once it is stopped', async () => {
    const { told, used, start } = scene();
    used.day = 9;
    const watch = start();
    for (let answer = 0; answer < 5; answer += 1) watch.heard();
    await expect.poll(() => told.length).toBe(1);
    used.day = 10;
    watch.stop();
    watch.heard();
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toHaveLength(1);
  });
});
