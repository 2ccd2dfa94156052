import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { createByteRoom } from '../../src/conversation/byte-room.ts';
import type { TakenRoom } from '../../src/conversation/byte-room.ts';

const never = new AbortController().signal;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('room for files', () => {
  it('is given in the order of asking, and never more than there is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 20 }), async (sizes) => {
        const room = createByteRoom(100);
        const held: { room: TakenRoom; bytes: number }[] = [];
        const served: number[] = [];
        let most = 0;
        const all = sizes.map(async (bytes, index) => {
          held.push({ room: await room.take(bytes, never), bytes: Math.min(bytes, 100) });
          served.push(index);
          most = Math.max(most, held.reduce((sum, one) => sum + one.bytes, 0));
        });
        while (served.length < sizes.length) {
          await settled();
          held.shift()?.room[Symbol.dispose]();
        }
        await Promise.all(all);
        expect(served).toEqual(sizes.map((_, index) => index));
        expect(most).toBeLessThanOrEqual(100);
      }),
      { numRuns: 50 },
    );
  });

  it('is given back as soon as less is needed, and once only', async () => {
    const room = createByteRoom(100);
    const first = await room.take(80, never);
    let isServed = false;
    const second = room.take(60, never).then((taken) => ((isServed = true), taken));
    await settled();
    expect(isServed).toBe(false);
    first.shrink(40);
    await second;
    first.shrink(90);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    const third = room.take(50, never).then(() => 'served');
    await settled();
    expect(await Promise.race([third, 'waits'])).toBe('waits');
    (await second)[Symbol.dispose]();
    expect(await third).toBe('served');
  });

  it('is not waited for any longer than the question is', async () => {
    const room = createByteRoom(100);
    const first = await room.take(100, never);
    const controller = new AbortController();
    const second = room.take(90, controller.signal);
    const third = room.take(10, never);
    const gone = new Error('gone');
    controller.abort(gone);
    await expect(second).rejects.toBe(gone);
    await expect(room.take(1, controller.signal)).rejects.toBe(gone);
    first[Symbol.dispose]();
    await third;
    await room.take(90, never);
  });
});
