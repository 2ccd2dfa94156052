import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Keeps what is secret unreadable in the store, and readable for processes of the same bot. */
export interface Seal {
  close(secret: string): string;
  /** Undefined when it was closed with another passphrase, or is no such text. */
  open(sealed: string): string | undefined;
}

const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;
export const NONCE_BYTES = 12;

/** AES-256-GCM of a text: the nonce, the tag, and what it became. @param key 32 bytes @param nonce {@link NONCE_BYTES} bytes, never used for another text with this key */
export const sealedBytes = (key: Buffer, nonce: Buffer, text: string): Buffer => {
  const cipher = createCipheriv(CIPHER, key, nonce);
  const sealed = [cipher.update(text, 'utf8'), cipher.final()];
  return Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]);
};

/** The text again; undefined where it was sealed with another key, was changed, or is no such thing. */
export const openedText = (key: Buffer, bytes: Buffer): string | undefined => {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
};

export const createSeal = (passphrase: string): Seal => {
  const key = Buffer.from(hkdfSync('sha256', passphrase, '', 'parley ledger', 32));
  return {
    close: (secret) => sealedBytes(key, randomBytes(NONCE_BYTES), secret).toString('base64url'),
    open: (sealed) => openedText(key, Buffer.from(sealed, 'base64url')),
  };
};
