import type { History } from './history.ts';
import type { Question } from './question.ts';

/** The question as it reads where an answer of ours that it points at is not remembered: with a quotation of it, like any other message. */
export const quotingForgotten = (question: Question, { exchanges }: History): Question => {
  const { ownAnswer, ...rest } = question;
  if (ownAnswer === undefined || exchanges.some(({ replyMessageIds }) => replyMessageIds.includes(ownAnswer.messageId))) return question;
  return { ...rest, ...ownAnswer.quoting };
};
