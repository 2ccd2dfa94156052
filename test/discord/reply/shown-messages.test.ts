import { describe, expect, it } from 'vitest';
import { createShownMessages } from '../../../src/discord/reply/shown-messages.ts';
import { createFakePlace } from './fake-place.ts';
import type { OutgoingMessage } from '../../../src/discord/rest/discord-api.ts';

const WATCH = { hasMovedPast: () => false, end: () => undefined };
const texts = (...contents: readonly string[]): OutgoingMessage[] => contents.map((content) => ({ content }));
const nobodyWaits = (): number => 0;

const shownIn = (place: ReturnType<typeof createFakePlace>) => {
  const messages = createShownMessages({ target: place.target('q'), watch: WATCH, warn: () => undefined });
  /** Takes all steps to what is wanted, and gives them back. */
  const show = async (wanted: readonly OutgoingMessage[], isEnd: boolean) => {
    const steps: string[] = [];
    for (let step = messages.next(wanted, isEnd, nobodyWaits); step !== undefined; step = messages.next(wanted, isEnd, nobodyWaits)) {
      steps.push(`${step.type} ${step.part}`);
      await messages.send(step, isEnd, {});
    }
    return steps;
  };
  return { messages, show };
};

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
