import { apart, NO_BREAK, showTokens, TEXT_BEFORE } from './inline-tokens.ts';
import type { Pair } from './delimiters.ts';
import { LOOK_AHEAD } from './inline-item.ts';
import type { Item } from './inline-item.ts';
import type { TokenOptions } from './inline-tokens.ts';

/** What a link's text would join to. */
const ENDS_OPEN = /[\p{L}\p{N}_@.:/\\-]$/u;
const STARTS_IN_WORD = /^[A-Za-z0-9_]/;

/** Discord's mark for what a pair of CommonMark's means. */
type Mark = '*' | '_' | '**' | '~~' | '||';

interface OpenMark {
  /** Nothing where Discord would not read it: the words stand without it. */
  readonly mark: Mark | undefined;
  /** Where its content begins in what was written. */
  readonly from: number;
}

export interface InlineWriter {
  /** Another text begins. */
  begin(options: WriterOptions): void;
  /**
   * Writes what was read.
   * @param ahead the first few of what comes behind that, where it is known
   * @param isWhole nothing more will come
   */
  write(items: readonly Item[], ahead: readonly Item[], isWhole: boolean): string;
  readonly isHeld: boolean;
}

export interface WriterOptions extends TokenOptions {
  /** The text stands between marks already. */
  readonly inside?: Mark | undefined;
}

const NO_PLACES: ReadonlyMap<Item, number> = new Map();

/** Where the runs stand that close something. Most texts have none. */
const placesOfClosing = (items: readonly Item[]): ReadonlyMap<Item, number> => {
  let places: Map<Item, number> | undefined;
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (item?.kind === 'run' && item.closes !== undefined) (places ??= new Map<Item, number>()).set(item, index);
  }
  return places ?? NO_PLACES;
};

const isAnyOf = (pair: Pair, what: 'star' | 'doubleStar' | 'underscore' | 'tildes' | 'pipes'): boolean => pair.close.fixed[what] > pair.open.fixed[what];

/**
 * Writes running text in marks that Discord reads as CommonMark reads the original: Discord's do not stop at code, do not
 * nest in their like, and `__` underlines.
 */
export const createInlineWriter = (): InlineWriter => {
  let allowedUserIds: ReadonlySet<string> = new Set();
  let plain = '';
  let joins = '';
  /** The end of what was written, as far as it decides on what comes next. */
  let before = '';
  /** The mark that was written last, if that ended something. */
  let ended: Mark | undefined;
  let out: string[] = [];
  const open: OpenMark[] = [];
  /** The marks that are open: each one once, as none nests in its like. */
  const marks = new Set<Mark>();

  const append = (shown: string): void => {
    if (shown === '') return;
    // Tildes before an underscore end nothing for Discord.
    if (ended === '~~' && /^\uFDD1?_/.test(shown)) out.push(NO_BREAK);
    out.push(shown);
    before = `${before}${shown.slice(-TEXT_BEFORE)}`.slice(-TEXT_BEFORE);
    joins = '';
    ended = undefined;
  };
  const flush = (isWhole: boolean): void => {
    if (plain === '') return;
    const { shown, rest } = showTokens(plain, isWhole, { allowedUserIds, before, joins, hard: [...marks].join('') });
    append(shown);
    joins = plain.slice(0, plain.length - rest.length).slice(-2);
    plain = rest;
  };

  const markFor = (pair: Pair, next: string): Mark | undefined => {
    if (pair.char === '~') return isAnyOf(pair, 'tildes') || marks.has('~~') ? undefined : '~~';
    if (pair.char === '|') return isAnyOf(pair, 'pipes') || marks.has('||') ? undefined : '||';
    if (pair.size === 2) return isAnyOf(pair, 'doubleStar') || marks.has('**') ? undefined : '**';
    if (marks.has('*') || marks.has('_')) return undefined;
    const mayBeStar = !isAnyOf(pair, 'star');
    const mayBeUnderscore = !isAnyOf(pair, 'underscore') && !STARTS_IN_WORD.test(next);
    if (pair.char === '_' && mayBeUnderscore) return '_';
    if (mayBeStar) return '*';
    return mayBeUnderscore ? '_' : undefined;
  };

  const begin = (pair: Pair, next: string): void => {
    const mark = markFor(pair, next);
    if (mark !== undefined) {
      flush(true);
      // Behind the end of something of the same mark it would belong to that.
      if (ended?.charAt(0) === mark.charAt(0)) append(NO_BREAK);
      append(mark);
    }
    if (mark !== undefined) marks.add(mark);
    open.push({ mark, from: out.length });
  };

  const finish = (): void => {
    const { mark, from = 0 } = open.pop() ?? {};
    if (mark === undefined) return;
    flush(true);
    marks.delete(mark);
    // Discord reads no marks around space.
    const isTight = (out[from]?.charAt(0) ?? ' ').trim() !== '' && before.slice(-1).trim() !== '';
    if (!isTight) out[from - 1] = NO_BREAK;
    // What stands on both sides must not join: it could be the two halves of a mention.
    append(isTight ? mark : NO_BREAK);
    ended = isTight ? mark : undefined;
  };

  /** What comes behind an item, if the marks between the two are left out: a word, where that cannot be told from what is near. */
  const nextOf = (items: readonly Item[], ahead: readonly Item[], index: number): string => {
    for (let at = index + 1; at <= index + LOOK_AHEAD; at += 1) {
      const next = at < items.length ? items[at] : ahead[at - items.length];
      if (next === undefined) return '';
      if (next.kind !== 'run') return next.kind === 'text' || next.kind === 'shown' ? next.text : '';
      if (next.left > 0) return next.char;
    }
    return 'word';
  };

  const writeItem = (items: readonly Item[], ahead: readonly Item[], index: number, places: ReadonlyMap<Item, number>): void => {
    const item = items[index];
    if (item === undefined) return;
    switch (item.kind) {
      case 'text':
      case 'bracket':
        plain += item.text;
        break;
      case 'run':
        for (let count = item.closes?.length ?? 0; count > 0; count -= 1) finish();
        plain += item.char.repeat(item.left);
        for (const pair of item.opens?.toReversed() ?? []) {
          const { close } = pair;
          begin(pair, close.left > 0 ? close.char : nextOf(items, ahead, places.get(close) ?? index));
        }
        break;
      case 'joint':
        flush(true);
        if (ENDS_OPEN.test(before)) append(NO_BREAK);
        break;
      default:
        flush(true);
        append(`${apart(before, item.text)}${item.text}`);
    }
  };

  return {
    begin: (options) => {
      allowedUserIds = options.allowedUserIds;
      plain = '';
      joins = '';
      before = '';
      ended = undefined;
      out = [];
      open.length = 0;
      marks.clear();
      if (options.inside !== undefined) marks.add(options.inside);
    },
    write: (items, ahead, isWhole) => {
      const places = placesOfClosing(items);
      for (let index = 0; index < items.length; index += 1) writeItem(items, ahead, index, places);
      flush(isWhole);
      const written = out.join('');
      out = [];
      return written;
    },
    get isHeld() {
      return plain !== '';
    },
  };
};
