import type { Message, TextChannel } from 'discord.js';
import { ButtonBuilder, ButtonStyle, ActionRowBuilder, ChannelType, Events, PermissionFlagsBits, Routes } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { startDiscordSimulator } from './discord.ts';
import { connect } from './discord/client.ts';
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

describe('threads', () => {
  const fromMessage = (id: string, name = 'a thread') => rest.post(Routes.threads(channel.id, id), { body: { name } }) as Promise<{ id: string }>;

  it('are made once per message, with its id', async () => {
    const question = ana.say(channel, 'question');
    const { id } = await fromMessage(question.id);
    expect(id).toBe(question.id);
    expect(await refusal(fromMessage(question.id))).toMatchObject({ status: 400, code: 160004 });
    expect(await refusal(fromMessage(ana.say(channel, 'x').id, ''))).toMatchObject({ code: 50035 });
    expect(await refusal(fromMessage(ana.say(channel, 'x').id, 'x'.repeat(101)))).toMatchObject({ code: 50035 });
    const thread = channel.threads[0]!;
    await post('inside', thread);
    expect(thread.fromBot.map(({ content }) => content)).toContain('inside');
    expect(await refusal(fromMessage(ana.say(thread, 'x').id))).toMatchObject({ code: 10008 });
  });

  it('need their own permissions', async () => {
    channel.denyBot(PermissionFlagsBits.SendMessagesInThreads | PermissionFlagsBits.CreatePublicThreads);
    expect(await refusal(fromMessage(ana.say(channel, 'x').id))).toMatchObject({ code: 50013 });
    const thread = ana.startThread(channel, { name: 'hers' });
    expect(await refusal(post('x', thread))).toMatchObject({ code: 50013 });
    channel.denyBot(PermissionFlagsBits.SendMessages);
    await post('x', thread);
    const secret = ana.startThread(channel, { name: 'secret', private: true });
    expect(await refusal(post('x', secret))).toMatchObject({ code: 50001 });
    secret.addToThread(discord.botUser);
    await post('x', secret);
  });

  it('wake when written to, unless locked; nothing else works in a sleeping one', async () => {
    const thread = ana.startThread(channel, { name: 'hers' });
    const { id } = await post('draft', thread);
    thread.archive();
    expect(await refusal(patch(id, { content: 'x' }, thread))).toMatchObject({ code: 50083 });
    await post('wakes it', thread);
    expect(thread.archived).toBe(false);
    thread.lock();
    expect(await refusal(post('x', thread))).toMatchObject({ code: 160005 });
    thread.archive({ locked: true });
    expect(await refusal(post('x', thread))).toMatchObject({ code: 50083 });
    expect(await refusal(rest.patch(Routes.channel(thread.id), { body: { archived: false } }))).toMatchObject({ code: 50013 });
  });

  it('are limited in number', async () => {
    await discord.close();
    discord = await startDiscordSimulator({ maxActiveThreads: 1 });
    rest = restFor(discord);
    const ben = discord.addUser();
    channel = discord.addGuild({ members: [ben] }).addChannel();
    await fromMessage(ben.say(channel, 'x').id);
    expect(await refusal(fromMessage(ben.say(channel, 'y').id))).toMatchObject({ code: 160006 });
  });

  it('are the posts of a forum', async () => {
    const forum = guild.addChannel({ type: ChannelType.GuildForum, name: 'forum' });
    expect(await refusal(post('x', forum))).toMatchObject({ code: 50008 });
    const thread = ana.startThread(forum, { name: 'a post', content: 'first' });
    expect(thread.visible().map(({ id, content }) => [id, content])).toEqual([[thread.id, 'first']]);
    await post('answer', thread);
    const made = (await rest.post(Routes.threads(forum.id), { body: { name: 'by the bot', message: { content: 'hello' } } })) as { id: string };
    expect(discord.channel(made.id)!.fromBot.map(({ content }) => content)).toEqual(['hello']);
  });
});

it('speaks to discord.js: doors of a message', async () => {
  const client = await connect(discord);
  client.on(Events.MessageCreate, (message: Message) => {
    if (message.author.bot) return;
    void (async () => {
      await (message.channel as TextChannel).sendTyping();
      const stop = new ButtonBuilder().setCustomId('stop').setLabel('Stop').setStyle(ButtonStyle.Secondary);
      const reply = await message.reply({ content: 'draft', components: [new ActionRowBuilder<ButtonBuilder>().addComponents(stop)] });
      await reply.edit('final');
      await message.react('👍');
      await reply.pin().catch((error: { code: number }) => reply.edit(`final, but ${error.code}`));
    })();
  });
  const asked = ana.say(channel, 'question');
  const privately = ana.say(ana.dm, 'question');
  await discord.waitFor(() => channel.fromBot.some(({ content }) => content === 'final, but 50013'));
  await discord.waitFor(() => ana.dm.fromBot.some(({ content }) => content === 'final'));
  expect(channel.fromBot).toMatchObject([{ referenceId: asked.id, content: 'final, but 50013' }]);
  expect(ana.dm.fromBot).toMatchObject([{ referenceId: privately.id }]);
  expect(channel.typing).toMatchObject([{ userId: discord.botUser.id }]);
  expect([...asked.reactions.keys()]).toEqual(['👍']);
  const forward = ana.say(channel, '', { forwardOf: asked });
  expect(forward).toMatchObject({ content: '', referenceId: asked.id });
  expect(forward.toApi()).toMatchObject({ message_snapshots: [{ message: { content: 'question' } }] });
  await expect(discord.waitFor(() => channel.fromBot.length > 5, 20)).rejects.toThrow('#general');
  await client.destroy();
});
