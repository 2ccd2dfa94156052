import { setTimeout as sleep } from 'node:timers/promises';
import { DiscordAPIError, RESTJSONErrorCodes } from 'discord.js';
import { describeDeliveryError, isForLater } from '../rest/delivery-error.ts';
import { createRecentIds } from '../rest/recent-ids.ts';
import type { ShownAnswer } from '../../conversation/shown-answer.ts';
import type { Log } from '../../log/log.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { RecentTokens } from './recent-tokens.ts';

/** Messages with buttons. */
export interface Buttoned extends Pick<ShownAnswer, 'questionId' | 'channelId' | 'messageIds'> {
  /** Only the token of an interaction reaches them. */
  readonly isPrivate: boolean;
}

/** Buttons that are to go when nobody minds. */
export interface ToTakeAway extends Buttoned {
  /** Whether that is still so when their turn comes. */
  readonly isWanted?: () => Promise<boolean>;
  /** There is nothing left to be tried. */
  readonly onDone?: () => Promise<void>;
}

/** Nothing here rejects. */
export interface TakeButtonsAway {
  /** At once. False where Discord may do it later. */
  now(of: Buttoned): Promise<boolean>;
  /** One in two seconds, in this order, and never while somebody is answered there. */
  soon(all: readonly ToTakeAway[]): void;
  /** Whether nothing can be done about a message any more. */
  wasTried(messageId: string): boolean;
  /** What is not done by now stays. */
  stop(): void;
}

export interface TakeButtonsAwayDependencies {
  readonly api: DiscordApi;
  readonly inProgress: QuestionsInProgress;
  readonly tokens: RecentTokens;
  readonly log: Log;
}

/** Discord takes about one edit a second in a channel, and answers need them. */
const PAUSE_MS = 2_000;

/** How long what is left waits for a quiet moment in its channels, in milliseconds: where there is none, presses tell why. */
const LONGEST_MS = 10 * 60_000;

/** Messages that are not tried again. */
const TRIED_REMEMBERED = 1_000;

/** @see https://discord.com/developers/docs/topics/opcodes-and-status-codes#json */
const isTooManyEdits = (error: unknown): boolean =>
  error instanceof DiscordAPIError && error.code === RESTJSONErrorCodes.MaximumNumberOfEditsToMessagesOlderThanOneHourReached;

export const createTakeButtonsAway = ({ api, inProgress, tokens, log }: TakeButtonsAwayDependencies): TakeButtonsAway => {
  const tried = createRecentIds(TRIED_REMEMBERED);
  let waiting: ToTakeAway[] = [];
  let isWorking = false;

  const strip = async ({ questionId, channelId, isPrivate }: Buttoned, messageId: string): Promise<boolean> => {
    const token = tokens.find(messageId);
    const byToken = token === undefined ? [] : [() => api.editReplyButtons(token, messageId, [])];
    const ways = isPrivate ? byToken : [() => api.editButtons(channelId, messageId, []), ...byToken];
    let isForLaterToo = false;
    for (const way of ways) {
      try {
        await way();
        return true;
      } catch (error) {
        isForLaterToo ||= isForLater(error) || isTooManyEdits(error);
        log.debug({ questionId, channelId, reason: describeDeliveryError(error) }, 'buttons that do nothing any more could not be taken away');
      }
    }
    return !isForLaterToo;
  };

  const now: TakeButtonsAway['now'] = async (of) => {
    let isDone = true;
    for (const messageId of of.messageIds) {
      if (tried.has(messageId)) continue;
      if (await strip(of, messageId)) tried.add(messageId);
      else isDone = false;
    }
    return isDone;
  };

  const isQuiet = ({ channelId }: Buttoned): boolean => inProgress.all().every(({ target }) => target.channelId !== channelId);

  const take = async ({ isWanted, onDone, ...of }: ToTakeAway): Promise<void> => {
    try {
      const isWantedStill = isWanted === undefined || (await isWanted());
      if (!isWantedStill || (await now(of))) await onDone?.();
    } catch (error) {
      log.debug({ questionId: of.questionId, reason: describeDeliveryError(error) }, 'whether buttons do anything could not be looked up');
    }
  };

  const work = async (): Promise<void> => {
    isWorking = true;
    let busySince = performance.now();
    while (waiting.length > 0) {
      const next = waiting.find(isQuiet);
      if (next !== undefined) {
        waiting = waiting.filter((each) => each !== next);
        await take(next);
        busySince = performance.now();
      } else if (performance.now() - busySince > LONGEST_MS) waiting = [];
      if (waiting.length > 0) await sleep(PAUSE_MS, undefined, { ref: false });
    }
    isWorking = false;
  };

  return {
    now,
    soon: (all) => {
      waiting.push(...all);
      if (!isWorking) void work();
    },
    wasTried: tried.has,
    stop: () => {
      waiting = [];
    },
  };
};
