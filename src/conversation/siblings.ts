import type { Exchange, History, Sibling } from './history.ts';

/** Answers that are kept of one question; the oldest ones give way. */
export const MOST_SIBLINGS = 10;

/** Which of the answers to a question is shown, counted from 1, and how many there are. */
export interface SiblingPlace {
  readonly number: number;
  readonly count: number;
}

const siblingOf = ({ turns, stopReason, usage, answeredBy }: Sibling): Sibling => ({ turns, stopReason, ...(usage === undefined ? {} : { usage }), ...(answeredBy === undefined ? {} : { answeredBy }) });

/** All answers to the question, in the order in which they came. */
const allOf = (exchange: Exchange): readonly Sibling[] => [...(exchange.siblings?.before ?? []), siblingOf(exchange), ...(exchange.siblings?.after ?? [])];

export const siblingPlace = ({ siblings }: Exchange): SiblingPlace => {
  const number = (siblings?.before.length ?? 0) + 1;
  return { number, count: number + (siblings?.after.length ?? 0) };
};

/**
 * The exchange of a question. One that was asked anew is remembered as the first one was, but shown in messages of its own, or in the
 * place of the answer before it, which says nothing of its own.
 * @param messageIds those that show its answer
 * @param answersBefore how many answers there were when it was asked
 */
export const findAnswer = ({ exchanges }: History, questionId: string, messageIds: readonly string[], answersBefore = 0): Exchange | undefined =>
  exchanges.find(({ id, askedAs }) => id === questionId || askedAs === questionId) ??
  // Earlier versions did not say by which question it was asked last.
  exchanges.find((exchange) => exchange.askedAs === undefined && siblingPlace(exchange).count > answersBefore && exchange.replyMessageIds.some((id) => messageIds.includes(id)));

/** Where the next answer to a question will be. @param answers those that there are */
export const nextPlace = (answers = 0): SiblingPlace => {
  const count = Math.min(answers + 1, MOST_SIBLINGS);
  return { number: count, count };
};

/** A newer answer to a question that was answered before: the earlier ones stay beside it. */
export const besides = (earlier: Exchange | undefined, exchange: Exchange): Exchange =>
  earlier === undefined ? exchange : { ...exchange, siblings: { before: allOf(earlier).slice(1 - MOST_SIBLINGS), after: [] } };

/** The same with another of its answers shown, and gone on from; undefined where it has none of that number. */
export const showing = (exchange: Exchange, number: number): Exchange | undefined => {
  const all = allOf(exchange);
  const shown = all[number - 1];
  if (shown === undefined) return undefined;
  const { usage: _usage, answeredBy: _answeredBy, ...rest } = exchange;
  return { ...rest, ...shown, siblings: { before: all.slice(0, number - 1), after: all.slice(number) } };
};
