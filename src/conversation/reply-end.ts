import { Failure } from './failure.ts';
import { CONTEXT_FULL, CUT_OFF, isDeclined, isWhole } from './reply.ts';
import type { Remark } from './ports.ts';
import type { Reply, StopReason } from './reply.ts';

/** The ends that have a remark of their own. @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_MessageStopEvent.html */
const REMARKS = new Map<StopReason, Remark>([
  [CUT_OFF, 'cut-off'],
  [CONTEXT_FULL, 'context-full'],
  ['content_filtered', 'filtered'],
  ['guardrail_intervened', 'masked'],
  ['malformed_model_output', 'malformed'],
  ['malformed_tool_use', 'malformed'],
  ['tool_use', 'wanted-tool'],
]);

/** What stands below an answer that is not whole, or that ended for a reason of which nobody knows whether it is; and its sources. */
export const remarksOnEnd = ({ stopReason, sources = [] }: Reply): readonly Remark[] => {
  const known = REMARKS.get(stopReason) ?? (isDeclined(stopReason) ? 'declined' : { stopReason });
  return [...(isWhole(stopReason) ? [] : [known]), ...(sources.length === 0 ? [] : [{ sources }])];
};

const nothingSaid = (stopReason: StopReason): Failure => {
  const message = `The model ended with stop reason ${stopReason} and no text.`;
  if (stopReason === CUT_OFF) {
    return new Failure('thought-too-long', message, { cure: 'Raise BEDROCK_MAX_TOKENS: what the model thinks counts against it.' });
  }
  if (stopReason === CONTEXT_FULL) return new Failure('too-long', message);
  return new Failure(stopReason === 'content_filtered' || isDeclined(stopReason) ? 'withheld' : 'empty-answer', message);
};

/** Ends that leave nothing to show or nothing to remember are failures; the rest is an answer. @throws {Failure} */
export const refuseUnusable = ({ text, stopReason, wasMasked = false, wasInputStopped = false }: Reply): void => {
  if (stopReason === 'guardrail_intervened' && !wasMasked) throw new Failure('guardrail', `A guardrail stopped the ${wasInputStopped ? 'question, or something that was said before it' : 'answer'}.`, { isOfInput: wasInputStopped });
  if (text.trim() === '') throw nothingSaid(stopReason);
};
