import { createHourly } from './hourly.ts';
import { quietFailureText, whereAsked } from '../texts/answer-texts.ts';
import { patiently } from '../rest/persist.ts';
import type { Claim, Outcome, RefusalWords } from '../../conversation/ledger.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { WriteDirectly } from '../rest/direct-message.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';
import type { SayInstead } from './say-instead.ts';

export interface TurnedDown {
  readonly claim: Claim;
  readonly target: ReplyTarget;
  /** Whether only the asker reads what is said there. */
  readonly isDirect: boolean;
  /** A process that is gone may have shown it. */
  readonly isResumed: boolean;
  readonly words: RefusalWords;
  /** What ends by itself is another refusal each time, with a sign of its own. */
  readonly period?: string | undefined;
}

/**
 * Shows that a question is not taken on, and closes its row: in private where it can be. In a channel others would read it, so that
 * there is a sign below the question, once an hour for each member and channel, and the reason as a direct message once an hour
 * for each member. True where somebody was told now. Never rejects.
 */
export type TurnDown = (turnedDown: TurnedDown) => Promise<boolean>;

export interface TurnDownDependencies {
  readonly api: Pick<DiscordApi, 'react'>;
  readonly sayInstead: SayInstead;
  readonly writeDirectly: WriteDirectly;
  /** True for the first who asks, of all processes: keeps a word under a key for so long. */
  readonly claim: (key: string, word: string, ttlMs: number) => Promise<boolean>;
  /** Milliseconds that only go forward. */
  readonly monotonicNow: () => number;
}

/** What becomes of a question that admins do not want answered. */
export const NOT_WANTED: Outcome = { state: 'refused', reason: 'settings' };

/** Waits between attempts while Discord fails, in milliseconds. */
const RETRIES_MS: readonly number[] = [500, 2_000, 8_000];

/** Whoever writes to many people at once is taken for a spammer: so many direct messages, within milliseconds. */
const DIRECT_AT_MOST = 20;
const DIRECT_WITHIN_MS = 10 * 60_000;

export const createTurnDown = ({ api, sayInstead, writeDirectly, claim: claimKey, monotonicNow }: TurnDownDependencies): TurnDown => {
  const isFirst = createHourly(claimKey, monotonicNow);
  let writtenAt: readonly number[] = [];

  const mayWrite = (): boolean => {
    const now = monotonicNow();
    writtenAt = writtenAt.filter((at) => at > now - DIRECT_WITHIN_MS);
    if (writtenAt.length >= DIRECT_AT_MOST) return false;
    writtenAt = [...writtenAt, now];
    return true;
  };

  const tellDirectly = async ({ claim: { row }, target, isResumed, words }: TurnedDown): Promise<boolean> => {
    if (!(await isFirst(`refused:${row.askerId}`)) && !isResumed) return false;
    if (!mayWrite()) return false;
    try {
      await writeDirectly(row.askerId, quietFailureText(whereAsked(target.channelId, row.questionId), words.text), `${row.questionId}:refused`);
      return true;
    } catch {
      return false;
    }
  };

  const sign = (channelId: string, messageId: string, emoji: string): Promise<boolean> =>
    patiently(RETRIES_MS, () => api.react(channelId, messageId, emoji)).then(
      () => true,
      () => false,
    );

  return async (turnedDown) => {
    const { claim, target, isDirect, isResumed, words, period = '' } = turnedDown;
    const { questionId, askerId } = claim.row;
    if (isDirect || target.place.interaction !== undefined) {
      await sayInstead(claim, target, { content: words.text }, NOT_WANTED);
      return true;
    }
    if (!(await isFirst(`refused:${target.channelId}:${askerId}${period}`)) && !isResumed) {
      claim.end(NOT_WANTED);
      return false;
    }
    const [isSigned, isTold] = await Promise.all([sign(target.channelId, questionId, words.sign), tellDirectly(turnedDown)]);
    // Where Discord takes neither, a sentence in the channel is all that is left.
    if (isSigned || isTold) claim.end(NOT_WANTED);
    else await sayInstead(claim, target, { content: words.text }, NOT_WANTED);
    return true;
  };
};
