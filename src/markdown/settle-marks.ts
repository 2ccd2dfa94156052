import { SOFT } from './marks.ts';

/**
 * A run of one mark in a message, and what Discord might take it for. Its patterns know of no context: `*` begins emphasis
 * wherever no space follows, and a mark in code or in an address ends what began before.
 */
interface Run {
  readonly char: string;
  readonly length: number;
  readonly canOpen: boolean;
  readonly canClose: boolean;
  /** It stands in code or in an address, where it begins nothing. */
  readonly isFixed: boolean;
  /** It has characters in it that mean themselves, and are not escaped yet; and some that are marks. */
  readonly isSoft: boolean;
  readonly isMark: boolean;
  readonly from: number;
}

/** From left to right as Discord reads: what is escaped, code, what stands in angle brackets, runs of marks. */
const TOKEN = /\\[^]|`+|<[^\s<>\uFDD1]+>|\uFDD1\[|(?:\uFDD1?\*)+|(?:\uFDD1?_)+|(?:\uFDD1?~)+|(?:\uFDD1?\|)+/g;
const RUN = /\*+|_+|~+|\|+|\]\(/g;
const SPACE = /^\s?$/;
const WORD = /^[A-Za-z0-9_]/;
/** Longer runs are something to Discord all by themselves. */
const LONGEST_ALONE = 3;

const endOfCode = (message: string, from: number, ticks: string): number => {
  const inside = from + ticks.length;
  if (ticks.length >= 3) {
    const end = message.indexOf('```', inside);
    return end < 0 ? message.length : end + 3;
  }
  for (let at = message.indexOf(ticks, inside); at >= 0; ) {
    let end = at + ticks.length;
    while (message[end] === '`') end += 1;
    if (end - at === ticks.length) return end;
    at = message.indexOf(ticks, end);
  }
  return inside;
};

const readRuns = (message: string): Run[] => {
  const runs: Run[] = [];
  const add = (text: string, from: number, isFixed: boolean): void => {
    const char = text.charAt(text.length - 1);
    const softs = text.split(SOFT).length - 1;
    const length = text.length - softs;
    // A mark that means itself may stand on either side, behind what may become its backslash.
    const after = message.charAt(from + text.length).replace(SOFT, char === '_' ? '-' : 'x');
    const [isSpaceBefore, isSpaceAfter] = [SPACE.test(message.charAt(from - 1)), SPACE.test(after)];
    const [canOpen, canClose] = {
      '*': [length > 1 || !isSpaceAfter, length > 1 || !isSpaceBefore],
      _: [true, !WORD.test(after)],
      // A bracket is the beginning of a link for Discord if that ends anywhere, even in code.
      '[': [true, false],
      '(': [false, true],
    }[char] ?? [length > 1, length > 1];
    runs.push({ char, length, canOpen: canOpen === true && !isFixed, canClose: canClose === true, isFixed, isSoft: softs > 0, isMark: softs < length && !isFixed, from });
  };
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(message); found !== null; found = TOKEN.exec(message)) {
    const [token] = found;
    if (token.startsWith('\\')) continue;
    if (!token.startsWith('`') && !token.startsWith('<')) {
      add(token, found.index, false);
      continue;
    }
    const end = token.startsWith('<') ? found.index + token.length : endOfCode(message, found.index, token);
    for (const run of message.slice(found.index, end).matchAll(RUN)) add(run[0], found.index + run.index, true);
    TOKEN.lastIndex = end;
  }
  return runs;
};

/** Which of the runs of `*`, `~` or `|` need a backslash, by what else could end or begin something with them. */
const settle = (runs: readonly Run[], needsEscape: Set<Run>): void => {
  const lastClosing = runs.findLastIndex(({ canClose }) => canClose);
  let isOpenBefore = false;
  for (const [index, run] of runs.entries()) {
    const isTaken = (run.canOpen && lastClosing > index) || (run.canClose && isOpenBefore);
    if (run.isSoft && (isTaken || run.isMark || run.length > LONGEST_ALONE)) needsEscape.add(run);
    isOpenBefore ||= run.canOpen;
  }
};

/**
 * The same for underscores. One alone begins emphasis anywhere and ends it where no word goes on, and what it begins ends at
 * the next one or not at all: those within words need no backslash for each other. Two underline, and the second of them may begin emphasis, too.
 */
const settleUnderscores = (runs: readonly Run[], needsEscape: Set<Run>): void => {
  const doubles = runs.filter(({ length }) => length > 1);
  let isOpenBefore = false;
  for (const run of runs) {
    const isPaired = run.length > 1 && (doubles[0] !== run || doubles.length > 1);
    const isClosing = run.length % 2 === 1 && run.canClose && isOpenBefore;
    if (run.isSoft && (isPaired || isClosing || run.isMark || run.length > LONGEST_ALONE)) needsEscape.add(run);
    isOpenBefore ||= !run.isFixed;
  }
  let closesLater = false;
  for (const run of runs.toReversed()) {
    if (needsEscape.has(run)) continue;
    if (run.isSoft && closesLater) needsEscape.add(run);
    else if (run.length % 2 === 1) closesLater = run.canClose;
  }
};

/**
 * Gives each character of Markdown that means itself a backslash where Discord would take it for a mark, which is only
 * known with all of its message, and leaves the others as people want to copy them.
 */
export const settleMarks = (message: string): string => {
  if (!message.includes(SOFT)) return message;
  const runs = readRuns(message);
  const needsEscape = new Set<Run>();
  settle(runs.filter(({ char }) => char === '[' || char === '('), needsEscape);
  for (const char of '*~|') settle(runs.filter((run) => run.char === char), needsEscape);
  settleUnderscores(runs.filter(({ char }) => char === '_'), needsEscape);
  let settled = '';
  let at = 0;
  for (const run of runs) {
    if (!run.isSoft) continue;
    settled += message.slice(at, run.from);
    at = run.from;
    const escape = needsEscape.has(run) ? '\\' : '';
    for (let left = run.length; left > 0; left -= 1) {
      if (message[at] === SOFT) {
        settled += escape;
        at += 1;
      }
      settled += run.char;
      at += 1;
    }
  }
  return `${settled}${message.slice(at)}`;
};
