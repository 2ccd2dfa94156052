import { createPairing } from './delimiters.ts';
import { LONGEST_TEXT } from './links.ts';
import type { Run } from './delimiters.ts';
import type { BracketItem } from './inline-item.ts';

/** An opening bracket that something may close. */
export interface Bracket {
  readonly item: BracketItem;
  /** Where it and the text behind it begin in all of the text, and behind how many items. */
  readonly from: number;
  readonly inside: number;
  readonly place: number;
}

interface OpenBracket extends Bracket {
  /** How many runs stand before it. */
  readonly runs: number;
  /** It may still become a link. */
  isActive: boolean;
}

/**
 * The brackets of a text that may become links, and its runs of marks: those in the text of a link pair among themselves,
 * so none is paired before that is known of all the brackets around it.
 */
export interface Brackets {
  /** Another text begins. */
  begin(): void;
  open(bracket: Bracket): void;
  addRun(run: Run): void;
  /** The last one that is open, if it may become a link. */
  last(): Bracket | undefined;
  /** The last one is closed, and is none of a link. */
  closeLast(): void;
  /**
   * The last one is that of a link.
   * @returns the runs in the link's text
   */
  takeLink(): readonly Run[];
  /** The text was read to `position`: those too far away become no links. */
  expire(position: number): void;
  /** None becomes a link any more. */
  end(): void;
  /** From where on the text is needed that was read to `position`, as a link may begin there. */
  neededFrom(position: number): number;
  /** The first item, by its place, on which what comes behind `position` may still decide; infinite when there is none. */
  undecidedFrom(position: number): number;
}

export const createBrackets = (): Brackets => {
  const pairing = createPairing();
  const open: OpenBracket[] = [];
  /** The first that may still become a link, or did so last. */
  let first = 0;
  /** Runs behind that one, to whose text they would belong. */
  const queue: Run[] = [];
  let runs = 0;
  let runsPaired = 0;

  /** Pairs the marks that stand in no bracket that may yet become a link. */
  const pairUp = (): void => {
    while (first < open.length && open[first]?.isActive === false) first += 1;
    const bracket = open[first];
    const ready = (bracket?.runs ?? runs) - runsPaired;
    for (const run of ready > 0 ? queue.splice(0, ready) : []) pairing.add(run);
    runsPaired += ready;
    if (bracket !== undefined) return;
    open.length = 0;
    first = 0;
  };

  return {
    begin: () => {
      pairing.begin();
      open.length = 0;
      first = 0;
      queue.length = 0;
      runs = 0;
      runsPaired = 0;
    },
    open: ({ item, from, inside, place }) => {
      open.push({ item, from, inside, place, runs, isActive: true });
    },
    addRun: (run) => {
      runs += 1;
      if (open.length > 0) {
        queue.push(run);
        return;
      }
      pairing.add(run);
      runsPaired += 1;
    },
    last: () => {
      const bracket = open.at(-1);
      return bracket?.isActive === true ? bracket : undefined;
    },
    closeLast: () => {
      open.pop();
      pairUp();
    },
    takeLink: () => {
      const bracket = open.pop();
      if (bracket === undefined) return [];
      const inner = queue.splice(bracket.runs - runsPaired);
      runs = bracket.runs;
      // A link has no link in it, but for pictures.
      if (bracket.item.text === '[') for (const around of open.slice(first)) around.isActive &&= around.item.text !== '[';
      pairUp();
      return inner;
    },
    expire: (position) => {
      let bracket = open[first];
      if (bracket === undefined || position - bracket.from <= LONGEST_TEXT) return;
      while (bracket !== undefined && position - bracket.from > LONGEST_TEXT) {
        bracket.isActive = false;
        first += 1;
        bracket = open[first];
      }
      pairUp();
    },
    end: () => {
      for (const bracket of open) bracket.isActive = false;
      pairUp();
    },
    neededFrom: (position) => {
      const bracket = open[first];
      return bracket?.isActive === true ? Math.min(bracket.from, position) : position;
    },
    undecidedFrom: (position) => {
      const waiting = queue[0];
      return Math.min(
        pairing.oldest(waiting?.at ?? position)?.from ?? Number.POSITIVE_INFINITY,
        waiting?.place ?? Number.POSITIVE_INFINITY,
        open[first]?.place ?? Number.POSITIVE_INFINITY,
      );
    },
  };
};
