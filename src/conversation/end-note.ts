import { CONTEXT_FULL, CUT_OFF, isDeclined, isWhole } from './reply.ts';
import type { TextBlock } from './content.ts';
import type { StopReason } from './reply.ts';

/** What the model is told of an answer of its own that is not whole. */
const NOTES = new Map<StopReason, string>([
  [CUT_OFF, 'was cut off at its length limit'],
  [CONTEXT_FULL, 'was cut off, because the conversation had no more room'],
  ['content_filtered', 'lacks what a content filter held back'],
  ['guardrail_intervened', 'lacks what a guardrail masked'],
  ['malformed_model_output', 'broke off with something that could not be read'],
  ['malformed_tool_use', 'broke off with something that could not be read'],
  ['tool_use', 'broke off for a tool, and there are none'],
]);

/** In what way an answer is not whole; undefined where it is. */
export const howEnded = (stopReason: StopReason): string | undefined =>
  isWhole(stopReason) ? undefined : (NOTES.get(stopReason) ?? (isDeclined(stopReason) ? 'ends where you declined to go on' : 'may not be whole'));

/** Stands before a turn whose speaker was answered with less than a whole answer; undefined where it was whole. */
export const endNote = (stopReason: StopReason): TextBlock | undefined => {
  const how = howEnded(stopReason);
  return how === undefined ? undefined : { text: JSON.stringify({ previous_answer: how }) };
};
