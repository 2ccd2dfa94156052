import { PUNCTUATION } from './inline-item.ts';
import { decodeHTMLStrict } from 'entities';
import type { Read } from './inline-item.ts';

/** What Discord could read as the beginning of something, wherever it stands. What it reads by its message is escaped by that. */
const KEEPS_BACKSLASH = /^[\\`*#+>[()!-]/;
const MAY_BECOME_SCHEME = /^(?:h|ht|htt|http|https|https?:\/?)?$/i;
/** The arm and the rest of a shrug, which its own escapes would maim. Discord shows it as it is. */
const SHRUG = '\\_(ツ)_/¯';

/**
 * Reads what begins with a backslash that is none of a formula: `wait` when that depends on what comes next.
 * @param before the character before it
 * @param isEnd nothing at all comes behind the text
 */
export const readEscape = (text: string, at: number, before: string, isLineDone: boolean, isEnd: boolean): Read | 'wait' => {
  const next = text.charAt(at + 1);
  if (next === '' && !isEnd) return 'wait';
  if (next === '_' && before === '¯') {
    if (text.length - at < SHRUG.length && !isLineDone) return 'wait';
    if (text.startsWith(SHRUG, at)) return { kind: 'shown', text: SHRUG, end: at + SHRUG.length };
  }
  if (next === '<') {
    // The same without the backslash, with which Discord would see a bare URL or a mention behind it.
    const near = text.slice(at + 2, at + 10);
    if (near.length < 8 && !isLineDone && MAY_BECOME_SCHEME.test(near)) return 'wait';
    return /^(?:https?:\/\/|@)/i.test(near) ? { kind: 'text', text: '', end: at + 1 } : { kind: 'text', text: '<', end: at + 2 };
  }
  const end = at + (PUNCTUATION.test(next) ? 2 : 1);
  if (KEEPS_BACKSLASH.test(next) || (next === '.' && /\d/.test(before))) return { kind: 'escape', text: `\\${next}`, end };
  if (PUNCTUATION.test(next)) return { kind: 'text', text: next, end };
  // A backslash at the end of a line breaks it, which it does here anyway.
  return { kind: 'text', text: next === '\n' ? '' : '\\', end };
};

const ENTITY = /&(?:#[xX][0-9a-fA-F]{1,6}|#\d{1,7}|[A-Za-z][A-Za-z0-9]{1,31});/y;
const MAY_BECOME_ENTITY = /^&(?:#[xX]?)?[0-9A-Za-z]{0,32}$/;
const LONGEST_ENTITY = 34;

/**
 * Reads what begins with an ampersand: `wait` when that depends on what comes next.
 * @param before the character before it
 */
export const readEntity = (text: string, at: number, before: string, isLineDone: boolean): Read | 'wait' => {
  if (!isLineDone && text.length - at <= LONGEST_ENTITY && MAY_BECOME_ENTITY.test(text.slice(at))) return 'wait';
  ENTITY.lastIndex = at;
  const raw = ENTITY.exec(text)?.[0] ?? '&';
  const decoded = raw === '&' ? raw : decodeHTMLStrict(raw).replace(/[\r\n]/g, ' ');
  if (raw !== '&' && decoded === raw) return { kind: 'text', text: '&', end: at + 1 };
  const end = at + raw.length;
  // At the start of a line it would begin a list or a quote, which it was written to avoid.
  const isFirst = raw !== '&' && PUNCTUATION.test(decoded) && /^\n?$/.test(before);
  return isFirst && decoded !== '<' ? { kind: 'escape', text: `\\${decoded}`, end } : { kind: 'text', text: decoded, end };
};
