import { beforeEach, describe, expect, it } from 'vitest';
import { answered, askAgain } from '../asking-again.ts';
import { freshChannel } from '../fresh-channel.ts';
import { buttonsOf, press } from '../pressing.ts';
import { shareWorld } from '../shared-world.ts';
import type { SimulatedChannel, SimulatedMessage } from '../../simulators/discord.ts';
import type { World } from '../../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

let place: SimulatedChannel;
beforeEach(() => {
  place = freshChannel(world);
});

const story = (word: string): string => Array.from({ length: 60 }, (_, index) => `${word} ${index}: ${'words '.repeat(15)}`).join('\n\n');
const shown = (): readonly SimulatedMessage[] => place.fromBot;
const words = (): string => shown().map(({ content }) => content).join('\n\n');
const pager = (): string | undefined => shown().flatMap(buttonsOf).find((label) => label?.includes('/'));

/** A question with two answers, of which the second is shown. */
const askedTwice = async (first: string, second: string): Promise<void> => {
  await answered(world, place, 'a story?', { text: first });
  await askAgain(world, world.ana, shown().at(-1) as SimulatedMessage, second);
  await world.discord.waitFor(() => pager() === '2/2' && words().startsWith(second.slice(0, 5)));
};

/** Turns to the first one, and lets the process end when some of it is there. */
const turnHalfWay = async (fault: Parameters<World['discord']['faults']['add']>[0], isHalf: () => boolean): Promise<void> => {
  const added = world.discord.faults.add(fault);
  await press(world.ana, shown().at(-1) as SimulatedMessage, '‹');
  await world.discord.waitFor(isHalf);
  await expect.poll(() => added.hits).toBeGreaterThan(0);
  await world.parley.stop(0);
  added.remove();
};

describe('an answer to which somebody turned, and whose process ended half-way', () => {
  it('is shown to its end where it needs more messages, and can be turned from there', async () => {
    await askedTwice(story('First'), 'Second.');
    await turnHalfWay({ route: 'POST /channels/:id/messages', does: { status: 500 } }, () => words().startsWith('First'));
    expect(pager()).toBeUndefined();
    await world.restart();
    await world.discord.waitFor(() => pager() === '1/2');
    expect(words()).toContain('First 59:');
    expect(words()).not.toContain('Second.');
    const count = shown().length;
    expect(shown().flatMap(buttonsOf)).toEqual(['‹', '1/2', '›', 'Regenerate']);
    await press(world.ana, shown().at(-1) as SimulatedMessage, '›');
    await world.discord.waitFor(() => words() === 'Second.');
    expect(pager()).toBe('2/2');
    expect(count).toBeGreaterThan(2);
  });

  it('leaves nothing of the one before it where it needs fewer', async () => {
    await askedTwice('First.', story('Second'));
    await turnHalfWay({ route: 'DELETE /channels/:id/messages/:id', does: { status: 500 } }, () => words().startsWith('First.'));
    await world.restart();
    await world.discord.waitFor(() => words() === 'First.');
    expect(shown().flatMap(buttonsOf)).toEqual(['‹', '1/2', '›', 'Regenerate']);
    await press(world.ana, shown()[0] as SimulatedMessage, '›');
    await world.discord.waitFor(() => words().includes('Second 59:') && pager() === '2/2');
  });

  it('is left alone where it was shown', async () => {
    await askedTwice('First.', 'Second.');
    await press(world.ana, shown().at(-1) as SimulatedMessage, '‹');
    await world.discord.waitFor(() => words() === 'First.');
    await world.restart();
    const before = world.discord.requests.length;
    await world.ask(world.bo, 'and now?', freshChannel(world));
    expect(world.discord.requests.slice(before).filter(({ method, path }) => method === 'PATCH' && path.includes(place.id))).toEqual([]);
    expect(words()).toBe('First.');
  });
});
