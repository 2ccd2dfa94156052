import { askedBefore } from '../../conversation/asked-before.ts';
import { headerOf } from '../../conversation/turn-header.ts';
import { conversationFor } from '../../conversation/scope.ts';
import type { Exchange } from '../../conversation/history.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { Person, Question, QuotedMessage } from '../../conversation/question.ts';

/**
 * A question that is asked in a thread of its own and points at an answer in the channel: with what that answered, where its asker has a
 * part in that conversation. Never rejects.
 */
export type WithParentExchange = (question: Question, channelId: string) => Promise<Question>;

const speakerOf = ({ askerId, turns: [{ content }] }: Exchange): Person => {
  const { name } = headerOf(content)?.speaker ?? {};
  return { id: askerId, name: typeof name === 'string' ? name : 'somebody' };
};

const asQuoted = (exchange: Exchange): NonNullable<QuotedMessage['answers']> => {
  const { text, forwarded, also } = askedBefore(exchange.turns[0]);
  return { author: speakerOf(exchange), text, ...(forwarded === undefined ? {} : { forwarded }), ...(also === undefined ? {} : { also }) };
};

export const createWithParentExchange = (histories: Pick<HistoryStore, 'load' | 'findShown'>): WithParentExchange => {
  /** That of another person in the same channel is theirs. */
  const exchangeOf = async (messageId: string, channelId: string, askerId: string): Promise<Exchange | undefined> => {
    const chain = await histories.findShown(messageId);
    const own = conversationFor('user', { channelId, isThread: false, askerId, questionId: '' });
    for (const conversationId of chain === undefined ? [channelId, own] : [chain.conversationId]) {
      const { history } = await histories.load(conversationId);
      const exchange = history.exchanges.find(({ replyMessageIds }) => replyMessageIds.includes(messageId));
      if (exchange !== undefined) return exchange;
    }
    return undefined;
  };

  return async (question, channelId) => {
    const { ownAnswer, asker } = question;
    const repliedTo = ownAnswer?.quoting.repliedTo;
    if (ownAnswer === undefined || repliedTo === undefined) return question;
    // Where the store fails, the answer is still quoted.
    const exchange = await exchangeOf(ownAnswer.messageId, channelId, asker.id).catch(() => undefined);
    if (exchange === undefined) return question;
    return { ...question, ownAnswer: { ...ownAnswer, quoting: { ...ownAnswer.quoting, repliedTo: { ...repliedTo, answers: asQuoted(exchange) } } } };
  };
};
