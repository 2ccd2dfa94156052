import { isUtf8 } from 'node:buffer';

/** The longer ones first: UTF-32 begins like UTF-16. @see https://www.unicode.org/faq/utf_bom.html */
const MARKS = [
  { mark: '0000feff', charset: 'utf-32be' },
  { mark: 'fffe0000', charset: 'utf-32le' },
  { mark: 'efbbbf', charset: 'utf-8' },
  { mark: 'fffe', charset: 'utf-16le' },
  { mark: 'feff', charset: 'utf-16be' },
] as const;

/** Charsets that read whatever bytes there are: who says so may not have looked. */
const CATCH_ALL = new Set(['windows-1252', 'iso-8859-1', 'latin1', 'us-ascii', 'ascii', 'utf-8', 'utf8']);
/** Japanese in seven bits, which all look like ASCII. */
const SEVEN_BITS = ['\u001B$B', '\u001B$@'];
/** Bytes that are looked at to tell text from everything else. */
const SAMPLE_BYTES = 64 * 1024;
/** Of the bytes of a text, so many may be controls that no text has; what is compressed has ten times as many. */
const MAX_CONTROLS = 0.01;
/** Of the bytes of UTF-8, so many may be damaged for each character that is not. */
const MAX_DAMAGED = 0.2;

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const fromUtf32 = (bytes: Buffer, isBigEndian: boolean): string => {
  const parts: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const code = isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
    parts.push(code > 0x10ffff ? '\uFFFD' : String.fromCodePoint(code));
  }
  return parts.join('');
};

const decodeAs = (bytes: Buffer, charset: string): string =>
  charset.startsWith('utf-32') ? fromUtf32(bytes, charset === 'utf-32be') : new TextDecoder(charset, { ignoreBOM: true }).decode(bytes);

/** The text, unless a byte in it does not belong to the charset, or nobody knows that charset. */
const decodeExactly = (bytes: Buffer, charset: string): string | undefined => {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

/** @see https://www.rfc-editor.org/rfc/rfc9110#field.content-type */
const charsetIn = (contentType: string | undefined): string | undefined => /;\s*charset\s*=\s*"?([\w.:-]+)/iu.exec(contentType ?? '')?.[1]?.toLowerCase();

/** In texts of UTF-16 with Latin letters, every other byte is zero. */
const unmarkedUtf16 = (sample: Buffer): 'utf-16le' | 'utf-16be' | undefined => {
  let [even, odd] = [0, 0];
  for (const [index, byte] of sample.entries()) {
    if (byte !== 0) continue;
    if (index % 2 === 0) even += 1;
    else odd += 1;
  }
  const [many, few] = [sample.length * 0.2, sample.length * 0.01];
  if (odd > many && even <= few) return 'utf-16le';
  return even > many && odd <= few ? 'utf-16be' : undefined;
};

/** Whether bytes can be a text of one of the charsets that have ASCII in them. */
const looksLikeText = (sample: Buffer): boolean => {
  let [controls, zeros] = [0, 0];
  for (const byte of sample) {
    if (byte === 0) zeros += 1;
    else if (byte < 0x07 || (byte > 0x0d && byte < 0x20 && byte !== 0x1a && byte !== 0x1b) || byte === 0x7f) controls += 1;
  }
  return controls <= (sample.length - zeros) * MAX_CONTROLS;
};

/**
 * UTF-8 in which a few bytes are damaged; in other charsets, letters beyond ASCII are hardly ever a sequence of UTF-8. Of a
 * short text, two such sequences weigh more than one damaged place, and one does where that is the end at which it was cut.
 */
const damagedUtf8 = (bytes: Buffer): string | undefined => {
  const text = new TextDecoder().decode(bytes);
  let [damaged, whole] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0xfffd) damaged += 1;
    // Of two surrogates the first one counts.
    else if (unit > 0x7f && (unit & 0xfc00) !== 0xdc00) whole += 1;
  }
  const isCut = text.startsWith('\uFFFD') || text.endsWith('\uFFFD');
  const isSingle = damaged === 1 && whole >= (isCut ? 1 : 2);
  return isSingle || damaged <= whole * MAX_DAMAGED ? text : undefined;
};

/** Undefined where too much of it is no character: it only began like a text. */
const readable = (text: string): string | undefined => {
  // oxlint-disable-next-line no-control-regex -- finding them is the point
  const damaged = text.match(/[\uFFFD\u0001-\u0006\u000E-\u0019]/gu)?.length ?? 0;
  return damaged > 1 + text.length * MAX_CONTROLS ? undefined : text;
};

const withoutZeros = (bytes: Buffer): Buffer => (bytes.includes(0) ? bufferOf(bytes.filter((byte) => byte !== 0)) : bytes);

/** What is text beyond doubt: it says so itself. Undefined for everything else, text or not. */
export const markedText = (bytes: Uint8Array): string | undefined => {
  const all = bufferOf(bytes);
  const start = all.toString('hex', 0, 4);
  const found = MARKS.find(({ mark }) => start.startsWith(mark));
  if (found !== undefined) return readable(decodeAs(all.subarray(found.mark.length / 2), found.charset));
  if (!isUtf8(all) || all.includes(0)) return undefined;
  const text = all.toString('utf8');
  return SEVEN_BITS.some((sign) => text.includes(sign)) ? decodeExactly(all, 'iso-2022-jp') ?? text : text;
};

/**
 * A text in whatever charset: the one that its file is said to have, if that reads all of it; else UTF-8, in which single
 * bytes may be damaged; else what is likeliest. Zeros around and between are left out. Undefined where the bytes are no text.
 *
 * @param contentType as in HTTP, `text/plain; charset=shift_jis`
 */
export const decodeText = async (bytes: Uint8Array, contentType: string | undefined): Promise<string | undefined> => {
  const all = bufferOf(bytes);
  const declared = charsetIn(contentType);
  const wide = declared?.startsWith('utf-16') === true ? declared : unmarkedUtf16(all.subarray(0, SAMPLE_BYTES));
  const inWide = wide === undefined ? undefined : decodeExactly(all, wide);
  if (inWide !== undefined) return inWide;
  if (!looksLikeText(all.subarray(0, SAMPLE_BYTES))) return undefined;
  const content = withoutZeros(all);
  const told = declared === undefined || CATCH_ALL.has(declared) ? undefined : decodeExactly(content, declared);
  const text = told ?? damagedUtf8(content);
  if (text !== undefined) return text;
  // Rarely needed, and a hundred kilobytes of statistics about languages.
  const { guessCharset } = await import('./guess-charset.ts');
  return new TextDecoder(guessCharset(content)).decode(content);
};
