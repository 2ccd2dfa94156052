import { RequestMethod } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDiscordClient } from '../../../src/discord/gateway/client.ts';
import { createDiscordRequests } from '../../../src/discord/rest/discord-requests.ts';
import { createLostFollowUps } from '../../../src/discord/rest/lost-follow-ups.ts';
import { createLostMessages } from '../../../src/discord/rest/lost-messages.ts';
import { createScheduler } from '../../../src/discord/rest/scheduler.ts';
import { startDiscordSimulator } from '../../simulators/discord.ts';
import type { Client } from 'discord.js';
import type { DiscordRequests } from '../../../src/discord/rest/discord-requests.ts';
import type { Scheduler } from '../../../src/discord/rest/scheduler.ts';
import type { DiscordSimulator, SimulatedChannel } from '../../simulators/discord.ts';

const PER_SECOND = 10;

let discord: DiscordSimulator;
let channels: readonly SimulatedChannel[];
let client: Client;
let scheduler: Scheduler;
let requests: DiscordRequests;

beforeEach(async () => {
  discord = await startDiscordSimulator({ globalPerSecond: PER_SECOND });
  const guild = discord.addGuild();
  channels = Array.from({ length: 18 }, (_, index) => guild.addChannel({ name: `channel-${index}` }));
  scheduler = createScheduler(PER_SECOND);
  const made = createDiscordClient({
    apiUrl: discord.apiUrl,
    readsMessageContent: false,
    scheduler,
    onTokenRefused: () => undefined,
    hasTokenWorked: () => Promise.resolve(false),
    isUseful: () => Promise.resolve(true),
    answers: { monotonic: () => performance.now(), onDate: () => undefined, onOddLimit: () => undefined, turnedAway: { heard: () => undefined, passed: () => undefined } },
    followUps: createLostFollowUps(),
    messages: createLostMessages(() => false, () => [0]),
  });
  ({ client } = made);
  client.rest.setToken(discord.token);
  requests = createDiscordRequests(client.rest, made.interactions, scheduler);
});
afterEach(async () => {
  await client.destroy();
  await discord.close();
});

const say = (content: string, { id }: SimulatedChannel, signal?: AbortSignal) =>
  requests.send({ method: RequestMethod.Post, fullRoute: `/channels/${id}/messages`, body: { content }, ...(signal === undefined ? {} : { signal }) });

const sayEverywhere = (content: string) => Promise.all(channels.map((channel) => say(content, channel)));

const allSaid = (): (readonly string[])[] => channels.map(({ fromBot }) => fromBot.map(({ content }) => content));

describe('a request that discord.js makes again by itself', () => {
  it('takes a turn like any other', async () => {
    const failed = new Map<string, number>();
    discord.faults.add({
      method: 'POST',
      when: ({ path }) => {
        failed.set(path, (failed.get(path) ?? 0) + 1);
        return failed.get(path)! <= 1;
      },
      does: 'apply-then-502',
    });
    await sayEverywhere('hello');
    expect([...failed.values()]).toEqual(channels.map(() => 2));
    expect([...discord.rateLimitHits]).toEqual([]);
  });

  it('takes none when it is given up', async () => {
    const unanswered = discord.faults.add({ method: 'POST', does: 'timeout' });
    const impatience = new AbortController();
    const given = expect(say('never', channels[0]!, impatience.signal)).rejects.toThrow('aborted');
    await vi.waitFor(() => expect(unanswered.hits).toBe(1), 20_000);
    impatience.abort();
    await given;
    discord.faults.clear();
    await sayEverywhere('hello');
    expect([...discord.rateLimitHits]).toEqual([]);
    expect(allSaid()).toEqual(channels.map(() => ['hello']));
  });
});

describe('a request that waits for its turn', () => {
  it('is not made when it is given up', async () => {
    const first = sayEverywhere('hello');
    const impatience = new AbortController();
    const waiting = say('never', channels[0]!, impatience.signal);
    impatience.abort(new Error('no longer wanted'));
    await expect(waiting).rejects.toThrow('no longer wanted');
    await first;
    await sayEverywhere('again');
    expect(allSaid()).toEqual(channels.map(() => ['hello', 'again']));
    expect([...discord.rateLimitHits]).toEqual([]);
  });

  it('goes in the order of what people wait for, whatever was asked first', async () => {
    const read = channels.map(({ id }) => requests.send({ method: RequestMethod.Get, fullRoute: `/channels/${id}/messages` }));
    await sayEverywhere('hello');
    await Promise.all(read);
    const methods = discord.requests.map(({ method }) => method);
    // One was under way, and there was room for some before the others were asked for.
    expect(methods.slice(PER_SECOND).slice(0, channels.length - PER_SECOND)).toEqual(Array(channels.length - PER_SECOND).fill('POST'));
    expect([...discord.rateLimitHits]).toEqual([]);
  });
});
