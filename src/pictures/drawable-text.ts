/** What DejaVu Sans can draw: other letters would be boxes. */
const DRAWABLE = /[^\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Arabic}\p{Script=Hebrew}\u0020-\u007E\u00A1-\u00AC\u00AE-\u00FF\u2010-\u2027\u2030-\u205E\u20A0-\u20BF\u2190-\u22FF\u25A0-\u26FF]/gu;

/** What takes no room of its own, or changes the direction of all that follows. */
const INVISIBLE = /\p{Cf}/gu;

/**
 * A name as one line that can be drawn, and be a part of XML: what is not drawable is left out.
 * @param instead where nothing is left
 */
export const drawableText = (text: string, maxLength: number, instead = ''): string => {
  const drawn = Array.from(text.toWellFormed().normalize('NFC').replace(/\s+/gu, ' ').replace(INVISIBLE, '').replace(DRAWABLE, '').replace(/ {2,}/gu, ' ').trim());
  if (!/[\p{L}\p{N}]/u.test(drawn.join(''))) return instead;
  return drawn.length <= maxLength ? drawn.join('') : `${drawn.slice(0, maxLength - 1).join('').trimEnd()}…`;
};
