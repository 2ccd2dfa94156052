import { createUsageStore } from '../../src/store/usage-store.ts';
import { createCallBook } from '../../src/usage/call-book.ts';
import type { Store } from '../../src/store/open-store.ts';
import type { CallBook, CallBookOptions } from '../../src/usage/call-book.ts';

/** Noon of 2026-11-29, in UTC. */
export const NOON = Date.UTC(2026, 10, 29, 12);

export const MODEL = 'us.amazon.nova-2-lite-v1:0';

/** A book of calls on a table, as a process has it; a token costs a millionth of a dollar, in whichever way it is used. */
export const bookOn = (store: Store, changes: Partial<CallBookOptions> = {}): CallBook =>
  createCallBook({
    store: createUsageStore(store),
    priceOf: (modelId, { inputTokens, outputTokens }) => (modelId === MODEL ? (inputTokens + outputTokens) / 1e6 : undefined),
    placeOf: () => undefined,
    now: () => NOON,
    log: { warn: () => undefined },
    ...changes,
  });

export const payerOf = (guildId: string | undefined, channelId: string, memberId: string) => ({ guildId, conversationId: channelId, asker: { id: memberId, name: 'Ana' } });
