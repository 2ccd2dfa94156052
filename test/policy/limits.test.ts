import { expect, it } from 'vitest';
import { createCalendar } from '../../src/policy/calendar.ts';
import { limitsAt } from '../../src/policy/limits-at.ts';
import { limitsIn } from '../../src/policy/limit-lines.ts';
import { createLimits } from '../../src/policy/limits.ts';
import { questionOf } from '../store/limited-ledger.ts';

const HOUR_MS = 3_600_000;

it.each([
  ['does not know the time yet, when it was asked', -2 * HOUR_MS, 0],
  ['hears of it late, when it is counted', 2 * HOUR_MS, 2 * HOUR_MS],
])('a question counts, where a process %s', (_name, aheadMs, expectedMs) => {
  const question = questionOf('1', 'ana');
  const limits = createLimits({
    rulesFor: () => limitsAt([{ level: 'server', limits: limitsIn('member: 1 question an hour') }], { guildId: 'g', channelId: 'c', userId: 'ana', hasRole: () => false }),
    estimate: () => ({ tokens: 0, nano: 0 }),
    priceOf: () => undefined,
    calendar: createCalendar(),
    now: () => question.askedAt + aheadMs,
  });
  expect(limits.plan(question)?.moment.second).toBe(Math.floor((question.askedAt + expectedMs) / 1_000));
});

it('what is held for a question is forgotten where another process goes on with it, and kept where it has failed', () => {
  const question = questionOf('1', 'ana');
  const limits = createLimits({ rulesFor: () => [], estimate: () => ({ tokens: 0, nano: 0 }), priceOf: () => undefined, calendar: createCalendar(), now: () => question.askedAt });
  const held = { tokens: 0, nano: 0, second: 0, verdict: { is: 'open', reached: [] }, accounts: [] } as never;
  const isHeldAfter = (event: object): boolean => {
    limits.decided(question.id, held);
    limits.heard({ question, ...event } as never);
    return limits.verdictOf(question.id) !== undefined;
  };
  expect([{ type: 'called', waitedMs: 0 }, { type: 'failed', report: {} }, { type: 'delivered', report: {} }].map(isHeldAfter)).toEqual([true, true, true]);
  expect([{ type: 'left', report: {} }, { type: 'taken-over' }].map(isHeldAfter)).toEqual([false, false]);
});
