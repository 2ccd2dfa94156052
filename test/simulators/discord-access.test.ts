import { PermissionFlagsBits, Routes } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { useOneChannel } from './discord/one-channel.ts';
import { refusal, restFor } from './discord/rest-client.ts';
import type { OneChannel } from './discord/one-channel.ts';

let discord: OneChannel['discord'];
let rest: OneChannel['rest'];
let ana: OneChannel['ana'];
let guild: OneChannel['guild'];
let channel: OneChannel['channel'];
useOneChannel((opened) => {
  ({ discord, rest, ana, guild, channel } = opened);
});

const post = (body: object | string, where = channel) =>
  rest.post(Routes.channelMessages(where.id), { body: typeof body === 'string' ? { content: body } : body }) as Promise<{ id: string }>;
const patch = (id: string, body: object, where = channel) => rest.patch(Routes.channelMessage(where.id, id), { body });

describe('access', () => {
  it('tells unknown from forbidden', async () => {
    const hidden = guild.addChannel({ overwrites: [{ target: guild.everyone, deny: PermissionFlagsBits.ViewChannel }, { target: guild.botRole!, deny: PermissionFlagsBits.ViewChannel }] });
    expect(await refusal(post('x', hidden))).toMatchObject({ status: 403, code: 50001 });
    const gone = guild.addChannel();
    gone.delete();
    expect(await refusal(post('x', gone))).toMatchObject({ status: 404, code: 10003 });
    expect(await refusal(patch('123456789012345678', { content: 'x' }))).toMatchObject({ status: 404, code: 10008 });
    expect(await refusal(rest.get(Routes.guild('123456789012345678')))).toMatchObject({ status: 404, code: 10004 });
    expect(await refusal(rest.get('/nowhere'))).toMatchObject({ status: 404, code: 0 });
    expect(discord.unexpectedRequests.map(({ route }) => route)).toEqual(['GET /nowhere']);
    expect(await refusal(restFor(discord, 'wrong').get(Routes.user()))).toMatchObject({ status: 401, code: 0 });
  });

  it.each([
    ['SendMessages', PermissionFlagsBits.SendMessages, { content: 'x' }],
    ['EmbedLinks', PermissionFlagsBits.EmbedLinks, { embeds: [{ title: 'x' }] }],
  ])('needs %s', async (_name, permission, body) => {
    channel.denyBot(permission);
    expect(await refusal(post(body))).toMatchObject({ status: 403, code: 50013 });
    channel.denyBot(0n);
    await post(body);
  });

  it('needs AttachFiles for files, ReadMessageHistory for replies and reading', async () => {
    const { id } = ana.say(channel, 'question');
    channel.denyBot(PermissionFlagsBits.AttachFiles | PermissionFlagsBits.ReadMessageHistory);
    const files = [{ name: 'a.txt', data: 'text' }];
    expect(await refusal(rest.post(Routes.channelMessages(channel.id), { body: {}, files }))).toMatchObject({ code: 50013 });
    expect(await refusal(post({ content: 'x', message_reference: { message_id: id } }))).toMatchObject({ code: 160002 });
    expect(await rest.get(Routes.channelMessages(channel.id))).toEqual([]);
    expect(await refusal(rest.get(Routes.channelMessage(channel.id, id)))).toMatchObject({ code: 50001 });
  });

  it('ends with a timeout', async () => {
    guild.timeout(discord.botUser, discord.now() + 60_000);
    expect(await refusal(post('x'))).toMatchObject({ code: 50013 });
    discord.advance(60_001);
    await post('x');
  });

  it('lets the bot edit and delete only its own', async () => {
    const { id } = ana.say(channel, 'mine');
    expect(await refusal(patch(id, { content: 'x' }))).toMatchObject({ status: 403, code: 50005 });
    expect(await refusal(rest.delete(Routes.channelMessage(channel.id, id)))).toMatchObject({ status: 403, code: 50013 });
  });

  it('ends where a person blocks the bot', async () => {
    await rest.post(Routes.userChannels(), { body: { recipient_id: ana.id } });
    await post('hello', ana.dm);
    ana.blockBot();
    expect(await refusal(post('x', ana.dm))).toMatchObject({ status: 403, code: 50007 });
    ana.blockBot('no-mutual-guild');
    expect(await refusal(post('x', ana.dm))).toMatchObject({ status: 403, code: 50278 });
    expect(await refusal(rest.put(Routes.channelMessageOwnReaction(channel.id, ana.say(channel, 'x').id, '👍')))).toMatchObject({ code: 90001 });
  });

  it('holds people to their permissions, too', () => {
    const stranger = discord.addUser();
    expect(() => stranger.say(channel, 'x')).toThrow('may not send');
    channel.setSlowmode(10);
    ana.say(channel, 'first');
    expect(() => ana.say(channel, 'second')).toThrow('slowmode');
    discord.advance(10_000);
    ana.say(channel, 'second');
    expect(() => ana.edit(guildMessage(), 'x')).toThrow('cannot edit');
  });

  const guildMessage = () => channel.addWebhook('hook').say('by a hook');

  it('is filtered by AutoMod', async () => {
    guild.blockWords(['Forbidden']);
    expect(await refusal(post('so forbidden'))).toMatchObject({ status: 400, code: 200000 });
    const { id } = await post('fine');
    expect(await refusal(patch(id, { content: 'forbidden' }))).toMatchObject({ code: 200000 });
  });
});
