export interface BlockRead {
  readonly shown: string;
  /** How far the text was read, to the line behind the block if it is closed. */
  readonly at: number;
  readonly isClosed: boolean;
}

/** A block that is shown while it grows: code, or HTML. */
export interface GrowingBlock {
  /** Reads the block from an offset on. */
  read(text: string, at: number, isFinal: boolean): BlockRead;
}

/** How much is read in one go, in characters. */
export const BLOCK_STRETCH = 2_000;

/**
 * Reads line by line, until the block is closed, a line is not there yet, or it was enough for one go.
 * @param hasMore whether there is something to read at an offset
 */
export const readLines = (from: number, hasMore: (at: number) => boolean, readLine: (at: number) => BlockRead | 'wait'): BlockRead => {
  let shown = '';
  let at = from;
  while (shown.length < BLOCK_STRETCH && hasMore(at)) {
    const read = readLine(at);
    if (read === 'wait') break;
    shown += read.shown;
    at = read.at;
    if (read.isClosed) return { shown, at, isClosed: true };
  }
  return { shown, at, isClosed: false };
};

export interface GrowingLine {
  /**
   * Where the run of such characters begins that the text ends in, which may turn out to be something else.
   * @param from where the line begins, or the part of it that is looked at
   */
  tailOf(text: string, from: number, to: number): number;
  /** How far the line that begins there was looked at. */
  lookedTo(from: number): number;
}

/** Follows a line that grows: each character of it is looked at once, however it comes. @param characters that may be undecided at its end */
export const createGrowingLine = (characters: string): GrowingLine => {
  let line = -1;
  let looked = 0;
  let tail = 0;
  return {
    tailOf: (text, from, to) => {
      if (line !== from) {
        line = from;
        looked = from;
        tail = from;
      }
      for (let at = to - 1; at >= looked; at -= 1) {
        if (characters.includes(text.charAt(at))) continue;
        tail = at + 1;
        break;
      }
      looked = Math.max(looked, to);
      return tail;
    },
    lookedTo: (from) => (line === from ? looked : from),
  };
};
