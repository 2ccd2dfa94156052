const SEGMENTER = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** How far before the wished end a boundary is looked for at first: the segmenter is slow, and clusters are short. */
const NEAR = 96;

const isHighSurrogate = (unit: number): boolean => unit >> 10 === 0x36;
const isLowSurrogate = (unit: number): boolean => unit >> 10 === 0x37;

/** Where a segmentation may begin: before an ASCII character, which joins nothing before it but a line end. */
const safeStart = (text: string, at: number): number => {
  let start = Math.max(at, 0);
  while (start > 0 && (text.charCodeAt(start) >= 0x80 || text[start] === '\n')) start -= 1;
  return start;
};

const boundaries = (text: string, from: number): number[] => {
  const found: number[] = [];
  for (const { index } of SEGMENTER.segment(text.slice(from))) if (index > 0) found.push(from + index);
  return found.reverse();
};

/**
 * The offsets at which a text can be cut without breaking a grapheme cluster, from the last one down. The end of the
 * text is none of them: what follows is unknown. So is a character of which only the first half has come.
 */
export const cutsBetweenGraphemes = function* (text: string): Generator<number> {
  const known = isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.slice(0, -1) : text;
  const near = safeStart(known, known.length - NEAR);
  yield* boundaries(known, near);
  if (near > 0) yield* boundaries(known.slice(0, near + 1), 0);
};

/** The offsets between whole characters, from the last one down: for a cluster that is longer than a part. */
export const cutsBetweenCharacters = function* (text: string): Generator<number> {
  for (let at = text.length - 1; at > 0; at -= 1) {
    if (!isLowSurrogate(text.charCodeAt(at)) || !isHighSurrogate(text.charCodeAt(at - 1))) yield at;
  }
};
