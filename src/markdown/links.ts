import { decodeHTMLStrict } from 'entities';

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

/** The first space is taken as a whole, or not at all: else each part of it would be tried against the space behind. */
const DESTINATION = /\((?=(?<space>\s*))\k<space>(?<target><[^<>\n]*>|(?!<)(?:\\.|[^\s()\\]|\((?:\\.|[^\s()\\])*\))*)(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)/sy;
const INVITE = /discord(?:[.。．｡]gg|(?:app)?[.。．｡]com[\\/]+invite)[\\/]+[\w%-]*/gi;
const HTTP = /^https?:\/\//i;
const LOOKS_LIKE_URL = /^(?:https?:\/\/|www\.)/i;

/** Reads what stands in the round brackets at `at`, behind a link's text: where it leads to, and where they end. */
const readDestination = (text: string, at: number): { readonly end: number; readonly target: string } | undefined => {
  DESTINATION.lastIndex = 0;
  const found = DESTINATION.exec(text.slice(at, at + LONGEST_URL));
  if (found === null || found[0].includes('`')) return undefined;
  const target = (found.groups?.['target'] ?? '').replace(/^<|>$/g, '').replace(/\\([!-/:-@[-`{-~])/g, '$1');
  return { end: at + found[0].length, target: target.includes('&') ? decodeHTMLStrict(target).replace(/[\r\n]/g, ' ') : target };
};

/** Whether brackets that are not closed yet may still be those of a link whose text begins at `open`. */
const mayGetClosed = (text: string, open: number, round: number): boolean => {
  const isUrl = /^\(\s*<?https?:/i.test(text.slice(round, round + 19));
  return text.length - open <= (isUrl ? LONGEST_URL : LONGEST_TEXT);
};

/**
 * Reads what makes a link of the text between the brackets at `open` and `close`.
 * @param isEnd nothing at all comes behind the text
 * @returns nothing when it is none, and `wait` when that depends on what comes next
 */
export const readLinkEnd = (text: string, open: number, close: number, isLineDone: boolean, isEnd: boolean): { readonly end: number; readonly target: string } | 'wait' | undefined => {
  const round = close + 1;
  if (round === text.length && !isLineDone) return 'wait';
  if (text[round] !== '(') return undefined;
  const found = readDestination(text, round);
  if (found === undefined) return !isEnd && mayGetClosed(text, open, round) ? 'wait' : undefined;
  return found.target !== '' && found.end - open <= LONGEST_URL ? found : undefined;
};

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
  if (close < 0 || close + 1 === text.length) return !isWhole && text.length - open <= LONGEST_TEXT ? 'wait' : undefined;
  if (text[close + 1] !== '(') return undefined;
  const found = readDestination(text, close + 1);
  if (found === undefined) return !isWhole && mayGetClosed(text, open, close + 1) ? 'wait' : undefined;
  if (found.end - open > LONGEST_URL) return undefined;
  return { ...found, text: text.slice(open + 1, close) };
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

/** A link whose text says nothing but where it leads to. */
export const isSameTarget = (text: string, target: string): boolean => text.trim() === '' || comparable(text) === comparable(target);

/** A link whose text looks like a place, which need not be the one that it leads to: it is shown as code. */
export const showsAddress = (text: string): boolean => LOOKS_LIKE_URL.test(text.trim()) && !text.includes('`') && !hasInvite(text);
