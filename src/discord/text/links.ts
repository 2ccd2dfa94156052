import { CODE_SPAN } from './clean-text.ts';

/** Longer link texts are not read as such. */
export const LONGEST_TEXT = 400;
/** Longer URLs are not read as such, for they must stand whole in one message. */
export const LONGEST_URL = 1_800;

/** A link or an image, as it stands in the text. */
export interface Link {
  readonly end: number;
  readonly text: string;
  readonly target: string;
}

const DESTINATION = /\(\s*(<[^<>\n]*>|(?!<)(?:\\.|[^\s()\\]|\((?:\\.|[^\s()\\])*\))*)(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)/sy;
const INVITE = /discord(?:[.。．｡]gg|(?:app)?[.。．｡]com[\\/]+invite)[\\/]+[\w%-]*/gi;
const HTTP = /^https?:\/\//i;
const LOOKS_LIKE_URL = /^(?:https?:\/\/|www\.)/i;

const closingBracket = (text: string, open: number): number => {
  let depth = 0;
  for (let at = open; at < text.length && at - open <= LONGEST_TEXT; at += 1) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if (character === '[') depth += 1;
    else if (character === ']' && --depth === 0) return at;
  }
  return -1;
};

/**
 * Reads the link whose bracket is at `open`.
 * @returns nothing when it is none, and `wait` when that depends on what comes next
 */
export const readLink = (text: string, open: number, isWhole: boolean): Link | 'wait' | undefined => {
  const close = closingBracket(text, open);
  const mayGrow = (limit: number): boolean => !isWhole && text.length - open <= limit;
  if (close < 0 || close + 1 === text.length) return mayGrow(LONGEST_TEXT) ? 'wait' : undefined;
  if (text[close + 1] !== '(') return undefined;
  DESTINATION.lastIndex = close + 1;
  const found = DESTINATION.exec(text);
  if (found === null) {
    const isUrl = /^\(\s*<?https?:/i.test(text.slice(close + 1, close + 20));
    return mayGrow(isUrl ? LONGEST_URL : LONGEST_TEXT) ? 'wait' : undefined;
  }
  const target = found[1] ?? '';
  if (target.includes(CODE_SPAN) || found[0].includes(CODE_SPAN) || DESTINATION.lastIndex - open > LONGEST_URL) return undefined;
  return { end: DESTINATION.lastIndex, text: text.slice(open + 1, close), target: target.replace(/^<|>$/g, '').replace(/\\([!-/:-@[-`{-~])/g, '$1') };
};

/** Text as inline code, in which nothing is clickable. */
export const inlineCode = (text: string): string => `\`${text.replaceAll('`', "'")}\``;

const decoded = (url: string): string => {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
};

/** Whether the text holds an invite to a Discord server, percent-encoded or not. */
export const hasInvite = (text: string): boolean => text.search(INVITE) >= 0 || (text.includes('%') && decoded(text).search(INVITE) >= 0);

/** An invite as one can read it but not follow it. */
export const defanged = (text: string): string => {
  const readable = text.search(INVITE) >= 0 ? text : decoded(text);
  return inlineCode(readable.replace(INVITE, (invite) => invite.replace(/[.。．｡]/g, '[.]')).replace(/[\s<>]/g, ' '));
};

/** A URL that can be followed but is not unfurled; other targets as code. */
export const shownTarget = (target: string): string => {
  if (hasInvite(target)) return defanged(target);
  if (!HTTP.test(target) || target.length > LONGEST_URL) return inlineCode(target);
  return `<${target.replace(/[\s<>|`]|\](?=\()|@(?=everyone|here)/gi, encodeURIComponent)}>`;
};

const comparable = (text: string): string => text.trim().replace(HTTP, '').replace(/\/$/, '').toLowerCase();

/** A link as text and target side by side: the text alone could name another place than the one it leads to. */
export const shownLink = (text: string, target: string, showText: (text: string) => string): string => {
  if (text.trim() === '' || comparable(text) === comparable(target)) return shownTarget(target);
  const shown = LOOKS_LIKE_URL.test(text.trim()) && !text.includes(CODE_SPAN) && !hasInvite(text) ? inlineCode(text.trim()) : showText(text);
  return `${shown} (${shownTarget(target)})`;
};

const TRAILING = /[.,:;!?"'*_~|)\]}]$/;

/** How much of what looks like a URL in running text belongs to it: not the punctuation and the marks behind it. */
export const bareUrl = (text: string): string => {
  let url = text;
  while (TRAILING.test(url)) {
    if (url.endsWith(')') && url.split('(').length >= url.split(')').length) break;
    if (url.endsWith(']') && url.split('[').length >= url.split(']').length) break;
    url = url.slice(0, -1);
  }
  return url;
};
