import { createHmac, hkdfSync } from 'node:crypto';
import { NONCE_BYTES, openedText, sealedBytes } from './seal.ts';

/** What texts are encrypted with: 32 bytes each. */
export interface StoreKeys {
  readonly current: Buffer;
  /** What others were encrypted with before, and still may be. */
  readonly old?: Buffer | undefined;
}

export interface RowCipher {
  /** The same text becomes the same each time, so that what is stored can be compared with it. */
  seal(text: string): string;
  /** Undefined where it is no such text, was changed, or was sealed with a key that nobody gave us. */
  open(stored: string): string | undefined;
  isSealed(stored: string): boolean;
  /** Whether it is sealed with the current key. */
  isCurrent(stored: string): boolean;
  /** All forms in which a text may lie in the store, the likeliest first. */
  forms(text: string): readonly string[];
}

const MARK = 'sealed1.';
const KEY_BYTES = 32;
const NAME_LENGTH = 8;

const createKey = (secret: Buffer) => {
  const derived = (what: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `parley store ${what}`, KEY_BYTES));
  const [key, nonces] = [derived('texts'), derived('nonces')];
  const mark = `${MARK}${derived('name').toString('base64url').slice(0, NAME_LENGTH)}.`;
  return {
    mark,
    seal: (text: string): string => {
      const nonce = createHmac('sha256', nonces).update(text).digest().subarray(0, NONCE_BYTES);
      return mark + sealedBytes(key, nonce, text).toString('base64');
    },
    open: (stored: string): string | undefined => openedText(key, Buffer.from(stored.slice(mark.length), 'base64')),
  };
};

/**
 * AES-256-GCM over whole texts. The nonce is made of the text by a key of its own, as in AES-SIV: equal texts become equal,
 * which shows whoever reads the file that they are, and no nonce is used for two texts.
 */
export const createRowCipher = ({ current, old }: StoreKeys): RowCipher => {
  const now = createKey(current);
  const before = old === undefined ? undefined : createKey(old);
  return {
    seal: now.seal,
    open: (stored) => [now, before].find((key) => key !== undefined && stored.startsWith(key.mark))?.open(stored),
    isSealed: (stored) => stored.startsWith(MARK),
    isCurrent: (stored) => stored.startsWith(now.mark),
    forms: (text) => [now.seal(text), ...(before === undefined ? [] : [before.seal(text)]), text],
  };
};
