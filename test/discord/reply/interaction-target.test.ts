import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createInteractionTarget } from '../../../src/discord/reply/interaction-target.ts';
import { INTERACTION, createFakeApi } from './fake-api.ts';
import { discordError } from './fake-place.ts';
import { untilDone } from './views.ts';
import type { InteractionPlace } from '../../../src/discord/reply/interaction-target.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** For a reason that nobody knows. */
const NO = discordError(403, 20_022);
const FAILS = discordError(502, 0);
const ANSWER = { content: 'Certainly.' };

const inPlace = (discord: ReturnType<typeof createFakeApi>, place: Partial<InteractionPlace> = {}) =>
  createInteractionTarget(discord.api, { interaction: INTERACTION, channelId: '1', isPrivate: false, canSendMessages: true, ...place });

describe('an answer to a command', () => {
  it('stands in the channel where its response is refused', async () => {
    const discord = createFakeApi();
    discord.refuse('replyAtOnce', NO);
    await inPlace(discord).create(0, ANSWER);
    expect([discord.byInteraction(), discord.inChannel()]).toEqual([[], ['Certainly.']]);
  });

  it('does not stand there, too, where Discord only failed to say that its response is there', async () => {
    const discord = createFakeApi();
    discord.refuse('replyAtOnce', FAILS, { isDone: true });
    await expect(inPlace(discord).create(0, ANSWER)).rejects.toThrow();
    expect([discord.byInteraction(), discord.inChannel()]).toEqual([['Certainly.'], []]);
  });

  it('in private stands in the channel for nobody, whatever its response is refused for', async () => {
    const discord = createFakeApi();
    for (const call of ['replyAtOnce', 'editReply'] as const) discord.refuse(call, NO);
    await expect(inPlace(discord, { isPrivate: true }).create(0, ANSWER)).rejects.toThrow();
    expect(discord.inChannel()).toEqual([]);
  });

  it.each([
    ['as they are', (content: string) => content],
    ['not', (content: string) => content.trim()],
  ])('is found in its response, of which Discord did not say that it is there: it keeps blanks around a text %s', async (_how, keep) => {
    const discord = createFakeApi();
    const text = ' Certainly.\n';
    discord.keepAs(keep);
    discord.refuse('replyAtOnce', FAILS, { isDone: true });
    const place = inPlace(discord);
    await expect(place.create(0, { content: text })).rejects.toThrow();
    expect(await untilDone(place.find?.(text) ?? Promise.resolve(undefined))).toMatchObject({ messageId: '1001' });
  });

  it('is found in its response, and not said once more, although a message of the channel was tried behind that', async () => {
    const discord = createFakeApi();
    discord.refuse('replyAtOnce', NO, { isDone: true });
    discord.refuse('createMessage', NO);
    const place = inPlace(discord);
    await expect(place.create(0, ANSWER)).rejects.toThrow();
    expect(await untilDone(place.find?.(ANSWER.content) ?? Promise.resolve(undefined))).toMatchObject({ messageId: '1001' });
  });
});

describe('what could not be shown in the response of an interaction, and was said behind it,', () => {
  it('takes the place of what only "thinks", and stays where Discord does not show what is there', async () => {
    const discord = createFakeApi();
    const place = inPlace(discord, { isPrivate: true });
    await place.showBusy();
    for (const call of ['editReply', 'getReply'] as const) discord.refuse(call, NO);
    await expect(place.create(0, ANSWER)).rejects.toThrow();
    await place.besides?.(ANSWER);
    await untilDone(place.clean?.() ?? Promise.resolve());
    expect(discord.byInteraction()).toEqual(['Certainly.']);
  });

  it('leaves nothing that "thinks" above it', async () => {
    const discord = createFakeApi();
    const place = inPlace(discord);
    discord.refuse('replyAtOnce', NO, { isDone: true });
    discord.refuse('createMessage', NO);
    await expect(place.create(0, { content: 'The beginning' })).rejects.toThrow();
    await place.besides?.(ANSWER);
    await untilDone(place.clean?.() ?? Promise.resolve());
    expect(discord.byInteraction()).toEqual(['Certainly.']);
  });

  it('leaves the message whose button was pressed as it was', async () => {
    const discord = createFakeApi({ pressed: 'What was said before.' });
    const place = inPlace(discord, { before: 'What was said before.' });
    discord.refuse('editReply', NO);
    await expect(place.create(0, ANSWER)).rejects.toThrow();
    await place.besides?.(ANSWER);
    await untilDone(place.clean?.() ?? Promise.resolve());
    expect(discord.byInteraction()).toEqual(['What was said before.', 'Certainly.']);
  });
});
