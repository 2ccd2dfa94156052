import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { MAX_DOCUMENTS, MAX_EARLIER_FILE_TOKENS, MAX_FILES, MAX_IMAGES, MAX_REQUEST_FILE_BYTES, MAX_REQUEST_TEXT_BYTES, MAX_TEXT_FILES } from '../../src/conversation/file-limits.ts';
import { sourceOf } from '../../src/conversation/content.ts';
import { fitFiles, keptSources, readHistoryFiles, withFileBytes, withKeptFiles, withoutFiles } from '../../src/conversation/history-files.ts';
import { fitHistory } from '../../src/conversation/prompt.ts';
import { estimateBlockTokens } from '../../src/conversation/token-estimate.ts';
import type { ContentBlock, DocumentBlock, FileSource, ImageBlock } from '../../src/conversation/content.ts';
import type { Exchange, History } from '../../src/conversation/history.ts';
import type { Turn } from '../../src/conversation/turn.ts';

type Block = ContentBlock<FileSource>;

// Never written to, so that thousands of large files cost nothing.
const zeros = new Uint8Array(5 * 1024 * 1024);
const image = (size = 1): ImageBlock => ({ image: { format: 'png', source: { bytes: zeros.subarray(0, size) } } });
const document = (size = 1): DocumentBlock => ({ document: { format: 'pdf', name: 'document', source: { bytes: zeros.subarray(0, size) } } });
const text = (size = 1): DocumentBlock => ({ document: { format: 'txt', name: 'document', source: { bytes: zeros.subarray(0, size) } } });
const user = (...content: ContentBlock[]): Turn => ({ role: 'user', content });
const said: Turn = { role: 'assistant', content: [{ text: 'I see.' }] };
const exchangeOf = (question: Turn<FileSource>, index: number): Exchange => ({
  id: String(index),
  askerId: '7',
  askedAt: index,
  turns: [question, said],
  replyMessageIds: [],
  stopReason: 'end_turn',
});
const historyOf = (questions: readonly Turn<FileSource>[]): History => ({ exchanges: questions.map(exchangeOf) });

/** The questions, of which the last one is new, as they are sent and remembered. */
const fitted = (questions: readonly Turn[]): readonly Turn<FileSource>[] => {
  const { history, turn } = fitFiles(historyOf(questions.slice(0, -1)), questions.at(-1)!);
  return [...history.exchanges.map(({ turns }) => turns[0]), turn];
};

const size = fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 4_500_000 }));
const block: fc.Arbitrary<ContentBlock> = fc.oneof(size.map(image), size.map(document), size.map(text), fc.constant({ text: 'words' }));
const turns = fc.array(fc.array(block, { minLength: 1, maxLength: 14 }).map((content) => user(...content)), { minLength: 1, maxLength: 8 });

const isImage = (one: Block): one is ImageBlock<FileSource> => 'image' in one;
const isText = (one: Block): one is DocumentBlock<FileSource> => !('text' in one) && 'document' in one && one.document.format === 'txt';
const isDocument = (one: Block): one is DocumentBlock<FileSource> => 'document' in one && !isText(one);
const bytesOf = (one: Block): number => {
  const source = 'text' in one ? undefined : sourceOf(one);
  return source !== undefined && 'bytes' in source ? source.bytes.length : 0;
};

describe('the files of a request', () => {
  it('are within the limits, and under names that Bedrock takes', () => {
    fc.assert(
      fc.property(turns, (all) => {
        const blocks = fitted(all).flatMap(({ content }) => content);
        const documents = blocks.filter(isDocument);
        const texts = blocks.filter(isText);
        expect(texts.length).toBeLessThanOrEqual(MAX_TEXT_FILES);
        expect(texts.reduce((sum, one) => sum + bytesOf(one), 0)).toBeLessThanOrEqual(MAX_REQUEST_TEXT_BYTES);
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
        const kept = fitted(all);
        expect(kept.map(({ content }) => content.length)).toEqual(all.map(({ content }) => content.length));
        for (const [turnIndex, { content }] of all.entries()) {
          for (const [index, before] of content.entries()) {
            const after = kept[turnIndex]!.content[index]!;
            if ('text' in before) expect(after).toBe(before);
            else if ('text' in after) expect(after.text).toMatch(/^\[(?:an image that|a text file that|document-\d+, which) is no longer sent\]$/u);
            else if (isDocument(before)) expect(after).toEqual({ document: { ...before.document, name: expect.any(String) } });
            else expect(after).toBe(before);
          }
        }
      }),
    );
  });

  it('go from older turns first', () => {
    fc.assert(
      fc.property(turns, (all) => {
        const kept = fitted(all);
        for (const isKind of [isImage, isDocument, isText]) {
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
        const kept = fitted(all);
        const isUnchanged = kept.every(({ content }, turn) => content.every((one, index) => 'text' in one === 'text' in all[turn]!.content[index]!));
        if (isUnchanged) expect(fitted(kept as Turn[])).toEqual(kept);
      }),
    );
  });

  it('of earlier questions cost no more than their share of a prompt', () => {
    fc.assert(
      fc.property(turns, (all) => {
        const earlier = fitted(all).slice(0, -1).flatMap(({ content }) => content.filter((one) => !('text' in one)));
        expect(earlier.reduce((sum, one) => sum + estimateBlockTokens(one), 0)).toBeLessThanOrEqual(MAX_EARLIER_FILE_TOKENS);
      }),
    );
  });

  it('keep the newest five documents under the names that they had before', () => {
    const names = (questions: readonly Turn<FileSource>[]) =>
      questions.map(({ content }) => content.map((one) => (isDocument(one) ? one.document.name : 'text' in one && one.text)));
    const before = fitted([user(document(), document()), user(document(), document())]);
    expect(names(before)).toEqual([['document-1', 'document-2'], ['document-3', 'document-4']]);
    const after = fitted([...(before as Turn[]), user(document(), document(), { text: 'Compare.' })]);
    expect(names(after)).toEqual([
      ['document-1', '[document-2, which is no longer sent]'],
      ['document-3', 'document-4'],
      ['document-5', 'document-6', 'Compare.'],
    ]);
    const later = fitted([...(after.slice(1) as Turn[]), user(document())]);
    expect(names(later)).toEqual([['document-3', 'document-4'], ['document-5', 'document-6', 'Compare.'], ['document-7']]);
  });

  it('cost nothing where there are none', () => {
    const history = historyOf([user({ text: 'Hello' })]);
    const turn = user({ text: 'And now?' });
    expect(fitFiles(history, turn)).toEqual({ history, turn });
    expect(fitFiles(history, turn).history).toBe(history);
  });

  it('do not push out what was said', () => {
    const history = historyOf([user({ text: 'Hello' }), user(document(4_000_000), { text: 'Sum it up.' })]);
    const settings = { systemPrompt: '', maxTokens: 200 };
    expect(fitHistory(settings, history, user(image(3_000_000), { text: 'And this?' }))).toBe(history);
  });
});

describe('the files of a history', () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const other = new Uint8Array([4]);
  const withFiles = historyOf([
    user({ text: 'Look.' }, { image: { format: 'png', source: { bytes } } }),
    user({ text: 'Hello' }),
    user({ document: { format: 'pdf', name: 'document-1', source: { bytes: other } } }, { image: { format: 'png', source: { bytes } } }),
  ]);
  const keep = async (content: Uint8Array) => ({ sha256: String(content[0]).repeat(64), size: content.length });

  it('are put away and come back as they were, each read once', async () => {
    const kept = await withKeptFiles(withFiles, keep);
    expect(kept.exchanges[1]).toBe(withFiles.exchanges[1]);
    expect(keptSources(kept).map(({ size: count }) => count)).toEqual([3, 1, 3]);
    expect(JSON.stringify(kept)).not.toContain('bytes');
    const read: string[] = [];
    const files = await readHistoryFiles(kept, async ({ sha256 }) => {
      read.push(sha256);
      return sha256.startsWith('1') ? bytes : other;
    });
    expect(read).toHaveLength(2);
    const sent = kept.exchanges.map(({ turns }) => withFileBytes(turns[0], files));
    expect(sent).toEqual(withFiles.exchanges.map(({ turns }) => turns[0]));
  });

  it('are a line of text where they are lost, and where they are not wanted', async () => {
    const kept = await withKeptFiles(withFiles, keep);
    const files = await readHistoryFiles(kept, async () => undefined);
    const texts = [
      [{ text: 'Look.' }, { text: '[an image that is no longer sent]' }],
      [{ text: 'Hello' }],
      [{ text: '[document-1, which is no longer sent]' }, { text: '[an image that is no longer sent]' }],
    ];
    expect(kept.exchanges.map(({ turns }) => withFileBytes(turns[0], files).content)).toEqual(texts);
    expect(withoutFiles(kept).exchanges.map(({ turns }) => turns[0].content)).toEqual(texts);
  });

  it('that are kept already are not put away again', async () => {
    const kept = await withKeptFiles(withFiles, keep);
    const again = await withKeptFiles(kept, () => Promise.reject(new Error('not again')));
    expect(again).toEqual(kept);
    expect(again.exchanges[0]).toBe(kept.exchanges[0]);
  });
});
