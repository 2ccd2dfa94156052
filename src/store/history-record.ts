import { z } from 'zod';
import { createJoinedText } from '../conversation/growing-list.ts';
import { hasFiles } from '../conversation/history-files.ts';
import type { Exchange, History } from '../conversation/history.ts';

/** Version of the form below, without and with files. A record of another version is not guessed at. */
const VERSION = { textOnly: 1, withFiles: 2 };

const textBlock = z.object({ text: z.string() });
const source = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/u), size: z.int().min(0) });
const imageBlock = z.object({ image: z.object({ format: z.enum(['png', 'jpeg', 'gif', 'webp']), source }) });
const documentFormat = z.enum(['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md']);
const documentBlock = z.object({ document: z.object({ format: documentFormat, name: z.string(), source }) });

const turn = <Role extends 'user' | 'assistant', Block extends z.ZodType>(role: Role, block: Block) =>
  z.object({ role: z.literal(role), content: z.array(block) });

const record = z.object({
  version: z.literal([VERSION.textOnly, VERSION.withFiles]),
  exchanges: z.array(
    z.object({
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
    }),
  ),
});

const exchangesText = createJoinedText((exchange: Exchange) => JSON.stringify(exchange));

/**
 * How a history lies in the store: a versioned record whose turns are Converse messages, which could be sent as they are;
 * only a file's source says what its bytes are found by, instead of holding them.
 */
export const toHistoryRecord = (history: History): string => {
  const version = hasFiles(history) ? VERSION.withFiles : VERSION.textOnly;
  return `{"version":${version},"exchanges":[${exchangesText(history.exchanges)}]}`;
};

/** The history in a stored text; undefined when it is no record that this version can read. */
export const fromHistoryRecord = (text: string): History | undefined => {
  try {
    const { data } = record.safeParse(JSON.parse(text));
    return data === undefined ? undefined : ({ exchanges: data.exchanges } as History);
  } catch {
    return undefined;
  }
};

/** The hashes of the files that a stored text refers to. In what people wrote, JSON has a backslash before each quote. */
export const hashesInRecord = (text: string): ReadonlySet<string> =>
  new Set(Array.from(text.matchAll(/"sha256":"([0-9a-f]{64})"/gu), ([, sha256 = '']) => sha256));
