import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startWorld } from '../start-parley.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const WORDS = 8;
const WORD_EVERY_MS = 400;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Asked {
  readonly question: SimulatedMessage;
  readonly place: SimulatedChannel;
  readonly answer: string;
}

const start = async (): Promise<World> => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-many-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const world = await startWorld({ environment: { STORE_URL: `sqlite://${join(folder, 'store.sqlite')}` } });
  closing.push(() => world.close());
  return world;
};

const answerTo = (name: string): string => Array.from({ length: WORDS }, (_, word) => `${name}w${word}`).join(' ');

/** So many people ask at one moment, each in a channel of their own; resolves when half of them can read the first words. */
const askAll = async ({ discord, bedrock, guild }: World, count: number): Promise<readonly Asked[]> => {
  bedrock.respond(({ body }) => {
    const name = /\bwrite (a\d+),/u.exec(JSON.stringify(body?.messages.at(-1)))?.[1] ?? 'nobody';
    return { text: answerTo(name), deltas: answerTo(name).split(/(?= )/u), deltaDelayMs: WORD_EVERY_MS };
  });
  const places = Array.from({ length: count }, (_, index) => {
    const member = discord.addUser({ name: `member${index}` });
    guild.addMember(member);
    return { member, place: guild.addChannel({ name: `c${index}` }) };
  });
  const asked = places.map(({ member, place }, index) => ({
    place,
    question: member.say(place, `${discord.botUser.mention} write a${index}, please`),
    answer: answerTo(`a${index}`),
  }));
  await discord.waitFor(() => asked.filter(({ place }) => place.fromBot.length > 0).length >= count / 2, 20_000);
  return asked;
};

const haveEnded = ({ discord }: World, asked: readonly Asked[]): Promise<unknown> =>
  discord.waitFor(() => asked.every(({ place, answer }) => place.fromBot.at(-1)?.content === answer), 40_000);

const expectOneEach = (asked: readonly Asked[]): void => {
  for (const { question, place, answer } of asked) {
    expect(place.fromBot.map(({ content, referenceId }) => [content, referenceId])).toEqual([[answer, question.id]]);
  }
};

describe('two hundred answers at once', () => {
  it('wait for a limit of the whole bot that comes in their middle, and ask for nothing more until it ends', async () => {
    const world = await start();
    const asked = await askAll(world, 200);
    const begunAt = performance.now();
    world.discord.limitGlobally(4_000);
    await haveEnded(world, asked);
    expectOneEach(asked);
    const during = (fromMs: number, toMs: number) => world.discord.requests.filter(({ at }) => at > begunAt + fromMs && at < begunAt + toMs);
    expect(during(0, 4_000).some(({ status }) => status === 429)).toBe(true);
    // By then it is known of those that were on their way, on a slow machine, too.
    expect(during(2_000, 3_900)).toEqual([]);
  }, 90_000);

  it('are all whole where Discord is slow for five seconds in their middle', async () => {
    const world = await start();
    const asked = await askAll(world, 200);
    world.discord.answerSlowly(700, 5_000);
    await haveEnded(world, asked);
    expectOneEach(asked);
  }, 90_000);

  it('have one visible outcome each when the process ends in the middle of fifty', async () => {
    const world = await start();
    const asked = await askAll(world, 50);
    await world.restart({}, 0);
    const isOver = ({ content }: SimulatedMessage, answer: string): boolean => content === answer || content.includes('-#');
    await world.discord.waitFor(() => asked.every(({ place, answer }) => place.fromBot.length === 1 && isOver(place.fromBot[0]!, answer)), 60_000);
    for (const { question, place } of asked) expect(place.fromBot.map(({ referenceId }) => referenceId)).toEqual([question.id]);
  }, 120_000);
});
