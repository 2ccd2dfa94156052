import { hash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { pagedBytes } from '../conversation/paged-bytes.ts';
import { checkedTable } from './checked-table.ts';
import { timeKind } from './small-records.ts';
import type { KeptSource } from '../conversation/content.ts';
import type { Log } from '../log/log.ts';
import type { Store } from './open-store.ts';

/** The bytes of files that histories refer to: each file once, for as long as a conversation has it. */
export interface KeptFiles {
  keep(conversationId: string, bytes: Uint8Array): Promise<KeptSource>;
  /** What another conversation has is this one's, too. */
  share(conversationId: string, hashes: Iterable<string>): Promise<void>;
  /** Undefined when they are not there or not what they were. Never rejects. */
  read(source: KeptSource): Promise<Uint8Array | undefined>;
  /** The conversation does not have these files any more. */
  release(conversationId: string, hashes: Iterable<string>): Promise<void>;
  /** Releases what a conversation does not have, because a process ended between two writes. */
  releaseStrays(hasFile: (conversationId: string, sha256: string) => Promise<boolean>): Promise<void>;
}

export interface KeptFilesOptions {
  /** A table of its own: rows of megabytes would slow the others down. */
  readonly store: Store;
  /** How long a file is kept at most, in milliseconds: as long as the exchange that it came with. */
  readonly ttlMs: number;
  readonly log: Log;
}

/** How old a file must be before nothing can be about to refer to it, in milliseconds. */
const STRAY_AFTER_MS = 60 * 60 * 1000;

export const ownerKind = timeKind({ name: 'owner of a file', prefix: 'owner:' });
const bytesKey = (sha256: string): string => `bytes:${sha256}`;
/**
 * Bytes of a file under one key: what is longer lies in pieces. SQLite and what is between copy a value several times, and the
 * C heap keeps the memory of large copies.
 */
const PIECE_BYTES = 48 * 1024;
const piecesPrefix = (sha256: string): string => `piece:${sha256}:`;
/** The first piece has the key that a whole file has, and is written last: where it is, all of them are. */
const pieceKey = (sha256: string, index: number): string => (index === 0 ? bytesKey(sha256) : `${piecesPrefix(sha256)}${index}`);
const ownersPrefix = (sha256: string): string => `${ownerKind.prefix}${sha256}:`;
const ownerKey = (sha256: string, conversationId: string): string => `${ownersPrefix(sha256)}${conversationId}`;

const piecesOf = (size: number): number => Math.max(1, Math.ceil(size / PIECE_BYTES));

/**
 * Files in keyv, as base64, which is how they travel. The entries of those who have a file are written before the file, and
 * the file is only deleted in one step with the look for them: several processes cannot take it from each other.
 */
export const createKeptFiles = ({ store, ttlMs, log }: KeptFilesOptions): KeptFiles => {
  const owners = checkedTable(store, ownerKind);
  const release = async (conversationId: string, hashes: Iterable<string>): Promise<void> => {
    for (const sha256 of hashes) {
      await store.delete(ownerKey(sha256, conversationId));
      await store.deleteUnneeded(bytesKey(sha256), ownersPrefix(sha256));
      for await (const [key] of store.entries(piecesPrefix(sha256))) await store.deleteUnneeded(key, ownersPrefix(sha256));
    }
  };

  const readPieces = async (sha256: string, size: number): Promise<Uint8Array | undefined> => {
    const first = await store.get(bytesKey(sha256));
    if (first === undefined) return undefined;
    const bytes = pagedBytes(size);
    const into = Buffer.from(bytes.buffer, bytes.byteOffset, size);
    // Files that were kept before there were pieces are whole under the first key.
    let at = into.write(first, 'base64');
    for (let index = 1; at < size; index += 1) {
      const piece = await store.get(pieceKey(sha256, index));
      if (piece === undefined) return undefined;
      at += into.write(piece, at, 'base64');
    }
    return bytes;
  };

  return {
    // A large file holds the thread for tens of milliseconds: between two of them others go on.
    keep: async (conversationId, bytes) => {
      await breathe();
      const sha256 = hash('sha256', bytes);
      const { buffer, byteOffset, byteLength } = bytes;
      await store.set(ownerKey(sha256, conversationId), String(Date.now()), ttlMs);
      // Also where the file is there already: it now stays as long as its newest owner.
      for (let index = piecesOf(byteLength) - 1; index >= 0; index -= 1) {
        const start = index * PIECE_BYTES;
        const piece = Buffer.from(buffer, byteOffset + start, Math.min(PIECE_BYTES, byteLength - start));
        await store.set(pieceKey(sha256, index), piece.toString('base64'), ttlMs);
      }
      return { sha256, size: byteLength };
    },
    share: async (conversationId, hashes) => {
      for (const sha256 of hashes) await store.set(ownerKey(sha256, conversationId), String(Date.now()), ttlMs);
    },
    read: async ({ sha256, size }) => {
      await breathe();
      try {
        const bytes = await readPieces(sha256, size);
        if (bytes !== undefined && hash('sha256', bytes) === sha256) return bytes;
        log.warn({ sha256, isThere: bytes !== undefined }, 'a file of a conversation is lost; the question goes on without it');
      } catch (error) {
        log.error({ sha256, reason: String(error) }, 'a file of a conversation could not be read; the question goes on without it');
      }
      return undefined;
    },
    release,
    releaseStrays: async (hasFile) => {
      for await (const [id, keptAt] of owners.list()) {
        const [sha256 = '', ...conversation] = id.split(':');
        const conversationId = conversation.join(':');
        if (Date.now() - Number(keptAt) < STRAY_AFTER_MS || (await hasFile(conversationId, sha256))) continue;
        await release(conversationId, [sha256]);
      }
    },
  };
};
