import { describe, expect, it } from 'vitest';
import { createCallRoom } from '../../src/conversation/byte-room.ts';
import { EMPTY_HISTORY } from '../../src/conversation/history.ts';
import type { History } from '../../src/conversation/history.ts';
import type { Turn } from '../../src/conversation/turn.ts';

const never = new AbortController().signal;
const nothing = (): void => undefined;
const ofText: Turn = { role: 'user', content: [{ text: 'hello' }] };
const withImage = (size: number): Turn => ({ role: 'user', content: [{ image: { format: 'png', source: { bytes: new Uint8Array(size) } } }] });
const earlier = (size: number): History => ({
  exchanges: [
    {
      id: '1',
      askerId: '7',
      askedAt: 0,
      turns: [
        { role: 'user', content: [{ document: { format: 'pdf', name: 'document-1', source: { sha256: 'a'.repeat(64), size } } }] },
        { role: 'assistant', content: [{ text: 'I see.' }] },
      ],
      replyMessageIds: [],
      stopReason: 'end_turn',
    },
  ],
});

describe('the room for the files of calls', () => {
  it('is not asked for by words', async () => {
    const room = createCallRoom(1);
    using first = await room.take(earlier(3_000), ofText, never, nothing);
    using second = await room.take(EMPTY_HISTORY, ofText, never, () => expect.unreachable());
    expect([first, second]).toHaveLength(2);
  });

  it('holds what a request takes until it is sent, and what was read for it until it ends', async () => {
    const room = createCallRoom(3_000);
    const first = await room.take(earlier(900), ofText, never, nothing); // 900 and 1,200 of base64
    let waited = 0;
    const waiting = room.take(EMPTY_HISTORY, withImage(1_500), never, () => (waited += 1)); // 2,000
    await Promise.resolve();
    expect(waited).toBe(1);
    first.sent();
    using _ = await waiting;
    const controller = new AbortController();
    const third = room.take(EMPTY_HISTORY, withImage(300), controller.signal, () => (waited += 1));
    await Promise.resolve();
    expect(waited).toBe(2);
    controller.abort(new Error('stopped'));
    await expect(third).rejects.toThrow('stopped');
    first[Symbol.dispose]();
    using last = await room.take(EMPTY_HISTORY, withImage(300), never, () => expect.unreachable());
    expect(last).toBeDefined();
  });
});
