import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_DOCUMENTS, MAX_FILES, MAX_IMAGES, MAX_REQUEST_FILE_BYTES, withinRequestLimits } from '../../src/conversation/file-limits.ts';
import type { ContentBlock, DocumentBlock, ImageBlock } from '../../src/conversation/content.ts';
import type { Turn } from '../../src/conversation/turn.ts';

// Never written to, so that thousands of large files cost nothing.
const zeros = new Uint8Array(5 * 1024 * 1024);
const image = (size = 1): ImageBlock => ({ image: { format: 'png', source: { bytes: zeros.subarray(0, size) } } });
const document = (size = 1): DocumentBlock => ({ document: { format: 'txt', name: 'document', source: { bytes: zeros.subarray(0, size) } } });
const user = (...content: ContentBlock[]): Turn => ({ role: 'user', content });
const said: Turn = { role: 'assistant', content: [{ text: 'I see.' }] };

const size = fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 4_500_000 }));
const block: fc.Arbitrary<ContentBlock> = fc.oneof(size.map(image), size.map(document), fc.constant({ text: 'words' }));
const turns = fc.array(fc.array(block, { minLength: 1, maxLength: 14 }).map((content) => user(...content)), { maxLength: 8 });

const isImage = (one: ContentBlock): one is ImageBlock => 'image' in one;
const isDocument = (one: ContentBlock): one is DocumentBlock => 'document' in one;
const bytesOf = (one: ContentBlock): number =>
  isImage(one) ? one.image.source.bytes.length : isDocument(one) ? one.document.source.bytes.length : 0;

describe('the files of a request', () => {
  it('are within the limits, and under names that Bedrock takes', () => {
    fc.assert(
      fc.property(turns, (all) => {
        const blocks = withinRequestLimits(all).flatMap(({ content }) => content);
        const documents = blocks.filter(isDocument);
        expect(blocks.filter(isImage).length).toBeLessThanOrEqual(MAX_IMAGES);
        expect(documents.length).toBeLessThanOrEqual(MAX_DOCUMENTS);
        expect(blocks.filter(isImage).length + documents.length).toBeLessThanOrEqual(MAX_FILES);
        expect(blocks.reduce((sum, one) => sum + bytesOf(one), 0)).toBeLessThanOrEqual(MAX_REQUEST_FILE_BYTES);
        const names = documents.map((one) => one.document.name);
        expect(new Set(names).size).toBe(names.length);
        for (const name of names) expect(name).toMatch(/^document-\d+$/u);
      }),
    );
  });

  it('leave every turn as it was otherwise, with a word where one is gone', () => {
    fc.assert(
      fc.property(turns, (all) => {
        const kept = withinRequestLimits(all);
        expect(kept.map(({ content }) => content.length)).toEqual(all.map(({ content }) => content.length));
        for (const [turnIndex, { content }] of all.entries()) {
          for (const [index, before] of content.entries()) {
            const after = kept[turnIndex]!.content[index]!;
            if ('text' in before) expect(after).toBe(before);
            else if ('text' in after) expect(after.text).toMatch(/^\[(?:an image that|document-\d+, which) is no longer sent\]$/u);
            else if (isImage(before)) expect(after).toBe(before);
            else expect(after).toEqual({ document: { ...before.document, name: expect.any(String) } });
          }
        }
      }),
    );
  });

  it('go from older turns first', () => {
    fc.assert(
      fc.property(turns, (all) => {
        const kept = withinRequestLimits(all);
        for (const isKind of [isImage, isDocument]) {
          const turnsWith = (isSent: boolean): number[] =>
            all.flatMap(({ content }, turn) => content.flatMap((one, index) => (isKind(one) && 'text' in kept[turn]!.content[index]! !== isSent ? [turn] : [])));
          expect(Math.min(Infinity, ...turnsWith(true))).toBeGreaterThanOrEqual(Math.max(-Infinity, ...turnsWith(false)));
        }
      }),
    );
  });

  it('do not change when they are within the limits already', () => {
    fc.assert(
      fc.property(turns, (all) => {
        const kept = withinRequestLimits(all);
        const isUnchanged = kept.every(({ content }, turn) => content.every((one, index) => 'text' in one === 'text' in all[turn]!.content[index]!));
        if (isUnchanged) expect(withinRequestLimits(kept)).toEqual(kept);
      }),
    );
  });

  it('keep the newest five documents under the names that they had before', () => {
    const before = [user(document(), document()), said, user(document(), document())];
    const after = [...before, said, user(document(), document(), { text: 'Compare.' })];
    expect(withinRequestLimits(before).flatMap(({ content }) => content.filter(isDocument).map((one) => one.document.name))).toEqual(
      ['document-1', 'document-2', 'document-3', 'document-4'],
    );
    const content = withinRequestLimits(after).map((turn) => turn.content.map((one) => (isDocument(one) ? one.document.name : 'text' in one && one.text)));
    expect(content).toEqual([
      ['document-1', '[document-2, which is no longer sent]'],
      ['I see.'],
      ['document-3', 'document-4'],
      ['I see.'],
      ['document-5', 'document-6', 'Compare.'],
    ]);
  });

  it('cost nothing where there are none', () => {
    const all = [user({ text: 'Hello' }), said];
    const kept = withinRequestLimits(all);
    expect(kept[0]).toBe(all[0]);
    expect(kept[1]).toBe(said);
  });
});
