import { afterEach, describe, expect, it } from 'vitest';
import { startWorld } from '../start-parley.ts';
import {
  ALL_AT_ONCE,
  createCrowd,
  haveWords,
  isCreate,
  isEdit,
  isHardlyRefused,
  isOfInteractions,
  isWhole,
  refusedForLimits,
  shownTo,
  untilWhole,
  whileDiscordIsClosed,
} from './crowd.ts';
import { buttonId } from './pressing.ts';
import type { RequestRecord } from '../simulators/discord.ts';
import type { Asker, Crowd } from './crowd.ts';
import type { World, WorldOptions } from '../start-parley.ts';

let world: World;
afterEach(async () => {
  expect(world.discord.unexpectedRequests).toEqual([]);
  await world.close();
});

/** Many who are to ask, with Discord's own limits. */
const gather = async (count: number, options: WorldOptions = {}): Promise<Crowd> => {
  world = await startWorld({ ...options, environment: { ...ALL_AT_ONCE, ...options.environment } });
  return createCrowd(world, count);
};

/** Many whose answers have begun. */
const begin = async (count: number, options: WorldOptions = {}): Promise<Crowd> => {
  const crowd = await gather(count, options);
  crowd.askByMention();
  await crowd.heard();
  await crowd.grow(3);
  await haveWords(crowd.askers);
  return crowd;
};

/** What was asked of Discord from then on, but for responses to interactions. */
const since = (from: number): readonly RequestRecord[] => world.discord.requests.slice(from).filter((request) => !isOfInteractions(request));

const askedFor = ({ path }: RequestRecord, askers: readonly Asker[]): boolean => askers.some(({ channel }) => path.includes(`/channels/${channel.id}/`));

const lengthsOf = (askers: readonly Asker[]): readonly number[] => askers.map((asker) => shownTo(asker)[0]?.content.length ?? 0);

describe('a hundred answers at once', () => {
  it('are whole, each with its share, and Discord refuses nothing', async () => {
    const crowd = await begin(100);
    const drafted = world.discord.requests.length;
    const drafts = () => since(drafted).filter(isEdit);
    await crowd.growUntil(() => drafts().length >= 220);
    const places = drafts().map((request) => crowd.askers.findIndex((asker) => askedFor(request, [asker])));
    // Nobody is left out twice.
    const waited = crowd.askers.map((_, asker) => {
      const turns = [-1, ...places.keys().filter((turn) => places[turn] === asker), places.length];
      return Math.max(...turns.slice(1).map((turn, index) => turn - turns[index]!));
    });
    expect(Math.max(...waited)).toBeLessThanOrEqual(200);

    const atEnd = world.discord.requests.length;
    await crowd.end();
    await untilWhole(crowd.askers);
    // One for each, and a few drafts that were on their way.
    expect(since(atEnd).filter(isEdit).length).toBeLessThanOrEqual(100 + 50);
    expect(isHardlyRefused(world.discord)).toBe(true);
  });
});

describe('Discord takes nothing from the whole bot for some seconds, in the middle of two hundred answers', () => {
  it('and gets nothing until then but responses to interactions; then first words, ends and drafts, in this order', async () => {
    const crowd = await gather(200);
    const { discord } = world;
    const [stopped, ...askers] = crowd.askers as [Asker, ...Asker[]];
    const [ending, drafting, late, commands] = [askers.slice(0, 50), askers.slice(50, 90), askers.slice(90, 150), askers.slice(150)];
    const early = [stopped, ...ending, ...drafting];
    await crowd.askByCommand(commands);
    crowd.askByMention(early);
    await crowd.heard(early.length + commands.length);
    await crowd.grow(3);
    await haveWords([...early, ...commands]);

    const refusedBefore = refusedForLimits(discord);
    await whileDiscordIsClosed(discord, 2_000, async () => {
      await crowd.grow();
      const pressed = stopped.user.click(shownTo(stopped)[0]!, buttonId(shownTo(stopped)[0]!, 'Stop')).settled();
      const asked = stopped.user.runCommand(stopped.channel, 'help').settled();
      expect([(await pressed).acknowledged, (await asked).acknowledged]).toEqual([true, true]);
      const before = lengthsOf(commands);
      crowd.askByMention(late);
      await Promise.all([crowd.heard(crowd.askers.length), crowd.grow(3), crowd.end(ending)]);
      await expect.poll(() => lengthsOf(commands).filter((length, index) => length > before[index]!).length).toBe(commands.length);
    });
    const openAgain = performance.now();
    // What was on its way when it closed, and when it might have been over.
    expect(refusedForLimits(discord) - refusedBefore).toBeLessThanOrEqual(100);

    await haveWords(late);
    await untilWhole(ending);
    const afterwards = since(0).filter((request) => request.at > openAgain - 100 && request.status !== 429 && (isCreate(request) || isEdit(request)) && !askedFor(request, [stopped]));
    const lastFirstWords = afterwards.findLastIndex(isCreate);
    const lastEnd = afterwards.findLastIndex((request) => isEdit(request) && askedFor(request, ending));
    const isDraft = (request: RequestRecord): boolean => isEdit(request) && !askedFor(request, ending);
    // Some were on their way when it opened, and those that leave in the same moment arrive in any order.
    expect(afterwards.slice(0, lastFirstWords).filter(isEdit).length).toBeLessThanOrEqual(15);
    expect(afterwards.slice(0, lastEnd).filter(isDraft).length).toBeLessThanOrEqual(15);

    await crowd.end();
    await untilWhole(askers);
    expect(shownTo(stopped)).toHaveLength(1);
    expect(isWhole(stopped)).toBe(false);
  });
});

describe('Discord is slow for five seconds, in the middle of two hundred answers', () => {
  it('and all of them are whole, once, and none was too much', async () => {
    const crowd = await begin(200);
    world.discord.answerSlowly(3_000, 5_000);
    await crowd.grow(3);
    await expect.poll(() => world.discord.requests.filter(isEdit).length).toBeGreaterThan(20);
    await crowd.end();
    await untilWhole(crowd.askers);
    expect(isHardlyRefused(world.discord)).toBe(true);
  });
});

describe('a bot that Discord, or its admin, allows five requests a second', () => {
  it('answers twenty people at once, and is never too much', async () => {
    const crowd = await begin(20, { discord: { globalPerSecond: 5 }, environment: { DISCORD_REQUESTS_PER_SECOND: '5' } });
    await crowd.end();
    await untilWhole(crowd.askers);
    expect(isHardlyRefused(world.discord)).toBe(true);
  });
});
