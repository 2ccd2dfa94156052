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
