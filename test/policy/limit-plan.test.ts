import fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { createCalendar } from '../../src/policy/calendar.ts';
import { NANO } from '../../src/policy/limit-account.ts';
import { limitsIn } from '../../src/policy/limit-lines.ts';
import { decide, settle } from '../../src/policy/limit-plan.ts';
import { limitsAt } from '../../src/policy/limits-at.ts';
import { LimitModel } from './limit-model.ts';
import type { LimitAccount, LimitAmount } from '../../src/policy/limit-account.ts';
import type { HeldQuestion, LimitVerdict } from '../../src/policy/limit-plan.ts';

const GUILD = '100000000000000001';
const ROOM = '100000000000000002';
const NOON = Date.UTC(2026, 10, 29, 12);

/** Limits of one server, with accounts that are kept in memory. */
const book = (text: string, timeZone?: string) => {
  const accounts = new Map<string, LimitAccount>();
  const held = new Map<string, HeldQuestion>();
  const momentAt = createCalendar(timeZone);
  let count = 0;
  return {
    asks: (at: number, { user = 'ana', estimate = { tokens: 10, nano: 0 }, id = `q${(count += 1)}`, roleIds = [] as string[] }: { user?: string; estimate?: LimitAmount; id?: string; roleIds?: string[] } = {}): LimitVerdict => {
      const rules = limitsAt([{ level: 'server', limits: limitsIn(text) }], { guildId: GUILD, channelId: ROOM, userId: user, hasRole: (role) => roleIds.includes(role) });
      const decision = decide({ questionId: id, rules, moment: momentAt(at), estimate: () => estimate }, accounts);
      for (const [key, account] of decision.changed) accounts.set(key, account);
      held.set(id, decision.held);
      return decision.held.verdict;
    },
    ends: (id: string, spent: LimitAmount | undefined): void => {
      const one = held.get(id);
      if (one === undefined) return;
      held.delete(id);
      for (const [key, account] of settle(id, one, accounts, { isCounted: spent !== undefined, used: spent ?? { tokens: 0, nano: 0 } })) accounts.set(key, account);
    },
    accounts,
  };
};

const refusedUntil = (verdict: LimitVerdict): number | undefined | false => verdict.is === 'refused' && verdict.reached.opensAt;
const isOpen = ({ is }: LimitVerdict): boolean => is === 'open';

describe('limits of questions', () => {
  it('refuse the one after the last, and say when the next one is taken', () => {
    const limits = book('member: 2 questions a minute');
    expect([0, 5_000].map((after) => limits.asks(NOON + after).is)).toEqual(['open', 'open']);
    const opens = NOON + 61_000;
    expect(refusedUntil(limits.asks(NOON + 10_000))).toBe(opens);
    expect(refusedUntil(limits.asks(opens - 1))).toBe(opens);
    expect(isOpen(limits.asks(opens))).toBe(true);
    expect(refusedUntil(limits.asks(opens))).toBe(NOON + 66_000);
  });

  it('never let more through in any 3,600 seconds, at whatever times people ask', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 900_000 }), { maxLength: 60 }), (gaps) => {
        const limits = book('member: 5 questions an hour');
        let now = NOON;
        const taken: number[] = [];
        for (const gap of gaps) {
          now += gap;
          if (isOpen(limits.asks(now))) taken.push(now);
        }
        for (const at of taken) expect(taken.filter((other) => other >= at && other < at + 3_600_000).length).toBeLessThanOrEqual(5);
      }),
    );
  });

  it('count each member for themselves, a channel and a server for all', () => {
    for (const [text, others] of [['member: 1 question an hour', 'open'], ['channel: 1 question an hour', 'refused'], ['server: 1 question an hour', 'refused']] as const) {
      const limits = book(text);
      expect([limits.asks(NOON).is, limits.asks(NOON).is, limits.asks(NOON, { user: 'bo' }).is]).toEqual(['open', 'refused', others]);
    }
  });

  it('hold questions at once until they end, well or not', () => {
    const limits = book('member: 2 at once');
    expect(['a', 'b', 'c'].map((id) => limits.asks(NOON, { id }).is)).toEqual(['open', 'open', 'refused']);
    expect(refusedUntil(limits.asks(NOON))).toBeUndefined();
    limits.ends('a', { tokens: 1, nano: 0 });
    expect(['d', 'e'].map((id) => limits.asks(NOON, { id }).is)).toEqual(['open', 'refused']);
    limits.ends('b', undefined);
    expect(isOpen(limits.asks(NOON))).toBe(true);
  });

  it('do not hold a question for ever that is lost', () => {
    const limits = book('member: 1 at once');
    limits.asks(NOON);
    expect(isOpen(limits.asks(NOON + 3_599_000))).toBe(false);
    expect(isOpen(limits.asks(NOON + 3_601_000))).toBe(true);
  });

  it('give back a question that failed, in whichever window it counted', () => {
    for (const window of ['minute', 'hour', 'day', 'month']) {
      const limits = book(`member: 1 question a ${window}`);
      limits.asks(NOON, { id: 'a' });
      expect(isOpen(limits.asks(NOON))).toBe(false);
      limits.ends('a', undefined);
      expect(isOpen(limits.asks(NOON + 1_000))).toBe(true);
    }
  });

  it('let members with a role have what the best of their roles allows', () => {
    const [big, small] = ['111111111111111111', '222222222222222222'];
    const text = `member: 1 question an hour\nrole ${big}: 3 questions an hour\nrole ${small}: 2 questions an hour`;
    const taken = (roleIds: string[]): number => {
      const limits = book(text);
      return Array.from({ length: 5 }, () => limits.asks(NOON, { roleIds })).filter(isOpen).length;
    };
    expect([taken([]), taken([small]), taken([big]), taken([small, big]), taken(['333333333333333333'])]).toEqual([1, 2, 3, 3, 1]);
    expect(Array.from({ length: 20 }).every(() => isOpen(book(`${text}\nrole 333333333333333333: unlimited questions an hour`).asks(NOON, { roleIds: ['333333333333333333'] })))).toBe(true);
  });
});

describe('limits of tokens and money', () => {
  it('hold the estimate until the answer is there, and count what it really took from then on', () => {
    const limits = book('server: 100 tokens a day');
    expect(isOpen(limits.asks(NOON, { id: 'a', estimate: { tokens: 100, nano: 0 } }))).toBe(true);
    expect(refusedUntil(limits.asks(NOON))).toBeUndefined();
    limits.ends('a', { tokens: 99, nano: 0 });
    expect(isOpen(limits.asks(NOON, { id: 'b', estimate: { tokens: 1, nano: 0 } }))).toBe(true);
    limits.ends('b', { tokens: 1, nano: 0 });
    expect(refusedUntil(limits.asks(NOON))).toBe(Date.UTC(2026, 10, 30));
  });

  it('begin anew with each day and each month', () => {
    const spend = { tokens: 500, nano: 2 * NANO };
    for (const [text, end] of [['member: $1.50 a day', Date.UTC(2026, 10, 30)], ['member: 500 tokens a month', Date.UTC(2026, 11, 1)]] as const) {
      const limits = book(text);
      limits.asks(NOON, { id: 'a' });
      limits.ends('a', spend);
      expect(refusedUntil(limits.asks(end - 1))).toBe(end);
      expect(isOpen(limits.asks(end))).toBe(true);
    }
  });

  it('count a question in the day in which it was asked, however late it ends', () => {
    const limits = book('member: 100 tokens a day');
    const midnight = Date.UTC(2026, 10, 30);
    limits.asks(midnight - 1_000, { id: 'late' });
    limits.ends('late', { tokens: 1_000, nano: 0 });
    expect(isOpen(limits.asks(midnight - 500))).toBe(false);
    expect(isOpen(limits.asks(midnight))).toBe(true);
  });

  it('never fill by what costs nothing, nor by a price that nobody knows', () => {
    const limits = book('member: $0.01 a day');
    for (let count = 0; count < 50; count += 1) {
      expect(isOpen(limits.asks(NOON, { id: `q${count}`, estimate: { tokens: 5_000, nano: 0 } }))).toBe(true);
      limits.ends(`q${count}`, { tokens: 5_000, nano: 0 });
    }
  });

  it('add up ten thousand of the smallest amounts without losing any', () => {
    const limits = book('member: $0.0001 a day');
    for (let count = 0; count < 9_999; count += 1) {
      limits.asks(NOON, { id: 'q', estimate: { tokens: 0, nano: 0 } });
      limits.ends('q', { tokens: 1, nano: 10 });
    }
    expect(isOpen(limits.asks(NOON, { id: 'last' }))).toBe(true);
    limits.ends('last', { tokens: 1, nano: 10 });
    expect(isOpen(limits.asks(NOON))).toBe(false);
  });
});

describe('what happens at a limit', () => {
  it('a warning lets the question through and says which limit it was', () => {
    const limits = book('member: 1 question an hour, then warn\nmember: 3 questions an hour');
    expect(limits.asks(NOON)).toEqual({ is: 'open', reached: [] });
    expect(limits.asks(NOON)).toEqual({ is: 'open', reached: [{ per: 'member', counts: 'questions', window: 'hour', most: 1, opensAt: NOON + 3_601_000 }] });
    limits.asks(NOON);
    expect(limits.asks(NOON).is).toBe('refused');
  });

  it('another model answers, and a wider limit refuses in the end', () => {
    const limits = book('member: 1 question a day, then use small.model\nmember: 2 questions a day');
    expect(limits.asks(NOON)).toEqual({ is: 'open', reached: [] });
    expect(limits.asks(NOON)).toMatchObject({ is: 'open', model: 'small.model' });
    expect(limits.asks(NOON).is).toBe('refused');
  });

  it('of several that refuse, the time is that of the last to open', () => {
    const limits = book('member: 1 question a minute\nmember: 1 question a day\nmember: 1 at once');
    limits.asks(NOON);
    expect(refusedUntil(limits.asks(NOON))).toBe(Date.UTC(2026, 10, 30));
  });
});

describe('a clock that is set', () => {
  it('back over midnight finds the day as it was, and the next one too', () => {
    const limits = book('member: 2 questions a day');
    const midnight = Date.UTC(2026, 10, 30);
    expect([-3_000, -2_000].map((at) => limits.asks(midnight + at).is)).toEqual(['open', 'open']);
    expect(isOpen(limits.asks(midnight + 1_000))).toBe(true);
    expect(refusedUntil(limits.asks(midnight - 1_000))).toBe(midnight);
    expect([2_000, 3_000].map((at) => limits.asks(midnight + at).is)).toEqual(['open', 'refused']);
  });

  it('forward or back for summer and winter begins each day once, an hour shorter or longer', () => {
    for (const [noon, hours] of [[Date.UTC(2026, 2, 28, 12), 23], [Date.UTC(2026, 9, 24, 12), 25]] as const) {
      const limits = book('member: 1 question a day', 'Europe/Berlin');
      limits.asks(noon);
      const midnight = refusedUntil(limits.asks(noon)) as number;
      expect(isOpen(limits.asks(midnight))).toBe(true);
      expect(refusedUntil(limits.asks(midnight + (hours - 1) * 3_600_000))).toBe(midnight + hours * 3_600_000);
      expect(isOpen(limits.asks(midnight + hours * 3_600_000))).toBe(true);
    }
  });

  it('back by hours keeps nobody waiting for longer than the window, and lets nobody ask more', () => {
    const limits = book('member: 1 question a minute');
    limits.asks(NOON, { id: 'a' });
    const earlier = NOON - 5 * 3_600_000;
    expect(refusedUntil(limits.asks(earlier))).toBe(earlier + 61_000);
    const other = book('member: 2 questions a minute');
    other.asks(NOON, { id: 'a' });
    other.asks(earlier, { id: 'b' });
    other.ends('a', undefined);
    expect([isOpen(other.asks(earlier)), isOpen(other.asks(earlier))]).toEqual([true, false]);
  });
});

describe('all limits together', () => {
  const limitText = 'member: 3 questions a minute\nmember: 8 questions an hour\nmember: 2 at once\nmember: 400 tokens a day\nserver: 30 questions an hour\nserver: 2,000 tokens a day\nserver: 9,000 tokens a month';
  const step = fc.record({ user: fc.integer({ min: 0, max: 4 }), after: fc.oneof(fc.integer({ min: 0, max: 30_000 }), fc.integer({ min: 0, max: 9_000_000 })), ending: fc.constantFrom('now', 'later', 'fails'), tokens: fc.integer({ min: 0, max: 200 }) });

  it('let through what a model lets through that counts everything anew', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const [limits, model, momentAt] = [book(limitText), new LimitModel(limitsIn(limitText)), createCalendar()];
        const open: string[] = [];
        const end = (id: string, spent: number | undefined): void => {
          limits.ends(id, spent === undefined ? undefined : { tokens: spent, nano: 0 });
          model.ends(id, spent);
        };
        let now = NOON;
        for (const [index, { user, after, ending, tokens }] of steps.entries()) {
          // Nothing takes as long as an hour.
          if (after > 600_000) for (const id of open.splice(0)) end(id, 50);
          now += after;
          const id = `q${index}`;
          const isTaken = isOpen(limits.asks(now, { user: `u${user}`, id, estimate: { tokens: 100, nano: 0 } }));
          expect(isTaken).toBe(model.asks(id, `u${user}`, momentAt(now), 100));
          if (!isTaken) continue;
          if (ending === 'later') open.push(id);
          else end(id, ending === 'now' ? tokens : undefined);
          if (open.length > 3) for (const first of open.splice(0, 1)) end(first, undefined);
        }
      }),
      { numRuns: 300 },
    );
  });
});
