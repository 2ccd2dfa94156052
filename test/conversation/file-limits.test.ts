import { describe, expect, it } from 'vitest';
import { FileAllowance, MAX_DOCUMENTS, MAX_FILES, MAX_IMAGES, MAX_REQUEST_FILE_BYTES, MAX_REQUEST_TEXT_BYTES, MAX_TEXT_FILES } from '../../src/conversation/file-limits.ts';
import type { FileBlock, KeptSource } from '../../src/conversation/content.ts';

type Kind = 'image' | 'document' | 'text';

const file = (kind: Kind, size = 1): FileBlock<KeptSource> => {
  const source = { sha256: 'k', size };
  if (kind === 'image') return { image: { format: 'png', source } };
  return { document: { format: kind === 'text' ? 'txt' : 'pdf', name: 'a', source } };
};
const many = (count: number, kind: Kind, size?: number): FileBlock<KeptSource>[] => Array.from({ length: count }, () => file(kind, size));

/** What is said to each of some files. */
const said = (files: readonly FileBlock<KeptSource>[], mostImages?: number) => {
  const allowance = new FileAllowance(mostImages);
  return files.map((block) => allowance.take(block));
};
const room = (count: number): undefined[] => Array.from({ length: count }, () => undefined);

describe('the room for files in one request', () => {
  it.each([
    ['image', 'images', MAX_IMAGES],
    ['document', 'documents', MAX_DOCUMENTS],
    ['text', 'texts', MAX_TEXT_FILES],
  ] as const)('is for so many of each kind: %s', (kind, limit, most) => {
    expect(said(many(most + 1, kind))).toEqual([...room(most), limit]);
  });

  it('is for as many images as the model takes', () => {
    expect(said(many(3, 'image'), 2)).toEqual([undefined, undefined, 'images']);
  });

  it('is for images and documents together, beside which texts do not count', () => {
    const files = [...many(10, 'text'), ...many(MAX_DOCUMENTS, 'document'), ...many(MAX_FILES - MAX_DOCUMENTS + 1, 'image'), file('text')];
    expect(said(files)).toEqual([...room(10 + MAX_FILES), 'files', undefined]);
  });

  it('is for so many bytes of all files, and of texts for fewer', () => {
    expect(said([file('image', MAX_REQUEST_FILE_BYTES), file('image', 1)])).toEqual([undefined, 'bytes']);
    expect(said([file('text', MAX_REQUEST_TEXT_BYTES), file('text', 1), file('document', 1)])).toEqual([undefined, 'text-bytes', undefined]);
    expect(said([file('document', MAX_REQUEST_TEXT_BYTES), file('text', MAX_REQUEST_TEXT_BYTES)])).toEqual([undefined, undefined]);
  });

  it('is not taken by what has none', () => {
    expect(said([file('image', MAX_REQUEST_FILE_BYTES + 1), file('image', MAX_REQUEST_FILE_BYTES), file('text', 1)])).toEqual(['bytes', undefined, 'bytes']);
  });
});
