import { once } from 'node:events';
import type { Client, GatewayDispatchPayload, TextChannel } from 'discord.js';
import { Events, GatewayIntentBits, PermissionFlagsBits, Routes } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { DiscordSimulator, DiscordSimulatorOptions } from './discord.ts';
import { startDiscordSimulator } from './discord.ts';
import { clientFor, connect, plainIntents } from './discord/client.ts';

const running: { close(): unknown }[] = [];

afterEach(async () => {
  for (const part of running.splice(0).toReversed()) await part.close();
});

async function simulator(options: DiscordSimulatorOptions = {}) {
  const discord = await startDiscordSimulator(options);
  running.push(discord);
  const ana = discord.addUser({ name: 'ana', globalName: 'Ana' });
  const guild = discord.addGuild({ members: [ana] });
  return { discord, ana, guild, channel: guild.addChannel({ name: 'general' }) };
}

async function login(discord: DiscordSimulator, options: Parameters<typeof connect>[1] = {}) {
  const client = await connect(discord, options);
  running.push({ close: () => client.destroy() });
  return client;
}

/** A bare websocket, for what discord.js would never do. */
async function socket(discord: DiscordSimulator, query = '?v=10&encoding=json') {
  const webSocket = new WebSocket(discord.gateway.url + query);
  running.push({ close: () => webSocket.terminate() });
  const frames: { op: number; t: string | null; s: number | null; d: unknown }[] = [];
  const waiting = new Set<() => void>();
  webSocket.on('message', (data) => {
    frames.push(JSON.parse(String(data)));
    for (const check of waiting) check();
  });
  const closed = new Promise<number>((resolve) => webSocket.on('close', resolve));
  await once(webSocket, 'open');
  return {
    frames,
    closed,
    send: (op: number, d: unknown) => webSocket.send(JSON.stringify({ op, d })),
    sendRaw: (data: string | Buffer) => webSocket.send(data),
    identify: (more: object = {}) =>
      webSocket.send(JSON.stringify({ op: 2, d: { token: discord.token, properties: {}, intents: 0, shard: [0, 1], ...more } })),
    frame: (fits: (frame: (typeof frames)[number]) => boolean) =>
      new Promise<(typeof frames)[number]>((resolve) => {
        const check = () => {
          const found = frames.find(fits);
          if (found) resolve(found);
        };
        waiting.add(check);
        check();
      }),
  };
}

function received(client: Client): GatewayDispatchPayload[] {
  const packets: GatewayDispatchPayload[] = [];
  client.on(Events.Raw as never, (packet: GatewayDispatchPayload) => packets.push(packet));
  return packets;
}

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
    running.push({ close: () => client.destroy() });
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

describe('who hears what', () => {
  it('empties content without the intent, except where Discord does not', async () => {
    const { discord, ana, guild, channel } = await simulator();
    const client = await login(discord);
    const packets = received(client);
    const role = guild.botRole!;
    const own = await ((await client.channels.fetch(channel.id)) as TextChannel).send('mine');
    const mine = discord.message(own.id)!;
    const text = { name: 'a.txt', bytes: 'secret' };
    const said = [
      ana.say(channel, 'nobody in particular', { attachments: [text] }),
      ana.say(channel, `${role.mention} by role`),
      ana.say(channel, 'quiet reply', { replyTo: mine, replyPing: false }),
      ana.say(channel, `${discord.botUser.mention} hello`, { attachments: [text] }),
      ana.say(channel, 'reply', { replyTo: mine }),
      ana.say(ana.dm, 'in private'),
    ];
    await client.application.commands.set([{ name: 'ask', description: 'x' }]);
    const asked = ana.runCommand(channel, 'ask');
    const answer = { type: 4, data: { content: 'hi' } };
    await client.rest.post(Routes.interactionCallback(asked.id, asked.token), { body: answer, auth: false });
    said.push(ana.say(channel, 'reply to a slash answer', { replyTo: asked.response! }));
    while (packets.filter(({ t }) => t === 'MESSAGE_CREATE').length < said.length + 2) await once(client, Events.Raw as never);
    const content = new Map(
      packets.flatMap((packet) => (packet.t === 'MESSAGE_CREATE' ? [[packet.d.id, packet.d.content + packet.d.attachments.length]] : [])),
    );
    expect(said.map(({ id }) => content.get(id))).toEqual(['0', '0', '0', `${discord.botUser.mention} hello1`, 'reply0', 'in private0', '0']);
    expect(content.get(own.id)).toBe('mine0');
  });

  it('hands out content with the intent asked for and allowed, also to one session of two', async () => {
    const { discord, ana, channel } = await simulator({ messageContentIntent: true, maxConcurrency: 2 });
    const [with_, without] = [
      await login(discord, { intents: [...plainIntents, GatewayIntentBits.MessageContent] }),
      await (async () => {
        discord.advance(5000);
        return await login(discord);
      })(),
    ];
    const both = Promise.all([with_, without].map((client) => once(client, Events.MessageCreate)));
    ana.say(channel, 'for all to read');
    const contents = (await both).map(([message]) => message.content);
    expect(contents).toEqual(['for all to read', '']);
    expect(discord.gateway.sessions).toHaveLength(2);
  });

  it('keeps from a session what it did not ask for', async () => {
    const { discord, ana, channel } = await simulator();
    const client = await login(discord, { intents: [GatewayIntentBits.Guilds, GatewayIntentBits.DirectMessages] });
    const heard = once(client, Events.MessageCreate);
    ana.say(channel, `${discord.botUser.mention} not for you`);
    const { id } = ana.say(ana.dm, 'for you');
    expect((await heard)[0].id).toBe(id);
  });

  it('keeps from the bot what it cannot see', async () => {
    const { discord, ana, guild, channel } = await simulator();
    const client = await login(discord);
    const hidden = guild.addChannel({ overwrites: [{ target: guild.botRole!, deny: PermissionFlagsBits.ViewChannel }] });
    const privately = ana.startThread(channel, { name: 'private', private: true });
    const heard = once(client, Events.MessageCreate);
    ana.say(hidden, 'hidden');
    ana.say(privately, 'hidden, too');
    const { id } = ana.say(channel, 'seen');
    expect((await heard)[0].id).toBe(id);
    privately.addToThread(discord.botUser);
    const added = once(client, Events.MessageCreate);
    const now = ana.say(privately, 'now you see me');
    expect((await added)[0].id).toBe(now.id);
  });

  it('tells of members only who was asked for by id, unless the intent is there', async () => {
    const { discord, ana, guild } = await simulator();
    const connection = await socket(discord);
    connection.identify();
    await connection.frame(({ t }) => t === 'READY');
    connection.send(8, { guild_id: guild.id, user_ids: [ana.id, '1'], nonce: 'n' });
    const chunk = await connection.frame(({ t }) => t === 'GUILD_MEMBERS_CHUNK');
    expect(chunk.d).toMatchObject({ nonce: 'n', not_found: ['1'], members: [{ user: { id: ana.id, global_name: 'Ana' } }] });
    connection.send(8, { guild_id: guild.id, query: '', limit: 0 });
    expect(await connection.closed).toBe(4014);
  });

  it('sends guilds to their shards, and DMs to the first', async () => {
    const { discord, ana, guild, channel } = await simulator({ recommendedShards: 2, maxConcurrency: 2 });
    const other = discord.addGuild({ members: [ana] });
    const otherChannel = other.addChannel();
    const client = await login(discord, { shards: 'auto' });
    const packets = new Map<number, string[]>([[0, []], [1, []]]);
    client.ws.on('MESSAGE_CREATE' as never, (data: { id: string }, shard: number) => packets.get(shard)?.push(data.id));
    const dm = ana.say(ana.dm, 'hi').id;
    const [one, two] = [ana.say(channel, 'a').id, ana.say(otherChannel, 'b').id];
    while ([...packets.values()].flat().length < 3) await once(client, Events.Raw as never);
    const shardOfFirst = Number((BigInt(guild.id) >> 22n) % 2n);
    expect(packets.get(0)).toContain(dm);
    expect(packets.get(shardOfFirst)).toContain(one);
    expect(packets.get(1 - shardOfFirst)).toContain(two);
    expect(discord.gateway.identifies.map(({ shard }) => shard)).toEqual(expect.arrayContaining([[0, 2], [1, 2]]));
  });
});

describe('what changes while it runs', () => {
  it('tells of guilds, channels, threads, roles, and their end', async () => {
    const { discord, ana, guild, channel } = await simulator();
    const client = await login(discord);
    const packets = received(client);
    const other = discord.addGuild({ name: 'later' });
    const added = guild.addChannel({ name: 'added' });
    const thread = ana.startThread(added, { name: 'thread', from: ana.say(added, 'start') });
    thread.archive();
    guild.setBotPermissions(PermissionFlagsBits.ViewChannel);
    channel.setOverwrite(guild.everyone, { deny: PermissionFlagsBits.SendMessages });
    ana.edit(ana.say(added, 'typo'), 'type');
    const gone = ana.say(added, 'gone');
    ana.delete(gone);
    discord.unfurl(ana.say(added, 'see https://example.com'));
    added.bulkDelete(added.messages.slice(0, 2));
    thread.delete();
    added.delete();
    other.kickBot();
    guild.setUnavailable(true);
    while (packets.filter(({ t }) => t === 'GUILD_DELETE').length < 2) await once(client, Events.Raw as never);
    expect(packets.map(({ t }) => t)).toEqual([
      'GUILD_CREATE', 'CHANNEL_CREATE', 'MESSAGE_CREATE', 'THREAD_CREATE', 'MESSAGE_UPDATE', 'MESSAGE_CREATE', 'THREAD_UPDATE',
      'GUILD_ROLE_UPDATE', 'CHANNEL_UPDATE', 'MESSAGE_CREATE', 'MESSAGE_UPDATE', 'MESSAGE_CREATE', 'MESSAGE_DELETE', 'MESSAGE_CREATE',
      'MESSAGE_UPDATE', 'MESSAGE_DELETE_BULK', 'THREAD_DELETE', 'CHANNEL_DELETE', 'GUILD_DELETE', 'GUILD_DELETE',
    ]);
    const unfurled = packets.findLast(({ t }) => t === 'MESSAGE_UPDATE')?.d as { edited_timestamp: unknown };
    expect(unfurled.edited_timestamp).toBeNull();
  });
});
