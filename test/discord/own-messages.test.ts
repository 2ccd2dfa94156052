import { GatewayDispatchEvents, Routes } from 'discord.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDiscordClient } from '../../src/discord/gateway/client.ts';
import { createKeptChannels } from '../../src/discord/gateway/kept-channels.ts';
import { leaveOwnMessages } from '../../src/discord/gateway/own-messages.ts';
import { createLostFollowUps } from '../../src/discord/rest/lost-follow-ups.ts';
import { createLostMessages } from '../../src/discord/rest/lost-messages.ts';
import { createScheduler } from '../../src/discord/rest/scheduler.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import type { Client } from 'discord.js';
import type { DiscordSimulator, SimulatedChannel, SimulatedUser } from '../simulators/discord.ts';

let discord: DiscordSimulator;
let channel: SimulatedChannel;
let ana: SimulatedUser;
let client: Client;
/** What discord.js made, and the ids of what the events told. */
let made: string[];
let told: string[];

beforeEach(async () => {
  discord = await startDiscordSimulator({ rateLimits: 'off', maxConcurrency: 100 });
  ana = discord.addUser({ name: 'ana' });
  channel = discord.addGuild({ members: [ana] }).addChannel({ name: 'talk' });
  const answers = { monotonic: () => performance.now(), onDate: () => undefined, onOddLimit: () => undefined, turnedAway: { heard: () => undefined, passed: () => undefined } };
  ({ client } = createDiscordClient({ apiUrl: discord.apiUrl, readsMessageContent: false, scheduler: createScheduler(50), onTokenRefused: () => undefined, hasTokenWorked: () => Promise.resolve(false), isUseful: () => Promise.resolve(true), answers, followUps: createLostFollowUps(), messages: createLostMessages(() => false, () => [0]) }));
  createKeptChannels(client, () => false);
  leaveOwnMessages(client);
  [made, told] = [[], []];
  client.on('messageCreate', ({ content }) => made.push(content));
  client.on('messageUpdate', (_before, { content }) => made.push(content ?? ''));
  for (const event of [GatewayDispatchEvents.MessageCreate, GatewayDispatchEvents.MessageUpdate]) client.ws.on(event, ({ content }: { content: string }) => told.push(content));
  const ready = new Promise((resolve) => client.once('clientReady', resolve));
  await client.login(discord.token);
  await ready;
});
afterEach(async () => {
  await client.destroy();
  await discord.close();
});

it('makes nothing of messages of our own and of their edits, whose events are heard', async () => {
  const call = discord.botUser.mention;
  ana.say(channel, `${call} a question`);
  await expect.poll(() => made).toEqual([`${call} a question`]);
  const { id } = (await client.rest.post(Routes.channelMessages(channel.id), { body: { content: 'an answ', nonce: '1', enforce_nonce: true, allowed_mentions: { parse: [] } } })) as { id: string };
  await client.rest.patch(Routes.channelMessage(channel.id, id), { body: { content: 'an answer', allowed_mentions: { parse: [] } } });
  const second = ana.say(channel, `${call} another`);
  await expect.poll(() => made).toEqual([`${call} a question`, `${call} another`]);
  ana.edit(second, `${call} another question`);
  await expect.poll(() => made).toEqual([`${call} a question`, `${call} another`, `${call} another question`]);
  expect(told).toEqual([`${call} a question`, 'an answ', 'an answer', `${call} another`, `${call} another question`]);
});
