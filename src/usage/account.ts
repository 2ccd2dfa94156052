import type { Sum } from './sum.ts';

/** Stands for a server where there is none. */
export const DIRECT = 'dm';

/** Everything that a call is added to: the bot, a server (or {@link DIRECT}), a channel and a member of one. */
export const accountOf = {
  bot: 'bot',
  server: (guildId: string): string => `server:${guildId}`,
  channel: (guildId: string, channelId: string): string => `channel:${guildId}:${channelId}`,
  member: (guildId: string, memberId: string): string => `member:${guildId}:${memberId}`,
};

/** What accounts begin with, to find all of them. */
export const accountsOf = {
  servers: 'server:',
  channels: (guildId: string): string => `channel:${guildId}:`,
  members: (guildId?: string): string => (guildId === undefined ? 'member:' : `member:${guildId}:`),
};

/** A call as it is booked. */
export interface BookedCall {
  /** The UTC day on which it was answered: `2026-11-29`. */
  readonly day: string;
  readonly modelId: string;
  readonly accounts: readonly string[];
  readonly sum: Sum;
}

/** What the calls of one model on one day of a month come to. */
export interface DaySum {
  /** Of the month, from 1. */
  readonly day: number;
  readonly modelId: string;
  readonly sum: Sum;
}

/** The month of a day: `2026-11`. */
export const monthOf = (day: string): string => day.slice(0, 7);
export const dayOfMonth = (day: string): number => Number(day.slice(8));

const DAY_MS = 24 * 60 * 60 * 1000;
/** Most calls are of the same day as the one before. */
let latest = { number: Number.NaN, text: '' };

/** `2026-11-29`, in UTC. @param at milliseconds since the epoch */
export const dayAt = (at: number): string => {
  const number = Math.floor(at / DAY_MS);
  if (number !== latest.number) latest = { number, text: new Date(at).toISOString().slice(0, 10) };
  return latest.text;
};

/** Where sums are kept. All reject when the store does. */
export interface UsageStore {
  /** Writes calls down, under an id of their own; the same id again changes nothing. */
  append(id: string, calls: readonly BookedCall[]): Promise<void>;
  /** Adds calls that were written down to their sums, by whichever process they were, some at a time; true when there are more. */
  fold(): Promise<boolean>;
  /** By account, in the order of the accounts. */
  month(month: string, accounts: readonly string[]): Promise<readonly (readonly DaySum[])[]>;
  /** All accounts that begin so, and have sums in a month. */
  monthOfAll(month: string, prefix: string): AsyncIterable<readonly [account: string, days: readonly DaySum[]]>;
}
