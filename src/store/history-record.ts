import { z } from 'zod';
import type { Exchange, History } from '../conversation/history.ts';

/**
 * Versions of what is stored. Until 2, one record had all exchanges of a conversation (2: with files in them); since 3, each
 * exchange has a record of its own, and the conversation's says which they are. A record of another version is not guessed at.
 */
const VERSION = { textOnly: 1, withFiles: 2, head: 3 };

const textBlock = z.object({ text: z.string() });
const source = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/u), size: z.int().min(0) });
const imageBlock = z.object({ image: z.object({ format: z.enum(['png', 'jpeg', 'gif', 'webp']), source }) });
const documentFormat = z.enum(['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md']);
const documentBlock = z.object({ document: z.object({ format: documentFormat, name: z.string(), source }) });

const turn = <Role extends 'user' | 'assistant', Block extends z.ZodType>(role: Role, block: Block) =>
  z.object({ role: z.literal(role), content: z.array(block) });

const exchange = z.object({
  id: z.string(),
  continues: z.string().optional(),
  askerId: z.string(),
  askedAt: z.number(),
  turns: z.tuple([turn('user', z.union([textBlock, imageBlock, documentBlock])), turn('assistant', textBlock)]),
  replyMessageIds: z.array(z.string()),
  stopReason: z.string(),
  usage: z
    .object({
      inputTokens: z.number(),
      outputTokens: z.number(),
      cacheReadInputTokens: z.number().optional(),
      cacheWriteInputTokens: z.number().optional(),
    })
    .optional(),
});

/** Where the exchanges of a conversation lie: under numbers in a row. */
export interface Head {
  /** Number of the oldest one. */
  readonly first: number;
  readonly count: number;
}

const head = z.object({ version: z.literal(VERSION.head), first: z.int(), count: z.int().min(0), revision: z.string() });
const wholeHistory = z.object({ version: z.literal([VERSION.textOnly, VERSION.withFiles]), exchanges: z.array(exchange) });
const record = z.union([head, wholeHistory]);

const parsed = <Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> | undefined => {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

/** @param revision another one whenever an exchange changed, so that whoever knows the record knows the exchanges */
export const toHeadRecord = ({ first, count }: Head, revision: string): string =>
  JSON.stringify({ version: VERSION.head, first, count, revision } satisfies z.infer<typeof head>);

/** What a conversation's record says; undefined when it is no record that this version can read. */
export const fromHistoryRecord = (text: string): Head | History | undefined => parsed(record, text) as Head | History | undefined;

/**
 * How an exchange lies in the store: its turns are Converse messages, which could be sent as they are; only a file's source
 * says what its bytes are found by, instead of holding them.
 */
export const toExchangeRecord = (one: Exchange): string => JSON.stringify(one);

/** The exchange in a stored text; undefined when it is none that this version can read. */
export const fromExchangeRecord = (text: string): Exchange | undefined => parsed(exchange, text) as Exchange | undefined;

/** The hashes of the files that a stored text refers to. In what people wrote, JSON has a backslash before each quote. */
export const hashesInRecord = (text: string): readonly string[] =>
  Array.from(text.matchAll(/"sha256":"([0-9a-f]{64})"/gu), ([, sha256 = '']) => sha256);
