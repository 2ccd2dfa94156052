import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { buttonsOf, withoutQuestion } from './pressing.ts';
import type { BedrockSimulator, ConverseRequestRecord, ManualStream } from '../simulators/bedrock.ts';
import type { DiscordSimulator, RequestRecord, SimulatedChannel, SimulatedGuild, SimulatedInteraction, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';

export interface CrowdWorld {
  readonly discord: DiscordSimulator;
  readonly bedrock: BedrockSimulator;
  readonly guild: SimulatedGuild;
}

/** One of many who ask at once, each something that nobody else asks. */
export interface Asker {
  readonly user: SimulatedUser;
  channel: SimulatedChannel;
  /** What the model says to them in the end, in words that are nobody else's. */
  readonly story: string;
  /** Their question by a mention, or by `/ask`. */
  question: SimulatedMessage | undefined;
  interaction: SimulatedInteraction | undefined;
}

/** The model is to have all of them before any of its answers begins. */
export const ALL_AT_ONCE = { MAX_CONCURRENT_CALLS: '500' };

const WORDS = 120;
const storyOf = (number: number): string => Array.from({ length: WORDS }, (_, word) => `a${number}w${word}`).join(' ');
const NUMBER = /story number (\d+)/gu;

/** Between two bits of each story, in milliseconds. */
const GROW_EVERY_MS = 250;

/** The story that a model is asked for last. */
export const numberIn = ({ body }: ConverseRequestRecord): number => Number([...JSON.stringify(body?.messages.at(-1)).matchAll(NUMBER)].at(-1)?.[1]);

/**
 * Many members, each in a channel of their own, and a model that tells each of them a story, in step: what all of them have,
 * and how long it takes on this machine, a test need not guess.
 */
export const createCrowd = ({ discord, bedrock, guild }: CrowdWorld, count: number) => {
  const askers: Asker[] = Array.from({ length: count }, (_, number) => {
    const user = discord.addUser({ name: `asker-${number}` });
    guild.addMember(user);
    return { user, channel: guild.addChannel({ name: `story-${number}` }), story: storyOf(number), question: undefined, interaction: undefined };
  });
  const streams = new Map<number, ManualStream>();
  /** How many words each story has so far; a stream that begins later begins with them. */
  let words = 0;
  let isOver = false;
  const ended = new Set<number>();
  const bit = (number: number, from: number, to: number): string => storyOf(number).split(' ').slice(from, to).map((word, index) => (from + index === 0 ? word : ` ${word}`)).join('');
  const say = async (number: number, stream: ManualStream, from: number, to: number): Promise<void> => {
    if (to > from && !ended.has(number)) await stream.text(bit(number, from, to));
  };

  const finish = async (number: number, stream: ManualStream): Promise<void> => {
    if (ended.has(number)) return;
    await say(number, stream, words, WORDS);
    ended.add(number);
    await stream.finish();
  };
  bedrock.respond((request) => {
    const number = numberIn(request);
    const stream = manualStream();
    streams.set(number, stream);
    ended.delete(number);
    void say(number, stream, 0, words).then(() => (isOver ? finish(number, stream) : undefined));
    return stream.responder(request);
  });

  const grow = async (by = 1): Promise<void> => {
    const [from, to] = [words, Math.min(WORDS, words + by)];
    words = to;
    await Promise.all([...streams].map(([number, stream]) => say(number, stream, from, to)));
  };

  const growUntil = async (isEnough: () => boolean): Promise<void> => {
    for (let word = words; word < WORDS && !isEnough(); word += 1) await Promise.all([grow(), sleep(GROW_EVERY_MS)]);
    expect(isEnough()).toBe(true);
  };

  return {
    askers,
    /** @param place instead of the channel that each has */
    askByMention: (some: readonly Asker[] = askers, place?: SimulatedChannel): void => {
      for (const asker of some) {
        asker.channel = place ?? asker.channel;
        asker.question = asker.user.say(asker.channel, `${discord.botUser.mention} story number ${askers.indexOf(asker)}`);
      }
    },
    /** A few at a time: however slow this machine is, each gets its first response within the three seconds that Discord allows. */
    askByCommand: async (some: readonly Asker[]): Promise<void> => {
      for (let from = 0; from < some.length; from += 5) {
        const few = some.slice(from, from + 5);
        for (const asker of few) asker.interaction = asker.user.runCommand(asker.channel, 'ask', { prompt: `story number ${askers.indexOf(asker)}` });
        await expect.poll(() => few.every(({ interaction }) => interaction?.acknowledged), { timeout: 10_000, interval: 5 }).toBe(true);
      }
    },
    /** Resolves when the model has so many questions. */
    heard: (howMany = count) => expect.poll(() => streams.size).toBe(howMany),
    /** So many more words, all stories at once. */
    grow,
    /** Word by word. */
    growUntil,
    /** All the rest of some stories, and the end; or of all, those too that are asked for later. */
    end: async (some?: readonly Asker[]): Promise<void> => {
      isOver ||= some === undefined;
      const numbers = some?.map((asker) => askers.indexOf(asker)) ?? [...streams.keys()];
      await Promise.all(numbers.map((number) => finish(number, streams.get(number)!)));
    },
  };
};

export type Crowd = ReturnType<typeof createCrowd>;

/** What people see of the answer to a question. */
export const shownTo = ({ channel, question, interaction }: Asker): readonly SimulatedMessage[] => {
  if (question === undefined) return interaction?.response === undefined ? [] : [interaction.response, ...interaction.followUps];
  return channel.fromBot.filter(({ referenceId, deleted }) => referenceId === question.id && !deleted);
};

/** Resolves when each can read something of their story. */
export const haveWords = async (askers: readonly Asker[]): Promise<void> => {
  const isWithout = (asker: Asker): boolean => !withoutQuestion(shownTo(asker)[0]?.content).startsWith(asker.story.slice(0, asker.story.indexOf(' ')));
  await expect.poll(() => askers.filter(isWithout).map((asker) => shownTo(asker).map(({ content }) => content))).toEqual([]);
};

export const isWhole = (asker: Asker): boolean => {
  const [message, ...others] = shownTo(asker);
  return message !== undefined && others.length === 0 && withoutQuestion(message.content) === asker.story && !buttonsOf(message).includes('Stop');
};

/** Resolves when each question has its whole answer, once. */
export const untilWhole = async (askers: readonly Asker[], timeoutMs = 90_000): Promise<void> => {
  await expect.poll(() => askers.filter((asker) => !isWhole(asker)).map((asker) => shownTo(asker).map(({ content }) => content)), { timeout: timeoutMs, interval: 50 }).toEqual([]);
};

export const isOfInteractions = ({ route }: RequestRecord): boolean => route.startsWith('POST /interactions/') || route.includes('/webhooks/');

export const isCreate = ({ route }: RequestRecord): boolean => route === 'POST /channels/:id/messages';
export const isEdit = ({ route }: RequestRecord): boolean => route === 'PATCH /channels/:id/messages/:id';
export const isReading = ({ route }: RequestRecord): boolean => route === 'GET /channels/:id/messages';
export const isTyping = ({ route }: RequestRecord): boolean => route === 'POST /channels/:id/typing';

/** How often Discord said that it was too much. */
export const refusedForLimits = ({ rateLimitHits }: DiscordSimulator): number => [...rateLimitHits.values()].reduce((sum, hits) => sum + hits, 0);

/** On a machine that is held up, requests arrive closer together than they went: a few of a hundred may then be too much. */
export const isHardlyRefused = (discord: DiscordSimulator): boolean => refusedForLimits(discord) <= discord.requests.length / 50;

/**
 * Discord takes nothing from the whole bot, as long as it takes, and then `forMs` longer: what happens meanwhile happens meanwhile,
 * however slow this machine is. Resolves when that is over.
 */
export const whileDiscordIsClosed = async (discord: DiscordSimulator, forMs: number, meanwhile: () => Promise<unknown>): Promise<void> => {
  const close = (): void => discord.limitGlobally(forMs);
  close();
  const closing = setInterval(close, forMs / 4);
  try {
    await meanwhile();
  } finally {
    clearInterval(closing);
  }
  close();
  await sleep(forMs);
};
