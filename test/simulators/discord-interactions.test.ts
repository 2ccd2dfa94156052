import type { ChatInputCommandInteraction, Client, Interaction } from 'discord.js';
import { ActionRowBuilder, ButtonBuilder, ButtonStyle, Events, InteractionContextType, InteractionResponseType, LabelBuilder, MessageFlags, ModalBuilder, PermissionFlagsBits, Routes, StringSelectMenuBuilder, TextInputBuilder, TextInputStyle } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import type { SimulatedInteraction, SimulatedUser } from './discord.ts';
import { connect } from './discord/client.ts';
import { useOneChannel } from './discord/one-channel.ts';
import { refusal } from './discord/rest-client.ts';
import type { OneChannel } from './discord/one-channel.ts';

const ask = {
  name: 'ask',
  description: 'Ask a question',
  options: [
    { type: 3, name: 'prompt', description: 'What to ask', required: true, max_length: 100 },
    { type: 11, name: 'file', description: 'A file' },
    { type: 5, name: 'private', description: 'Only for you' },
    { type: 3, name: 'style', description: 'How', choices: [{ name: 'Short', value: 'short' }] },
    { type: 3, name: 'model', description: 'Which', autocomplete: true },
  ],
};
const commandSet = [
  ask,
  { name: 'settings', description: 'x', options: [{ type: 1, name: 'show', description: 'x', options: [{ type: 6, name: 'of', description: 'x' }] }] },
  { name: 'manage', description: 'x', default_member_permissions: '32' },
  { name: 'here', description: 'x', contexts: [InteractionContextType.Guild] },
  { name: 'anywhere', description: 'x', integration_types: [0, 1], contexts: [0, 1, 2] },
  { name: 'Ask about this', type: 3 },
];

let here: OneChannel;
useOneChannel(async (opened) => {
  here = opened;
  await here.rest.put(Routes.applicationCommands(here.discord.applicationId), { body: commandSet });
});

const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.destroy();
});

/** A bot that does one thing with every interaction. */
async function bot(act: (interaction: Interaction) => Promise<unknown>): Promise<unknown[]> {
  const failures: unknown[] = [];
  const client = await connect(here.discord);
  clients.push(client);
  client.on(Events.InteractionCreate, (interaction) => void act(interaction).catch((error: unknown) => failures.push(error)));
  return failures;
}

const callback = (interaction: SimulatedInteraction, body: object) =>
  here.rest.post(Routes.interactionCallback(interaction.id, interaction.token), { body, auth: false });
const reply = (interaction: SimulatedInteraction, content = 'hi', flags = 0) => callback(interaction, { type: 4, data: { content, flags } });
const original = (interaction: SimulatedInteraction) => Routes.webhookMessage(here.discord.applicationId, interaction.token);
const followUp = (interaction: SimulatedInteraction, content = 'more', flags = 0) =>
  here.rest.post(Routes.webhook(here.discord.applicationId, interaction.token), { body: { content, flags }, auth: false });

describe('the first answer', () => {
  it('must come within 3 s', async () => {
    const late = here.ana.runCommand(here.channel, 'ask', { prompt: 'why?' });
    expect(late).toMatchObject({ acknowledged: false, failed: false });
    here.discord.advance(3001);
    expect(await late.settled()).toMatchObject({ failed: true, acknowledged: false });
    expect(await refusal(reply(late))).toMatchObject({ status: 404, code: 10062 });
    expect(here.channel.visible()).toEqual([]);
  });

  it('comes once', async () => {
    const asked = here.ana.runCommand(here.channel, 'ask', { prompt: 'why?' });
    await reply(asked);
    expect(asked).toMatchObject({ acknowledged: true, acknowledgedAs: 'reply', failed: false, ephemeral: false });
    expect(asked.acknowledgedAfterMs).toBeGreaterThan(0);
    expect(await refusal(reply(asked))).toMatchObject({ status: 400, code: 40060 });
    here.discord.advance(3001);
    expect(asked.failed).toBe(false);
  });

  it('is 40060 where discord.js repeats it after a lost answer', async () => {
    const failures = await bot((interaction) => (interaction as ChatInputCommandInteraction).deferReply());
    here.discord.faults.add({ route: 'POST /interactions/:id/:token/callback', times: 1, does: 'apply-then-502' });
    const asked = here.ana.runCommand(here.channel, 'ask', { prompt: 'why?' });
    await here.discord.waitFor(() => asked.acknowledged);
    await expect.poll(() => failures).toMatchObject([{ code: 40060 }]);
    expect(asked.response).toMatchObject({ thinking: true });
  });

  it('must be valid, and fit', async () => {
    const asked = here.ana.runCommand(here.channel, 'ask', { prompt: 'why?' });
    expect(await refusal(reply(asked, 'x'.repeat(2001)))).toMatchObject({ code: 50035, errors: { data: { content: {} } } });
    expect(await refusal(reply(asked, ' '))).toMatchObject({ code: 50006 });
    expect(await refusal(callback(asked, { type: 7, data: { content: 'x' } }))).toMatchObject({ code: 50035 });
    expect(await refusal(callback(asked, { type: 8, data: { choices: [] } }))).toMatchObject({ code: 50035 });
    expect(await refusal(here.rest.post(Routes.interactionCallback(asked.id, 'nonsense'), { body: { type: 5 } }))).toMatchObject({ code: 10062 });
    expect(asked.acknowledged).toBe(false);
  });
});

describe('the token', () => {
  it('opens nothing before the first answer', async () => {
    const asked = here.ana.runCommand(here.channel, 'ask', { prompt: 'why?' });
    expect(await refusal(here.rest.patch(original(asked), { body: { content: 'x' }, auth: false }))).toMatchObject({ status: 404, code: 10015 });
  });

  it('ends after 15 minutes; the channel goes on', async () => {
    const asked = here.ana.runCommand(here.channel, 'ask', { prompt: 'why?' });
    await callback(asked, { type: 5 });
    here.discord.advance(15 * 60_000 - 20_000);
    await here.rest.patch(original(asked), { body: { content: 'in time' }, auth: false });
    here.discord.advance(20_000);
    expect(await refusal(here.rest.patch(original(asked), { body: { content: 'x' }, auth: false }))).toMatchObject({ status: 401, code: 50027 });
    expect(await refusal(followUp(asked))).toMatchObject({ status: 401, code: 50027 });
    await here.rest.patch(Routes.channelMessage(here.channel.id, asked.response!.id), { body: { content: 'by another way' } });
    expect(asked.response!.content).toBe('by another way');
  });

  it('reaches an ephemeral answer, which nothing else does', async () => {
    const asked = here.ana.runCommand(here.channel, 'ask', { prompt: 'why?' });
    await callback(asked, { type: 5, data: { flags: MessageFlags.Ephemeral } });
    await here.rest.patch(original(asked), { body: { content: 'for you' }, auth: false });
    expect(asked.response).toMatchObject({ content: 'for you', ephemeral: true, viewerIds: [here.ana.id], edited: false });
    const ben = here.discord.addUser();
    expect([here.channel.visible(here.ana).length, here.channel.visible(ben).length]).toEqual([1, 0]);
    const direct = here.rest.patch(Routes.channelMessage(here.channel.id, asked.response!.id), { body: { content: 'x' } });
    expect(await refusal(direct)).toMatchObject({ code: 10008 });
    await here.rest.delete(original(asked), { auth: false });
    expect(await refusal(here.rest.patch(original(asked), { body: { content: 'x' }, auth: false }))).toMatchObject({ code: 10008 });
  });

  it('lets the first follow-up fill a deferred answer, ephemeral or not as that was', async () => {
    const asked = here.ana.runCommand(here.channel, 'ask', { prompt: 'why?' });
    await callback(asked, { type: 5, data: { flags: MessageFlags.Ephemeral } });
    await followUp(asked, 'filled');
    await followUp(asked, 'public');
    expect(asked.response).toMatchObject({ content: 'filled', ephemeral: true, thinking: false });
    expect(asked.followUps).toMatchObject([{ content: 'public', ephemeral: false }]);
  });

  it('allows five follow-ups where only the user installed the application', async () => {
    const away = here.discord.addGuild({ members: [here.ana], withBot: false }).addChannel();
    const asked = here.ana.runCommand(away, 'anywhere');
    await reply(asked);
    for (let count = 0; count < 5; count += 1) await followUp(asked);
    expect(await refusal(followUp(asked))).toMatchObject({ status: 400, code: 40094 });
    expect(() => here.ana.runCommand(away, 'ask', { prompt: 'x' })).toThrow('not available');
  });

  it('whispers where the user may not use external applications', async () => {
    const strict = here.discord.addGuild({ members: [here.ana], withBot: false, everyonePermissions: PermissionFlagsBits.ViewChannel });
    const asked = here.ana.runCommand(strict.addChannel(), 'anywhere');
    await reply(asked);
    expect(asked.ephemeral).toBe(true);
  });
});

describe('pings of an answer', () => {
  it('are for users only, unless it says more', async () => {
    const text = `${here.ana.mention} @everyone`;
    await reply(here.ana.runCommand(here.channel, 'ask', { prompt: 'x' }), text);
    expect(here.discord.pings.map(({ kind }) => kind)).toEqual(['user']);
    const allowed_mentions = { parse: ['everyone'] };
    await callback(here.ana.runCommand(here.channel, 'ask', { prompt: 'x' }), { type: 4, data: { content: text, allowed_mentions } });
    expect(here.discord.pings.map(({ kind }) => kind)).toEqual(['user', 'everyone']);
  });
});

describe('a person', () => {
  it('fills in a command as its registration asks', async () => {
    const run = (options: Parameters<SimulatedUser['runCommand']>[2], name = 'ask') => () => here.ana.runCommand(here.channel, name, options);
    expect(run({})).toThrow('required');
    expect(run({ prompt: 'x'.repeat(101) })).toThrow('characters');
    expect(run({ prompt: 5 })).toThrow('does not fit');
    expect(run({ prompt: 'x', style: 'long' })).toThrow('not one of');
    expect(run({ prompt: 'x', what: 'y' })).toThrow('no option');
    expect(run({}, 'settings')).toThrow('subcommands');
    expect(run({}, 'unknown')).toThrow('registered');
    expect(run({}, 'manage')).toThrow('not allowed');
    expect(() => here.ana.runCommand(here.ana.dm, 'here')).toThrow('context');
    expect(() => here.discord.addUser().runCommand(here.channel, 'here')).toThrow('does not see');
  });

  it('is understood by discord.js: options, files, members, subcommands', async () => {
    const seen: unknown[] = [];
    await bot(async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      const file = interaction.options.getAttachment('file');
      if (interaction.commandName === 'settings') {
        seen.push([interaction.options.getSubcommand(), interaction.options.getMember('of')?.toString(), interaction.options.getUser('of')?.username]);
      } else {
        const text = file && (await (await fetch(file.url)).text());
        const { options, context, attachmentSizeLimit, authorizingIntegrationOwners } = interaction;
        seen.push([options.getString('prompt'), options.getBoolean('private'), text, context, attachmentSizeLimit, authorizingIntegrationOwners?.guildId]);
        expect(new URL(file!.url).pathname).toContain('/ephemeral-attachments/');
        expect(interaction.inCachedGuild() && interaction.memberPermissions.has(PermissionFlagsBits.SendMessages)).toBe(true);
        expect(interaction.appPermissions.has(PermissionFlagsBits.AttachFiles)).toBe(true);
      }
      await interaction.reply('done');
    });
    const asked = here.ana.runCommand(here.channel, 'ask', { prompt: ' why? ', private: false }, { attachments: { file: { name: 'a.txt', bytes: 'text' } } });
    await asked.settled();
    await here.ana.runCommand(here.channel, 'settings show', { of: here.ana }).settled();
    expect(seen).toEqual([
      ['why?', false, 'text', InteractionContextType.Guild, 10 * 1024 * 1024, here.guild.id],
      ['show', here.ana.mention, 'ana'],
    ]);
    expect(asked.response).toMatchObject({ type: 20, content: 'done' });
  });

  it('uses a message command, with its content whatever the intents', async () => {
    await bot(async (interaction) => {
      if (interaction.isMessageContextMenuCommand()) {
        await interaction.reply({ content: `about: ${interaction.targetMessage.content}`, flags: MessageFlags.Ephemeral });
      }
    });
    const asked = here.ana.runMessageCommand(here.channel, 'Ask about this', here.ana.say(here.channel, 'not for bots'));
    await here.discord.waitFor(() => asked.response);
    expect(asked.response).toMatchObject({ content: 'about: not for bots', ephemeral: true });
  });

  it('gets suggestions while typing', async () => {
    await bot(async (interaction) => {
      if (!interaction.isAutocomplete()) return;
      const { name, value } = interaction.options.getFocused(true);
      await interaction.respond([{ name: `${name} ${value}`, value: `${value}-1` }]);
    });
    const typed = here.ana.autocomplete(here.channel, 'ask', { model: 'hai' }, { focused: 'model' });
    await typed.settled();
    expect(typed).toMatchObject({ acknowledgedAs: 'choices', choices: [{ name: 'model hai', value: 'hai-1' }] });
    expect(() => here.ana.autocomplete(here.channel, 'ask', {}, { focused: 'prompt' })).toThrow('no autocomplete');
    const many = here.ana.autocomplete(here.channel, 'ask', {}, { focused: 'model' });
    const choices = Array.from({ length: 26 }, (_, index) => ({ name: 'x', value: `${index}` }));
    expect(await refusal(callback(many, { type: InteractionResponseType.ApplicationCommandAutocompleteResult, data: { choices } }))).toMatchObject({ code: 50035 });
  });

  it('clicks, selects, and fills in a modal', async () => {
    const failures = await bot(async (interaction) => {
      if (interaction.isChatInputCommand()) {
        const buttons = [
          new ButtonBuilder().setCustomId('stop').setLabel('Stop').setStyle(ButtonStyle.Danger),
          new ButtonBuilder().setCustomId('old').setLabel('Old').setStyle(ButtonStyle.Danger).setDisabled(true),
          new ButtonBuilder().setCustomId('form').setLabel('Form').setStyle(ButtonStyle.Primary),
        ];
        const select = new StringSelectMenuBuilder().setCustomId('pick').addOptions({ label: 'One', value: '1' });
        const rows = [
          new ActionRowBuilder<ButtonBuilder>().addComponents(buttons),
          new ActionRowBuilder<StringSelectMenuBuilder>().addComponents(select),
        ];
        await interaction.reply({ content: 'ready', components: rows });
      } else if (interaction.isButton() && interaction.customId === 'form') {
        const input = new TextInputBuilder().setCustomId('why').setStyle(TextInputStyle.Short).setMaxLength(10);
        const label = new LabelBuilder().setLabel('Why?').setTextInputComponent(input);
        await interaction.showModal(new ModalBuilder().setCustomId('m').setTitle('Form').addLabelComponents(label));
      } else if (interaction.isButton()) await interaction.update({ content: `stopped by ${interaction.user.username}`, components: [] });
      else if (interaction.isStringSelectMenu()) {
        await interaction.deferUpdate();
        await interaction.editReply(`picked ${interaction.values.join()}`);
      } else if (interaction.isModalSubmit()) await interaction.reply(`because ${interaction.fields.getTextInputValue('why')}`);
    });
    const asked = here.ana.runCommand(here.channel, 'ask', { prompt: 'x' });
    const message = await here.discord.waitFor(() => asked.response);
    expect(() => here.ana.click(message, 'old')).toThrow('disabled');
    expect(() => here.ana.click(message, 'none')).toThrow('No component');
    expect(() => here.ana.select(message, 'pick', ['2'])).toThrow('not one of');
    const picked = here.ana.select(message, 'pick', ['1']);
    await here.discord.waitFor(() => message.content === 'picked 1');
    expect(picked).toMatchObject({ acknowledgedAs: 'deferUpdate' });
    const form = here.ana.click(message, 'form');
    await here.discord.waitFor(() => form.modal);
    expect(() => here.ana.submitModal(form, {})).toThrow('required');
    expect(() => here.ana.submitModal(form, { why: 'far too long for it' })).toThrow('characters');
    const submitted = here.ana.submitModal(form, { why: 'so' });
    expect(await here.discord.waitFor(() => submitted.response)).toMatchObject({ content: 'because so' });
    const stopped = here.ana.click(message, 'stop');
    await stopped.settled();
    expect(message).toMatchObject({ content: 'stopped by ana', components: [], edited: true });
    expect(stopped).toMatchObject({ acknowledgedAs: 'update', response: { id: message.id } });
    expect(failures).toEqual([]);
  });

  it('may not click what is not theirs to see', async () => {
    const ben = here.discord.addUser();
    here.guild.addMember(ben);
    const asked = here.ana.runCommand(here.channel, 'ask', { prompt: 'x' });
    const components = [{ type: 1, components: [{ type: 2, style: 1, label: 'x', custom_id: 'x' }] }];
    await callback(asked, { type: 4, data: { content: 'x', components, flags: MessageFlags.Ephemeral } });
    expect(() => ben.click(asked.response!, 'x')).toThrow('ephemeral');
  });
});

describe('registration', () => {
  const put = (body: unknown) => here.rest.put(Routes.applicationCommands(here.discord.applicationId), { body });
  const command = (more: object = {}) => ({ name: 'x', description: 'x', ...more });
  const option = (more: object = {}) => ({ type: 3, name: 'o', description: 'x', ...more });

  it.each([
    ['an upper-case name', command({ name: 'Ask' })],
    ['a name with a space', command({ name: 'ask me' })],
    ['a long name', command({ name: 'x'.repeat(33) })],
    ['no description', { name: 'x' }],
    ['a long description', command({ description: 'x'.repeat(101) })],
    ['a description on a menu command', { name: 'x', type: 3, description: 'x' }],
    ['26 options', command({ options: Array.from({ length: 26 }, (_, index) => option({ name: `o${index}` })) })],
    ['two options of a name', command({ options: [option(), option()] })],
    ['required after optional', command({ options: [option(), option({ name: 'p', required: true })] })],
    ['26 choices', command({ options: [option({ choices: Array.from({ length: 26 }, (_, index) => ({ name: 'c', value: `${index}` })) })] })],
    ['a long choice', command({ options: [option({ choices: [{ name: 'x'.repeat(101), value: 'x' }] })] })],
    ['choices with autocomplete', command({ options: [option({ autocomplete: true, choices: [{ name: 'x', value: 'x' }] })] })],
    ['max_length over 6000', command({ options: [option({ max_length: 6001 })] })],
    ['a subcommand beside an option', command({ options: [option(), { type: 1, name: 's', description: 'x' }] })],
    ['an unknown locale', command({ name_localizations: { xx: 'x' } })],
    ['an unknown context', command({ contexts: [7] })],
    [
      '8,000 characters',
      command({
        options: Array.from({ length: 4 }, (_, index) =>
          option({ name: `o${index}`, choices: Array.from({ length: 25 }, (__, i) => ({ name: `${i}`.padEnd(50, 'x'), value: `${i}`.padEnd(50, 'y') })) }),
        ),
      }),
    ],
  ])('refuses %s', async (_what, body) => {
    expect(await refusal(put([body]))).toMatchObject({ status: 400, code: 50035, errors: { 0: {} } });
    expect(here.discord.commands.global()).toHaveLength(commandSet.length);
  });

  it('counts: 100 commands, 15 of each menu, one of each name', async () => {
    expect(await refusal(put([command(), command()]))).toMatchObject({ code: 50035 });
    expect(await refusal(put(Array.from({ length: 101 }, (_, index) => command({ name: `c${index}` }))))).toMatchObject({ code: 30032 });
    expect(await refusal(put(Array.from({ length: 16 }, (_, index) => ({ name: `c${index}`, type: 3 }))))).toMatchObject({ code: 30032 });
    expect(here.discord.commands.puts).toBe(4);
  });

  it('overwrites the set, and keeps the ids of what stays', async () => {
    const before = here.discord.commands.global().find(({ name }) => name === 'ask')!;
    const after = (await put([{ ...ask, description: 'changed' }])) as { id: string; description: string }[];
    expect(after).toMatchObject([{ id: before.id, description: 'changed' }]);
    expect(here.discord.commands.global()).toHaveLength(1);
  });

  it('has guild commands, and single ones', async () => {
    const all = Routes.applicationGuildCommands(here.discord.applicationId, here.guild.id);
    const { id } = (await here.rest.post(all, { body: command() })) as { id: string };
    await here.rest.patch(Routes.applicationGuildCommand(here.discord.applicationId, here.guild.id, id), { body: { description: 'new' } });
    expect(await here.rest.get(all)).toMatchObject([{ id, name: 'x', description: 'new', guild_id: here.guild.id }]);
    expect(here.discord.commands.guild(here.guild)).toHaveLength(1);
    await reply(here.ana.runCommand(here.channel, 'x'));
    await here.rest.delete(Routes.applicationGuildCommand(here.discord.applicationId, here.guild.id, id));
    expect(await refusal(here.rest.delete(Routes.applicationGuildCommand(here.discord.applicationId, here.guild.id, id)))).toMatchObject({ code: 10063 });
    expect(() => here.ana.runCommand(here.channel, 'x')).toThrow('registered');
  });
});

describe('a direct message among people', () => {
  it('has the commands of an app that somebody has installed, and is shut to the bot but for its responses', async () => {
    const { discord, ana, rest } = here;
    const [cleo, dora, eve] = ['cleo', 'dora', 'eve'].map((name) => discord.addUser({ name }));
    const group = discord.addPrivateChannel([ana, cleo!, dora!]);
    const heard: unknown[] = [];
    const client = await connect(discord);
    clients.push(client);
    client.on(Events.MessageCreate, (message) => heard.push(message.content));
    client.on(Events.InteractionCreate, ({ context, authorizingIntegrationOwners, guildId, appPermissions }) =>
      heard.push([context, authorizingIntegrationOwners.toJSON(), guildId, appPermissions.has(PermissionFlagsBits.SendMessages)]),
    );
    expect(() => ana.runCommand(group, 'ask', { prompt: 'x' })).toThrow('not available for this installation');
    expect(() => eve!.runCommand(group, 'anywhere')).toThrow('does not see');
    ana.say(group, 'nobody but us');
    const used = ana.runCommand(group, 'anywhere');
    await expect.poll(() => heard).toEqual([[InteractionContextType.PrivateChannel, { 1: ana.id }, null, false]]);
    await reply(used, 'hello');
    expect(group.fromBot.map(({ content, ephemeral }) => [content, ephemeral])).toEqual([['hello', false]]);
    expect(await refusal(rest.get(Routes.channelMessages(group.id)))).toMatchObject({ status: 403, code: 50_001 });
    expect(await refusal(rest.post(Routes.channelMessages(group.id), { body: { content: 'x' } }))).toMatchObject({ status: 403, code: 50_001 });
  });
});
