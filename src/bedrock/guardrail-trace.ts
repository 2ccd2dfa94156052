import { fieldsOf, textOf } from './plausible.ts';

/** What a guardrail did to an answer; undefined where its trace does not say. */
export type GuardrailAction = 'masked' | 'blocked';

/** A trace is a handful of assessments; whatever is deeper or longer is none. */
const MAX_DEPTH = 8;
const MAX_VALUES = 10_000;

/** All that stands under `action`, however deep: each policy has it in a place of its own. */
const actionsIn = (trace: unknown): ReadonlySet<string> => {
  const actions = new Set<string>();
  let left = MAX_VALUES;
  const look = (value: unknown, depth: number): void => {
    for (const [name, inner] of Object.entries(fieldsOf(value))) {
      left -= 1;
      if (left < 0) return;
      if (name === 'action') actions.add(textOf(inner).toUpperCase());
      else if (depth < MAX_DEPTH) look(inner, depth + 1);
    }
  };
  look(trace, 0);
  return actions;
};

/**
 * A guardrail that masks reports the same stop reason as one that blocks; only its trace tells them apart. The trace has the
 * matched words in it, so nothing else of it is kept.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailTraceAssessment.html
 */
export const guardrailActionIn = (trace: unknown): GuardrailAction | undefined => {
  const { guardrail } = fieldsOf(trace);
  const actions = actionsIn(guardrail);
  const reason = textOf(fieldsOf(guardrail)['actionReason']);
  if (actions.has('BLOCKED') || /\bblocked\b/iu.test(reason)) return 'blocked';
  return actions.has('ANONYMIZED') || /\b(?:masked|anonymi[sz]ed)\b/iu.test(reason) ? 'masked' : undefined;
};

/** Whether it stopped what was asked: the question, or anything that was said before it, which a guardrail looks at each time. */
export const hasStoppedInput = (trace: unknown): boolean => actionsIn(fieldsOf(fieldsOf(trace)['guardrail'])['inputAssessment']).has('BLOCKED');

/** What a guardrail puts in the place of what it masks: the name of its kind. */
export const MASK = /\{[A-Z][A-Z0-9_]+\}/u;
