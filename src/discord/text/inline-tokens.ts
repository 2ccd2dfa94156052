import { CODE_SPAN } from './clean-text.ts';
import { bareUrl, inlineCode, LONGEST_URL, readLink, shownLink, shownTarget } from './links.ts';

export interface TokenOptions {
  /** The users whose mentions stay mentions: the one who asked, for instance. */
  readonly allowedUserIds: ReadonlySet<string>;
  /** What stands for a line break inside of the line: a line end, and the marks of a quote or the indentation of a list. */
  readonly lineBreak: string;
}

interface Context extends TokenOptions {
  /** The code spans that the placeholders in the text stand for, in order. */
  readonly spans: string[];
  /** What was shown before the text. */
  readonly before: string;
}

/** What to show for an element; `wait` when that depends on what comes next. */
type Shown = { readonly end: number; readonly text: string } | 'wait';

const NO_BREAK = '\u200B';
const LONGEST_TAG = 400;
/** The beginning of anything that is not shown as it is. */
const TOKEN = /\\|~{3,}|\uFDD0|<|@(?:everyone|here)|!?\[|\](?=\()|https?:\/\/|:(?=\/\/)|[.。．｡](?=(?:gg|com[\\/]{1,3}invite)[\\/])/gi;
const ENDS_IN_WORD = /[\p{L}\p{N}_]$/u;
const ENDS_IN_SCHEME = /https?$/i;
const ENDS_IN_DISCORD = /discord(?:app)?$/i;
/** What a link's text would join to. */
const ENDS_OPEN = /[\p{L}\p{N}_@.:/\\-]$/u;

/** Matches all beginnings of what the units together match. */
const nested = (...units: readonly string[]): string => units.reduceRight((rest, unit) => `${unit}(?:${rest})?`, '');
/** What may become such a thing at the end of a growing text. Words that end in `d` or `h` may not: they would be held back. */
const TAIL = new RegExp(
  `(?:[!\\]]|~+|${nested(...'@everyon')}|${nested(...'@her')}|(?<![\\p{L}\\p{N}_])${nested(...'http', 's?', ':', '/')}|(?<=https?):/?|(?<=discord(?:app)?)(?:${nested('[.。．｡]', ...'gg')}|${nested('[.。．｡]', ...'com', '[\\\\/]{1,3}', ...'invite')}))$`,
  'giu',
);
/** How much of what was shown decides on what comes next. */
const TEXT_BEFORE = 40;

const USER = /<@!?(\d{1,25})>/y;
const ROLE = /<@&\d{1,25}>/y;
/** Channels, emoji, times, commands and places: they name nobody and lead nowhere else. https://docs.discord.com/developers/reference#message-formatting */
const KEPT = /<(?:#\d{1,25}|a?:\w{1,40}:\d{1,25}|t:-?\d{1,15}(?::[a-zA-Z])?|\/[\p{L}\p{N}_'-]{1,32}(?: [\p{L}\p{N}_'-]{1,32}){0,2}:\d{1,25}|id:\w{1,25})>/uy;
const AUTOLINK = /<(https?:\/\/[^\s<>\uFDD0]{1,1800})>/iy;
const BREAK = /<br\s{0,9}\/?>/iy;
const MAY_BECOME_TAG = /^<(?:[^\s<>]*|\/[^<>\n]*|br\s{0,9}\/?)$/i;
/** Punctuation of Chinese and Japanese ends a URL, which has no space before the next word. */
const URL_RUN = /https?:\/\/(?:(?!\]\()[^\s<>\uFDD0\u3000-\u303F\uFF01\uFF08\uFF09\uFF0C\uFF1A\uFF1B\uFF1F])+/iy;

const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

const showTag = (text: string, at: number, isWhole: boolean, { allowedUserIds, lineBreak, spans }: Context): Shown => {
  const user = matchAt(USER, text, at);
  const named = user ?? matchAt(ROLE, text, at);
  if (named !== null) {
    const isKept = user !== null && allowedUserIds.has(user[1] ?? '');
    return { end: at + named[0].length, text: isKept ? named[0] : inlineCode(named[0]) };
  }
  const kept = matchAt(KEPT, text, at);
  if (kept !== null) return { end: at + kept[0].length, text: kept[0] };
  const link = matchAt(AUTOLINK, text, at);
  if (link !== null) return { end: at + link[0].length, text: shownTarget(link[1] ?? '') };
  const lineEnd = matchAt(BREAK, text, at);
  if (lineEnd !== null) return { end: at + lineEnd[0].length, text: lineBreak };
  const rest = text.slice(at);
  if (rest.startsWith('<!--')) {
    const close = rest.slice(0, LONGEST_TAG + 3).indexOf('-->', 4);
    if (close >= 0) {
      spans.splice(0, rest.slice(0, close).split(CODE_SPAN).length - 1);
      // What is left must not join: it could be the two halves of a mention.
      return { end: at + close + 3, text: NO_BREAK };
    }
    if (!isWhole && rest.length <= LONGEST_TAG) return 'wait';
  }
  const longest = /^<https?:/i.test(rest) ? LONGEST_URL : LONGEST_TAG;
  if (!isWhole && rest.length <= longest && MAY_BECOME_TAG.test(rest)) return 'wait';
  return { end: at + 1, text: '<' };
};

const showUrl = (text: string, at: number, isWhole: boolean, scheme: string): Shown => {
  const run = matchAt(URL_RUN, text, at)?.[0] ?? scheme;
  if (run.length > LONGEST_URL) return { end: at + LONGEST_URL, text: inlineCode(run.slice(0, LONGEST_URL)) };
  // What follows may be `](`, of which the bracket is not part of the URL.
  if (at + run.length === text.length && !isWhole) return 'wait';
  const url = bareUrl(run);
  return url.length <= scheme.length ? { end: at + scheme.length, text: inlineCode(scheme) } : { end: at + url.length, text: shownTarget(url) };
};

const showEscape = (text: string, at: number, isWhole: boolean): Shown => {
  if (at + 1 === text.length && !isWhole) return 'wait';
  const next = text.charAt(at + 1);
  // An escaped bracket looks the same without the backslash, with which Discord would see a bare URL behind it.
  if (next === '<') return { end: at + 1, text: '' };
  return '`\\[!()'.includes(next) && next !== '' ? { end: at + 2, text: `\\${next}` } : { end: at + 1, text: '\\' };
};

const showTildes = (token: string, text: string, at: number, isWhole: boolean): Shown => {
  // At the start of a line they would be a fence.
  if (!isWhole && at + token.length === text.length && token.length < LONGEST_TAG) return 'wait';
  const length = Math.min(token.length, LONGEST_TAG);
  return { end: at + length, text: '\\~'.repeat(length) };
};

const showBracket = (token: string, text: string, at: number, isWhole: boolean, context: Context): Shown => {
  const end = at + token.length;
  const link = readLink(text, end - 1, isWhole);
  if (link === 'wait') return 'wait';
  if (link === undefined || link.target === '') return { end, text: token };
  const shown = shownLink(link.text, link.target, (inner) => showTokens(inner, true, { ...context, before: '' }).shown);
  return { end: link.end, text: `${ENDS_OPEN.test(context.before) ? NO_BREAK : ''}${shown}` };
};

const showToken = (token: string, text: string, at: number, isWhole: boolean, context: Context): Shown => {
  const end = at + token.length;
  const { before } = context;
  switch (token.charAt(0).toLowerCase()) {
    case CODE_SPAN:
      return { end, text: context.spans.shift() ?? '' };
    case '<':
      return showTag(text, at, isWhole, context);
    case '\\':
      return showEscape(text, at, isWhole);
    case '~':
      return showTildes(token, text, at, isWhole);
    case '@':
      return { end, text: `@${NO_BREAK}${token.slice(1)}` };
    case ']':
      return { end, text: `]${NO_BREAK}` };
    case 'h':
      // Inside of a word its beginning may have been shown already.
      return ENDS_IN_WORD.test(before) ? { end: end - 3, text: token.slice(0, -3) } : showUrl(text, at, isWhole, token);
    case ':':
      return { end, text: ENDS_IN_SCHEME.test(before) ? `:${NO_BREAK}` : ':' };
    case '!':
    case '[':
      return showBracket(token, text, at, isWhole, context);
    default:
      return { end, text: ENDS_IN_DISCORD.test(before) ? '[.]' : token };
  }
};

/**
 * Shows a text of which nothing is code but the spans behind its placeholders: links with where they lead, mentions
 * without a ping, invites that nobody can follow.
 * @returns what is decided, and the rest of the text that is not
 */
export const showTokens = (text: string, isWhole: boolean, context: Context): { readonly shown: string; readonly rest: string } => {
  let shown = '';
  const before = (): string => `${context.before.slice(-TEXT_BEFORE)}${shown}`.slice(-TEXT_BEFORE);
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found === null) break;
    shown += text.slice(at, found.index);
    at = found.index;
    const shownBefore = before();
    const element = showToken(found[0], text, at, isWhole, { ...context, before: shownBefore });
    if (element === 'wait') return { shown, rest: text.slice(at) };
    // Behind a backslash or a backtick it would be read as something else.
    const isApart = /^[`<]/.test(element.text) && (shownBefore.endsWith('\\') || (element.text.startsWith('`') && shownBefore.endsWith('`')));
    shown += `${isApart ? NO_BREAK : ''}${element.text}`;
    at = element.end;
  }
  const plain = text.slice(at);
  if (isWhole) return { shown: `${shown}${plain}`, rest: '' };
  const decisive = before();
  TAIL.lastIndex = decisive.length;
  const decided = (TAIL.exec(`${decisive}${plain}`)?.index ?? decisive.length + plain.length) - decisive.length;
  return { shown: `${shown}${plain.slice(0, decided)}`, rest: plain.slice(decided) };
};
