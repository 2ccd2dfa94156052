import { z } from 'zod';
import { bounds } from './record-parts.ts';
import { jsonKind } from './record-kind.ts';
import type { Exchange, History } from '../conversation/history.ts';

/**
 * Versions of what is stored. Until 2, one record had all exchanges of a conversation (2: with files in them); since 3, each
 * exchange has a record of its own, and the conversation's says which they are. A record of another version is not guessed at.
 */
const VERSION = { textOnly: 1, withFiles: 2, head: 3 };

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

const exchange = z.object({
  id: bounds.id,
  continues: bounds.id.optional(),
  askerId: bounds.id,
  askedAt: bounds.time,
  turns: z.tuple([turn('user', z.union([textBlock, imageBlock, documentBlock])), turn('assistant', textBlock)]),
  replyMessageIds: z.array(bounds.id).max(1_000),
  stopReason: z.string().max(1_000),
  usage,
});
/** What Bedrock reported was once written as it came. An answer stands without it. */
const readExchange = exchange.extend({ usage: usage.catch(undefined) });

/** Where the exchanges of a conversation lie: under numbers in a row. */
export interface Head {
  /** Number of the oldest one. */
  readonly first: number;
  readonly count: number;
}

/** A record says less than it stands for, so that what it says is bounded: nobody remembers this many exchanges. */
const MAX_EXCHANGES = 1_000_000;

const head = z.object({
  version: z.literal(VERSION.head),
  first: z.int().min(0).max(Number.MAX_SAFE_INTEGER - MAX_EXCHANGES),
  count: z.int().min(0).max(MAX_EXCHANGES),
  revision: z.string().max(100),
});
const wholeHistory = z.object({ version: z.literal([VERSION.textOnly, VERSION.withFiles]), exchanges: z.array(readExchange) });

/** A conversation's record as it is written: with another revision whenever an exchange changed, so that whoever knows the record knows the exchanges. */
export type StoredHead = Head & { readonly version: typeof VERSION.head; readonly revision: string };

export const toStoredHead = ({ first, count }: Head, revision: string): StoredHead => ({ version: VERSION.head, first, count, revision });

/** What a conversation's record says: where its exchanges lie, or the exchanges themselves. */
export const headKind = jsonKind<StoredHead | History>({
  name: 'history',
  prefix: 'history:',
  version: VERSION.head,
  schema: head,
  readSchema: z.union([head, wholeHistory]),
});

/**
 * How an exchange lies in the store: its turns are Converse messages, which could be sent as they are; only a file's source
 * says what its bytes are found by, instead of holding them.
 */
export const exchangeKind = jsonKind<Exchange>({ name: 'exchange', prefix: 'exchange:', version: VERSION.head, schema: exchange, readSchema: readExchange });

/** The hashes of the files that a stored text refers to. In what people wrote, JSON has a backslash before each quote. */
export const hashesInRecord = (text: string): readonly string[] =>
  Array.from(text.matchAll(/"sha256":"([0-9a-f]{64})"/gu), ([, sha256 = '']) => sha256);
