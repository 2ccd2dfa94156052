import { setTimeout as sleep } from 'node:timers/promises';
import { describeDeliveryError } from '../reply/delivery-error.ts';
import { createRecentIds } from './recent-ids.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { PendingQuestions, ShownAnswer, ShownAnswers } from '../../conversation/shown-answer.ts';
import type { Log } from '../../log.ts';
import type { DiscordApi } from '../discord-api.ts';
import type { Running } from '../running.ts';
import type { RecentTokens } from './recent-tokens.ts';

export interface DeadButtonsDependencies {
  readonly api: DiscordApi;
  readonly running: Running;
  readonly shownAnswers: ShownAnswers;
  readonly pendingQuestions: PendingQuestions;
  readonly histories: Pick<HistoryStore, 'load'>;
  readonly tokens: RecentTokens;
  readonly log: Log;
}

/** Buttons that will do nothing any more go, where Discord lets them; a press of one that stays is told why. Nothing here rejects. */
export interface DeadButtons {
  /** Of one answer. */
  of(answer: ShownAnswer): Promise<void>;
  /** Of all answers of conversations that are not remembered any more: the newest first, and never before a question. */
  in(conversationIds: readonly string[]): Promise<void>;
}

/** Answers that lose their buttons at once; people press what they see, and older ones have scrolled away. */
const MOST_ANSWERS = 25;

/** Discord takes about one edit a second in a channel, and answers need them. */
const PAUSE_MS = 2_000;

/** After this nothing more is begun, in milliseconds: in a channel that is never quiet, presses tell why. */
const LONGEST_MS = 10 * 60_000;

/** Messages that are not tried again. */
const TRIED_REMEMBERED = 1_000;

/** The messages that may have buttons: the last of the answer, and each that tells why another attempt failed. */
const withButtons = ({ messageIds, noticeIds = [] }: ShownAnswer): readonly string[] => {
  const last = messageIds.findLast((messageId) => !noticeIds.includes(messageId));
  return last === undefined ? noticeIds : [last, ...noticeIds];
};

export const createDeadButtons = ({ api, running, shownAnswers, pendingQuestions, histories, tokens, log }: DeadButtonsDependencies): DeadButtons => {
  const tried = createRecentIds(TRIED_REMEMBERED);

  const strip = async ({ questionId, channelId, isPrivate }: ShownAnswer, messageId: string): Promise<void> => {
    const token = tokens.find(messageId);
    const byToken = token === undefined ? [] : [() => api.editReplyButtons(token, messageId, [])];
    const ways = isPrivate ? byToken : [() => api.editButtons(channelId, messageId, []), ...byToken];
    for (const way of ways) {
      try {
        await way();
        return;
      } catch (error) {
        log.debug({ questionId, channelId, reason: describeDeliveryError(error) }, 'buttons that do nothing any more could not be taken away');
      }
    }
  };

  const deadIn = async (conversationId: string): Promise<readonly ShownAnswer[]> => {
    const dead: ShownAnswer[] = [];
    const { history } = await histories.load(conversationId);
    const remembered = new Set(history.exchanges.map(({ id }) => id));
    for await (const answer of shownAnswers.all()) {
      const { questionId } = answer;
      if (answer.conversationId !== conversationId || remembered.has(questionId) || withButtons(answer).every(tried.has)) continue;
      if ((await pendingQuestions.find(conversationId, questionId)) === undefined) dead.push(answer);
    }
    return dead;
  };

  const nobodyIsAnswered = async (channelId: string): Promise<void> => {
    const until = performance.now() + LONGEST_MS;
    while (performance.now() < until) {
      const here = running.all().filter(({ target }) => target.channelId === channelId);
      if (here.length === 0) return;
      await Promise.all(here.map(({ ended }) => ended));
    }
  };

  const of: DeadButtons['of'] = async (answer) => {
    for (const messageId of withButtons(answer)) {
      if (tried.has(messageId)) continue;
      tried.add(messageId);
      await strip(answer, messageId);
    }
  };

  return {
    of,
    in: async (conversationIds) => {
      try {
        // What was ended together with the conversation is kept a moment later.
        const ending = running.all().filter(({ question, signal }) => conversationIds.includes(question.conversationId) && signal.aborted);
        await Promise.all(ending.map(({ ended }) => ended));
        const found = await Promise.all(conversationIds.map(deadIn));
        const newest = found.flat().toSorted((one, other) => other.askedAt - one.askedAt).slice(0, MOST_ANSWERS);
        const until = performance.now() + LONGEST_MS;
        for (const answer of newest) {
          if (answer !== newest[0]) await sleep(PAUSE_MS, undefined, { ref: false });
          await nobodyIsAnswered(answer.channelId);
          if (performance.now() > until) return;
          await of(answer);
        }
      } catch (error) {
        log.debug({ reason: describeDeliveryError(error) }, 'buttons that do nothing any more could not be looked for');
      }
    },
  };
};
