import { hasVisibleText } from '../conversation/question.ts';

/** Blocks of one message. @see https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-invoke-guardrail-checks.html */
const MAX_BLOCKS = 10;
/** Characters of one request: AWS tells no bound, and guardrails have one of 25 text units. */
const MAX_LENGTH = 20_000;
/** So many characters stand in two pieces, so that nothing hides where one ends. */
const OVERLAP = 500;

/** A text in pieces that are short enough, none of which is half of a character at its end. */
const cut = (text: string): readonly string[] => {
  const pieces: string[] = [];
  for (let from = 0; from === 0 || from + OVERLAP < text.length; from += MAX_LENGTH - OVERLAP) pieces.push(text.slice(from, from + MAX_LENGTH).toWellFormed());
  return pieces;
};

/** All that is to be looked at, in requests of some texts each; what has nothing in it to see is left out. */
export const checkedPieces = (texts: readonly string[]): readonly (readonly string[])[] => {
  const requests: string[][] = [];
  let length = 0;
  for (const piece of texts.flatMap(cut).filter(hasVisibleText)) {
    const last = requests.at(-1);
    if (last === undefined || last.length === MAX_BLOCKS || length + piece.length > MAX_LENGTH) {
      requests.push([piece]);
      length = 0;
    } else last.push(piece);
    length += piece.length;
  }
  return requests;
};
