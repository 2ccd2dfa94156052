import { once } from 'node:events';
import { Events, GatewayIntentBits, PermissionFlagsBits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { clientFor, plainIntents } from './discord/client.ts';
import { closeAfterEach, closeLater, login, simulator, socket } from './discord/gateway-clients.ts';

closeAfterEach();

describe('login', () => {
  it('fills the cache of discord.js', async () => {
    const { discord, guild, channel } = await simulator();
    const thread = discord.addUser({ name: 'starter' });
    guild.addMember(thread);
    thread.startThread(channel, { name: 'a thread' });
    const client = await login(discord);
    const cached = client.guilds.cache.get(guild.id);
    expect(client.user.id).toBe(discord.botUser.id);
    expect(client.application.id).toBe(discord.applicationId);
    expect(cached?.available).toBe(true);
    expect(cached?.channels.cache.map(({ name }) => name)).toEqual(['general', 'a thread']);
    expect(cached?.members.me?.roles.cache.some((role) => role.managed)).toBe(true);
    expect(cached?.members.me?.permissions.has(PermissionFlagsBits.SendMessages)).toBe(true);
    expect((await client.application.fetch()).owner?.id).toBe(discord.owner.id);
    expect(discord.unexpectedRequests).toEqual([]);
  });

  it('refuses a wrong token by REST', async () => {
    const { discord } = await simulator();
    await expect(clientFor(discord).login('MTIz.abc.def')).rejects.toThrow('invalid token');
  });

  it('refuses a token that was reset with 4004 and 401', async () => {
    const { discord } = await simulator();
    const client = await login(discord);
    const disconnected = once(client, Events.ShardDisconnect);
    discord.resetToken();
    const [{ code }] = await disconnected;
    expect(code).toBe(4004);
    await expect(client.users.fetch(discord.owner.id, { force: true })).rejects.toMatchObject({ status: 401 });
  });

  it('refuses Message Content where the portal has it off', async () => {
    const { discord } = await simulator();
    const client = clientFor(discord, { intents: [...plainIntents, GatewayIntentBits.MessageContent] });
    closeLater({ close: () => client.destroy() });
    const disconnected = once(client, Events.ShardDisconnect);
    client.login(discord.token).catch(() => undefined);
    const [{ code }] = await disconnected;
    expect(code).toBe(4014);
  });

  it('resets the token after too many identifies', async () => {
    const { discord } = await simulator({ identifiesPerDay: 1 });
    const first = await socket(discord);
    first.identify();
    await first.frame(({ t }) => t === 'READY');
    discord.advance(5000);
    const second = await socket(discord);
    second.identify();
    expect(await second.closed).toBe(4004);
    await expect(clientFor(discord).login(discord.token)).rejects.toThrow('invalid token');
  });

  it('lets one shard of a bucket identify per 5 s', async () => {
    const { discord } = await simulator();
    const [first, second] = [await socket(discord), await socket(discord)];
    first.identify();
    await first.frame(({ t }) => t === 'READY');
    second.identify();
    expect((await second.frame(({ op }) => op === 9)).d).toBe(false);
    discord.advance(5000);
    second.identify();
    await second.frame(({ t }) => t === 'READY');
    expect(discord.gateway.identifies).toHaveLength(2);
  });
});

describe('close codes', () => {
  it.each([
    ['unknown opcode', 4001, '{"op":99,"d":null}'],
    ['no JSON', 4002, 'nonsense'],
    ['more than 4096 bytes', 4002, JSON.stringify({ op: 1, d: 'x'.repeat(5000) })],
    ['an opcode before IDENTIFY', 4003, '{"op":3,"d":{}}'],
  ])('%s', async (_what, code, data) => {
    const { discord } = await simulator();
    const connection = await socket(discord);
    connection.sendRaw(data);
    expect(await connection.closed).toBe(code);
  });

  it.each([
    ['a wrong token', 4004, { token: 'wrong' }],
    ['a shard beyond the count', 4010, { shard: [2, 2] }],
    ['an unknown intent', 4013, { intents: 1 << 30 }],
    ['a privileged intent', 4014, { intents: GatewayIntentBits.GuildMembers }],
  ])('%s', async (_what, code, identify) => {
    const { discord } = await simulator();
    const connection = await socket(discord);
    connection.identify(identify);
    expect(await connection.closed).toBe(code);
    expect(discord.gateway.identifies).toEqual([]);
  });

  it('a second IDENTIFY, a wrong version, too few shards', async () => {
    const { discord } = await simulator({ guildsPerShard: 0 });
    const old = await socket(discord, '?v=6&encoding=json');
    expect(await old.closed).toBe(4012);
    const crowded = await socket(discord);
    crowded.identify();
    expect(await crowded.closed).toBe(4011);
    const { discord: roomy } = await simulator();
    const twice = await socket(roomy);
    twice.identify();
    twice.identify();
    expect(await twice.closed).toBe(4005);
  });

  it('more than 120 sends in a minute', async () => {
    const { discord } = await simulator();
    const connection = await socket(discord);
    for (let count = 0; count < 121; count += 1) connection.send(1, null);
    expect(await connection.closed).toBe(4008);
  });

  it('no heartbeat', async () => {
    const { discord } = await simulator({ heartbeatIntervalMs: 30 });
    const connection = await socket(discord);
    connection.identify();
    expect(await connection.closed).toBe(4009);
    await discord.waitFor(() => discord.gateway.sessions.length === 0);
  });
});

describe('resume', () => {
  it('replays what was missed after a lost connection', async () => {
    const { discord, ana, channel } = await simulator();
    const client = await login(discord);
    const heard: string[] = [];
    client.on(Events.MessageCreate, (message) => heard.push(message.id));
    const resumed = once(client, Events.ShardResume);
    discord.gateway.drop();
    await discord.waitFor(() => discord.gateway.connections === 0);
    const said = [ana.say(channel, 'one'), ana.say(channel, 'two')].map(({ id }) => id);
    const [, replayed] = await resumed;
    expect(heard).toEqual(said);
    expect(replayed).toBeGreaterThanOrEqual(2);
    expect(discord.gateway.resumes).toMatchObject([{ replayed: 2 }]);
    expect(discord.gateway.identifies).toHaveLength(1);
  });

  it('follows opcode 7, and opcode 9 with true', async () => {
    const { discord, ana, channel } = await simulator();
    const client = await login(discord);
    let resumed = once(client, Events.ShardResume);
    discord.gateway.requestReconnect();
    await resumed;
    resumed = once(client, Events.ShardResume);
    discord.gateway.invalidate({ resumable: true });
    await resumed;
    const heard = once(client, Events.MessageCreate);
    const { id } = ana.say(channel, 'still here?');
    expect((await heard)[0].id).toBe(id);
    expect(discord.gateway.identifies).toHaveLength(1);
  });

  it('loses everything with opcode 9 and false', async () => {
    const { discord, ana, channel } = await simulator();
    const client = await login(discord, { ws: { buildIdentifyThrottler: async () => ({ waitForIdentify: async () => undefined }) } as never });
    const heard: string[] = [];
    client.on(Events.MessageCreate, (message) => heard.push(message.id));
    const ready = once(client, Events.ShardReady);
    discord.gateway.invalidate({ resumable: false });
    const lost = ana.say(channel, 'lost');
    discord.advance(5000);
    await ready;
    const { id } = ana.say(channel, 'heard');
    await discord.waitFor(() => discord.gateway.identifies.length === 2);
    await once(client, Events.MessageCreate);
    expect(heard).toEqual([id]);
    expect(client.channels.cache.get(channel.id)).toMatchObject({ lastMessageId: id });
    expect(lost.deleted).toBe(false);
  });

  it('answers 9 for an unknown session, 4007 for a number that was never sent', async () => {
    const { discord } = await simulator();
    const first = await socket(discord);
    first.identify();
    const ready = await first.frame(({ t }) => t === 'READY');
    const stranger = await socket(discord);
    stranger.send(6, { token: discord.token, session_id: 'unknown', seq: 1 });
    expect((await stranger.frame(({ op }) => op === 9)).d).toBe(false);
    const { session_id } = ready.d as { session_id: string };
    stranger.send(6, { token: discord.token, session_id, seq: 999 });
    expect(await stranger.closed).toBe(4007);
  });

  it('forgets a session in time, and one that was closed with 1000', async () => {
    const { discord } = await simulator({ resumeWindowMs: 60_000 });
    await login(discord);
    discord.gateway.setAccepting(false);
    discord.gateway.drop();
    await discord.waitFor(() => discord.gateway.connections === 0);
    expect(discord.gateway.sessions).toMatchObject([{ connected: false }]);
    discord.advance(60_000);
    expect(discord.gateway.sessions).toEqual([]);
    discord.gateway.setAccepting(true);
    const polite = await login(discord, {});
    await polite.destroy();
    await discord.waitFor(() => discord.gateway.closes.at(-1)?.code === 1000);
    expect(discord.gateway.sessions.filter(({ connected }) => !connected)).toEqual([]);
  });

  it('keeps what a silent gateway does not send', async () => {
    const { discord, ana, channel } = await simulator({ heartbeatIntervalMs: 200 });
    const client = await login(discord);
    discord.gateway.muteAcks();
    discord.gateway.setDispatching(false);
    const { id } = ana.say(channel, 'into the void');
    await discord.waitFor(() => discord.gateway.closes.some(({ code }) => code === 4200));
    discord.gateway.muteAcks(false);
    discord.gateway.setDispatching(true);
    const [message] = await once(client, Events.MessageCreate);
    expect(message.id).toBe(id);
  });
});
