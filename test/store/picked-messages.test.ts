import { afterEach, describe, expect, it, vi } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { createPickedMessages } from '../../src/store/picked-messages.ts';
import type { PickedMessage } from '../../src/conversation/picked-message.ts';

const PICKED: PickedMessage = {
  id: '1',
  channelId: '2',
  pickedBy: '3',
  quoted: { author: { id: '4', name: 'Bo' }, text: 'tea', embeds: ['Card'], forwarded: { text: 'first', forwarded: { text: 'deeper' } } },
  files: [{ name: 'a.png', url: 'https://cdn.discordapp.com/attachments/1/2/a.png', size: 3, contentType: 'image/png' }],
};

afterEach(() => {
  vi.useRealTimers();
});

describe('a picked message', () => {
  it('is found as it was, for half an hour, under an id that tells nothing', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const picked = createPickedMessages(openStore('memory://'));
    const id = await picked.keep(PICKED);
    expect(id).toMatch(/^[\w-]{22}$/u);
    expect(await picked.keep(PICKED)).not.toBe(id);
    expect(await picked.find(id)).toEqual(PICKED);
    vi.setSystemTime(Date.now() + 30 * 60 * 1000);
    expect(await picked.find(id)).toBeUndefined();
    expect(await picked.find('nonsense')).toBeUndefined();
  });

  it.each([['broken JSON', '{'], ['a version that cannot be', JSON.stringify({ ...PICKED, version: -1 })], ['no record', '[]']])(
    'that cannot be read (%s) is none',
    async (_name, text) => {
      const store = openStore('memory://');
      await store.set('picked:x', text, 1_000);
      expect(await createPickedMessages(store).find('x')).toBeUndefined();
    },
  );

  it('fails as the store does', async () => {
    const store = openStore('memory://');
    await store.close();
    const picked = createPickedMessages(store);
    await expect(picked.keep(PICKED)).rejects.toMatchObject({ name: 'Failure', kind: 'store' });
    await expect(picked.find('x')).rejects.toMatchObject({ name: 'Failure', kind: 'store' });
  });
});
