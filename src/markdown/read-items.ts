import { NO_MARKS, withMarksOf } from './marks.ts';
import { LOOK_AHEAD } from './inline-item.ts';
import type { FixedMarks } from './marks.ts';
import type { Item } from './inline-item.ts';

/** What was read of a running text and was not taken yet. Places count all of its items from the beginning. */
export interface ReadItems {
  /** Another text begins. */
  begin(): void;
  add(item: Item): void;
  /** Characters that mean themselves. */
  say(text: string): void;
  /** What Discord is to see as it stands there. */
  show(text: string): void;
  /** What was said has marks that are no marks. */
  fixMarksOf(text: string): void;
  /** What was read from a place on is not to be shown. */
  cutTo(place: number): void;
  /**
   * What is decided.
   * @param known the place of the first item on which what comes next may still decide
   * @param isLineDone nothing comes behind the last item for now
   */
  take(known: number, isLineDone: boolean): Item[];
  /** What comes behind that, as far as it is decided: the first few. */
  ahead(): readonly Item[];
  /** The place of the next item. */
  readonly place: number;
  readonly isEmpty: boolean;
  /** The marks so far that cannot be escaped. */
  readonly fixed: FixedMarks;
}

export const createReadItems = (): ReadItems => {
  let items: Item[] = [];
  let taken = 0;
  /** How many of the items were decided when some were taken. */
  let decided = 0;
  let fixed = NO_MARKS;

  /** What closes something is written by what comes behind it: while that is not known, it waits from where it began. */
  const decidedUpTo = (to: number): number => {
    let upTo = to;
    const last = to - taken - 1;
    for (let index = last; index > last - LOOK_AHEAD; index -= 1) {
      const item = items[index];
      if (item?.kind !== 'run' || item.left > 0) break;
      if (item.closes !== undefined) upTo = Math.min(upTo, item.from);
    }
    return upTo;
  };

  return {
    begin: () => {
      items = [];
      taken = 0;
      decided = 0;
      fixed = NO_MARKS;
    },
    add: (item) => {
      items.push(item);
    },
    say: (text) => {
      if (text !== '') items.push({ kind: 'text', text });
    },
    show: (text) => {
      items.push({ kind: 'shown', text });
      fixed = withMarksOf(fixed, text);
    },
    fixMarksOf: (text) => {
      fixed = withMarksOf(fixed, text);
    },
    cutTo: (place) => {
      items.length = place - taken;
    },
    take: (known, isLineDone) => {
      const end = taken + items.length;
      const to = isLineDone && known >= end ? end : decidedUpTo(Math.min(known, end));
      const ready = to === end ? items : items.splice(0, to - taken);
      if (ready === items) items = [];
      taken += ready.length;
      decided = Math.min(known, end) - taken;
      return ready;
    },
    ahead: () => items.slice(0, Math.min(decided, LOOK_AHEAD)),
    get place() {
      return taken + items.length;
    },
    get isEmpty() {
      return items.length === 0;
    },
    get fixed() {
      return fixed;
    },
  };
};
