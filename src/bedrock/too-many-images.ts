import type { Prompt } from '../conversation/prompt.ts';

/**
 * How Bedrock, and the makers of models behind it, say that a request has too many images; each has words of its own.
 * @see https://github.com/boto/boto3/issues/4632
 * @see https://github.com/vllm-project/vllm/issues/17092
 */
const TOO_MANY: readonly RegExp[] = [
  /\btoo many (?:images|pictures)\b/iu,
  /(?:\b(?:at most|up to|no more than|more than|maximum(?: of| is)?|max|only|limit(?: of| is)?|exceeds?)) (?:(?:\d{1,4}|one|a single) )images?\b/iu,
  /\b(?:number|count|amount) of (?:\w+ )?images?\b[^.]{0,60}(?:exceed|greater|more than|above|larger|limit|maximum|at most|less than)/iu,
  /(?:exceed|more than|maximum|\bmax\b|limit)[^.]{0,40}\b(?:number|count|amount) of (?:\w+ )?images?\b/iu,
  /\b\d{1,4} images?\b[^.]{0,40}(?:exceed|maximum|limit|at most|only|>)/iu,
  /\bmultiple images\b[^.]{0,40}(?:not|n['’]t|un)\s?(?:be )?(?:supported|allowed|permitted)|not support (?:multiple|more than one) images?/iu,
];

/** `messages: too many images and documents: 19 + 5 > 20`: both count. */
const SUM = /(\d{1,4}) \+ (\d{1,4}) > (\d{1,4})/u;
const ONE = /\b(?:only|at most|more than|maximum of) (?:one|a single) image|\bmultiple images\b/iu;

const countImages = ({ turns }: Prompt): number => turns.reduce((sum, { content }) => sum + content.filter((block) => 'image' in block).length, 0);

/** The limit that a refusal names: of its numbers the largest that is below what was sent. */
const named = (message: string, sent: number): number | undefined => {
  const [, , documents, limit] = SUM.exec(message) ?? [];
  if (documents !== undefined && limit !== undefined) return Math.max(1, Number(limit) - Number(documents));
  if (ONE.test(message)) return 1;
  const numbers = (message.replaceAll(/\b(?:messages|content)\.\d+/gu, '').match(/\b\d{1,4}\b/gu) ?? []).map(Number);
  return numbers.filter((one) => one >= 1 && one < sent).toSorted((a, b) => b - a)[0];
};

/**
 * How many images to send at most after this refusal: fewer than were sent, and at least one. Half of them, where it says no
 * number. Undefined where the refusal is about something else, or none is left to leave out.
 */
export const mostImagesAfter = (message: string, prompt: Prompt): number | undefined => {
  if (!TOO_MANY.some((says) => says.test(message))) return undefined;
  const sent = countImages(prompt);
  if (sent < 2) return undefined;
  const limit = named(message, sent);
  return limit !== undefined && limit < sent ? limit : Math.floor(sent / 2);
};
