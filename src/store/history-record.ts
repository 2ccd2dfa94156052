import { z } from 'zod';
import type { Exchange, History } from '../conversation/history.ts';

/** Version of the form below. A record of another version is not guessed at. */
const VERSION = 1;

const contentBlock = z.object({ text: z.string() });
const turn = <Role extends 'user' | 'assistant'>(role: Role) =>
  z.object({ role: z.literal(role), content: z.array(contentBlock) });

const record = z.object({
  version: z.literal(VERSION),
  exchanges: z.array(
    z.object({
      id: z.string(),
      continues: z.string().optional(),
      askerId: z.string(),
      askedAt: z.number(),
      turns: z.tuple([turn('user'), turn('assistant')]),
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

/** An exchange never changes, so its text is made once. */
const texts = new WeakMap<Exchange, string>();

const exchangeText = (exchange: Exchange): string => {
  const known = texts.get(exchange);
  if (known !== undefined) return known;
  const text = JSON.stringify(exchange);
  texts.set(exchange, text);
  return text;
};

/** How a history lies in the store: a versioned record whose turns are Converse messages, which could be sent as they are. */
export const toHistoryRecord = (history: History): string =>
  `{"version":${VERSION},"exchanges":[${history.exchanges.map(exchangeText).join(',')}]}`;

/** The history in a stored text; undefined when it is no record that this version can read. */
export const fromHistoryRecord = (text: string): History | undefined => {
  try {
    const { data } = record.safeParse(JSON.parse(text));
    return data === undefined ? undefined : ({ exchanges: data.exchanges } as History);
  } catch {
    return undefined;
  }
};
