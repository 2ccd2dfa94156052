import { setImmediate as othersTurn } from 'node:timers/promises';
import { z } from 'zod';
import { checkedTable } from './checked-table.ts';
import { createMovedQuestions } from './moved-conversations.ts';
import { asStoreFailure } from './sqlite-errors.ts';
import { forgetIdAside, idIn, idsAside } from './set-aside.ts';
import { bounds, person, quotedContent, quotedMessage } from './record-parts.ts';
import { jsonKind } from './record-kind.ts';
import type { PendingQuestion, PendingQuestions, ShownAnswer, ShownAnswers } from '../conversation/shown-answer.ts';
import type { Store, StoreTransaction } from './open-store.ts';
import type { ProcessLease } from './process-lease.ts';

export interface ShownAnswerStoreOptions {
  readonly store: Store;
  /** How long an answer can be asked for anew, in milliseconds. */
  readonly ttlMs: number;
}

export interface ShownAnswersOptions extends ShownAnswerStoreOptions {
  /** This process, and the others that share the store. */
  readonly processes: Pick<ProcessLease, 'owner' | 'isAlive'>;
}

/** No answer takes so long to be written, in milliseconds; until then a claim is its process's for as long as that lives. */
const CLAIM_TTL_MS = 24 * 60 * 60 * 1000;
/** What a claim of an earlier version says, which ends by itself after a minute. */
const BY_NOBODY = '';

/** That it is there is all that a note says. */
const NOTED = '1';

/** Answers that are read in one go, which takes a millisecond: there may be tens of thousands, and others have work to do. */
const AT_ONCE = 50;

const shownAnswer = z.object({
  questionId: bounds.id,
  parts: z.array(bounds.id).max(100).optional(),
  isFirstGone: z.literal(true).optional(),
  conversationId: bounds.id,
  guildId: bounds.id.optional(),
  asker: person,
  askedAt: bounds.time,
  isShared: z.boolean(),
  isPrivate: z.boolean(),
  channelId: bounds.id,
  replyTo: bounds.id.optional(),
  askedIn: bounds.id.optional(),
  messageIds: z.array(bounds.id).max(1_000),
  noticeIds: z.array(bounds.id).max(1_000).optional(),
  isCutOff: z.boolean(),
  continuedBy: bounds.id.optional(),
  behind: bounds.id.optional(),
  continues: bounds.id.optional(),
  continuesOr: bounds.id.optional(),
});

/** A record that cannot be read counts as gone: whoever presses its button is told so. */
export const shownAnswerKind = jsonKind<ShownAnswer>({ name: 'shown answer', prefix: 'answer:', version: 1, schema: shownAnswer });

const pendingQuestion = z.object({
  text: z.string(),
  repliedTo: quotedMessage.exactOptional(),
  forwarded: quotedContent.exactOptional(),
  also: z.array(z.string()).exactOptional(),
  /** Earlier records do not say it. */
  locale: bounds.locale.exactOptional(),
  hasFiles: z.boolean(),
});

export const pendingQuestionKind = jsonKind<PendingQuestion>({ name: 'pending question', prefix: 'pending:', version: 1, schema: pendingQuestion });

const answersIn = (store: Store) => checkedTable(store, shownAnswerKind, { conversationOf: (_id, text) => idIn(text, 'conversationId') });

/** The conversation stands first, so that it can be forgotten as a whole. */
const pendingId = (conversationId: string, questionId: string): string => `${conversationId}/${questionId}`;

/**
 * What is kept for the answer to a question goes along with its conversation, for as long as it would have stayed; a question that was
 * edited, for as long as it may.
 */
export const createMoveShown = (store: Store, ttlMs: number) => {
  const answers = answersIn(store);
  return (entries: StoreTransaction, questionId: string, answerId: string, from: string, to: string): void => {
    const answer = answers.findIn(entries, answerId);
    const moved = answer && answers.entry(answerId, { ...answer, conversationId: to }, ttlMs);
    if (moved !== undefined) entries.change(moved.key, moved.text);
    const [key, there] = [from, to].map((conversationId) => `${pendingQuestionKind.prefix}${pendingId(conversationId, questionId)}`) as [string, string];
    const pending = entries.get(key);
    if (pending === undefined) return;
    entries.set({ key: there, text: pending, ttlMs });
    entries.delete(key);
  };
};

export const createShownAnswerStore = ({ store, ttlMs, processes }: ShownAnswersOptions): ShownAnswers => {
  const answers = answersIn(store);
  const moved = createMovedQuestions(store, ttlMs);
  const claimKey = (id: string): string => `anew:${id}`;
  const deadKey = (id: string): string => `dead:${id}`;
  const turnKey = (id: string): string => `turn:${id}`;
  /** What this process has claimed. A claim of its own that is not among it could not be released. */
  const claimed = new Set<string>();

  /** Whoever has it may be gone: no clock says that. */
  const takeOver = async (key: string): Promise<boolean> => {
    const owner = await store.get(key);
    if (owner === undefined || owner === BY_NOBODY || (owner !== processes.owner && (await processes.isAlive(owner)))) return false;
    return store.replace(key, owner, processes.owner, CLAIM_TTL_MS);
  };
  return {
    find: (id) => asStoreFailure('What is shown of an answer could not be read', async () => (await answers.find(id))?.value),
    save: (id, answer) => moved.saveWhere(answer.questionId, answer.conversationId, (conversationId) => answers.entry(id, conversationId === answer.conversationId ? answer : { ...answer, conversationId }, ttlMs)),
    drop: async (id) => {
      await store.delete(answers.key(id));
      await forgetIdAside(store, shownAnswerKind.prefix, id);
    },
    all: async function* () {
      let read = 0;
      for await (const [, answer] of answers.list()) {
        yield answer;
        read += 1;
        if (read % AT_ONCE === 0) await othersTurn();
      }
    },
    unreadable: () => idsAside(store, shownAnswerKind.prefix),
    noteDead: async (ids) => {
      await store.setMany(ids.map((id) => ({ key: deadKey(id), text: NOTED, ttlMs })));
    },
    dead: async function* () {
      for await (const [key] of store.entries(deadKey(''))) yield key.slice(deadKey('').length);
    },
    forgetDead: async (id) => {
      await store.delete(deadKey(id));
    },
    noteTurn: async (id, pressId) => {
      await store.setMany([{ key: turnKey(id), text: pressId, ttlMs: CLAIM_TTL_MS }]);
    },
    turns: async function* () {
      // What is no id of a press is nobody's.
      for await (const [key, pressId] of store.entries(turnKey(''))) if (/^\d{1,20}$/u.test(pressId)) yield [key.slice(turnKey('').length), pressId];
    },
    forgetTurn: async (id) => {
      await store.delete(turnKey(id));
    },
    claim: async (id) => {
      if (claimed.has(id)) return false;
      claimed.add(id);
      let isOurs = false;
      try {
        isOurs = await asStoreFailure('An answer could not be claimed', async () => (await store.setIfAbsent(claimKey(id), processes.owner, CLAIM_TTL_MS)) || takeOver(claimKey(id)));
      } finally {
        if (!isOurs) claimed.delete(id);
      }
      return isOurs;
    },
    release: async (id) => {
      claimed.delete(id);
      await asStoreFailure('An answer could not be let go', () => store.delete(claimKey(id)));
    },
  };
};

export const createPendingQuestionStore = ({ store, ttlMs }: ShownAnswerStoreOptions): PendingQuestions => {
  const moved = createMovedQuestions(store, ttlMs);
  const questions = checkedTable(store, pendingQuestionKind, { conversationOf: (id) => id.split('/', 1)[0] });
  return {
    find: async (conversationId, questionId) => (await questions.find(pendingId(conversationId, questionId)))?.value,
    save: (conversationId, questionId, pending) => moved.saveWhere(questionId, conversationId, (where) => questions.entry(pendingId(where, questionId), pending, ttlMs)),
    drop: async (conversationId, questionId) => {
      await asStoreFailure('A question could not be forgotten', () => store.delete(questions.key(pendingId(conversationId, questionId))));
    },
    forget: async (conversationId) => {
      for await (const [found] of store.entries(questions.key(pendingId(conversationId, '')))) await store.delete(found);
    },
    forgetIn: async (channelId) => {
      for (const prefix of [pendingId(channelId, ''), `${channelId}:`]) {
        for await (const [found] of store.entries(questions.key(prefix))) await store.delete(found);
      }
    },
  };
};
