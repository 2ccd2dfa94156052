import { randomUUID } from 'node:crypto';
import { DIRECT, accountOf, dayAt } from './account.ts';
import { NOTHING, toNanoUsd } from './sum.ts';
import type { CallReport, OnReport, Payer } from '../conversation/call-report.ts';
import type { TokenUsage } from '../conversation/reply.ts';
import type { Log } from '../log/log.ts';
import type { BookedCall, UsageStore } from './account.ts';
import type { Sum } from './sum.ts';

export interface CallBookOptions {
  readonly store: Pick<UsageStore, 'append' | 'fold'>;
  /** US dollars; undefined where nobody can tell. */
  readonly priceOf: (modelId: string, usage: TokenUsage, wasFlex?: boolean) => number | undefined;
  /** Where a channel is; a thread's is its parent's place. Undefined where nobody knows. */
  readonly placeOf: (channelId: string) => { readonly channelId: string } | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Pick<Log, 'warn'>;
}

/** Where all calls of models are booked, with what Bedrock reported of each. */
export interface CallBook {
  readonly report: OnReport;
  /** Adds what earlier processes have written down and not added up. Never rejects. */
  open(): Promise<void>;
  /** Everything that was reported is in the sums when it resolves. Rejects when the store does. */
  settle(): Promise<void>;
  /** The same, as far as it can be done. Never rejects. */
  close(): Promise<void>;
}

/** Milliseconds after which calls that were written down are added up, and how many of them do not wait that long. */
const FOLD_AFTER_MS = 5_000;
const FOLD_AT = 128;
/** How long the end of an answer waits for a store that is slow, in milliseconds; one that took nothing last time nobody waits for. */
const BOOKED_WITHIN_MS = 500;
/** Calls that are kept for a store that takes nothing; the oldest go first. */
const MOST_UNWRITTEN = 10_000;

const inTime = async (written: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([written, new Promise<void>((resolve) => (timer = setTimeout(resolve, BOOKED_WITHIN_MS)))]);
  clearTimeout(timer);
};

const sumOf = ({ modelId, usage, wasFlex, textUnits = 0 }: CallReport, priceOf: CallBookOptions['priceOf']): Sum => {
  if (usage === undefined) return { ...NOTHING, calls: 1, unreported: 1 };
  const usd = priceOf(modelId, usage, wasFlex);
  return {
    calls: 1,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    cacheReadTokens: usage.cacheReadInputTokens ?? 0,
    cacheWriteTokens: usage.cacheWriteInputTokens ?? 0,
    nanoUsd: toNanoUsd(usd ?? 0),
    unreported: 0,
    unpriced: usd === undefined ? 1 : 0,
    textUnits,
  };
};

/**
 * Writes each call down before its end is told to anybody, so that no kill forgets one whose answer was shown; and adds them up
 * behind that, in one step with what is then crossed out, so that none is counted twice. Of a call whose process dies before
 * Bedrock's report there is nothing to be booked: only Bedrock knows it.
 */
export const createCallBook = ({ store, priceOf, placeOf, now, log }: CallBookOptions): CallBook => {
  const own = randomUUID().slice(0, 13);
  /** What the store did not take. */
  const unwritten = new Map<string, BookedCall>();
  const writing = new Set<Promise<void>>();
  let count = 0;
  let unfolded = 0;
  let folding: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isFailing = false;
  let isClosed = false;

  const accountsOf = (payer: Payer | undefined): readonly string[] => {
    if (payer === undefined) return [accountOf.bot];
    const { guildId = DIRECT, conversationId, asker } = payer;
    // A private conversation's id has its asker's behind it.
    const channelId = conversationId.split(':', 1)[0] ?? conversationId;
    const channel = guildId === DIRECT ? [] : [accountOf.channel(guildId, placeOf(channelId)?.channelId ?? channelId)];
    return [accountOf.bot, accountOf.server(guildId), ...channel, accountOf.member(guildId, asker.id)];
  };

  const failed = (error: unknown): void => {
    if (!isFailing) log.warn({ reason: String(error) }, 'what calls have cost could not be written down; it is tried again');
    isFailing = true;
  };

  const write = async (id: string, call: BookedCall): Promise<void> => {
    try {
      await store.append(id, [call]);
      unwritten.delete(id);
      unfolded += 1;
    } catch (error) {
      unwritten.set(id, call);
      if (unwritten.size > MOST_UNWRITTEN) unwritten.delete(unwritten.keys().next().value ?? '');
      throw error;
    }
  };

  const foldAll = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    await Promise.allSettled(writing);
    for (const [id, call] of unwritten) await write(id, call);
    unfolded = 0;
    // Between two steps others have their turn.
    while (await store.fold()) await new Promise((resolve) => setImmediate(resolve));
    isFailing = false;
  };
  /** One after the other: whoever asks meanwhile waits for one that begins then. */
  const settle = (): Promise<void> => {
    const before = folding;
    const mine = (before === undefined ? foldAll() : before.catch(() => undefined).then(foldAll)).finally(() => {
      if (folding === mine) folding = undefined;
    });
    folding = mine;
    return mine;
  };
  const settleQuietly = async (): Promise<void> => {
    try {
      await settle();
    } catch (error) {
      failed(error);
      settleLater();
    }
  };
  const settleLater = (): void => {
    if (!isClosed) timer ??= setTimeout(() => void settleQuietly(), FOLD_AFTER_MS).unref();
  };

  return {
    report: (report) => {
      const call = { day: dayAt(now()), modelId: report.modelId, accounts: accountsOf(report.payer), sum: sumOf(report, priceOf) };
      count += 1;
      const written = write(`${own}-${count}`, call).catch(failed).finally(() => writing.delete(written));
      writing.add(written);
      if (unfolded >= FOLD_AT && folding === undefined) void settleQuietly();
      else settleLater();
      return isFailing ? undefined : inTime(written);
    },
    open: settleQuietly,
    settle,
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await settle().catch(failed);
    },
  };
};
