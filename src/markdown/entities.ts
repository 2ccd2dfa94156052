import { decodeHTMLStrict } from 'entities';
import { PUNCTUATION } from './inline-item.ts';
import type { Read } from './inline-item.ts';

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
