import { TakenOver, describeDeliveryError, isForLater, judgeDeliveryError } from '../rest/delivery-error.ts';
import { persist } from '../rest/persist.ts';
import { controlId, findWriting } from './control-buttons.ts';
import type { ForgetExchange } from '../../conversation/forget.ts';
import type { Ledger } from '../../conversation/ledger.ts';
import type { ShownAnswer, ShownAnswers } from '../../conversation/shown-answer.ts';
import type { Log } from '../../log/log.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { Deletable } from './find-answer.ts';
import type { RecentTokens } from './recent-tokens.ts';
import type { UntilDone } from './until-done.ts';

export interface DeleteAnswerDependencies {
  readonly api: DiscordApi;
  readonly inProgress: QuestionsInProgress;
  readonly shownAnswers: ShownAnswers;
  readonly forgetExchange: ForgetExchange;
  readonly ledger: Pick<Ledger, 'forget'>;
  readonly tokens: RecentTokens;
  readonly untilDone: UntilDone;
  readonly log: Log;
}

export interface DeleteAnswer {
  /** Deletes messages of answers. What cannot be deleted now is tried for some minutes; true where all are gone. Never rejects. */
  messages(answer: Messages, messageIds: readonly string[]): Promise<boolean>;
  /**
   * Takes an answer away, and all that continued it: its messages, what is remembered of it, its buttons. Where the store fails,
   * it is forgotten as soon as that works. Never rejects.
   */
  answer(answer: Deletable): Promise<{ readonly areGone: boolean; readonly isForgotten: boolean }>;
  /** Takes an answer out of what is remembered, and all that continued it; resolves with them. Their messages stay. @throws when the store fails */
  forget(answer: Deletable): Promise<readonly Deletable[]>;
  /** Tries nothing any more. */
  stop(): void;
}

type Messages = Pick<ShownAnswer, 'questionId' | 'channelId' | 'isPrivate'>;

/** How long messages that are to go are tried while somebody waits for it, in milliseconds; and how long then. */
const AT_ONCE_MS = 1_500;
const LATER_MS = 10 * 60_000;

export const createDeleteAnswer = ({ api, inProgress, shownAnswers, forgetExchange, ledger, tokens, untilDone, log }: DeleteAnswerDependencies): DeleteAnswer => {
  let isStopped = false;

  const waysTo = ({ channelId, isPrivate }: Messages, messageId: string): readonly (() => Promise<unknown>)[] => {
    const token = tokens.find(messageId);
    const byToken = token === undefined ? [] : [() => api.deleteReply(token, messageId)];
    // Nobody but its reader can delete a private message without the token that it was sent with; nor anybody's where no bot is.
    if (isPrivate) return byToken;
    let refusal: unknown;
    const inChannel = (): Promise<unknown> =>
      api.deleteMessage(channelId, messageId).catch((error: unknown) => {
        refusal = error;
        throw error;
      });
    // A token knows only what was written with it.
    return [inChannel, ...byToken.map((way) => () => way().catch((error: unknown) => Promise.reject((judgeDeliveryError(error) === 'message-gone' ? refusal : error) as Error)))];
  };

  /** Those that are still there, and may go later. */
  const remove = async (of: Messages, messageIds: readonly string[], forMs: number): Promise<{ readonly areGone: boolean; readonly heldUp: readonly string[] }> => {
    const heldUp: string[] = [];
    let areGone = true;
    for (const messageId of messageIds) {
      const ways = waysTo(of, messageId).map((way) => () => (isStopped ? Promise.reject(new TakenOver()) : way()));
      const error = await persist(ways, forMs);
      if (error === undefined && ways.length > 0) continue;
      areGone = false;
      if (error === undefined) continue;
      if (isForLater(error) || judgeDeliveryError(error) === 'refused') heldUp.push(messageId);
      log.debug({ questionId: of.questionId, channelId: of.channelId, reason: describeDeliveryError(error) }, 'a message of an answer could not be deleted');
    }
    return { areGone, heldUp };
  };

  /** Whoever waits for it waits for a moment only; what Discord refuses by then goes on being tried. */
  const removeAtLast = async (of: Messages, messageIds: readonly string[], onGone: () => Promise<void> = () => Promise.resolve()): Promise<boolean> => {
    const { areGone, heldUp } = await remove(of, messageIds, AT_ONCE_MS);
    if (heldUp.length === 0) await onGone();
    else {
      void remove(of, heldUp, LATER_MS)
        .then((later) => (later.heldUp.length === 0 ? onGone() : undefined))
        .catch((error: unknown) => log.debug({ questionId: of.questionId, reason: describeDeliveryError(error) }, 'what is kept of an answer that is gone stays for its time'));
    }
    return areGone;
  };

  const messages: DeleteAnswer['messages'] = (of, messageIds) => removeAtLast(of, messageIds);

  const withContinuations = async (first: Deletable): Promise<readonly Deletable[]> => {
    const answers = [first];
    for (let next = first.continuedBy; next !== undefined; ) {
      // What is being written takes itself away when it has ended.
      findWriting(inProgress, controlId(next))?.cancel('question deleted');
      const answer: ShownAnswer | undefined = await shownAnswers.find(controlId(next));
      if (answer !== undefined) answers.push(answer);
      next = answer?.continuedBy;
    }
    return answers;
  };

  const forget: DeleteAnswer['forget'] = async (first) => {
    const answers = await withContinuations(first);
    for (const { conversationId, questionId } of answers) await forgetExchange(conversationId, questionId);
    for (const { questionId } of answers) await ledger.forget({ questionId });
    return answers;
  };

  const forgetAndDelete = async (first: Deletable): Promise<boolean> => {
    // Forgotten first: the next question may be on its way already.
    const answers = await forget(first);
    let areGone = true;
    for (const answer of answers) {
      const id = controlId(answer.questionId);
      // Until it was forgotten, behind others in its lane, another answer may have taken its place, in other messages.
      const now = await shownAnswers.find(id);
      // Its record stays as long as one of its messages: whatever ends before that, the next start finds that its question is gone.
      areGone = (await removeAtLast(answer, [...new Set([...answer.messageIds, ...(now?.messageIds ?? [])])], () => shownAnswers.drop(id))) && areGone;
    }
    return areGone;
  };

  return {
    messages,
    forget,
    stop: () => {
      isStopped = true;
    },
    answer: async (first) => {
      try {
        return { areGone: await forgetAndDelete(first), isForgotten: true };
      } catch (error) {
        const { questionId } = first;
        log.error({ questionId, reason: describeDeliveryError(error) }, 'a deleted question cannot be forgotten now; it is as soon as the store works');
        untilDone.later(questionId, () => forgetAndDelete(first));
        // What people see goes whatever the store does.
        return { areGone: await messages(first, first.messageIds), isForgotten: false };
      }
    },
  };
};
