import { createSum } from '../conversation/growing-list.ts';
import type { Exchange } from '../conversation/history.ts';

/** Characters of conversations whose decoded form is kept: those of some fifty long ones. */
const MAX_CHARACTERS = 8_000_000;
/** Conversations, however short: a bot is hardly asked in more of them before the first goes on. Most objects that a short one takes are not its text. */
const MAX_CONVERSATIONS = 500;

/** What an entry, and an exchange beside its text, cost in characters. */
const ENTRY_CHARACTERS = 200;
const EXCHANGE_CHARACTERS = 400;

/** The exchanges of a conversation, as they lie in the store. */
export interface StoredExchanges {
  readonly exchanges: readonly Exchange[];
  /** Number under which the oldest one lies; undefined where all have to be written anew. */
  readonly first: number | undefined;
  /** Numbers under which there is what has to go with the next write; and a number behind all of them. */
  readonly leftovers?: readonly number[];
  readonly next?: number;
}

/** What is stored of a conversation, and the record that says so. */
export interface Known {
  /** Undefined where nothing is stored. */
  readonly record: string | undefined;
  readonly stored: StoredExchanges;
}

/** Decoded histories of the conversations that were busy last, each good only for exactly the record that it was made of. */
export interface DecodedHistories {
  get(conversationId: string, record: string): StoredExchanges | undefined;
  /** @param record undefined where nothing is stored */
  set(conversationId: string, record: string | undefined, stored: StoredExchanges): void;
  drop(conversationId: string): void;
  /** What this process last read or wrote, whatever was stored since. */
  latest(conversationId: string): Known | undefined;
}

const textLength = ({ turns, siblings }: Pick<Exchange, 'turns' | 'siblings'>): number =>
  turns.flatMap(({ content }) => content).reduce((sum, block) => sum + ('text' in block ? block.text.length : 0), 0) +
  (siblings === undefined ? 0 : [...siblings.before, ...siblings.after].reduce((sum, sibling) => sum + textLength(sibling), 0));

const earlierLength = ({ earlier = [] }: Exchange): number => earlier.reduce((sum, { text, covers }) => sum + text.length + 20 * covers.length, 0);

const charactersOf = createSum<Exchange, number>((total = 0, exchanges) =>
  exchanges.reduce((sum, exchange) => sum + EXCHANGE_CHARACTERS + textLength(exchange) + earlierLength(exchange), total),
);

export const createDecodedHistories = (): DecodedHistories => {
  /** In the order of use, oldest first. */
  const entries = new Map<string, Known & { readonly characters: number }>();
  let characters = 0;

  const drop = (conversationId: string): void => {
    const entry = entries.get(conversationId);
    if (entry === undefined) return;
    characters -= entry.characters;
    entries.delete(conversationId);
  };

  return {
    get: (conversationId, record) => {
      const entry = entries.get(conversationId);
      // Another process may have written it since.
      return entry?.record === record ? entry.stored : undefined;
    },
    latest: (conversationId) => entries.get(conversationId),
    set: (conversationId, record, stored) => {
      drop(conversationId);
      const size = ENTRY_CHARACTERS + charactersOf(stored.exchanges);
      entries.set(conversationId, { record, stored, characters: size });
      characters += size;
      for (const oldest of entries.keys()) {
        if (characters <= MAX_CHARACTERS && entries.size <= MAX_CONVERSATIONS) break;
        drop(oldest);
      }
    },
    drop,
  };
};
