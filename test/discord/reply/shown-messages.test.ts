import { describe, expect, it } from 'vitest';
import { createShownMessages } from '../../../src/discord/reply/shown-messages.ts';
import { createChannelTarget } from '../../../src/discord/reply/channel-target.ts';
import { createResumedTarget } from '../../../src/discord/reply/resumed-target.ts';
import { createFakeApi } from './fake-api.ts';
import { createFakePlace } from './fake-place.ts';
import type { ReplyTarget } from '../../../src/discord/reply/reply-target.ts';
import type { WaitOf } from '../../../src/discord/rest/paced-job.ts';
import type { OutgoingMessage } from '../../../src/discord/rest/discord-api.ts';

const WATCH = { hasMovedPast: () => false, end: () => undefined };
const texts = (...contents: readonly string[]): OutgoingMessage[] => contents.map((content) => ({ content }));
const nobodyWaits = (): number => 0;

/** More steps than any way to what is wanted takes. */
const MOST_STEPS = 20;

const showing = (target: ReplyTarget) => {
  const messages = createShownMessages({ target, watch: WATCH, warn: () => undefined });
  /** Takes all steps to what is wanted, and gives them back. */
  const show = async (wanted: readonly OutgoingMessage[], isEnd: boolean, waitOf: WaitOf = nobodyWaits) => {
    const steps: string[] = [];
    for (let step = messages.next(wanted, isEnd, waitOf); step !== undefined && steps.length < MOST_STEPS; step = messages.next(wanted, isEnd, waitOf)) {
      steps.push(`${step.type} ${step.part}`);
      await messages.send(step, isEnd, {});
    }
    return steps;
  };
  return { messages, show };
};
const shownIn = (place: ReturnType<typeof createFakePlace>) => showing(place.target('q'));

const plenty: [number, number] = [1_000, 1_000];
const place = () => createFakePlace({ latencyMs: 0, limits: { create: plenty, edit: plenty, delete: plenty } });

describe('the messages of an answer', () => {
  it('that it does not need any more go behind its end, each from its own part', async () => {
    const { messages, show } = shownIn(place());
    await show(texts('one', 'two', 'three'), false);
    expect(await show(texts('whole'), true)).toEqual(['edit 0', 'remove 1', 'remove 2']);
    expect(messages.count()).toBe(1);
  });

  it('that were said by another way stand for what they say, and nothing is to be done for them', async () => {
    const { messages, show } = shownIn(place());
    const wanted = texts('one', 'two', 'three');
    await show(wanted.slice(0, 1), true);
    messages.replaceRest(1, ['8', '9'], wanted);
    expect(messages.next(wanted, true, nobodyWaits)).toBeUndefined();
    expect([messages.ids().slice(1), messages.missing(wanted), messages.isReadable(wanted)]).toEqual([['8', '9'], [], true]);
    expect(messages.missing(texts('one', 'two', 'other'))).toEqual(texts('other'));
  });

  it('take no more drafts where an edit was refused, and do where only a new one was', async () => {
    const { messages, show } = shownIn(place());
    await show(texts('one'), false);
    messages.noteRefusal({ type: 'create', part: 0, message: { content: 'two' }, isAnew: true });
    expect(messages.isFrozen()).toBe(false);
    messages.noteRefusal({ type: 'edit', part: 0, messageId: '1', message: { content: 'two' } });
    expect(messages.isFrozen()).toBe(true);
  });
});

describe('the messages of an answer that an earlier process has begun', () => {
  const resumed = (discord: ReturnType<typeof createFakeApi>, drafts: readonly string[]) =>
    showing(createResumedTarget(createChannelTarget(discord.api, { channelId: '1', questionId: '5', replyTo: '5' }), { removed: () => undefined }, drafts, false));

  it('stay where the end cannot be said anew, because that process had said it so', async () => {
    const discord = createFakeApi();
    const { messages, show } = resumed(discord, [discord.wasMade('5', 0, 'the end of th', true)]);
    await show(texts('a dra'), false);
    // Discord has no room for an edit, and some for a new message.
    await show(texts('the end'), true, (action) => (action === 'edit' ? 5_000 : 0));
    expect([discord.inChannel(), messages.count()]).toEqual([['the end'], 1]);
  });

  it('stand for one part each, where one of them was another part then', async () => {
    const discord = createFakeApi();
    const drafts = [discord.wasMade('5', 0, 'o'), discord.wasMade('5', 2, 't')];
    const { messages, show } = resumed(discord, drafts);
    await show(texts('one', 'two', 'three'), true);
    expect([discord.inChannel(), new Set(messages.ids()).size]).toEqual([['one', 'two', 'three'], 3]);
  });

  it('are told as not there where Discord has no other for a part', async () => {
    const discord = createFakeApi();
    const drafts = [discord.wasMade('5', 2, 'o'), discord.wasMade('5', 2, 't', true)];
    const { show } = resumed(discord, drafts);
    await expect(show(texts('one', 'two', 'three'), true)).rejects.toThrow('without a message');
    expect(discord.inChannel()).toEqual(['one', 'two']);
  });
});
