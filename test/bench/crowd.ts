import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBedrockApart } from './bedrock-apart.ts';
import { newDiskStore, newFolder } from './disk-store.ts';
import { EDIT_LIMIT, LIMITS } from './live-text.ts';
import { startRig, until } from './rig.ts';
import { textOf } from './word-streams.ts';
import type { SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { BedrockApart } from './bedrock-apart.ts';
import type { Rig, Subject } from './rig.ts';
import type { Door } from './to-request.ts';

/** https://docs.discord.com/developers/topics/rate-limits#global-rate-limit */
export const REQUESTS_PER_SECOND = 50;

/** By then an answer has its last form, and is stored. */
const SETTLED_MS = 2_500;
const LOOK_EVERY_MS = 50;
/** An answer takes so much longer than it is written where it never comes. */
const STALLED_MS = 60_000;

const WEBHOOK_LIMIT = { ...EDIT_LIMIT, per: 'token', bucket: 'interaction-webhook' } as const;
const WEBHOOK_ROUTES = ['POST /webhooks/:id/:token', 'PATCH /webhooks/:id/:token/messages/@original', 'PATCH /webhooks/:id/:token/messages/:id'];

/** What the settings are where nobody sets them; the floor keeps Discord's limit, too. */
export const DEFAULTS = { MAX_CONCURRENT_CALLS: undefined, DISCORD_REQUESTS_PER_SECOND: undefined, FLOOR_REQUESTS_PER_SECOND: String(REQUESTS_PER_SECOND) };

/** One person who asks in a channel of their own. */
export interface Asker {
  readonly name: string;
  readonly member: SimulatedUser;
  readonly channel: SimulatedChannel;
}

export interface Crowd {
  readonly rig: Rig;
  readonly bedrock: BedrockApart;
  readonly askers: readonly Asker[];
  /** All ask at once; then it is performance.now(). */
  ask(door: Door): number;
  /** By how much the process's timers were late since then, in milliseconds. */
  lateness(since: number): readonly number[];
  close(): Promise<void>;
}

export interface CrowdOptions {
  readonly count: number;
  /** For how long each answer is written. */
  readonly seconds: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** What people saw of an answer whose words begin with this name, and when. A line about the question may stand before it. */
export const shownOf = ({ messages }: SimulatedChannel, name: string): readonly { readonly text: string; readonly at: number }[] =>
  messages
    .filter(({ author }: SimulatedMessage) => author.bot)
    .flatMap(({ revisions }) => revisions)
    .filter(({ content }) => content.includes(`${name}w0`))
    .map(({ content, at }) => ({ text: content.slice(content.indexOf(`${name}w0`)), at }));

/** Discord, Bedrock and the subject, each a process of its own, with Discord's limits, and settings as they are by default. */
export const startCrowd = async (subject: Subject, { count, seconds, environment = {} }: CrowdOptions): Promise<Crowd> => {
  const delays = join(newFolder(), 'late');
  const bedrock = await startBedrockApart(seconds);
  const rateLimitOverrides = { ...LIMITS, ...Object.fromEntries(WEBHOOK_ROUTES.map((route) => [route, WEBHOOK_LIMIT])) };
  const rig = await startRig(subject, {
    channels: count + 1,
    discord: { rateLimits: 'strict', rateLimitOverrides, globalPerSecond: REQUESTS_PER_SECOND, keepMessagesPerChannel: 50 },
    environment: {
      ...DEFAULTS,
      STORE_URL: newDiskStore(),
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
      LOOP_DELAY: delays,
      NODE_OPTIONS: `--import ${join(import.meta.dirname, 'loop-delay.ts')}`,
      ...subject.environment,
      ...environment,
    },
  }).catch(async (error: unknown) => {
    await bedrock.close();
    throw error;
  });
  const [first, ...others] = rig.channels;
  const askers = others.map((channel, index): Asker => ({ name: `a${index}`, member: rig.addMember(), channel }));
  const asks = ({ name, member, channel }: Asker, door: Door): void => {
    if (door === 'mention') member.say(channel, `${rig.discord.botUser.mention} write ${name}, please`);
    else member.runCommand(channel, 'ask', { prompt: `write ${name}, please` });
  };
  const close = async (): Promise<void> => {
    await Promise.all([rig.close(), bedrock.close()]);
  };
  // What is loaded with the first answer is not the crowd's doing.
  const warm = { name: `a${count}`, member: rig.addMember(), channel: first! };
  asks(warm, 'mention');
  if (!(await until(() => isWhole(warm, seconds), (seconds + 20) * 1_000))) {
    await close();
    throw new Error('no answer to the first question');
  }
  await sleep(SETTLED_MS);
  return {
    rig,
    bedrock,
    askers,
    ask: (door) => {
      const at = performance.now();
      for (const asker of askers) asks(asker, door);
      return at;
    },
    lateness: (since) =>
      readFileSync(delays, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly at: number; readonly late: readonly number[] })
        .filter(({ at }) => at - performance.timeOrigin > since)
        .flatMap(({ late }) => late),
    close,
  };
};

export const isWhole = ({ name, channel }: Asker, seconds: number): boolean => shownOf(channel, name).some(({ text }) => text === textOf(name, seconds));

/** Waits until every answer is whole, and settled, or no more become so; tells how many were not, and the most memory in between, in MiB: until the first is whole, and in all. */
export const watchToTheEnd = async ({ rig, askers }: Crowd, seconds: number) => {
  const missing = new Set(askers);
  let endAt = performance.now() + seconds * 1_000 + STALLED_MS;
  let [runningMiB, peakMiB] = [0, 0];
  while (missing.size > 0 && performance.now() < endAt) {
    await sleep(LOOK_EVERY_MS);
    for (const asker of missing) {
      if (!isWhole(asker, seconds)) continue;
      missing.delete(asker);
      endAt = performance.now() + seconds * 1_000 + STALLED_MS;
    }
    peakMiB = Math.max(peakMiB, rig.memory());
    if (missing.size === askers.length) runningMiB = peakMiB;
  }
  await sleep(SETTLED_MS);
  return { missing: missing.size, runningMiB, peakMiB };
};
