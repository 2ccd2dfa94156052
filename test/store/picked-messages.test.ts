import { afterEach, describe, expect, it, vi } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { createPickedMessages } from '../../src/store/picked-messages.ts';
import { asideKeys } from '../../src/store/set-aside.ts';
import type { PickedMessage } from '../../src/conversation/ports.ts';

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

  it('that cannot be read is forgotten with the conversation of its channel, where it still names that', async () => {
    const store = openStore('memory://');
    const picked = createPickedMessages(store);
    const id = await picked.keep({ ...PICKED, quoted: { ...PICKED.quoted, text: '"channelId":"5"' } });
    const text = (await store.get(`picked:${id}`)) ?? '';
    await store.set(`picked:${id}`, text.replace('"version":1', '"version":"one"'), 60_000);
    await store.set('picked:torn', text.slice(0, 5), 60_000);
    expect([await picked.find(id), await picked.find('torn')]).toEqual([undefined, undefined]);
    const keys = await Array.fromAsync(store.entries('unreadable:'), ([key]) => key.replace(/:\d{13}/u, ''));
    expect(keys.toSorted()).toEqual([`unreadable:-/picked:torn`, `unreadable:2/picked:${id}`]);
    expect(await asideKeys(store, '2')).toHaveLength(1);
  });

  it('fails as the store does', async () => {
    const store = openStore('memory://');
    await store.close();
    const picked = createPickedMessages(store);
    await expect(picked.keep(PICKED)).rejects.toMatchObject({ name: 'Failure', kind: 'store' });
    await expect(picked.find('x')).rejects.toMatchObject({ name: 'Failure', kind: 'store' });
  });
});
