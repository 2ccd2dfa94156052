/** Longer tags and comments are not read as such. */
export const LONGEST_TAG = 400;
const LONGEST_LINK = 1_800;

/** What stands in angle brackets in running text. */
export type Tag =
  /** Users and roles, channels, emoji, times, commands and places: `kept` means that its marks are no marks. */
  | { readonly kind: 'kept' | 'text'; readonly end: number; readonly text: string }
  | { readonly kind: 'link'; readonly end: number; readonly text: string }
  | { readonly kind: 'break' | 'comment'; readonly end: number; readonly text: string };

export const USER = /<@!?(\d{1,25})>/y;
export const ROLE = /<@&\d{1,25}>/y;
/** Channels, emoji, times, commands and places: they name nobody and lead nowhere else. https://docs.discord.com/developers/reference#message-formatting */
export const KEPT = /<(?:#\d{1,25}|a?:\w{1,40}:\d{1,25}|t:-?\d{1,15}(?::[a-zA-Z])?|\/[\p{L}\p{N}_'-]{1,32}(?: [\p{L}\p{N}_'-]{1,32}){0,2}:\d{1,25}|id:\w{1,25})>/uy;
export const AUTOLINK = /<(https?:\/\/[^\s<>]{1,1800})>/iy;
const MAIL = /<([\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,255})>/y;
const BREAK = /<br\s{0,9}\/?>/iy;
/** A tag of HTML with its attributes. https://spec.commonmark.org/0.31.2/#raw-html */
const HTML = /<(?:\/[a-z][a-z0-9-]{0,40}\s*|[a-z][a-z0-9-]{0,40}(?:\s+[a-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^'<>\n]*'|"[^"<>\n]*"))?)*\s*\/?)>/iy;
const MAY_BECOME_TAG = /^<(?:[^\s<>]*|\/[^<>\n]*|br\s{0,9}\/?|[a-z][a-z0-9-]{0,40}\s[^<>\n]*)$/i;

export const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

/** Whether the character behind an angle bracket is one that a tag begins with. */
export const mayBeginTag = (text: string, at: number): boolean => /^[@#!/:\w.$%&'*+=?^`{|}~-]/.test(text.charAt(at + 1));

/** Reads what begins with an angle bracket at an offset: `wait` when that depends on what comes next. */
export const readTag = (text: string, at: number, isWhole: boolean): Tag | 'wait' => {
  if (at + 1 < text.length && !mayBeginTag(text, at)) return { kind: 'text', end: at + 1, text: '<' };
  const near = text.slice(at, at + LONGEST_LINK + 3);
  const kept = matchAt(USER, near, 0) ?? matchAt(ROLE, near, 0) ?? matchAt(KEPT, near, 0);
  if (kept !== null) return { kind: 'kept', end: at + kept[0].length, text: kept[0] };
  const link = matchAt(AUTOLINK, near, 0);
  if (link !== null) return { kind: 'link', end: at + link[0].length, text: link[1] ?? '' };
  const lineEnd = matchAt(BREAK, near, 0);
  if (lineEnd !== null) return { kind: 'break', end: at + lineEnd[0].length, text: '' };
  if (near.startsWith('<!--')) {
    const close = near.slice(0, LONGEST_TAG + 3).indexOf('-->', 4);
    if (close >= 0) return { kind: 'comment', end: at + close + 3, text: '' };
    if (!isWhole && near.length <= LONGEST_TAG) return 'wait';
  }
  const mail = matchAt(MAIL, near, 0);
  if (mail !== null) return { kind: 'text', end: at + mail[0].length, text: mail[1] ?? '' };
  const html = matchAt(HTML, near.slice(0, LONGEST_TAG), 0);
  if (html !== null) return { kind: 'text', end: at + html[0].length, text: html[0] };
  const longest = /^<https?:/i.test(near) ? LONGEST_LINK : LONGEST_TAG;
  if (!isWhole && near.length <= longest && MAY_BECOME_TAG.test(near)) return 'wait';
  return { kind: 'text', end: at + 1, text: '<' };
};
