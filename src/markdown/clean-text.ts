/**
 * Characters that show nothing and can hide, split or reorder text: controls, lone surrogates, directional marks, the
 * zero-width ones, fillers, tags, noncharacters. A flag spelled with tags is matched whole.
 */
const HIDDEN =
  /\u{1F3F4}[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{1,6}\u{E007F}|[\p{Cs}\p{Cc}\u00AD\u061C\u115F\u1160\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\u3164\uFDD0-\uFDEF\uFEFF\uFFA0\uFFF9-\uFFFB\u{E0000}-\u{E007F}]|\u{34F}|\u{17B4}|\u{17B5}/gu;

/** What is seen of a text: neither space nor hidden. Lone surrogates are, as they are replaced. */
const SEEN =
  /(?!\u{34F}|\u{17B4}|\u{17B5})[^\s\p{Cs}\p{Cc}\u00AD\u061C\u115F\u1160\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\u3164\uFDD0-\uFDEF\uFEFF\uFFA0\uFFF9-\uFFFB\u{E0000}-\u{E007F}]|\p{Cs}/gu;

/** Of these none hides: most texts have nothing else, and the patterns above take their time. */
const PLAIN_ASCII = /^[\t\n\x20-\x7E]*$/;

const JOINER = '\u200D';
const NON_JOINER = '\u200C';
/** Scripts in which letters change with the joiners between them. */
const JOINING_SCRIPT =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]$/u;
const EMOJI_BEFORE = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F)$/u;
const EMOJI_AFTER = /^\p{Extended_Pictographic}/u;

const cleaned = (found: string, text: string, at: number): string => {
  if (found.length > 2 || found === '\n' || found === '\t') return found;
  const before = text.slice(Math.max(at - 2, 0), at);
  if (found === NON_JOINER) return JOINING_SCRIPT.test(before) ? found : '';
  if (found === JOINER) {
    const isInEmoji = EMOJI_BEFORE.test(before) && EMOJI_AFTER.test(text.slice(at + 1, at + 3));
    return isInEmoji || JOINING_SCRIPT.test(before) ? found : '';
  }
  if (found === '\u2028' || found === '\u2029') return ' ';
  return /\p{Cs}/u.test(found) ? '\uFFFD' : '';
};

/** The text from one offset to another without what hides in it. Emoji and scripts that need joiners keep them. */
export const cleanText = (text: string, from = 0, to = text.length): string => {
  const piece = text.slice(from, to);
  return PLAIN_ASCII.test(piece) ? piece : piece.replace(HIDDEN, (found, offset: number) => cleaned(found, text, from + offset));
};

/** Whether nothing would be seen of a text, from an offset on. */
export const isBlank = (text: string, from = 0): boolean => {
  const first = text.charCodeAt(from);
  if (first > 0x20 && first < 0x7f) return false;
  SEEN.lastIndex = from;
  return !SEEN.test(text);
};

/** How much of the end of a growing text is not to be judged yet: half a character, an emoji or flag that may go on. */
export const undecidedTail = (text: string): number => {
  const near = text.slice(-20);
  return /(?:\u200D?[\uD800-\uDBFF]|\u200D|\u{1F3F4}[\u{E0000}-\u{E007F}]*[\uD800-\uDBFF]?|\r)$/u.exec(near)?.[0].length ?? 0;
};
