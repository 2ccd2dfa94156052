/** HTML that stands as a block of its own, by where it ends. */
export interface HtmlStart {
  /** What the last line of it has in it; nothing where it ends at an empty line. */
  readonly end: RegExp | undefined;
}

/** Text in these is never Markdown. */
const LITERAL = /^<(?:script|pre|style|textarea)(?=[\s>]|$)/i;
const WITH_END: readonly (readonly [start: RegExp, end: RegExp])[] = [
  [LITERAL, /<\/(?:script|pre|style|textarea)>/i],
  [/^<\?/, /\?>/],
  [/^<!\[CDATA\[/, /\]\]>/],
  [/^<![a-z]/i, />/],
];
const ELEMENT =
  /^<\/?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?=\s|\/?>|$)/i;
const MAY_BECOME_START = /^<(?:\/?[a-z0-9]{0,10}\/?|!(?:\[[A-Z]{0,5})?)$/i;

/**
 * Reads the beginning of a line as that of a block of HTML, in which no mark is one: `wait` when that depends on what comes
 * next. Tags of other names begin none, as models write their own around Markdown.
 * @see https://spec.commonmark.org/0.31.2/#html-blocks
 */
export const readHtmlStart = (rest: string, isWhole: boolean): HtmlStart | 'wait' | undefined => {
  if (!rest.startsWith('<')) return undefined;
  if (!isWhole && MAY_BECOME_START.test(rest)) return 'wait';
  const [, end] = WITH_END.find(([start]) => start.test(rest)) ?? [];
  return end !== undefined || ELEMENT.test(rest) ? { end } : undefined;
};
