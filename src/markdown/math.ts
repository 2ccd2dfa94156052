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

/**
 * Where a formula of LaTeX ends that begins at `at`: between `$$`, `\(` or `\[`, or between two `$` that stand close around
 * what looks like one. Its characters are no marks.
 * @returns nothing when none begins there, and `wait` when that depends on what comes next
 */
export const formulaEnd = (text: string, at: number, isWhole: boolean): number | 'wait' | undefined => {
  const opener = text.startsWith('$', at) && !text.startsWith('$$', at) ? '$' : text.slice(at, at + 2);
  const closer = { '\\(': '\\)', '\\[': '\\]' }[opener] ?? opener;
  const inside = at + opener.length;
  const longest = opener === '$$' || opener === '\\[' ? LONGEST_DISPLAY : LONGEST_FORMULA;
  const near = text.slice(inside, at + longest);
  const isOpen = !isWhole && text.length - at < longest;
  if (opener !== '$') {
    const end = near.indexOf(closer);
    if (end < 0) return isOpen ? 'wait' : undefined;
    const body = near.slice(0, end);
    if (opener !== '$$' && !isFormulaIn(opener, body)) return undefined;
    return /[\p{L}\p{N}]/u.test(body) ? inside + end + closer.length : undefined;
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
