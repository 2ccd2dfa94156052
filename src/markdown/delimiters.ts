import type { FixedMarks, MarkCharacter } from './marks.ts';

/** A run of one mark in running text, of which some may turn out to open or close something. */
export interface Run {
  readonly kind: 'run';
  readonly char: MarkCharacter;
  /** Where it begins in the text. */
  readonly at: number;
  /** The place among all items, counted from the beginning of the text. */
  readonly place: number;
  readonly total: number;
  readonly canOpen: boolean;
  readonly canClose: boolean;
  readonly fixed: FixedMarks;
  /** The place of the first of the runs that this one is tied to, as it closes what they opened. */
  from: number;
  /** Where that one begins in the text. */
  fromAt: number;
  /** How many of it mean themselves, or are not decided yet. */
  left: number;
  /** What it opens, from the inside out, and what it closes. */
  opens: Pair[] | undefined;
  closes: Pair[] | undefined;
}

/** Emphasis (of one mark) or strong emphasis, strikethrough, a spoiler (of two). */
export interface Pair {
  readonly char: MarkCharacter;
  readonly size: 1 | 2;
  readonly open: Run;
  readonly close: Run;
}

/** No mark is paired with one further away, in characters, nor are chains of pairs longer that hang on each other: a growing text must not be held up by a single one. Two messages are no longer. */
const LONGEST_PAIR = 4_000;

const isTooOdd = (open: Run, close: Run): boolean =>
  (open.char === '*' || open.char === '_') &&
  (open.canClose || close.canOpen) &&
  (open.total + close.total) % 3 === 0 &&
  (open.total % 3 !== 0 || close.total % 3 !== 0);

const fits = (open: Run | undefined, close: Run): boolean => open !== undefined && open.char === close.char && !isTooOdd(open, close);

export interface Pairing {
  add(run: Run): void;
  /** The first of those that may still open something, if all that are to come stand at `position` or behind it. */
  oldest(position: number): Run | undefined;
  /** Another text begins. */
  begin(): void;
}

/**
 * CommonMark's pairing of marks, a run at a time: each one that can close looks back for what it closes, and never twice
 * over the same ones.
 * @see https://spec.commonmark.org/0.31.2/#process-emphasis
 */
export const createPairing = (): Pairing => {
  const waiting: Run[] = [];
  /** How many of them have waited for too long. */
  let expired = 0;
  /** By kind of closing run, how many of those that wait are known not to fit. */
  const passed = new Map<string, number>();
  const cutTo = (length: number): void => {
    waiting.length = length;
    for (const [kind, count] of passed) if (count > length) passed.set(kind, length);
  };
  const close = (run: Run): void => {
    const kind = `${run.char}${run.canOpen ? 'o' : ''}${run.total % 3}`;
    while (run.left > 0) {
      const least = Math.max(passed.get(kind) ?? 0, expired);
      let at = waiting.length - 1;
      while (at >= least && !fits(waiting[at], run)) at -= 1;
      const open = at < least ? undefined : waiting[at];
      if (open === undefined) {
        passed.set(kind, waiting.length);
        return;
      }
      const isDouble = run.char === '~' || run.char === '|' || (open.left >= 2 && run.left >= 2);
      const pair: Pair = { char: run.char, size: isDouble ? 2 : 1, open, close: run };
      open.left -= pair.size;
      run.left -= pair.size;
      (open.opens ??= []).push(pair);
      (run.closes ??= []).push(pair);
      run.from = Math.min(run.from, open.from);
      run.fromAt = Math.min(run.fromAt, open.fromAt);
      cutTo(open.left > 0 ? at + 1 : at);
    }
  };
  const expire = (before: number): void => {
    while ((waiting[expired]?.fromAt ?? before) < before) expired += 1;
  };
  return {
    begin: () => {
      waiting.length = 0;
      expired = 0;
      passed.clear();
    },
    oldest: (position) => {
      expire(position - LONGEST_PAIR);
      return waiting[expired];
    },
    add: (run) => {
      expire(run.at - LONGEST_PAIR);
      if (run.canClose) close(run);
      if (run.canOpen && run.left > 0) waiting.push(run);
    },
  };
};
