import { findAnswer } from '../../conversation/siblings.ts';
import { hasEnded } from '../../conversation/outcome.ts';
import { controlId } from './control-buttons.ts';
import type { Ledger } from '../../conversation/ledger.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { ShownAnswer, ShownAnswers } from '../../conversation/shown-answer.ts';

/** What has to be known of an answer to take it away. */
export type Deletable = Pick<ShownAnswer, 'questionId' | 'conversationId' | 'channelId' | 'isPrivate' | 'messageIds' | 'noticeIds' | 'continuedBy'> & { readonly asker: Pick<ShownAnswer['asker'], 'id'> };

export interface FindAnswerDependencies {
  readonly shownAnswers: Pick<ShownAnswers, 'find' | 'all'>;
  readonly ledger: Pick<Ledger, 'find'>;
  readonly histories: Pick<HistoryStore, 'load' | 'movedTo'>;
}

/**
 * What stands where a question was asked, whether it answers it or says only why nothing does. Where its record is not there, or
 * cannot be read, the ledger and the history know where it is. @throws when the store fails
 */
export type FindAnswer = (questionId: string) => Promise<Deletable | undefined>;

export const createFindAnswer = ({ shownAnswers, ledger, histories }: FindAnswerDependencies): FindAnswer => {
  const continuationOf = async (questionId: string): Promise<string | undefined> => {
    for await (const { questionId: next, behind } of shownAnswers.all()) if (behind === questionId) return next;
    return undefined;
  };

  const findTraces = async (questionId: string): Promise<Deletable | undefined> => {
    const row = await ledger.find(questionId);
    // What is not at its end yet sees for itself that it was deleted.
    if (row === undefined || !hasEnded(row)) return undefined;
    const { askerId, messageIds, place } = row;
    const conversationId = (await histories.movedTo(questionId)) ?? row.conversationId;
    const exchange = findAnswer((await histories.load(conversationId)).history, questionId, messageIds);
    const shown = [...new Set([...messageIds, ...(exchange?.replyMessageIds ?? [])])];
    if (shown.length === 0) return undefined;
    const { channelId, isPrivate } = place;
    const continuedBy = exchange === undefined ? undefined : await continuationOf(questionId);
    return { questionId: exchange?.id ?? questionId, conversationId, channelId, isPrivate, messageIds: shown, continuedBy, asker: { id: askerId } };
  };

  return async (questionId) => (await shownAnswers.find(controlId(questionId))) ?? findTraces(questionId);
};
