import type { History } from '../../conversation/history.ts';
import type { ShownAnswer } from '../../conversation/shown-answer.ts';

/** Whether there is an answer that goes on from this one: it quotes it, and would be left behind by another. */
export const wasContinued = ({ continuedBy }: ShownAnswer, { exchanges }: History): boolean =>
  continuedBy !== undefined && exchanges.some(({ id }) => id === continuedBy);
