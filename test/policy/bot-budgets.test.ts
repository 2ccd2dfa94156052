import { describe, expect, it } from 'vitest';
import { createBotBudgets } from '../../src/policy/bot-budgets.ts';
import { createCalendar } from '../../src/policy/calendar.ts';
import { NANO } from '../../src/policy/limit-account.ts';
import { limitsIn } from '../../src/policy/limit-lines.ts';
import type { LimitAccount } from '../../src/policy/limit-account.ts';

const NOON = Date.UTC(2026, 10, 25, 12);
const calendar = createCalendar();
const { day, month } = calendar(NOON);
const used = { questions: 1, tokens: 10, heldTokens: 0, heldNano: 0 };
const ACCOUNT: LimitAccount = { day: [{ ...used, of: day.of, nano: 2 * NANO }], month: [{ ...used, of: month.of, nano: 7 * NANO }] };

const budgetsOf = async (lines: string, account: LimitAccount | 'none' = ACCOUNT) => {
  let reads = 0;
  const read = async (): Promise<ReadonlyMap<string, LimitAccount>> => {
    reads += 1;
    return new Map(account === 'none' ? [] : [['bot', account]]);
  };
  return { budgets: await createBotBudgets({ own: limitsIn(lines), counts: { read }, calendar, now: () => NOON })(), reads };
};

describe('the budgets of the bot', () => {
  it('are its limits of money, each with what is used of it, until when, and what comes then', async () => {
    const { budgets } = await budgetsOf('bot: $5 a day, then warn; bot: $100 a month, then use small.model; bot: $200 a month');
    expect(budgets).toEqual([
      { window: 'day', period: day.of, endsAt: day.endsAt, mostUsd: 5, usedUsd: 2, afterwards: 'warn' },
      { window: 'month', period: month.of, endsAt: month.endsAt, mostUsd: 100, usedUsd: 7, afterwards: 'model' },
      { window: 'month', period: month.of, endsAt: month.endsAt, mostUsd: 200, usedUsd: 7, afterwards: 'refuse' },
    ]);
  });

  it('are unused where nothing was asked', async () => {
    expect((await budgetsOf('bot: $5 a day', 'none')).budgets).toMatchObject([{ mostUsd: 5, usedUsd: 0 }]);
  });

  it.each(['', 'member: 2 at once', 'server: $5 a day', 'bot: 1,000 tokens a day', 'bot: unlimited dollars a day'])('are none, and nothing is read, where this is all: %j', async (lines) => {
    expect(await budgetsOf(lines)).toEqual({ budgets: [], reads: 0 });
  });
});
