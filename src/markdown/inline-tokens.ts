import { URL_RUN, bareUrl } from './bare-url.ts';
import { cleanText } from './clean-text.ts';
import { LONGEST_URL, inlineCode, shownTarget } from './links.ts';
import { SOFT } from './marks.ts';
import { AUTOLINK, KEPT, LONGEST_TAG, ROLE, USER, matchAt, mayBeginTag } from './tags.ts';

export interface TokenOptions {
  /** The users whose mentions stay mentions: the one who asked, for instance. */
  readonly allowedUserIds: ReadonlySet<string>;
  /** What stands for a line break inside of the line: a line end, and the marks of a quote or the indentation of a list. */
  readonly lineBreak: string;
}

interface Context {
  readonly allowedUserIds: ReadonlySet<string>;
  /** What was shown before the text, and the characters that it goes on from, if there was nothing else in between. */
  readonly before: string;
  readonly joins: string;
  /** The marks that stand in something of the same mark, which they would end. */
  readonly hard: string;
}

/** What to show for an element; `wait` when that depends on what comes next. */
type Shown = { readonly end: number; readonly text: string } | 'wait';

export const NO_BREAK = '\u200B';
/** The beginning of anything that is not shown as it is. */
const TOKEN = /~{3,}|<|@(?:everyone|here)|\](?=\()|https?:\/\/|:(?=\/\/)|[.。．｡](?=(?:gg|com[\\/]{1,3}invite)[\\/])/gi;
/** Neither such a beginning nor a mark, nor anything that hides: most of what stands between marks. */
const NOT_PLAIN = /[^\t\n !"#$%&'()+,\-/0-9;=>?A-Z^{}]|ht/i;
const ENDS_IN_WORD = /[\p{L}\p{N}_]$/u;
const ENDS_IN_SCHEME = /https?$/i;
const ENDS_IN_DISCORD = /discord(?:app)?$/i;

/** Matches all beginnings of what the units together match. */
const nested = (...units: readonly string[]): string => units.reduceRight((rest, unit) => `${unit}(?:${rest})?`, '');
/** What may become such a thing at the end of a growing text. Words that end in `d` or `h` may not: they would be held back. */
const TAIL = new RegExp(
  `(?:[\\]\\\\]|~+|${nested(...'@everyon')}|${nested(...'@her')}|(?<![\\p{L}\\p{N}_])${nested(...'http', 's?', ':', '/')}|(?<=https?):/?|(?<=discord(?:app)?)(?:${nested('[.。．｡]', ...'gg')}|${nested('[.。．｡]', ...'com', '[\\\\/]{1,3}', ...'invite')}))$`,
  'giu',
);
/** How much of what was shown decides on what comes next. */
export const TEXT_BEFORE = 40;

const MAY_BECOME_TAG = /^<(?:[^\s<>]*|\/[^<>\n]*)$/i;

const showTag = (text: string, at: number, isWhole: boolean, { allowedUserIds }: Context): Shown => {
  if (at + 1 < text.length && !mayBeginTag(text, at)) return { end: at + 1, text: '<' };
  const near = text.slice(at, at + LONGEST_URL + 3);
  const user = matchAt(USER, near, 0);
  const named = user ?? matchAt(ROLE, near, 0);
  if (named !== null) {
    const isKept = user !== null && allowedUserIds.has(user[1] ?? '');
    return { end: at + named[0].length, text: isKept ? named[0] : inlineCode(named[0]) };
  }
  const kept = matchAt(KEPT, near, 0);
  if (kept !== null) return { end: at + kept[0].length, text: kept[0] };
  const link = matchAt(AUTOLINK, near, 0);
  if (link !== null) return { end: at + link[0].length, text: shownTarget(link[1] ?? '') };
  const longest = /^<https?:/i.test(near) ? LONGEST_URL : LONGEST_TAG;
  if (!isWhole && near.length <= longest && MAY_BECOME_TAG.test(near)) return 'wait';
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

/** At the start of a line they would be a fence. */
const showTildes = (token: string, text: string, at: number, isWhole: boolean): Shown => {
  if (!isWhole && at + token.length === text.length && token.length < LONGEST_TAG) return 'wait';
  const length = Math.min(token.length, LONGEST_TAG);
  return { end: at + length, text: '\\~'.repeat(length) };
};

const MARK = /[*_~|[]/g;
const SLASH = /\\(?![0-9A-Za-z\s])/g;

/** Characters of which none is the beginning of anything, so that they are no marks either. @param hard marks that are none here for sure */
const showMarks = (text: string, hard: string): string => {
  const slashed = text.includes('\\') ? text.replace(SLASH, '\\\\') : text;
  const ticked = slashed.includes('`') ? slashed.replaceAll('`', '\\`') : slashed;
  if (hard === '') return ticked.replace(MARK, `${SOFT}$&`);
  return ticked.replace(MARK, (mark) => `${hard.includes(mark) ? '\\' : SOFT}${mark}`);
};

const showToken = (token: string, text: string, at: number, isWhole: boolean, context: Context): Shown => {
  const end = at + token.length;
  const { before } = context;
  switch (token.charAt(0).toLowerCase()) {
    case '<':
      return showTag(text, at, isWhole, context);
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
    default:
      return { end, text: ENDS_IN_DISCORD.test(before) ? '[.]' : token };
  }
};

/** Code, and an angle bracket before an address, would be read as something else behind a backslash or a backtick. */
export const apart = (before: string, shown: string): string =>
  /^[`<]/.test(shown) && (before.endsWith('\\') || (shown.startsWith('`') && before.endsWith('`'))) ? NO_BREAK : '';

/**
 * Shows characters that mean themselves: mentions without a ping, addresses without a preview, invites that nobody can
 * follow, and marks so that they are none.
 * @returns what is decided, and the rest of the text that is not
 */
export const showTokens = (raw: string, isWhole: boolean, context: Context): { readonly shown: string; readonly rest: string } => {
  if (isWhole && !NOT_PLAIN.test(raw)) return { shown: raw, rest: '' };
  const text = cleanText(`${context.joins}${raw}`, context.joins.length);
  const shown: string[] = [];
  let before = context.before.slice(-TEXT_BEFORE);
  const put = (piece: string): void => {
    if (piece === '') return;
    shown.push(piece);
    before = `${before}${piece.slice(-TEXT_BEFORE)}`.slice(-TEXT_BEFORE);
  };
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found === null) break;
    put(showMarks(text.slice(at, found.index), context.hard));
    at = found.index;
    const element = showToken(found[0], text, at, isWhole, { ...context, before });
    if (element === 'wait') return { shown: shown.join(''), rest: text.slice(at) };
    put(`${apart(before, element.text)}${element.text}`);
    at = element.end;
  }
  const plain = text.slice(at);
  let decided = plain.length;
  if (!isWhole) {
    TAIL.lastIndex = before.length;
    decided = (TAIL.exec(`${before}${plain}`)?.index ?? before.length + plain.length) - before.length;
    // What follows a backslash decides on it.
    if (decided > 0 && plain[decided - 1] === '\\') decided -= 1;
  }
  put(showMarks(plain.slice(0, decided), context.hard));
  return { shown: shown.join(''), rest: plain.slice(decided) };
};
