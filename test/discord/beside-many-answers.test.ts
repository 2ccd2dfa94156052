import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freshFolder } from '../parley-process.ts';
import { startWorld } from '../start-parley.ts';
import { ALL_AT_ONCE, createCrowd, haveWords, isCreate, isOfInteractions, isReading, isTyping, numberIn, isHardlyRefused, shownTo, untilWhole, whileDiscordIsClosed } from './crowd.ts';
import { freshChannel } from './fresh-channel.ts';
import type { World } from '../start-parley.ts';

let world: World;
afterEach(async () => {
  expect(world.discord.unexpectedRequests).toEqual([]);
  await world.close();
});

const startForMany = async (environment: Readonly<Record<string, string>> = {}): Promise<World> => (world = await startWorld({ environment: { ...ALL_AT_ONCE, ...environment } }));

describe('a hundred channels that are read after a gap', () => {
  it('hold up no first words', async () => {
    const folder = freshFolder();
    const { discord, guild, bo, restart } = await startForMany({ STORE_URL: `sqlite://${join(folder, 'store.sqlite')}` });
    const crowd = createCrowd(world, 50);
    const quiet = Array.from({ length: 100 }, () => freshChannel(world));
    await world.parley.stop();
    for (const channel of quiet) bo.say(channel, 'Nobody listens.');
    await restart();
    await expect.poll(() => discord.requests.some(isReading)).toBe(true);
    await whileDiscordIsClosed(discord, 1_500, async () => {
      crowd.askByMention();
      await crowd.heard();
      await crowd.grow(3);
    });
    const openAgain = performance.now();
    await haveWords(crowd.askers);
    const afterwards = discord.requests.filter((request) => request.at > openAgain - 100 && request.status !== 429 && (isCreate(request) || isReading(request)));
    expect(afterwards.slice(0, 50).filter(isReading).length).toBeLessThanOrEqual(10);
    const read = () => new Set(discord.requests.filter((request) => isReading(request) && request.status === 200).map(({ path }) => path)).size;
    await expect.poll(read).toBeGreaterThanOrEqual(quiet.length);
    await crowd.end();
    await untilWhole(crowd.askers);
    expect(guild.channels.length).toBeGreaterThanOrEqual(150);
    rmSync(folder, { recursive: true });
  });
});

describe('a hundred people who see only that something is coming', () => {
  it('leave two fifths of each second to those who get words', async () => {
    const { bedrock, discord } = await startForMany();
    const crowd = createCrowd(world, 120);
    const [waiting, served] = [crowd.askers.slice(0, 100), crowd.askers.slice(100)];
    bedrock.respond((request) => {
      const story = crowd.askers[numberIn(request)]!;
      return waiting.includes(story) ? { hang: 'beforeHeaders' } : { text: story.story, deltaDelayMs: 50 };
    });
    const ofWaiting = () => discord.requests.filter((request) => isTyping(request) || (isCreate(request) && !served.some(({ channel }) => request.path.includes(channel.id))));
    crowd.askByMention(waiting);
    await expect.poll(() => ofWaiting().length).toBeGreaterThanOrEqual(30);
    crowd.askByMention(served);
    await untilWhole(served);
    await expect.poll(() => waiting.filter((asker) => shownTo(asker).length === 0).length).toBe(0);
    const times = ofWaiting().map(({ at }) => at);
    // Of 50, and a few that arrive closer together than they went.
    expect(Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length))).toBeLessThanOrEqual(30 + 6);
    expect(isHardlyRefused(discord)).toBe(true);
  });
});

describe('several answers in one channel, beside a hundred others', () => {
  it('keep the limits of that channel, and end one after the other', async () => {
    const { discord, channel } = await startForMany();
    const crowd = createCrowd(world, 103);
    const [others, together] = [crowd.askers.slice(0, 100), crowd.askers.slice(100)];
    crowd.askByMention(others);
    crowd.askByMention(together, channel);
    for (const [index, asker] of together.entries()) {
      await crowd.heard(others.length + index + 1);
      await crowd.grow(3);
      await haveWords([asker]);
      await crowd.grow(3);
      const before = discord.requests.length;
      await crowd.end([asker]);
      await untilWhole([asker]);
      const here = discord.requests.slice(before).filter((request) => request.path.startsWith(`/channels/${channel.id}/messages`) && !isOfInteractions(request));
      // Drafts may have been on their way.
      expect(here.findIndex(({ path }) => path.endsWith(shownTo(asker)[0]!.id))).toBeLessThanOrEqual(2);
    }
    await crowd.end();
    await untilWhole(crowd.askers);
    expect(isHardlyRefused(discord)).toBe(true);
  });
});
