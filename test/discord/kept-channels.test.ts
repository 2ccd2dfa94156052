import { ChannelType, PermissionFlagsBits } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDiscordClient } from '../../src/discord/gateway/client.ts';
import { createKeptChannels } from '../../src/discord/gateway/kept-channels.ts';
import { createLostFollowUps } from '../../src/discord/rest/lost-follow-ups.ts';
import { createLostMessages } from '../../src/discord/rest/lost-messages.ts';
import { createScheduler } from '../../src/discord/rest/scheduler.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import type { Client, GuildBasedChannel, Message } from 'discord.js';
import type { KeptChannels } from '../../src/discord/gateway/kept-channels.ts';
import type { DiscordSimulator, SimulatedChannel, SimulatedGuild, SimulatedUser } from '../simulators/discord.ts';

let discord: DiscordSimulator;
let guild: SimulatedGuild;
let ana: SimulatedUser;
let client: Client;
let channels: KeptChannels;
let messages: Message[];

beforeEach(async () => {
  discord = await startDiscordSimulator({ rateLimits: 'off', maxConcurrency: 100 });
  ana = discord.addUser({ name: 'ana' });
  guild = discord.addGuild({ members: [ana] });
});
afterEach(async () => {
  await client.destroy();
  await discord.close();
});

const connect = async (): Promise<void> => {
  ({ client } = createDiscordClient({ apiUrl: discord.apiUrl, readsMessageContent: false, scheduler: createScheduler(50), onTokenRefused: () => undefined, hasTokenWorked: () => Promise.resolve(false), isUseful: () => Promise.resolve(true), answers: { monotonic: () => performance.now(), onDate: () => undefined, onOddLimit: () => undefined, turnedAway: { heard: () => undefined, passed: () => undefined } }, followUps: createLostFollowUps(), messages: createLostMessages(() => false, () => [0]) }));
  channels = createKeptChannels(client, () => false);
  messages = [];
  client.on('messageCreate', (message) => messages.push(message));
  const ready = new Promise((resolve) => client.once('clientReady', resolve));
  await client.login(discord.token);
  await ready;
};
/** What discord.js hears, the simulator does not notice. */
const heard = <Value>(look: () => Value | undefined | false): Promise<Value> =>
  vi.waitFor(() => {
    const value = look();
    if (value === undefined || value === false) throw new Error('Not heard yet');
    return value;
  });
const isOpen = ({ id }: SimulatedChannel): boolean => client.channels.cache.has(id);
const hear = async (place: SimulatedChannel, text = 'hello'): Promise<Message> => {
  const { id } = ana.say(place, `${discord.botUser.mention} ${text}`);
  return heard(() => messages.find((message) => message.id === id));
};
/** All that was sent before has arrived when this has. */
const settle = async (): Promise<void> => {
  await hear(guild.addChannel({ name: 'last' }));
};
const mayWrite = (id: string): boolean | undefined => {
  const channel = channels.open(id) as GuildBasedChannel;
  return client.user === null ? undefined : channel.permissionsFor(client.user)?.has(PermissionFlagsBits.SendMessages);
};

describe('the channels that Discord tells of', () => {
  it('become objects one by one, when something is asked in them', async () => {
    const places = Array.from({ length: 50 }, (_, index) => guild.addChannel({ name: `place-${index}` }));
    await connect();
    expect(client.channels.cache.size).toBe(0);
    const place = places[7] as SimulatedChannel;
    ana.say(places[8] as SimulatedChannel, 'not to you');
    expect((await hear(place)).channel).toMatchObject({ id: place.id, name: 'place-7', type: ChannelType.GuildText });
    expect([...client.channels.cache.keys()]).toEqual([place.id]);
    expect([...(client.guilds.cache.get(guild.id)?.channels.cache.keys() ?? [])]).toEqual([place.id]);
  });

  it('have the names that they have now, also in mentions', async () => {
    const [place, other, gone] = ['place', 'before', 'gone'].map((name) => guild.addChannel({ name })) as [SimulatedChannel, SimulatedChannel, SimulatedChannel];
    await connect();
    other.rename('línea ☕');
    gone.delete();
    const created = guild.addChannel({ name: 'created' });
    const message = await hear(place, `${other.mention} ${created.mention} ${gone.mention}`);
    expect(message.mentions.channels.map((channel) => ('name' in channel ? channel.name : ''))).toEqual(['línea ☕', 'created']);
    other.rename('later');
    await settle();
    expect(channels.open(other.id)).toMatchObject({ name: 'later' });
    expect(channels.open(gone.id)).toBeUndefined();
  });

  it('have our permissions in them: for everybody, for our role, for ourselves, and for a thread those of its channel', async () => {
    const { SendMessages } = PermissionFlagsBits;
    const botRole = guild.botRole;
    if (botRole === undefined) throw new Error('The bot has no role');
    const role = guild.addRole({ name: 'others' });
    const open = guild.addChannel({ overwrites: [{ target: role, deny: SendMessages }, { target: ana, deny: SendMessages }] });
    const forNobody = guild.addChannel({ overwrites: [{ target: guild.everyone, deny: SendMessages }] });
    const forUs = guild.addChannel({ overwrites: [{ target: guild.everyone, deny: SendMessages }, { target: botRole, allow: SendMessages }] });
    const notForUs = guild.addChannel({ name: 'not-for-us' });
    notForUs.denyBot(SendMessages);
    const thread = ana.startThread(forNobody, { name: 'a thread' });
    await connect();
    expect([open, forNobody, forUs, notForUs, thread].map(({ id }) => mayWrite(id))).toEqual([true, false, true, false, false]);
    notForUs.denyBot(0n);
    open.denyBot(SendMessages);
    await settle();
    expect([notForUs, open].map(({ id }) => mayWrite(id))).toEqual([true, false]);
  });

  it('are those of the newest session, whether they were objects or not', async () => {
    const [opened, closed, gone] = ['opened', 'closed', 'gone'].map((name) => guild.addChannel({ name })) as [SimulatedChannel, SimulatedChannel, SimulatedChannel];
    await connect();
    await hear(opened);
    const identified = discord.gateway.identifies.length;
    discord.gateway.setAccepting(false);
    discord.gateway.invalidate({ resumable: false });
    opened.rename('opened-later');
    closed.rename('closed-later');
    gone.delete();
    discord.gateway.setAccepting(true);
    await discord.waitFor(() => discord.gateway.identifies.length > identified, 20_000);
    await settle();
    expect(isOpen(closed)).toBe(false);
    expect([opened, closed, gone].map(({ id }) => (channels.open(id) as { name?: string } | undefined)?.name)).toEqual(['opened-later', 'closed-later', undefined]);
  });

  it('are found by what was said in them', async () => {
    const [quiet, loud] = [guild.addChannel({ name: 'quiet' }), guild.addChannel({ name: 'loud' })];
    ana.say(quiet, 'long ago');
    const thread = ana.startThread(quiet, { name: 'a thread' });
    const { id: since } = ana.say(loud, 'then');
    ana.say(thread, 'now');
    ana.say(loud, 'now');
    await connect();
    expect([...channels.moved(guild.id, since)].toSorted()).toEqual([loud.id, thread.id].toSorted());
  });

  it('are told of with their threads when they are deleted, and go with their server', async () => {
    const place = guild.addChannel({ name: 'place' });
    const threads = [ana.startThread(place, { name: 'one' }), ana.startThread(place, { name: 'two' })];
    const other = ana.startThread(guild.addChannel({ name: 'other' }), { name: 'three' });
    await connect();
    expect([...channels.threadsOf(place.id)].toSorted()).toEqual(threads.map(({ id }) => id).toSorted());
    threads[0]?.archive();
    await settle();
    expect(channels.threadsOf(place.id)).toEqual([threads[1]?.id]);
    guild.kickBot();
    await heard(() => client.guilds.cache.size === 0);
    expect(channels.open(other.id)).toBeUndefined();
    guild.inviteBot();
    await heard(() => client.guilds.cache.size === 1);
    expect(channels.open(other.id)).toMatchObject({ name: 'three' });
  });

  it('stay while their server is away for a while', async () => {
    const place = guild.addChannel({ name: 'place' });
    await connect();
    guild.setUnavailable(true);
    guild.setUnavailable(false);
    await settle();
    expect(isOpen(place)).toBe(false);
    expect((await hear(place)).channel).toMatchObject({ name: 'place' });
  });

  it('are those of a list of threads, too, which comes where a channel opens for us', async () => {
    const place = guild.addChannel({ name: 'place' });
    await connect();
    const [id, opened] = ['1300000000000000001', '1300000000000000002'];
    const thread = (threadId: string) => ({ id: threadId, guild_id: guild.id, parent_id: place.id, type: ChannelType.PublicThread, name: `t${threadId.at(-1)}`, thread_metadata: { archived: false, locked: false } });
    discord.gateway.dispatch('THREAD_LIST_SYNC', { guild_id: guild.id, channel_ids: [place.id], threads: [thread(id), thread(opened)], members: [] });
    await settle();
    expect(channels.threadsOf(place.id)).toEqual([id, opened]);
    expect(channels.open(opened)).toMatchObject({ name: 't2', parentId: place.id });
    discord.gateway.dispatch('THREAD_LIST_SYNC', { guild_id: guild.id, channel_ids: [place.id], threads: [thread(opened)], members: [] });
    await settle();
    expect(client.channels.cache.has(opened)).toBe(true);
  });

  it('are not made of events that say little of them', async () => {
    const place = guild.addChannel({ name: 'place' });
    await connect();
    ana.say(place, 'not to you');
    discord.gateway.dispatch('MESSAGE_CREATE', { id: '1300000000000000001', channel_id: '1300000000000000000', channel_type: 0, guild_id: guild.id, type: 0, content: '', author: { id: ana.id } });
    await settle();
    expect(isOpen(place)).toBe(false);
    expect(client.channels.cache.has('1300000000000000000')).toBe(false);
  });
});
