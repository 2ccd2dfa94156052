/** Formulas longer than this are not read as such; those on lines of their own may be derivations. */
const LONGEST_FORMULA = 400;
const LONGEST_DISPLAY = 1_200;

/** Between two words nothing is a formula: prices and names of variables stand there. */
const PROSE = /(?<!\p{L})\p{L}{2,}[,.]? +\p{L}{2,}/u;
/** What only formulas have in them. */
const FORMULA = /[\\^_{}=+*/<>|]|^\w$/;
/** What not even prose with a slash or a plus has. */
const NO_PROSE = /[\\^_{}=]/;

/** Whether brackets behind backslashes are those of a formula: people escape them, too. */
const isFormulaIn = (opener: string, body: string): boolean => {
  if (PROSE.test(body)) return NO_PROSE.test(body);
  return FORMULA.test(body.replace(/\s/g, '').replace(/^\w$/, '')) || (opener === '\\(' && /\p{L}/u.test(body) && !/\p{L}{3}/u.test(body));
};

/** What stands before the next bracket of the same kind; two backslashes and what looks like one behind them begin a new line. */
const INSIDE: Readonly<Record<string, RegExp>> = { '\\(': /(?:[^\\]|\\[^()])*/y, '\\[': /(?:[^\\]|\\[^[\]])*/y };

/** Where its closing mark stands, if nothing opens another formula before that: whatever comes next decides, so each of many is looked for once. */
const closingMark = (near: string, opener: string): number | 'none' | undefined => {
  const inside = INSIDE[opener];
  if (inside === undefined) {
    const end = near.indexOf(opener);
    return end < 0 ? undefined : end;
  }
  inside.lastIndex = 0;
  const end = inside.exec(near)?.[0].length ?? 0;
  if (end + 1 >= near.length) return undefined;
  return near.charAt(end + 1) === opener.charAt(1) ? 'none' : end;
};

/**
 * Where a formula of LaTeX ends that begins at `at`: between `$$`, `\(` or `\[`, or between two `$` that stand close around
 * what looks like one. Its characters are no marks.
 * @returns nothing when none begins there, and `wait` when that depends on what comes next
 */
export const formulaEnd = (text: string, at: number, isWhole: boolean): number | 'wait' | undefined => {
  const opener = text.startsWith('$', at) && !text.startsWith('$$', at) ? '$' : text.slice(at, at + 2);
  const inside = at + opener.length;
  const longest = opener === '$$' || opener === '\\[' ? LONGEST_DISPLAY : LONGEST_FORMULA;
  const near = text.slice(inside, at + longest);
  const isOpen = !isWhole && text.length - at < longest;
  if (opener !== '$') {
    const end = closingMark(near, opener);
    if (end === 'none') return undefined;
    if (end === undefined) return isOpen ? 'wait' : undefined;
    const body = near.slice(0, end);
    if (opener !== '$$' && !isFormulaIn(opener, body)) return undefined;
    return /[\p{L}\p{N}]/u.test(body) ? inside + end + opener.length : undefined;
  }
  const first = near.charAt(0);
  if (first === '') return isOpen ? 'wait' : undefined;
  if (first.trim() === '') return undefined;
  // Whatever the next one is, it decides: so each of many is looked for once.
  const end = near.search(/(?<!\\)\$|\n/);
  const formula = end < 0 ? near : near.slice(0, end);
  if (PROSE.test(formula) || /^\d[\d.,]*(?:\s|$)/.test(formula)) return undefined;
  if (end < 0) return isOpen ? 'wait' : undefined;
  const after = near.charAt(end + 1);
  if (after === '' && !isWhole) return 'wait';
  const isClosed = near[end] === '$' && formula.trimEnd() === formula && !/\d/.test(after);
  return isClosed && FORMULA.test(formula) ? inside + end + 1 : undefined;
};
