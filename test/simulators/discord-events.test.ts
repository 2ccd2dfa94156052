import { once } from 'node:events';
import type { TextChannel } from 'discord.js';
import { Events, GatewayIntentBits, PermissionFlagsBits, Routes } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { plainIntents } from './discord/client.ts';
import { closeAfterEach, login, received, simulator, socket } from './discord/gateway-clients.ts';

closeAfterEach();

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

  it('tells of what only one person sees as if it were said directly, to whose it is', async () => {
    const { discord, ana, channel } = await simulator();
    const client = await login(discord);
    const packets = received(client);
    await client.application.commands.set([{ name: 'ask', description: 'x' }]);
    const asked = ana.runCommand(channel, 'ask');
    await client.rest.post(Routes.interactionCallback(asked.id, asked.token), { body: { type: 4, data: { content: 'for you', flags: 64 } }, auth: false });
    const isTold = ({ t }: { t: string }): boolean => t === 'MESSAGE_CREATE';
    while (!packets.some(isTold)) await once(client, Events.Raw as never);
    const told = packets.find(isTold)!.d as Record<string, unknown>;
    expect(told).toMatchObject({ id: asked.response!.id, channel_id: channel.id, content: 'for you', flags: 64, interaction_metadata: { id: asked.id } });
    expect([Object.hasOwn(told, 'guild_id'), Object.hasOwn(told, 'member')]).toEqual([false, false]);
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
