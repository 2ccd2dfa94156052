import { textKind } from './record-kind.ts';
import type { RecordKind } from './record-kind.ts';

/** The last millisecond that a `Date` knows. */
const LAST_TIME = 8.64e15;

/** Records that are a time, in milliseconds since the epoch. Where it cannot be read, it was long ago. */
export const timeKind = ({ name, prefix }: Pick<RecordKind<string>, 'name' | 'prefix'>): RecordKind<string> =>
  textKind({ name, prefix, empty: '0', isFine: (text) => /^\d{1,16}$/u.test(text) && Number(text) <= LAST_TIME });

/** Ids of Discord are times: milliseconds since the first second of 2015, and 22 bits. */
const DISCORD_EPOCH_MS = 1_420_070_400_000;
/** Undefined where it is no such id. */
export const timeOfId = (id: string): number | undefined => (isId(id) ? Number(BigInt(id) >> 22n) + DISCORD_EPOCH_MS : undefined);
const LAST_ID = 2n ** 64n - 1n;
/** An hour after Discord's beginning: whoever looks behind it looks at everything that is not too old. */
const EARLY_ID = String(3_600_000n << 22n);
/** How far clocks may be apart, in milliseconds. */
const APART_MS = 15 * 60_000;
const isId = (text: string): boolean => /^\d{1,20}$/u.test(text) && BigInt(text) <= LAST_ID;

/**
 * How far a shard has listened. An id from the future would hide what comes until then.
 * @param now milliseconds since the epoch
 */
export const listenedKind = (now: () => number): RecordKind<string> =>
  textKind({
    name: 'how far a shard has listened',
    prefix: 'listened:',
    empty: EARLY_ID,
    isFine: (text) => (timeOfId(text) ?? Number.POSITIVE_INFINITY) <= now() + APART_MS,
    isWritable: isId,
  });

/** When a channel of direct messages was last heard of. */
export const directKind = timeKind({ name: 'direct channel', prefix: 'direct:' });

/**
 * A session of a shard with Discord: its id, the number of the last event that was heard, where it is resumed, and the process that asks
 * for the rest of it. Or that it is over.
 */
export const sessionKind = textKind({
  name: 'session with Discord',
  prefix: 'session:',
  empty: 'over',
  isFine: (text) => /^(?:over|[\w-]{1,200} \d{1,15} wss?:\/\/[!-~]{1,300}(?: [\w-]{1,100})?)$/u.test(text),
});

/** When a token of the bot worked last. */
export const tokenKind = timeKind({ name: 'when a token worked', prefix: 'token:' });

const DAY_MS = 24 * 60 * 60 * 1000;
/** Tokens: more than any account has for a day. */
const MOST_TOKENS = 1e12;

/** What was used of a day's quota: when the day ends, tokens, and until when Bedrock takes no more. */
export const dayKind: RecordKind<string> = textKind({
  name: "the day's usage",
  prefix: 'quota/',
  isFine: (text) => {
    const [endsAt, used, closedUntil] = /^(\d{1,16}) (\d{1,16}) (\d{1,16})$/u.exec(text)?.slice(1).map(Number) ?? [];
    if (endsAt === undefined || used === undefined || closedUntil === undefined) return false;
    // It is closed until the next day at the latest, on clocks that may be apart.
    return endsAt % DAY_MS === 0 && endsAt <= LAST_TIME && used <= MOST_TOKENS && closedUntil <= endsAt + DAY_MS;
  },
});
