import { accountOf, accountsOf, dayAt, dayOfMonth, monthOf } from './account.ts';
import { NOTHING, plus, tokensOf } from './sum.ts';
import type { DaySum, UsageStore } from './account.ts';
import type { Sum } from './sum.ts';

/** Of whom a report is. */
export type UsageScope =
  | { readonly is: 'member'; readonly memberId: string }
  | { readonly is: 'server'; readonly guildId: string }
  | { readonly is: 'bot' };

/** What somebody used, or what was used somewhere. */
export interface Share {
  readonly id: string;
  readonly sum: Sum;
}

export interface ModelUsage {
  readonly modelId: string;
  /** By day. */
  readonly days: readonly Sum[];
  readonly sum: Sum;
}

export interface UsageReport {
  readonly scope: UsageScope;
  /** `2026-11-29`, in UTC, without a gap, the oldest first. */
  readonly days: readonly string[];
  /** Those that cost most first. */
  readonly models: readonly ModelUsage[];
  readonly total: Sum;
  /** Members; empty in a report of one. Those that cost most first. */
  readonly who: readonly Share[];
  /** Channels of a server; else servers, `dm` for direct messages. */
  readonly where: readonly Share[];
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Accounts that are added up before others have their turn. */
const AT_ONCE = 200;

const dearestFirst = (one: { readonly sum: Sum }, other: { readonly sum: Sum }): number => other.sum.nanoUsd - one.sum.nanoUsd || tokensOf(other.sum) - tokensOf(one.sum) || other.sum.calls - one.sum.calls;

/** The last days up to now. */
export const lastDays = (now: number, count: number): readonly string[] => Array.from({ length: count }, (_, index) => dayAt(now - (count - 1 - index) * DAY_MS));

/** What was used in some days. @throws {Failure} of kind `store` */
export const reportUsage = async (store: Pick<UsageStore, 'month' | 'monthOfAll'>, scope: UsageScope, days: readonly string[]): Promise<UsageReport> => {
  const months = [...new Set(days.map(monthOf))];
  const wanted = new Map(months.map((month) => [month, new Map(days.flatMap((day, index) => (monthOf(day) === month ? [[dayOfMonth(day), index] as const] : [])))]));

  const models = new Map<string, Sum[]>();
  const addModels = (month: string, found: readonly DaySum[]): void => {
    for (const { day, modelId, sum } of found) {
      const index = wanted.get(month)?.get(day);
      if (index === undefined) continue;
      const byDay = models.get(modelId) ?? days.map(() => NOTHING);
      byDay[index] = plus(byDay[index] ?? NOTHING, sum);
      models.set(modelId, byDay);
    }
  };
  const sumIn = (month: string, found: readonly DaySum[]): Sum => {
    const days = wanted.get(month);
    return found.reduce((sum, one) => (days?.has(one.day) === true ? plus(sum, one.sum) : sum), NOTHING);
  };
  const addShare = (shares: Map<string, Sum>, id: string, sum: Sum): void => {
    if (sum.calls > 0) shares.set(id, plus(shares.get(id) ?? NOTHING, sum));
  };
  /** By the last part of each account. */
  const sharesOf = async (prefix: string): Promise<Map<string, Sum>> => {
    const shares = new Map<string, Sum>();
    let count = 0;
    for (const month of months) {
      for await (const [account, found] of store.monthOfAll(month, prefix)) {
        addShare(shares, account.slice(account.lastIndexOf(':') + 1), sumIn(month, found));
        count += 1;
        if (count % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    }
    return shares;
  };

  const whole = scope.is === 'server' ? accountOf.server(scope.guildId) : accountOf.bot;
  let [who, where] = [new Map<string, Sum>(), new Map<string, Sum>()];
  if (scope.is === 'member') {
    for (const month of months) {
      const servers: string[] = [];
      for await (const [account] of store.monthOfAll(month, accountsOf.servers)) servers.push(account.slice(accountsOf.servers.length));
      const found = await store.month(month, servers.map((guildId) => accountOf.member(guildId, scope.memberId)));
      for (const [index, guildId] of servers.entries()) {
        addModels(month, found[index] ?? []);
        addShare(where, guildId, sumIn(month, found[index] ?? []));
      }
    }
  } else {
    for (const month of months) addModels(month, (await store.month(month, [whole]))[0] ?? []);
    who = await sharesOf(scope.is === 'server' ? accountsOf.members(scope.guildId) : accountsOf.members());
    where = await sharesOf(scope.is === 'server' ? accountsOf.channels(scope.guildId) : accountsOf.servers);
  }

  const sorted = (shares: Map<string, Sum>): readonly Share[] => [...shares].map(([id, sum]) => ({ id, sum })).toSorted(dearestFirst);
  const byModel = [...models].map(([modelId, byDay]) => ({ modelId, days: byDay, sum: byDay.reduce(plus) })).toSorted(dearestFirst);
  return { scope, days, models: byModel, total: byModel.reduce((sum, one) => plus(sum, one.sum), NOTHING), who: sorted(who), where: sorted(where) };
};

/** What was used so far on this day, in UTC. @param now milliseconds since the epoch */
export const reportedToday = (report: (scope: UsageScope, days: readonly string[]) => Promise<UsageReport>, scope: UsageScope, now: number): Promise<UsageReport> => report(scope, [dayAt(now)]);
