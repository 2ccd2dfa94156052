import fc from '../property.ts';
import { describe, expect, it, vi } from 'vitest';
import { FrameCutter } from '../../src/bedrock/frame-cutter.ts';

const frameOf = (payload: Uint8Array): Uint8Array => {
  const frame = Buffer.alloc(16 + payload.length);
  frame.writeUInt32BE(frame.length, 0);
  frame.set(payload, 12);
  return frame;
};

const framesIn = (pieces: readonly Uint8Array[]): Uint8Array[] => {
  const cutter = new FrameCutter();
  const frames: Uint8Array[] = [];
  for (const piece of pieces) {
    cutter.push(piece);
    for (let frame = cutter.next(); frame !== undefined; frame = cutter.next()) frames.push(Buffer.from(frame));
  }
  cutter.end();
  return frames;
};

describe('frames of an event stream', () => {
  it('are joined once, however long they are and in however small pieces they come', () => {
    const frame = frameOf(new Uint8Array(2_000_000).fill(7));
    const concat = vi.spyOn(Buffer, 'concat');
    try {
      const cutter = new FrameCutter();
      let found = 0;
      for (let at = 0; at < frame.length; at += 1_000) {
        cutter.push(frame.subarray(at, at + 1_000));
        if (cutter.next() !== undefined) found += 1;
      }
      expect(found).toBe(1);
      expect(concat.mock.calls.length).toBeLessThanOrEqual(2);
    } finally {
      concat.mockRestore();
    }
  });

  it('are the same however their bytes arrive', () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
    fc.assert(
      fc.property(payloads, fc.array(fc.nat(60), { maxLength: 30 }), (all, sizes) => {
        const frames = all.map(frameOf);
        const bytes = Buffer.concat(frames);
        const pieces: Uint8Array[] = [];
        let position = 0;
        for (const size of [...sizes, bytes.length]) {
          pieces.push(bytes.subarray(position, position + size));
          position = Math.min(bytes.length, position + size);
        }
        expect(framesIn(pieces)).toEqual(frames.map((frame) => Buffer.from(frame)));
      }),
      { numRuns: 300 },
    );
  });

  it('are missed when the stream ends inside one', () => {
    expect(() => framesIn([frameOf(new Uint8Array(5)).subarray(0, 18)])).toThrow('inside a frame');
    expect(() => framesIn([new Uint8Array(3)])).toThrow('inside a frame');
  });

  it.each([0, 15, 0x3c68746d])('are not guessed at when their length is %i', (length) => {
    const bytes = Buffer.alloc(64);
    bytes.writeUInt32BE(length, 0);
    expect(() => framesIn([bytes])).toThrow('cannot have a frame');
  });
});
