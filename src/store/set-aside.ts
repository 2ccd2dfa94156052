import type { Store } from './open-store.ts';

const ASIDE = 'unreadable:';
/** Where nobody can tell what conversation a record belongs to. */
const UNKNOWN = '-';
/** Copies of nobody knows whose words are kept no longer, in milliseconds. */
const UNKNOWN_KEPT_MS = 24 * 60 * 60 * 1000;

const prefixOf = (conversationId: string): string => `${ASIDE}${conversationId}:`;
/** A conversation's id may have another's id and a colon before it. */
const TIME_AND_KEY = /^(\d+)(?:\/.*)?$/su;

/** Unreadable records are kept for an admin to look at, by conversation, with the time they were found at and the key that they had. */
export const asideKey = (conversationId: string | undefined, key?: string): string =>
  `${prefixOf(conversationId ?? UNKNOWN)}${Date.now()}${key === undefined ? '' : `/${key}`}`;

/** An id that a record names, where that much of it can still be read. In what people wrote, JSON has a backslash before each quote. */
export const idIn = (text: string, name: string): string | undefined => new RegExp(`"${name}":"([\\w:]{1,100})"`, 'u').exec(text)?.[1];

/** The copies of a conversation. */
export const asideKeys = async (store: Store, conversationId: string): Promise<string[]> => {
  const prefix = prefixOf(conversationId);
  const keys = await Array.fromAsync(store.entries(prefix), ([key]) => key);
  return keys.filter((key) => TIME_AND_KEY.test(key.slice(prefix.length)));
};

/** The conversations of a channel that have copies. */
export const conversationsAside = async (store: Store, channelId: string): Promise<string[]> => {
  const keys = await Array.fromAsync(store.entries(prefixOf(channelId)), ([key]) => key.slice(ASIDE.length));
  return keys.map((key) => /^(.*?):\d+(?:\/.*)?$/su.exec(key)?.[1] ?? channelId);
};

/** The id of the record that a key holds a copy of, where it is of that kind. */
export const idAside = (key: string, kind: string): string | undefined => {
  const original = /^unreadable:.*?:\d{10,}\/(.*)$/su.exec(key)?.[1];
  return original?.startsWith(kind) === true ? original.slice(kind.length) : undefined;
};

/** The ids of records of one kind that have copies. @param kind the prefix of their keys */
export async function* idsAside(store: Store, kind: string): AsyncGenerator<string> {
  for await (const [key] of store.entries(ASIDE)) {
    const id = idAside(key, kind);
    if (id !== undefined) yield id;
  }
}

/** Of a record of one kind, nothing is left: no copy, either. */
export const forgetIdAside = async (store: Store, kind: string, id: string): Promise<void> => {
  for await (const [key] of store.entries(ASIDE)) if (idAside(key, kind) === id) await store.delete(key);
};

/** Copies that are older than histories may be. Earlier versions kept them for good. */
export const sweepAside = async (store: Store, keptMs: number): Promise<void> => {
  for await (const [key] of store.entries(ASIDE)) {
    const [, conversationId = UNKNOWN, time] = /^unreadable:(.*?):(\d{10,})(?:\/.*)?$/su.exec(key) ?? [];
    const longest = conversationId === UNKNOWN ? Math.min(keptMs, UNKNOWN_KEPT_MS) : keptMs;
    if (time === undefined || Date.now() - Number(time) > longest) await store.delete(key);
  }
};
