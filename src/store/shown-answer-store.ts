import { setImmediate as othersTurn } from 'node:timers/promises';
import { z } from 'zod';
import { checkedTable } from './checked-table.ts';
import { bounds } from './record-bounds.ts';
import { jsonKind } from './record-kind.ts';
import type { PendingQuestion, PendingQuestions, ShownAnswer, ShownAnswers } from '../conversation/shown-answer.ts';
import type { Store } from './open-store.ts';

export interface ShownAnswerStoreOptions {
  readonly store: Store;
  /** How long an answer can be asked for anew, in milliseconds. */
  readonly ttlMs: number;
}

/** A claim whose process died ends by itself after this time, in milliseconds. */
const CLAIM_TTL_MS = 60_000;

/** Answers that are read in one go, which takes a millisecond: there may be tens of thousands, and others have work to do. */
const AT_ONCE = 50;

const person = z.object({ id: bounds.id, name: bounds.name });

const shownAnswer = z.object({
  questionId: bounds.id,
  conversationId: bounds.id,
  guildId: bounds.id.optional(),
  asker: person,
  askedAt: bounds.time,
  isShared: z.boolean(),
  isPrivate: z.boolean(),
  channelId: bounds.id,
  replyTo: bounds.id.optional(),
  messageIds: z.array(bounds.id).max(1_000),
  noticeIds: z.array(bounds.id).max(1_000).optional(),
  isCutOff: z.boolean(),
  continuedBy: bounds.id.optional(),
  behind: bounds.id.optional(),
});

/** A record that cannot be read counts as gone: whoever presses its button is told so. */
export const shownAnswerKind = jsonKind<ShownAnswer>({ name: 'shown answer', prefix: 'answer:', version: 1, schema: shownAnswer });

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

export const pendingQuestionKind = jsonKind<PendingQuestion>({ name: 'pending question', prefix: 'pending:', version: 1, schema: pendingQuestion });

export const createShownAnswerStore = ({ store, ttlMs }: ShownAnswerStoreOptions): ShownAnswers => {
  const answers = checkedTable(store, shownAnswerKind);
  const claimKey = (id: string): string => `anew:${id}`;
  return {
    find: async (id) => (await answers.find(id))?.value,
    save: (id, answer) => answers.save(id, answer, ttlMs),
    drop: async (id) => {
      await store.delete(answers.key(id));
    },
    all: async function* () {
      let read = 0;
      for await (const [, answer] of answers.list()) {
        yield answer;
        read += 1;
        if (read % AT_ONCE === 0) await othersTurn();
      }
    },
    claim: (id) => store.setIfAbsent(claimKey(id), '', CLAIM_TTL_MS),
    release: async (id) => {
      await store.delete(claimKey(id));
    },
  };
};

export const createPendingQuestionStore = ({ store, ttlMs }: ShownAnswerStoreOptions): PendingQuestions => {
  /** The conversation stands first, so that it can be forgotten as a whole. */
  const idOf = (conversationId: string, questionId: string): string => `${conversationId}/${questionId}`;
  const questions = checkedTable(store, pendingQuestionKind, { conversationOf: (id) => id.split('/', 1)[0] });
  return {
    find: async (conversationId, questionId) => (await questions.find(idOf(conversationId, questionId)))?.value,
    save: (conversationId, questionId, pending) => questions.save(idOf(conversationId, questionId), pending, ttlMs),
    drop: async (conversationId, questionId) => {
      await store.delete(questions.key(idOf(conversationId, questionId)));
    },
    forget: async (conversationId) => {
      for await (const [found] of store.entries(questions.key(idOf(conversationId, '')))) await store.delete(found);
    },
  };
};
