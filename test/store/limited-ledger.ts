import { createCalendar } from '../../src/policy/calendar.ts';
import { limitsIn } from '../../src/policy/limit-lines.ts';
import { limitsAt } from '../../src/policy/limits-at.ts';
import { createLimits } from '../../src/policy/limits.ts';
import { createLedgerStore } from '../../src/store/ledger-store.ts';
import { createLimitCompanion } from '../../src/store/limit-companion.ts';
import { createLimitStore } from '../../src/store/limit-store.ts';
import { openTables } from '../../src/store/open-store.ts';
import { createSeal } from '../../src/store/seal.ts';
import type { Claim, Place } from '../../src/conversation/ledger.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { LimitStore } from '../../src/store/limit-store.ts';

export const GUILD = '100000000000000001';
export const ROOM = '100000000000000002';
/** Tokens that are held for each question. */
export const HELD = 100;

const place: Place = { channelId: ROOM, replyTo: undefined, interaction: undefined, isPrivate: false, canSendMessages: true };
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface LimitedLedgerOptions {
  /** Sees what is counted, at the moment at which it is. */
  readonly watch?: (counts: LimitStore) => Pick<LimitStore, 'reserve' | 'settle'>;
  readonly now?: () => number;
}

export const questionOf = (id: string, userId: string): Question => ({
  id,
  conversationId: ROOM,
  guildId: GUILD,
  asker: { id: userId, name: userId },
  askedAt: Date.now(),
  text: 'why?',
  isShared: true,
});

/** A process of Parley, as far as limits see it: a ledger that counts. */
export const openLimitedLedger = (url: string, limitText: string, { watch = (counts) => counts, now = Date.now }: LimitedLedgerOptions = {}) => {
  const store = openTables(url)('ledger');
  const counts = createLimitStore(store);
  const limits = createLimits({
    rulesFor: ({ asker }) => limitsAt([{ level: 'server', limits: limitsIn(limitText) }], { guildId: GUILD, channelId: ROOM, userId: asker.id, hasRole: () => false }),
    estimate: () => ({ tokens: HELD, nano: 0 }),
    priceOf: () => undefined,
    calendar: createCalendar(),
    now,
  });
  const companion = createLimitCompanion(limits, watch(counts));
  const ledger = createLedgerStore({ store, seal: createSeal('a token'), ttlMs: 3_600_000, youngMs: 3_600_000, now: Date.now, companion, log: silent as never });
  return {
    store,
    counts,
    limits,
    companion,
    ledger,
    /** The claim of a question that may be asked; false where it was refused. */
    ask: async (id: string, userId: string): Promise<Claim | false> => {
      const claim = await ledger.claim(questionOf(id, userId), place);
      if (claim === undefined) throw new Error(`${id} was claimed before`);
      if (limits.verdictOf(id)?.is !== 'refused') return claim;
      claim.end({ state: 'refused', reason: 'limit' });
      return false;
    },
    /** @param tokens undefined: its call failed */
    end: (claim: Claim, tokens: number | undefined): void => {
      const { questionId } = claim.row;
      if (tokens !== undefined) limits.reported(questionId, 'model', { inputTokens: tokens, outputTokens: 0 });
      claim.end(tokens === undefined ? { state: 'failed', reason: 'network' } : { state: 'delivered' });
    },
  };
};

export type LimitedLedger = ReturnType<typeof openLimitedLedger>;
