import { expect, it, onTestFinished, vi } from 'vitest';
import { createLostMessages } from '../../../src/discord/rest/lost-messages.ts';

const MESSAGE = { id: '5', channel_id: 'c', nonce: 'n', content: 'It was a', author: { id: 'us' } };

/** A look for what an earlier process has left, and whether it has found something yet. */
const begin = (shards: readonly number[] | undefined = [0, 1]) => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const own = { shards };
  const lost = createLostMessages((authorId) => authorId === 'us', () => own.shards);
  const look = () => {
    const found: { ids: readonly string[] | undefined } = { ids: undefined };
    void lost.leftBehind('c', ['n']).then((ids) => (found.ids = ids));
    return found;
  };
  return { own, lost, look, aWhile: () => new Promise((resolve) => setTimeout(resolve, 100)), pass: (ms: number) => vi.advanceTimersByTime(ms) };
};

it('what an earlier process left is looked for when all shards of this process have been asked for it', async () => {
  const { lost, look, aWhile } = begin();
  const found = look();
  lost.heardAllOfEarlier(0);
  await aWhile();
  expect(found.ids).toBeUndefined();
  lost.heardOfEarlier(MESSAGE);
  lost.heardAllOfEarlier(1);
  await expect.poll(() => found.ids).toEqual(['5']);
});

it('it is waited for again where a shard comes back, or one more comes', async () => {
  const { own, lost, look, aWhile } = begin([0]);
  lost.heardAllOfEarlier(0);
  const first = look();
  await expect.poll(() => first.ids).toEqual([]);
  lost.left(0);
  const again = look();
  await aWhile();
  expect(again.ids).toBeUndefined();
  lost.heardAllOfEarlier(0);
  await expect.poll(() => again.ids).toEqual([]);
  own.shards = [0, 3];
  const more = look();
  await aWhile();
  expect(more.ids).toBeUndefined();
  lost.heardOfEarlier(MESSAGE);
  lost.heardAllOfEarlier(3);
  await expect.poll(() => more.ids).toEqual(['5']);
});

it('it is waited for no longer than a few seconds, and not at all where no shard is left', async () => {
  const { own, look, aWhile, pass } = begin(undefined);
  const found = look();
  await aWhile();
  expect(found.ids).toBeUndefined();
  pass(6_000);
  await expect.poll(() => found.ids).toEqual([]);
  own.shards = [];
  const none = look();
  await expect.poll(() => none.ids).toEqual([]);
});
