import { createAnswer } from '../../src/conversation/answer.ts';
import { createForget, createForgetExchange } from '../../src/conversation/forget.ts';
import { createImageLimit } from '../../src/conversation/image-limit.ts';
import { showing, siblingPlace } from '../../src/conversation/siblings.ts';
import { createFindConversation } from '../../src/discord/intake/find-conversation.ts';
import { createHistoryStore } from '../../src/store/history-store.ts';
import { createKeptFiles } from '../../src/store/kept-files.ts';
import { openStore } from '../../src/store/open-store.ts';
import { UNSEEN } from '../conversation/idle-ports.ts';
import type { LanguageModel, Line } from '../../src/conversation/ports.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { Scope } from '../../src/conversation/scope.ts';

const HOUR_MS = 60 * 60 * 1000;

/** A question as people see it, and all that a model may know when it answers. */
export interface Said {
  readonly question: Question;
  /** What its answer says now: of several, the one that is shown. */
  shown: string;
  readonly messageId: string;
  /** Who may hear of it: all who have the same. */
  readonly circle: string;
  /** What it hangs on, in a chain of replies. */
  parent: Said | undefined;
  /** What it quotes. */
  readonly quotes: string | undefined;
}

const lanes = (): Line => {
  const last = new Map<string, Promise<unknown>>();
  return {
    inLane: (id, work) => {
      const next = (last.get(id) ?? Promise.resolve()).then(work, work);
      last.set(id, next);
      return next;
    },
    inTurn: ({ run }) => run(() => undefined),
  };
};

/** Words that are said once only: `w12w` and the like. */
export const wordsIn = (text: string): ReadonlySet<string> => new Set(text.match(/w\d+w/gu));

/** A process that answers on a store, and remembers what its model was given. */
export const startAnswering = (url: string, scopeIn: (channelId: string) => Scope, isThread: (channelId: string) => boolean, nextWord: () => string, maxTokens = 1_000_000) => {
  const store = openStore(url);
  const log = { error: () => undefined, warn: () => undefined } as never;
  const histories = createHistoryStore({ store, files: createKeptFiles({ store: openStore('memory://'), ttlMs: HOUR_MS, log }), ttlMs: HOUR_MS, log });
  const given = new Map<string, string>();
  const model: LanguageModel = {
    async *converse({ turns }) {
      const newest = JSON.stringify(turns.at(-1));
      given.set(/id-(\d+)-/u.exec(newest)?.[1] ?? '', JSON.stringify(turns));
      yield { type: 'text', text: nextWord() };
      yield { type: 'end', stopReason: 'end_turn', usage: undefined, latencyMs: undefined };
    },
  };
  const settings = { model, systemPrompt: '', maxTokens, historyMs: HOUR_MS, imageLimit: createImageLimit() };
  const conversations = createFindConversation({ scopeIn: ({ conversationId }) => scopeIn(conversationId), isThread, inProgress: { all: () => [] }, histories, lastAnswered: () => undefined });
  const line = lanes();
  const nothing = async (): Promise<void> => undefined;
  const remembered = { line, histories, pendingQuestions: { find: async () => undefined, save: nothing, drop: nothing, forget: nothing, forgetIn: nothing }, ledger: { forget: async () => [] } };
  const [forgetExchange, forget] = [createForgetExchange(remembered), createForget(remembered)];
  const answer = createAnswer({ line, histories, settingsFor: () => settings, now: () => 1_000 });
  return {
    store,
    /** Resolves with what was answered, and with what the model knew. */
    ask: async (asked: Question, messageId: string): Promise<{ readonly question: Question; readonly reply: string; readonly prompt: string }> => {
      const question = await conversations.of(asked);
      const number = asked.id;
      const { exchange } = await answer({ ...question, text: `id-${number}- ${question.text}` }, { ...UNSEEN, finish: async () => [messageId] }, new AbortController().signal);
      const block = exchange?.turns[1].content[0];
      return { question, reply: block !== undefined && 'text' in block ? block.text : '', prompt: given.get(number) ?? '' };
    },
    /** Shows another of its answers; undefined where there is one only. */
    turn: async ({ question }: Said): Promise<string | undefined> => {
      const { history } = await histories.load(question.conversationId);
      const exchange = history.exchanges.find(({ id }) => id === question.id);
      const other = exchange && showing(exchange, (siblingPlace(exchange).number % siblingPlace(exchange).count) + 1);
      if (other === undefined || exchange?.siblings === undefined) return undefined;
      await histories.save(question.conversationId, { exchanges: history.exchanges.map((one) => (one === exchange ? other : one)) }, history);
      const block = other.turns[1].content[0];
      return block !== undefined && 'text' in block ? block.text : undefined;
    },
    /** Takes one question out of what is remembered, or all of its conversation. */
    undo: ({ question }: Said): Promise<void> => forgetExchange(question.conversationId, question.id),
    forget: async ({ question }: Said): Promise<void> => void (await forget(question.conversationId)),
    close: () => store.close(),
  };
};
