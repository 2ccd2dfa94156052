import type { Message, TextChannel } from 'discord.js';
import { ButtonBuilder, ButtonStyle, ActionRowBuilder, ChannelType, Events, PermissionFlagsBits, Routes } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { connect } from './discord/client.ts';
import { useOneChannel } from './discord/one-channel.ts';
import { refusal } from './discord/rest-client.ts';
import type { OneChannel } from './discord/one-channel.ts';

let here: OneChannel;
useOneChannel((opened) => {
  here = opened;
});

describe('threads', () => {
  const fromMessage = (id: string, name = 'a thread') => here.rest.post(Routes.threads(here.channel.id, id), { body: { name } }) as Promise<{ id: string }>;

  it('are made once per message, with its id', async () => {
    const question = here.ana.say(here.channel, 'question');
    const { id } = await fromMessage(question.id);
    expect(id).toBe(question.id);
    expect(await refusal(fromMessage(question.id))).toMatchObject({ status: 400, code: 160004 });
    expect(await refusal(fromMessage(here.ana.say(here.channel, 'x').id, ''))).toMatchObject({ code: 50035 });
    expect(await refusal(fromMessage(here.ana.say(here.channel, 'x').id, 'x'.repeat(101)))).toMatchObject({ code: 50035 });
    const thread = here.channel.threads[0]!;
    await here.post('inside', thread);
    expect(thread.fromBot.map(({ content }) => content)).toContain('inside');
    expect(await refusal(fromMessage(here.ana.say(thread, 'x').id))).toMatchObject({ code: 10008 });
  });

  it('need their own permissions', async () => {
    here.channel.denyBot(PermissionFlagsBits.SendMessagesInThreads | PermissionFlagsBits.CreatePublicThreads);
    expect(await refusal(fromMessage(here.ana.say(here.channel, 'x').id))).toMatchObject({ code: 50013 });
    const thread = here.ana.startThread(here.channel, { name: 'hers' });
    expect(await refusal(here.post('x', thread))).toMatchObject({ code: 50013 });
    here.channel.denyBot(PermissionFlagsBits.SendMessages);
    await here.post('x', thread);
    const secret = here.ana.startThread(here.channel, { name: 'secret', private: true });
    expect(await refusal(here.post('x', secret))).toMatchObject({ code: 50001 });
    secret.addToThread(here.discord.botUser);
    await here.post('x', secret);
  });

  it('wake when written to, unless locked; nothing else works in a sleeping one', async () => {
    const thread = here.ana.startThread(here.channel, { name: 'hers' });
    const { id } = await here.post('draft', thread);
    thread.archive();
    expect(await refusal(here.patch(id, { content: 'x' }, thread))).toMatchObject({ code: 50083 });
    await here.post('wakes it', thread);
    expect(thread.archived).toBe(false);
    thread.lock();
    expect(await refusal(here.post('x', thread))).toMatchObject({ code: 160005 });
    thread.archive({ locked: true });
    expect(await refusal(here.post('x', thread))).toMatchObject({ code: 50083 });
    expect(await refusal(here.rest.patch(Routes.channel(thread.id), { body: { archived: false } }))).toMatchObject({ code: 50013 });
  });

  it('are limited in number', async () => {
    await here.reopen({ maxActiveThreads: 1 });
    await fromMessage(here.ana.say(here.channel, 'x').id);
    expect(await refusal(fromMessage(here.ana.say(here.channel, 'y').id))).toMatchObject({ code: 160006 });
  });

  it('are the posts of a forum', async () => {
    const forum = here.guild.addChannel({ type: ChannelType.GuildForum, name: 'forum' });
    expect(await refusal(here.post('x', forum))).toMatchObject({ code: 50008 });
    const thread = here.ana.startThread(forum, { name: 'a post', content: 'first' });
    expect(thread.visible().map(({ id, content }) => [id, content])).toEqual([[thread.id, 'first']]);
    await here.post('answer', thread);
    const made = (await here.rest.post(Routes.threads(forum.id), { body: { name: 'by the bot', message: { content: 'hello' } } })) as { id: string };
    expect(here.discord.channel(made.id)!.fromBot.map(({ content }) => content)).toEqual(['hello']);
  });
});

it('speaks to discord.js: doors of a message', async () => {
  const client = await connect(here.discord);
  const answering: Promise<void>[] = [];
  client.on(Events.MessageCreate, (message: Message) => {
    if (message.author.bot) return;
    const answer = async (): Promise<void> => {
      await (message.channel as TextChannel).sendTyping();
      const stop = new ButtonBuilder().setCustomId('stop').setLabel('Stop').setStyle(ButtonStyle.Secondary);
      const reply = await message.reply({ content: 'draft', components: [new ActionRowBuilder<ButtonBuilder>().addComponents(stop)] });
      await reply.edit('final');
      await message.react('👍');
      await reply.pin().catch((error: { code: number }) => reply.edit(`final, but ${error.code}`));
    };
    answering.push(answer());
  });
  const asked = here.ana.say(here.channel, 'question');
  const privately = here.ana.say(here.ana.dm, 'question');
  await here.discord.waitFor(() => here.channel.fromBot.some(({ content }) => content === 'final, but 50013'));
  await here.discord.waitFor(() => here.ana.dm.fromBot.some(({ content }) => content === 'final'));
  expect(here.channel.fromBot).toMatchObject([{ referenceId: asked.id, content: 'final, but 50013' }]);
  expect(here.ana.dm.fromBot).toMatchObject([{ referenceId: privately.id }]);
  expect(here.channel.typing).toMatchObject([{ userId: here.discord.botUser.id }]);
  expect([...asked.reactions.keys()]).toEqual(['👍']);
  const forward = here.ana.say(here.channel, '', { forwardOf: asked });
  expect(forward).toMatchObject({ content: '', referenceId: asked.id });
  expect(forward.toApi()).toMatchObject({ message_snapshots: [{ message: { content: 'question' } }] });
  await expect(here.discord.waitFor(() => here.channel.fromBot.length > 5, 20)).rejects.toThrow('#general');
  await Promise.all(answering);
  await client.destroy();
});
