/**
 * Some models write the object at the head of turns into their answers, for themselves or for somebody else. No answer shows one: it is
 * taken out where a line begins with it, outside of code.
 */

/** Every name that such an object begins with, see `turn.ts`, `end-note.ts` and `summary.ts`. */
const NAMES = ['speaker', 'thread', 'in_reply_to', 'forwarded', 'linked', 'also', 'files', 'left_out', 'unseen', 'asked_at', 'previous_answer', 'summary'] as const;
const KNOWN: ReadonlySet<string> = new Set([...NAMES, 'locale']);
const BEGINNING = new RegExp(`^[ \\t]*\\{\\s*"(?:${NAMES.join('|')})"\\s*:`, 'u');
const ANYWHERE = new RegExp(`\\{[ \\t]*"(?:${NAMES.join('|')})"`, 'u');
/** What is so long is none that came from us. */
const MAX_ECHO = 100_000;

/** Where an object ends that a line begins with; undefined where it does not end. */
const endOfObject = (line: string): number | undefined => {
  let depth = 0;
  let isText = false;
  for (let index = 0; index < line.length; index += 1) {
    const character = line[index];
    if (isText) {
      if (character === '\\') index += 1;
      else if (character === '"') isText = false;
    } else if (character === '"') isText = true;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  return undefined;
};

/** Answers have things by that name, too. */
const isOurSummary = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((part: { from?: unknown; until?: unknown; text?: unknown } | null) => [part?.from, part?.until, part?.text].every((one) => typeof one === 'string'));

/** Whether all that an object tells is what only the head of a turn does. */
const isEcho = (text: string): boolean => {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    const names = Object.keys(value);
    if (!names.every((name) => KNOWN.has(name))) return false;
    const { speaker, asked_at: askedAt, in_reply_to: repliedTo, previous_answer: ended, summary } = value as { speaker?: { id?: unknown }; asked_at?: unknown; in_reply_to?: { author?: unknown }; previous_answer?: unknown; summary?: unknown };
    return typeof askedAt === 'string' || typeof speaker?.id === 'string' || typeof repliedTo?.author === 'object' || typeof ended === 'string' || isOurSummary(summary);
  } catch {
    return false;
  }
};

const withoutEcho = (line: string, isWhole: boolean): string | undefined => {
  let rest = line;
  while (rest.length <= MAX_ECHO && BEGINNING.test(rest)) {
    const end = endOfObject(rest);
    // Its end is still to come; or never comes, which is not told apart from an answer that was cut off.
    if (end === undefined) return isWhole ? rest : undefined;
    if (!isEcho(rest.slice(0, end))) return rest;
    rest = rest.slice(end).trimStart();
    if (rest === '') return undefined;
  }
  return rest;
};

/** Whether more text could make a line begin with such an object. */
const mayBecome = (line: string): boolean => {
  const begun = line.trimStart();
  if (!begun.startsWith('{')) return false;
  const name = begun.slice(1).trimStart();
  return NAMES.some((one) => `"${one}"`.startsWith(name.trimEnd()));
};

const hold = (text: string): string => {
  const at = text.lastIndexOf('\n') + 1;
  return text.length - at < 200 && mayBecome(text.slice(at)) ? text.slice(0, at) : text;
};

/**
 * A model's text without such objects.
 * @param isWhole whether no more of it comes; until then, what may become one is held back
 */
export const withoutHeaderEcho = (text: string, isWhole: boolean): string => {
  if (!ANYWHERE.test(text)) return isWhole ? text : hold(text);
  const lines = text.split('\n');
  let isCode = false;
  const shown = lines.flatMap((line, index) => {
    if (/^\s*(?:```|~~~)/u.test(line)) isCode = !isCode;
    else if (!isCode && BEGINNING.test(line)) {
      const isLast = index === lines.length - 1;
      return withoutEcho(line, isWhole || !isLast) ?? (isLast ? '' : []);
    }
    return line;
  });
  const rest = shown.join('\n');
  // What stood behind it begins the answer.
  const begun = lines[0] === shown[0] ? rest : rest.trimStart();
  return isWhole ? begun : hold(begun);
};
