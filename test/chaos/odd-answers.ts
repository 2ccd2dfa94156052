import { bedrockErrors } from '../simulators/bedrock.ts';
import type { JsonObject } from '../simulators/bedrock-types.ts';
import type { Script, StreamStep } from '../simulators/bedrock.ts';
import type { Random } from './random.ts';

/** What Bedrock says that no document foresees. The words of the answer are all there. */
export const ODD_ANSWERS = [
  'odd usage',
  'odd stop reason',
  'odd pieces',
  'unknown events',
  'open behind its end',
  'no metadata',
  'refused in odd words',
] as const;
export type OddAnswer = (typeof ODD_ANSWERS)[number];

const ODD_VALUES = [null, -1, 1e300, '12', 'many', true, [], {}, [7], 1.5, Number.MAX_SAFE_INTEGER, ''] as const;
const oddValue = (random: Random): JsonObject[string] => random.pick(ODD_VALUES) as JsonObject[string];

const CODES = ['ValidationException', 'ModelErrorException', 'ResourceNotFoundException', 'UnheardOfException'];
const WORDS = ['', 'no', 'The thing did not do it.', 'provider said: nope (code 17)', '{"error":{"type":"odd"}}'];

/** A whole answer, in pieces of `pieces`, in which something is odd. */
export const oddScript = (oddity: OddAnswer, text: string, random: Random): Script => {
  if (oddity === 'refused in odd words') return { error: bedrockErrors.validation(`${random.pick(CODES)}: ${random.pick(WORDS)}`) };
  const size = Math.max(1, Math.ceil(text.length / 4));
  const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.slice(index * size, (index + 1) * size));
  const delta = (value: unknown): StreamStep => ({ event: 'contentBlockDelta', payload: { contentBlockIndex: 0, delta: value } as JsonObject });
  const usage = { inputTokens: 20, outputTokens: 30, totalTokens: 50 };
  const odd = (): JsonObject => ({ ...usage, [random.pick([...Object.keys(usage), 'cacheReadInputTokens', 'cacheWriteInputTokens'])]: oddValue(random) }) as JsonObject;
  const steps: StreamStep[] = [{ open: true }];
  for (const piece of pieces) {
    steps.push(delta({ text: piece }));
    if (oddity === 'odd pieces') steps.push(delta(random.pick([{ text: oddValue(random) === '' ? 1 : null }, {}, null, { text: 7 }, { odd: 'thing' }, []])));
    if (oddity === 'unknown events') steps.push({ event: random.pick(['novelty', 'contentBlockPause', 'ping']), payload: { at: 1 } });
  }
  steps.push({ event: 'contentBlockStop', payload: { contentBlockIndex: 0 } });
  const stopReason = oddity === 'odd stop reason' ? random.pick(['unheard_of', 'malformed_model_output', 7, null]) : 'end_turn';
  steps.push({ event: 'messageStop', payload: { stopReason } as JsonObject });
  if (oddity !== 'no metadata') steps.push({ event: 'metadata', payload: { usage: oddity === 'odd usage' ? random.pick([odd(), odd(), oddValue(random)]) : usage, metrics: { latencyMs: 5 } } as JsonObject });
  // The connection stays open, as those of some gateways do.
  if (oddity === 'open behind its end' || oddity === 'no metadata') steps.push({ trouble: { kind: 'stall' } });
  else steps.push({ trouble: { kind: 'end' } });
  return { steps };
};
