import { describe, expect, it } from 'vitest';
import { GrowingBytes, giveBack, pagedBytes } from '../../src/conversation/paged-bytes.ts';

const PAGED_FROM = 128 * 1024;

describe('bytes that can be given back', () => {
  it('are those of large files, which are empty then; small ones stay', () => {
    for (const length of [PAGED_FROM, PAGED_FROM * 3]) {
      const bytes = pagedBytes(length);
      expect(bytes).toHaveLength(length);
      giveBack(bytes);
      expect(bytes).toHaveLength(0);
    }
    const small = pagedBytes(PAGED_FROM - 1);
    giveBack(small);
    expect(small).toHaveLength(PAGED_FROM - 1);
  });
});

describe('bytes that come in pieces', () => {
  const inPieces = (length: number): GrowingBytes => {
    const growing = new GrowingBytes(PAGED_FROM * 2);
    for (let at = 0; at < length; at += 50_000) growing.push(new Uint8Array(Math.min(50_000, length - at)).fill(at % 251));
    return growing;
  };

  it.each([PAGED_FROM - 1, PAGED_FROM, PAGED_FROM * 2])('are all there in the end: %i', (length) => {
    const bytes = inPieces(length).bytes();
    expect(bytes).toHaveLength(length);
    expect([bytes[0], bytes[49_999], bytes[50_000], bytes[length - 1]]).toEqual([0, 0, 50_000 % 251, ((Math.ceil(length / 50_000) - 1) * 50_000) % 251]);
    giveBack(bytes);
    expect(bytes).toHaveLength(length < PAGED_FROM ? length : 0);
  });

  it('are no more than were told, and can be dropped', () => {
    const growing = inPieces(PAGED_FROM * 2);
    expect(() => growing.push(new Uint8Array(1))).toThrow(RangeError);
    const seen = growing.bytes();
    growing.drop();
    expect(seen).toHaveLength(0);
  });
});
