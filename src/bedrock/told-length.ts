import type { ToldLength } from '../conversation/context-limit.ts';

const N = String.raw`(?<prompt>\d{1,9})`;
const M = String.raw`(?<most>\d{1,9})`;

/** How models say how long a prompt was, and how long it may be, where they say it in tokens. The first that fits holds. */
const WORDS: readonly RegExp[] = [
  `prompt is too long: ${N} tokens > ${M}`,
  // Prompt and answer together; the prompt comes first.
  String.raw`context limit: ${N} ?\+ ?\d{1,9} ?> ?${M}`,
  String.raw`max(?:imum)? input tokens: ${M}, request input token count: ${N}`,
  String.raw`inputs? tokens \+ .?max_new_tokens.? must be <= ${M}\. given: .?${N}`,
  `token count \\(${N}\\) exceeds[^0-9]{1,80}\\(?${M}\\)?`,
  `(?:prompt|input) \\(${N} tokens\\) is longer than[^0-9]{1,60}\\(${M} tokens\\)`,
  `prompt has ${N} tokens[^0-9]{1,60}context size is ${M} tokens`,
  `must have (?:less|fewer) than ${M} tokens\\. given: ${N}`,
  `tokens in the prompt cannot exceed ${M} - received ${N}`,
  `token limit: ${M} \\(requested: ${N}\\)`,
  `input length should be \\[\\d, ?${M}\\]`,
  `(?:configured|the) limit of ${M} (?:input )?tokens(?:[^0-9]{1,60}resulted in ${N})?`,
  `context length is ${M} tokens[^0-9]{1,60}requested \\d{1,9} output tokens[^0-9]{1,60}contains(?: at least)? ${N}`,
  `(?:prompt|request|input) (?:contains|has|of) ${N} tokens.{1,60}? ${M} max`,
  `input length ${N} exceeds[^0-9]{1,60}${M} tokens`,
  `max(?:imum)?[^0-9.]{1,30}(?:length|size|window|context) (?:is|of) ${M}\\b(?:[^0-9]{1,120}requested \\d{1,9} tokens \\(${N} in|[^0-9]{1,120}(?:resulted in|contains|has) ${N})?`,
  `(?:model|context|token|input|prompt) (?:token )?(?:limit|length|window)(?: is| of|:) ${M}\\b`,
].map((text) => new RegExp(text, 'iu'));

/** No prompt and no window has fewer, or more. */
const isPlausible = (tokens: number): boolean => tokens >= 500 && tokens <= 20_000_000;

/** What a refusal says of how long a prompt was and may be, in tokens; undefined where it says nothing of that. */
export const toldLengthIn = (message: string): ToldLength | undefined => {
  for (const words of WORDS) {
    const { most, prompt } = words.exec(message)?.groups ?? {};
    const [mostTokens, promptTokens] = [Number(most ?? 0), Number(prompt ?? 0)];
    if (!isPlausible(mostTokens)) continue;
    return { mostTokens, promptTokens: isPlausible(promptTokens) ? promptTokens : undefined };
  }
  return undefined;
};
