import { analyse } from 'chardet';

/** Names of the detector, in those of the Encoding Standard. Everything else that it knows is Latin, and read as Windows-1252. */
const EAST_ASIAN: Readonly<Record<string, string>> = {
  Shift_JIS: 'shift_jis',
  'EUC-JP': 'euc-jp',
  'EUC-KR': 'euc-kr',
  Big5: 'big5',
  GB18030: 'gb18030',
};
const OTHER_LETTERS: Readonly<Record<string, string>> = {
  'windows-1251': 'windows-1251',
  'KOI8-R': 'koi8-r',
  'ISO-8859-5': 'iso-8859-5',
  'ISO-8859-7': 'windows-1253',
  'windows-1253': 'windows-1253',
  'ISO-8859-8': 'windows-1255',
  'windows-1255': 'windows-1255',
  'windows-1256': 'windows-1256',
};
const CENTRAL_EUROPEAN: Readonly<Record<string, string>> = { 'windows-1250': 'windows-1250', 'ISO-8859-2': 'iso-8859-2' };

/** Bytes that are looked at: the detector would read all of a long file for each charset. */
const SAMPLE_BYTES = 64 * 1024;
/** Of 100: what the detector says of a few dozen characters that are what it thinks. */
const SURE = 50;
const LIKELY = 30;
/** Bytes above ASCII that follow each other, in the mean, from which on a text is hardly Latin: letters, and Chinese words. */
const OTHER_LETTERS_RUN = 2.5;
const HAN_RUN = 4;

/** What is written with nothing but other letters comes in runs of bytes above ASCII; Latin words have one here and there. */
const meanRun = (sample: Buffer): number => {
  const runs = sample.toString('latin1').match(/[\u0080-\u00FF]+/gu) ?? [];
  return runs.reduce((sum, run) => sum + run.length, 0) / Math.max(1, runs.length);
};

const decodes = (bytes: Uint8Array, charset: string): string | undefined => {
  try {
    // A sample may end within a character.
    return new TextDecoder(charset, { fatal: true }).decode(bytes, { stream: bytes.length === SAMPLE_BYTES });
  } catch {
    return undefined;
  }
};

/** The share of the characters beyond ASCII that a pattern finds. */
const share = (text: string | undefined, pattern: RegExp): number => {
  const all = text?.match(/\P{ASCII}/gu)?.length ?? 0;
  return all < 2 ? 0 : (text?.match(pattern)?.length ?? 0) / all;
};

/** What a few words say of themselves, for which the detector has too little to count: they are written in that script alone. */
const SCRIPTS: readonly { readonly charset: string; readonly pattern: RegExp; readonly from: number }[] = [
  { charset: 'shift_jis', pattern: /[\u3040-\u30FF]/gu, from: 0.5 },
  { charset: 'euc-jp', pattern: /[\u3040-\u30FF]/gu, from: 0.5 },
  { charset: 'euc-kr', pattern: /[\uAC00-\uD7A3]/gu, from: 0.8 },
];

/** Common characters of GB 2312 have a first byte from B0 on, those of Big5 from A4 to C6. */
const hanCharset = (sample: Buffer): string | undefined => {
  const isHan = (charset: string): boolean => share(decodes(sample, charset), /[\u3000-\u303F\u4E00-\u9FFF\uFF00-\uFFEF]/gu) === 1;
  const isCommonBig5 = !/[\u00C7-\u00FF][\u0040-\u007E\u00A1-\u00FE]/u.test(sample.toString('latin1'));
  if (isCommonBig5 && isHan('big5')) return 'big5';
  return isHan('gb18030') ? 'gb18030' : undefined;
};

/**
 * The charset of a text that says nothing of it and is no UTF-8: Windows-1252, which reads every byte, unless another is
 * likelier.
 */
export const guessCharset = (bytes: Uint8Array): string => {
  const sample = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SAMPLE_BYTES));
  const found = analyse(sample);
  const best = (table: Readonly<Record<string, string>>, from: number): string | undefined => {
    const match = found.find(({ name, confidence }) => confidence >= from && table[name] !== undefined && decodes(sample, table[name]) !== undefined);
    return match && table[match.name];
  };
  const sure = best(EAST_ASIAN, SURE);
  if (sure !== undefined) return sure;
  const script = SCRIPTS.find(({ charset, pattern, from }) => share(decodes(sample, charset), pattern) >= from);
  if (script !== undefined) return script.charset;
  const run = meanRun(sample);
  if (run >= OTHER_LETTERS_RUN) return best(OTHER_LETTERS, LIKELY) ?? (run >= HAN_RUN ? hanCharset(sample) : undefined) ?? 'windows-1252';
  const [first, second] = found;
  const isAlone = first !== undefined && first.confidence >= LIKELY && first.confidence > (second?.confidence ?? 0);
  return (isAlone ? CENTRAL_EUROPEAN[first.name] : undefined) ?? 'windows-1252';
};
