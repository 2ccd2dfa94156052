import { SnowflakeUtil } from 'discord.js';
import { Failure } from '../../../src/conversation/failure.ts';
import { TakenOver } from '../../../src/discord/rest/delivery-error.ts';
import { createLeftTurns } from '../../../src/discord/resume/left-turns.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { answered, askAgain } from '../asking-again.ts';
import { freshChannel } from '../fresh-channel.ts';
import { buttonsOf, press, privateReplies } from '../pressing.ts';
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
const shown = (): readonly SimulatedMessage[] => place.fromBot.filter(({ ephemeral }) => !ephemeral);
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

  it('is shown to its end by a process that was there before', async () => {
    await askedTwice(story('First'), 'Second.');
    const other = await world.startSecond();
    try {
      await turnHalfWay({ route: 'POST /channels/:id/messages', does: { status: 500 } }, () => words().startsWith('First'));
      expect(pager()).toBeUndefined();
      await world.discord.waitFor(() => pager() === '1/2', 60_000);
      expect(words()).toContain('First 59:');
    } finally {
      await other.stop(0);
      await world.restart();
    }
  }, 120_000);
});

describe('an answer to which somebody turned while Discord failed for longer than its end is tried', () => {
  it('is shown to its end when Discord takes it, and whoever pressed it was told that', async () => {
    await askedTwice(story('First'), 'Second.');
    const fault = world.discord.faults.add({ route: 'POST /channels/:id/messages', when: () => shown().length === 2, does: { status: 500 } });
    const pressed = await press(world.ana, shown().at(-1) as SimulatedMessage, '‹');
    await world.discord.waitFor(() => privateReplies(pressed).length > 0, 150_000);
    expect(privateReplies(pressed)).toEqual(['Discord does not take that answer at the moment. I go on with it as soon as it does.']);
    expect(shown().length).toBe(2);
    fault.remove();
    await world.discord.waitFor(() => pager() === '1/2', 60_000);
    expect(words()).toContain('First 59:');
    expect(words().match(/First 20:/gu)).toHaveLength(1);
    await press(world.ana, shown().at(-1) as SimulatedMessage, '›');
    await world.discord.waitFor(() => words() === 'Second.');
  }, 240_000);
});

describe('what was turned to and left', () => {
  const SECOND_LOOK = 3_600_000n << 22n;
  const [now, old] = [String(SECOND_LOOK * 3n), String(SECOND_LOOK)];
  const undeliverable = (cause: unknown): Failure => new Failure('undeliverable', 'Discord did not take it', { cause });
  const cases: readonly (readonly [name: string, pressId: string, finish: () => Promise<boolean>, isKept: boolean])[] = [
    ['is forgotten where it is there', now, () => Promise.resolve(true), false],
    ['is kept where something of the one before it is left', now, () => Promise.resolve(false), true],
    ['is kept where Discord fails', now, () => Promise.reject(undeliverable(new TypeError('fetch failed'))), true],
    ['is kept where the store fails', now, () => Promise.reject(new Failure('store', 'It cannot be read.')), true],
    ['is forgotten where somebody deleted it', now, () => Promise.reject(new Failure('stopped', 'Somebody deleted the answer.')), false],
    ['is forgotten where Discord refuses it', now, () => Promise.reject(undeliverable(new TakenOver())), false],
    ['is forgotten where it failed for longer than anybody looks', old, () => Promise.reject(undeliverable(new TypeError('fetch failed'))), false],
  ];
  it.each(cases)('%s', async (_name, pressId, finish, isKept) => {
    const forgotten: string[] = [];
    const released: string[] = [];
    const { look } = createLeftTurns({
      shownAnswers: {
        turns: async function* () {
          yield ['an-answer', pressId] as const;
        },
        claim: () => Promise.resolve(true),
        release: async (id) => void released.push(id),
        forgetTurn: async (id) => void forgotten.push(id),
      },
      finishTurn: finish,
      begun: { ended: () => Promise.resolve() },
      now: () => SnowflakeUtil.timestampFrom(now),
      log: { warn: () => undefined } as never,
    });
    await look();
    expect([forgotten, released]).toEqual([isKept ? [] : ['an-answer'], ['an-answer']]);
  });
});
