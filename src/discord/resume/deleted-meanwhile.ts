import { DiscordAPIError, RESTJSONErrorCodes } from 'discord.js';
import { isTokenBound } from '../../conversation/shown-answer.ts';
import { controlId } from '../controls/control-buttons.ts';
import { isChannelGone } from '../rest/delivery-error.ts';
import type { WhyCancelled } from '../../conversation/cancelled.ts';
import type { LedgerRow } from '../../conversation/ledger.ts';
import type { ShownAnswer, ShownAnswers } from '../../conversation/shown-answer.ts';
import type { ReadBack } from '../gateway/read-back.ts';

/** What Discord shows of an interrupted question. */
export interface Traces {
  /** At least one of the messages that the gone process left was seen there just now. */
  readonly areDraftsThere?: boolean;
  /** Discord says of the response to the interaction that it was deleted. */
  readonly isResponseGone?: boolean;
  /** Further messages of then that events tell of, later it may be, and nothing else. Does not reject. */
  readonly untold?: () => Promise<readonly string[]>;
  /** A message that its row names and that is no part of its answer: it stays as it is. */
  readonly besides?: string;
  /** Somebody deleted the question. */
  readonly isDeleted?: boolean;
}

/** What somebody took away, and its question with it. */
export type Deleted = Extract<WhyCancelled, 'question deleted' | 'answer deleted'>;

/**
 * What of an interrupted question was deleted while nobody listened: it ends as it would have ended then. What Discord does not tell is not
 * deleted. Never rejects.
 */
export type DeletedMeanwhile = (row: LedgerRow, traces: Traces) => Promise<Deleted | undefined>;

export interface DeletedMeanwhileDependencies {
  readonly shownAnswers: Pick<ShownAnswers, 'find'>;
  readonly readBack: Pick<ReadBack, 'message'>;
}

/** Whether nothing but the token of an interaction reaches what was said there. */
export const isTokenBoundAt = ({ place: { isPrivate }, question }: Pick<LedgerRow, 'place' | 'question'>): boolean =>
  isPrivate || (question !== undefined && isTokenBound({ ...question, isPrivate }));

export const isMessageGone = (error: unknown): boolean => error instanceof DiscordAPIError && error.code === RESTJSONErrorCodes.UnknownMessage;

/** Answers that each go on from the one before. */
const MOST_BEHIND = 100;

export const createDeletedMeanwhile = ({ shownAnswers, readBack }: DeletedMeanwhileDependencies): DeletedMeanwhile => {
  const isGone = (channelId: string, messageId: string): Promise<boolean> => readBack.message(channelId, messageId).then(() => false, isMessageGone);

  const isInNoChannel = (channelId: string, messageId: string): Promise<boolean> => readBack.message(channelId, messageId).then(() => false, isChannelGone);

  const areAllGone = async (channelId: string, messageIds: readonly string[]): Promise<boolean> => {
    for (const messageId of messageIds) if (!(await isGone(channelId, messageId))) return false;
    return true;
  };

  /** Whatever is left of it, the rest of the answer can be written into. */
  const isAnswerDeleted = async (row: LedgerRow, { areDraftsThere = false, isResponseGone = false, besides, untold }: Traces): Promise<boolean> => {
    const noted = row.messageIds.filter((messageId) => messageId !== besides);
    if (noted.length === 0 || areDraftsThere) return false;
    // With its channel, nobody took away just this.
    if (isTokenBoundAt(row)) return isResponseGone && !(await isInNoChannel(row.place.channelId, noted[0] ?? '0'));
    return (await areAllGone(row.place.channelId, noted)) && ((await untold?.()) ?? []).length === 0;
  };

  /** The question whose answer this is another one of, or goes on from. */
  const originOf = async ({ question }: LedgerRow): Promise<ShownAnswer | undefined> => {
    let origin: ShownAnswer | undefined;
    let id = question?.firstAskedAs ?? question?.behind;
    for (let depth = 0; id !== undefined && depth < MOST_BEHIND; depth += 1) {
      origin = await shownAnswers.find(controlId(id));
      id = origin?.behind;
    }
    return origin;
  };

  const isOriginDeleted = async (row: LedgerRow): Promise<boolean> => {
    const origin = await originOf(row).catch(() => undefined);
    // What was asked by a command stands nowhere.
    if (origin === undefined || origin.replyTo !== origin.questionId) return false;
    const { questionId, channelId, askedIn = channelId, parts = [], isFirstGone } = origin;
    for (const messageId of isFirstGone === true ? parts : [questionId, ...parts]) if (await isGone(askedIn, messageId)) return true;
    return false;
  };

  return async (row, traces) => {
    if (traces.isDeleted === true || (await isOriginDeleted(row))) return 'question deleted';
    return (await isAnswerDeleted(row, traces)) ? 'answer deleted' : undefined;
  };
};
