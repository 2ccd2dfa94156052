import { z } from 'zod';
import { createSum } from '../conversation/growing-list.ts';
import { MOST_PARTS, MOST_PART_CHARACTERS } from '../conversation/summary.ts';
import { MOST_SIBLINGS } from '../conversation/siblings.ts';
import { bounds } from './record-parts.ts';
import { jsonKind } from './record-kind.ts';
import type { Exchange, History } from '../conversation/history.ts';

/**
 * Versions of what is stored. Until 2, one record had all exchanges of a conversation (2: with files in them); since 3, each
 * exchange has a record of its own, and the conversation's says which they are. In a conversation of version 4 there may be
 * several answers to a question, and several questions behind an answer; in one of version 5, something stands for what has left it; in
 * one of version 6, a model has refused something, which it is not given again.
 * All others are still written as 3, which an earlier Parley can read. A record of another version is not guessed at.
 */
const VERSION = { textOnly: 1, withFiles: 2, head: 3, tree: 4, summarized: 5, refused: 6 };

const textBlock = z.object({ text: z.string() });
const source = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/u), size: bounds.count });
const imageBlock = z.object({ image: z.object({ format: z.enum(['png', 'jpeg', 'gif', 'webp']), source }) });
const documentFormat = z.enum(['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md']);
const documentBlock = z.object({ document: z.object({ format: documentFormat, name: z.string(), source }) });

const turn = <Role extends 'user' | 'assistant', Block extends z.ZodType>(role: Role, block: Block) =>
  z.object({ role: z.literal(role), content: z.array(block) });

const usage = z
  .object({
    inputTokens: bounds.count,
    outputTokens: bounds.count,
    cacheReadInputTokens: bounds.count.optional(),
    cacheWriteInputTokens: bounds.count.optional(),
  })
  .optional();

const answeredBy = z.object({ modelName: z.string().max(2_100), usage, cost: z.number().min(0).optional() }).optional();

const said = {
  turns: z.tuple([turn('user', z.union([textBlock, imageBlock, documentBlock])), turn('assistant', textBlock)]),
  stopReason: z.string().max(1_000),
  usage,
  answeredBy,
};
const siblings = z.array(z.object(said)).max(MOST_SIBLINGS);
const part = z.object({
  text: z.string().max(MOST_PART_CHARACTERS),
  covers: z.array(bounds.id).max(100_000),
  from: bounds.time,
  until: bounds.time,
});
const exchange = z.object({
  id: bounds.id,
  askedAs: bounds.id.optional(),
  continues: bounds.id.optional(),
  askerId: bounds.id,
  askedAt: bounds.time,
  ...said,
  replyMessageIds: z.array(bounds.id).max(1_000),
  siblings: z.object({ before: siblings, after: siblings }).optional(),
  isRefused: z.boolean().optional(),
  begins: bounds.id.optional(),
  earlier: z.array(part).max(MOST_PARTS).optional(),
});
/** What Bedrock reported was once written as it came. An answer stands without it. */
const readExchange = exchange.extend({ usage: usage.catch(undefined), answeredBy: answeredBy.catch(undefined) });

/** Where the exchanges of a conversation lie: under numbers in a row. */
export interface Head {
  /** Number of the oldest one. */
  readonly first: number;
  readonly count: number;
}

/** A record says less than it stands for, so that what it says is bounded: nobody remembers this many exchanges. */
const MAX_EXCHANGES = 1_000_000;

const head = z.object({
  version: z.literal([VERSION.head, VERSION.tree, VERSION.summarized, VERSION.refused]),
  first: z.int().min(0).max(Number.MAX_SAFE_INTEGER - MAX_EXCHANGES),
  count: z.int().min(0).max(MAX_EXCHANGES),
  revision: z.string().max(100),
});
const wholeHistory = z.object({ version: z.literal([VERSION.textOnly, VERSION.withFiles]), exchanges: z.array(readExchange) });

/** A conversation's record as it is written: with another revision whenever an exchange changed, so that whoever knows the record knows the exchanges. */
export type StoredHead = Head & { readonly version: number; readonly revision: string };

const haveSummaries = createSum<Exchange, boolean>((have = false, exchanges) => have || exchanges.some(({ earlier = [] }) => earlier.length > 0));

const haveRefused = createSum<Exchange, boolean>((have = false, exchanges) => have || exchanges.some(({ isRefused }) => isRefused === true));

const versionOf = (exchanges: readonly Exchange[], isTree: boolean): number => {
  if (haveRefused(exchanges)) return VERSION.refused;
  if (haveSummaries(exchanges)) return VERSION.summarized;
  return isTree ? VERSION.tree : VERSION.head;
};

/** @param isTree whether there is anything in it that version 3 cannot say */
export const toStoredHead = ({ first, count }: Head, revision: string, isTree = false, exchanges: readonly Exchange[] = []): StoredHead => ({
  version: versionOf(exchanges, isTree),
  first,
  count,
  revision,
});

/** What a conversation's record says: where its exchanges lie, or the exchanges themselves. */
export const headKind = jsonKind<StoredHead | History>({
  name: 'history',
  prefix: 'history:',
  version: VERSION.refused,
  schema: head,
  readSchema: z.union([head, wholeHistory]),
});

/**
 * How an exchange lies in the store: its turns are Converse messages, which could be sent as they are; only a file's source
 * says what its bytes are found by, instead of holding them.
 */
export const exchangeKind = jsonKind<Exchange>({ name: 'exchange', prefix: 'exchange:', version: VERSION.refused, schema: exchange, readSchema: readExchange });

/** By which exchange of which conversation a message is shown, or was asked. Absent: of none that can be gone on from there. */
export interface ShownBy {
  readonly version: 1;
  readonly conversationId: string;
  readonly exchangeId: string;
}

export const shownByKind = jsonKind<ShownBy>({
  name: 'message of a conversation',
  prefix: 'shown-by:',
  version: 1,
  schema: z.object({ version: z.literal(1), conversationId: bounds.id, exchangeId: bounds.id }),
});

/** The hashes of the files that a stored text refers to. In what people wrote, JSON has a backslash before each quote. */
export const hashesInRecord = (text: string): readonly string[] =>
  Array.from(text.matchAll(/"sha256":"([0-9a-f]{64})"/gu), ([, sha256 = '']) => sha256);
