import type { Prompt } from '../conversation/prompt.ts';

/** What Bedrock says in an error without its own text: a provider behind it may quote what people wrote. */
const LEFT_OUT = '…';
const MAX_LENGTH = 600;

/** Words of Bedrock's own, and of the providers behind it: they say nothing of a question that has them too. */
const OWN_WORDS = new Set(
  (
    'a above access account action add after again all allowed already an and any are as at available aws be bedrock been before below ' +
    'bearer blank block body but by cache cannot caching cannot check client code connections connection content context conversation could count ' +
    'deprecated day details did do document documents does doesn doesnt end enter error errors exceed exceeded exceeds exist failed field ' +
    'fields file files following for format found from greater guardrail had has have id identifier if image images in inference input ' +
    'internal invalid invocation invoke is isn it its json key kind last least length less limit long longer lower malformed many max maximum ' +
    'may member message messages min minimum model models more must name no not number of off on one only operation or other output ' +
    'page parameter per perform permitted please pdf point prompt provide provided provider quota reached received reduce reference region ' +
    'remove request requested requests required resource response retry return returned role search see server service set should size ' +
    'specified start status stop stream string support supported supports system temperature text than that the then there this throughput to token ' +
    'tokens tool too top try trying type unexpected unknown unsupported up use used user using valid value version wait was were when which will ' +
    'with within without you your'
  ).split(' '),
);

/** Ids, names of fields, numbers: what an error quotes of the request's form. */
const IDENTIFIER = /^[\w.:/@#$-]{1,80}$/u;

/** A quotation: everything between two quotes, but no apostrophe. */
const QUOTED = /"(?:[^"\\]|\\.)*"?|`[^`]*`?|“[^”]*”?|«[^»]*»?|(?<![\p{L}\p{N}])'[^']*(?:'|$)/gu;

const WORD = /([\p{L}\p{N}\p{M}_]+)/u;
const BETWEEN_WORDS = /[^\p{L}\p{N}\p{M}_]+/gu;

/** So many words of the prompt in a row are a quotation, whatever words they are. */
const RUN = 4;

const wordsOf = (text: string): readonly string[] => text.toLowerCase().split(WORD).filter((_part, index) => index % 2 === 1);

const askedText = ({ turns }: Prompt): string => turns.flatMap(({ content }) => content.map((block) => ('text' in block ? block.text : ''))).join('\n');

/** Which of the words also stand in the prompt. */
const askedAmong = (words: readonly string[], prompt: Prompt): ReadonlySet<number> => {
  const asked = askedText(prompt).toLowerCase();
  const inRow = ` ${asked.replaceAll(BETWEEN_WORDS, ' ').trim()} `;
  const found = new Set<number>();
  for (const [index, word] of words.entries()) {
    // The last one may have been cut, and not every script has blanks between its words.
    const isPart = index === words.length - 1 || /[^ -~]/u.test(word);
    if (!OWN_WORDS.has(word) && (isPart ? asked.includes(word) : word.length > 2 && inRow.includes(` ${word} `))) found.add(index);
    if (index + RUN > words.length || !inRow.includes(` ${words.slice(index, index + RUN).join(' ')} `)) continue;
    for (let next = index; next < index + RUN; next += 1) found.add(next);
  }
  return found;
};

const withoutAsked = (text: string, prompt: Prompt): string => {
  const words = wordsOf(text);
  // As nearly all are, and a busy hour has many of them.
  if (words.every((word) => OWN_WORDS.has(word))) return text;
  const asked = askedAmong(words, prompt);
  return text
    .split(WORD)
    .map((part, index) => (index % 2 === 1 && asked.has((index - 1) / 2) ? LEFT_OUT : part))
    .join('');
};

/**
 * An error's message for the admin's log: what Bedrock says, without what people or the model wrote. Quotations are left out
 * unless they name a field or an id, and so is each word that also stands in the prompt and is none of Bedrock's own.
 * @param prompt what was asked; undefined where nothing of anybody's was sent
 */
export const errorWords = (message: string, prompt?: Prompt): string => {
  const spoken = message
    .replaceAll(/\\u([0-9a-f]{4})/giu, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(QUOTED, (quoted) => (IDENTIFIER.test(quoted.replaceAll(/^["'`“«]|["'`”»]$/gu, '')) ? quoted : LEFT_OUT));
  const told = prompt === undefined ? spoken : withoutAsked(spoken, prompt);
  return told.replaceAll(/…(?:[\s,;:.!?/()-]*…)+/gu, LEFT_OUT).trim().slice(0, MAX_LENGTH).toWellFormed();
};

/** Bedrock's word for a model that has Converse but not ConverseStream. */
const CANNOT_STREAM = /(?:unsupported|not support\w*|n['’]t support)\b.*stream|stream\w*\b.*(?:unsupported|not support|n['’]t support)/iu;

export const cannotStream = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'ValidationException' && 'message' in error && CANNOT_STREAM.test(String(error.message));
