import { originOf } from '../../conversation/question.ts';
import { chainsIn, conversationFor, hasBranches } from '../../conversation/scope.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { Question } from '../../conversation/question.ts';
import type { Scope } from '../../conversation/scope.ts';
import type { QuestionsInProgress } from './questions-in-progress.ts';

export interface FindConversationDependencies {
  /** Answered from memory. */
  readonly scopeIn: (place: Pick<Question, 'guildId' | 'conversationId'>) => Scope;
  readonly isThread: (channelId: string) => boolean;
  readonly inProgress: Pick<QuestionsInProgress, 'all'>;
  readonly histories: Pick<HistoryStore, 'findShown'>;
  /** The question whose answer somebody goes on from where they reply to nothing; undefined where nobody knows. */
  readonly lastAnswered: (channelId: string, askerId: string) => string | undefined;
}

export interface FindConversation {
  /**
   * A question that was just asked in a channel, in the conversation that it belongs to. At once where nothing has to be looked up.
   * Private questions, direct messages and what is asked by the buttons of an answer stay where they are. Never rejects.
   */
  of(question: Question): Question | Promise<Question>;
  /** The same of one that was asked before, in a conversation that is known: whatever the scope is now. Never rejects. */
  again(question: Question, conversationId: string): Promise<Question>;
}

type Found = Pick<Question, 'conversationId' | 'continues' | 'continuesOr'>;

export const createFindConversation = ({ scopeIn, isThread, inProgress, histories, lastAnswered }: FindConversationDependencies): FindConversation => {
  const chainOf = async (messageId: string): Promise<Found | undefined> => {
    // What is being answered is not remembered yet: when its lane is free, it is.
    const writing = inProgress.all().find(({ question }) => originOf(question) === messageId);
    if (writing === undefined) return histories.findShown(messageId);
    const { conversationId, continues } = writing.question;
    return { conversationId, continues: messageId, ...(continues === undefined ? {} : { continuesOr: continues }) };
  };

  /** Where a chain of the channel goes on by one of these messages. An answer of another scope stays in its conversation, and is quoted. */
  const hangsOn = async (channelId: string, messageIds: readonly string[]): Promise<Found | undefined> => {
    for (const messageId of messageIds) {
      // Where the store fails, the message is still quoted.
      const found = await chainOf(messageId).catch(() => undefined);
      if (found !== undefined && hasBranches(found.conversationId) && found.conversationId.startsWith(`${chainsIn(channelId)}:`)) return found;
    }
    return undefined;
  };

  return {
    of: (question) => {
      const { pointsAt = [], ...asked } = question;
      const { conversationId: channelId, asker, id: questionId } = asked;
      const isPlaced = !asked.isShared || asked.firstAskedAs !== undefined || asked.behind !== undefined;
      const scope = isPlaced ? 'room' : scopeIn(asked);
      if (scope === 'room') return asked;
      const begun: Question = { ...asked, conversationId: conversationFor(scope, { channelId, isThread: isThread(channelId), askerId: asker.id, questionId }) };
      if (scope !== 'reply') return begun;
      // What nobody has addressed to us follows the last answer.
      const followed = asked.isOverheard === true && pointsAt.length === 0 ? lastAnswered(channelId, asker.id) : undefined;
      const pointed = followed === undefined ? pointsAt : [followed];
      return pointed.length > 0 ? hangsOn(channelId, pointed).then((found) => ({ ...begun, ...found })) : begun;
    },
    again: async (question, conversationId) => {
      const { pointsAt = [], ...asked } = question;
      const found = hasBranches(conversationId) ? await hangsOn(asked.conversationId, pointsAt) : undefined;
      return { ...asked, ...(found?.conversationId === conversationId ? found : { conversationId }) };
    },
  };
};
