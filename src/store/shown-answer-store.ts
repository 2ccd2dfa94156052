import { z } from 'zod';
import type { PendingQuestion, PendingQuestions, ShownAnswer, ShownAnswers } from '../conversation/shown-answer.ts';
import type { Store } from './open-store.ts';

export interface ShownAnswerStoreOptions {
  readonly store: Store;
  /** How long an answer can be asked for anew, in milliseconds. */
  readonly ttlMs: number;
}

/** A claim whose process died ends by itself after this time, in milliseconds. */
const CLAIM_TTL_MS = 60_000;

const person = z.object({ id: z.string(), name: z.string() });

const shownAnswer = z.object({
  questionId: z.string(),
  conversationId: z.string(),
  guildId: z.string().optional(),
  asker: person,
  askedAt: z.number(),
  isShared: z.boolean(),
  isPrivate: z.boolean(),
  channelId: z.string(),
  replyTo: z.string().optional(),
  messageIds: z.array(z.string()),
  isCutOff: z.boolean(),
  continuedBy: z.string().optional(),
});

const quotedContent = z.object({
  text: z.string(),
  embeds: z.array(z.string()).exactOptional(),
  also: z.array(z.string()).exactOptional(),
  get forwarded() {
    return quotedContent.exactOptional();
  },
});

const pendingQuestion = z.object({
  text: z.string(),
  repliedTo: quotedContent.extend({ author: person }).exactOptional(),
  forwarded: quotedContent.exactOptional(),
  also: z.array(z.string()).exactOptional(),
  hasFiles: z.boolean(),
});

/** A record of another form counts as gone: whoever presses its button is told so. */
const read = <Schema extends z.ZodType>(schema: Schema, text: string | undefined): z.infer<Schema> | undefined => {
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

export const createShownAnswerStore = ({ store, ttlMs }: ShownAnswerStoreOptions): ShownAnswers => {
  const key = (id: string): string => `answer:${id}`;
  const claimKey = (id: string): string => `anew:${id}`;
  return {
    find: async (id): Promise<ShownAnswer | undefined> => read(shownAnswer, await store.get(key(id))),
    save: (id, answer) => store.setMany([{ key: key(id), text: JSON.stringify(answer), ttlMs }]),
    drop: async (id) => {
      await store.delete(key(id));
    },
    claim: (id) => store.setIfAbsent(claimKey(id), '', CLAIM_TTL_MS),
    release: async (id) => {
      await store.delete(claimKey(id));
    },
  };
};

export const createPendingQuestionStore = ({ store, ttlMs }: ShownAnswerStoreOptions): PendingQuestions => {
  /** The conversation stands first, so that it can be forgotten as a whole. */
  const prefix = (conversationId: string): string => `pending:${conversationId}/`;
  const key = (conversationId: string, questionId: string): string => `${prefix(conversationId)}${questionId}`;
  return {
    find: async (conversationId, questionId): Promise<PendingQuestion | undefined> =>
      read(pendingQuestion, await store.get(key(conversationId, questionId))),
    save: (conversationId, questionId, pending) => store.set(key(conversationId, questionId), JSON.stringify(pending), ttlMs),
    drop: async (conversationId, questionId) => {
      await store.delete(key(conversationId, questionId));
    },
    forget: async (conversationId) => {
      for await (const [found] of store.entries(prefix(conversationId))) await store.delete(found);
    },
  };
};
