import { describe, expect, it } from 'vitest';
import { createChannelTarget } from '../../../src/discord/reply/channel-target.ts';
import { createResumedTarget } from '../../../src/discord/reply/resumed-target.ts';
import { createFakeApi } from './fake-api.ts';
import { discordError } from './fake-place.ts';

const NO = discordError(403, 20_022);
const CLAIM = { removed: () => undefined };

const inChannel = (discord: ReturnType<typeof createFakeApi>, askerId?: string) =>
  createChannelTarget(discord.api, { channelId: '1', questionId: '5', replyTo: '5', ...(askerId === undefined ? {} : { askerId }) });

describe('an answer in a channel that takes no replies', () => {
  /** Without the permission to read the history. */
  const withoutReplies = () => {
    const discord = createFakeApi();
    discord.refuse('createMessage', ({ replyTo }) => (replyTo === undefined ? undefined : discordError(400, 160_002)));
    return discord;
  };

  it('names whom it answers, now and when it has grown', async () => {
    const discord = withoutReplies();
    const place = inChannel(discord, '7');
    const sent = await place.create(0, { content: 'Hello.' });
    expect([discord.inChannel(), sent.content]).toEqual([['<@7>\nHello.'], 'Hello.']);
    await place.edit(0, sent.messageId, { content: 'Hello, all.' });
    expect(discord.inChannel()).toEqual(['<@7>\nHello, all.']);
  });

  it('names nobody where nobody knows who asked', async () => {
    const discord = withoutReplies();
    await inChannel(discord).create(0, { content: 'Hello.' });
    expect(discord.inChannel()).toEqual(['Hello.']);
  });
});

describe('an answer that an earlier process has said, and Discord takes no edit of', () => {
  it.each(['Hello.', ' Hello.\n'])('stands as it is, and is not said once more: %j', async (content) => {
    const discord = createFakeApi();
    discord.keepAs((text) => text.trim());
    discord.wasMade('5', 0, content);
    discord.refuse('editMessage', NO);
    const place = createResumedTarget(inChannel(discord, '7'), CLAIM, [], false);
    expect(await place.create(0, { content })).toMatchObject({ content: 'Hello.' });
    expect(discord.inChannel()).toEqual(['Hello.']);
  });

  it('is told as refused where it stands there with other words', async () => {
    const discord = createFakeApi();
    discord.wasMade('5', 0, 'The beginning');
    discord.refuse('editMessage', NO);
    await expect(createResumedTarget(inChannel(discord, '7'), CLAIM, [], false).create(0, { content: 'The beginning, and the end.' })).rejects.toThrow();
  });
});
