/** One emoji of any number of characters: a flag, a keycap, a family, a hand with its skin tone. */
const EMOJI =
  /\p{Regional_Indicator}{2}|(?:\p{Emoji_Presentation}|\p{Emoji}(?:\uFE0F|\p{Emoji_Modifier}|(?=\u200D\p{Extended_Pictographic})))[\p{Emoji_Modifier}\uFE0F\u20E3\u{E0020}-\u{E007F}]*(?:\u200D\p{Extended_Pictographic}[\p{Emoji_Modifier}\uFE0F]*)*/gu;
/** Characters two columns wide (East Asian Width W and F), emoji excepted. https://www.unicode.org/reports/tr11/ */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18CFF}\u{1AFF0}-\u{1B2FF}\u{1F200}-\u{1F265}\u{20000}-\u{3FFFD}]/gu;
/** Characters without a column of their own: marks, joiners, controls, the middle and last letters of Hangul syllables. */
const ZERO = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u1160-\u11FF\uD7B0-\uD7FB]/gu;
const PAIR = /[\u{10000}-\u{10FFFF}]/gu;
const ONLY_ASCII = /^[ -~]*$/;

/** How many columns a text takes in a fixed-width font, as its grapheme clusters are drawn. */
export const displayWidth = (text: string): number => {
  if (ONLY_ASCII.test(text)) return text.length;
  return text.replace(EMOJI, '  ').replace(ZERO, '').replace(WIDE, '  ').replace(PAIR, ' ').length;
};
