import { PermissionFlagsBits, Routes } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { useOneChannel } from './discord/one-channel.ts';
import { refusal, restFor } from './discord/rest-client.ts';
import type { OneChannel } from './discord/one-channel.ts';

let here: OneChannel;
useOneChannel((opened) => {
  here = opened;
});

describe('access', () => {
  it('tells unknown from forbidden', async () => {
    const hidden = here.guild.addChannel({ overwrites: [{ target: here.guild.everyone, deny: PermissionFlagsBits.ViewChannel }, { target: here.guild.botRole!, deny: PermissionFlagsBits.ViewChannel }] });
    expect(await refusal(here.post('x', hidden))).toMatchObject({ status: 403, code: 50001 });
    const gone = here.guild.addChannel();
    gone.delete();
    expect(await refusal(here.post('x', gone))).toMatchObject({ status: 404, code: 10003 });
    expect(await refusal(here.patch('123456789012345678', { content: 'x' }))).toMatchObject({ status: 404, code: 10008 });
    expect(await refusal(here.rest.get(Routes.guild('123456789012345678')))).toMatchObject({ status: 404, code: 10004 });
    expect(await refusal(here.rest.get('/nowhere'))).toMatchObject({ status: 404, code: 0 });
    expect(here.discord.unexpectedRequests.map(({ route }) => route)).toEqual(['GET /nowhere']);
    expect(await refusal(restFor(here.discord, 'wrong').get(Routes.user()))).toMatchObject({ status: 401, code: 0 });
  });

  it.each([
    ['SendMessages', PermissionFlagsBits.SendMessages, { content: 'x' }],
    ['EmbedLinks', PermissionFlagsBits.EmbedLinks, { embeds: [{ title: 'x' }] }],
  ])('needs %s', async (_name, permission, body) => {
    here.channel.denyBot(permission);
    expect(await refusal(here.post(body))).toMatchObject({ status: 403, code: 50013 });
    here.channel.denyBot(0n);
    await here.post(body);
  });

  it('needs AttachFiles for files, ReadMessageHistory for replies and reading', async () => {
    const { id } = here.ana.say(here.channel, 'question');
    here.channel.denyBot(PermissionFlagsBits.AttachFiles | PermissionFlagsBits.ReadMessageHistory);
    const files = [{ name: 'a.txt', data: 'text' }];
    expect(await refusal(here.rest.post(Routes.channelMessages(here.channel.id), { body: {}, files }))).toMatchObject({ code: 50013 });
    expect(await refusal(here.post({ content: 'x', message_reference: { message_id: id } }))).toMatchObject({ code: 160002 });
    expect(await here.rest.get(Routes.channelMessages(here.channel.id))).toEqual([]);
    expect(await refusal(here.rest.get(Routes.channelMessage(here.channel.id, id)))).toMatchObject({ code: 50001 });
  });

  it('ends with a timeout', async () => {
    here.guild.timeout(here.discord.botUser, here.discord.now() + 60_000);
    expect(await refusal(here.post('x'))).toMatchObject({ code: 50013 });
    here.discord.advance(60_001);
    await here.post('x');
  });

  it('lets the bot edit and delete only its own', async () => {
    const { id } = here.ana.say(here.channel, 'mine');
    expect(await refusal(here.patch(id, { content: 'x' }))).toMatchObject({ status: 403, code: 50005 });
    expect(await refusal(here.rest.delete(Routes.channelMessage(here.channel.id, id)))).toMatchObject({ status: 403, code: 50013 });
  });

  it('ends where a person blocks the bot', async () => {
    await here.rest.post(Routes.userChannels(), { body: { recipient_id: here.ana.id } });
    await here.post('hello', here.ana.dm);
    here.ana.blockBot();
    expect(await refusal(here.post('x', here.ana.dm))).toMatchObject({ status: 403, code: 50007 });
    here.ana.blockBot('no-mutual-guild');
    expect(await refusal(here.post('x', here.ana.dm))).toMatchObject({ status: 403, code: 50278 });
    expect(await refusal(here.rest.put(Routes.channelMessageOwnReaction(here.channel.id, here.ana.say(here.channel, 'x').id, '👍')))).toMatchObject({ code: 90001 });
  });

  it('holds people to their permissions, too', () => {
    const stranger = here.discord.addUser();
    expect(() => stranger.say(here.channel, 'x')).toThrow('may not send');
    here.channel.setSlowmode(10);
    here.ana.say(here.channel, 'first');
    expect(() => here.ana.say(here.channel, 'second')).toThrow('slowmode');
    here.discord.advance(10_000);
    here.ana.say(here.channel, 'second');
    expect(() => here.ana.edit(guildMessage(), 'x')).toThrow('cannot edit');
  });

  const guildMessage = () => here.channel.addWebhook('hook').say('by a hook');

  it('is filtered by AutoMod', async () => {
    here.guild.blockWords(['Forbidden']);
    expect(await refusal(here.post('so forbidden'))).toMatchObject({ status: 400, code: 200000 });
    const { id } = await here.post('fine');
    expect(await refusal(here.patch(id, { content: 'forbidden' }))).toMatchObject({ code: 200000 });
  });
});
