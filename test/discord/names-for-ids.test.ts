import { describe, expect, it } from 'vitest';
import { Collection, MessageType, PermissionFlagsBits as Permission } from 'discord.js';
import { mentionsUs } from '../../src/discord/intake/addressed.ts';
import { NO_NAMES, channelsNamedIn, unnamedIn, withNames } from '../../src/discord/intake/names-for-ids.ts';
import { shareWorld } from './shared-world.ts';
import { turnsOf } from './pressing.ts';
import type { Message } from 'discord.js';
import type { SayOptions, SimulatedChannel, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off', messageContentIntent: true }, environment: { DISCORD_MESSAGE_CONTENT: 'true' } }, (opened) => {
  world = opened;
});

let places = 0;
/** A channel that nobody has spoken of yet. */
const fresh = (name = 'place'): SimulatedChannel => world.guild.addChannel({ name: `${name}-${(places += 1)}` });
const lastText = (): string | undefined => turnsOf(world.bedrock.requests.at(-1)).at(-1)?.[1];
const lastHeader = (): Record<string, unknown> => JSON.parse(world.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content[0]?.text ?? '{}') as Record<string, unknown>;

/** Asks by a mention, and resolves with the head of the turn. */
const headerOf = async (text: string, options: SayOptions = {}, place = fresh()): Promise<Record<string, unknown>> => {
  const question = world.ana.say(place, `${world.discord.botUser.mention} ${text}`, options);
  await world.outcome(question.id);
  return lastHeader();
};

describe('ids are read by their names', () => {
  it('in /ask, of people who have said nothing yet, and of channels in which nobody has', async () => {
    const { ana, guild, discord } = world;
    const cleo = discord.addUser({ name: 'cleo', globalName: 'Cleo' });
    guild.addMember(cleo, { nick: 'Captain Cleo' });
    const stranger = discord.addUser({ name: 'stranger', globalName: 'Stranger' });
    const [place, there, role] = [fresh(), fresh('harbour'), guild.addRole({ name: 'Pilots' })];
    const used = ana.runCommand(place, 'ask', { prompt: `ask ${cleo.mention} of ${role.mention} in ${there.mention}, not ${stranger.mention} or \`${cleo.mention}\`` });
    await world.outcome(used.id);
    expect(lastText()).toBe(`ask @Captain Cleo of @Pilots in #${there.name}, not ${stranger.mention} or \`${cleo.mention}\``);
  });

  it('of channels in cards, in what is passed on, and in what a link leads to', async () => {
    const { bo } = world;
    const there = fresh('cards');
    const mentions = (): string => fresh('named').mention;
    const named = expect.stringMatching(/^see #named-\d+$/u) as string;
    const carded = bo.say(there, 'a card', { embeds: [{ title: `see ${mentions()}` }] });
    expect(await headerOf('what?', { replyTo: carded }, there)).toMatchObject({ in_reply_to: { embeds: [named] } });
    const linked = bo.say(there, `see ${mentions()}`);
    expect(await headerOf(`what is https://discord.com/channels/${linked.guildId ?? ''}/${linked.channelId}/${linked.id}?`)).toMatchObject({ linked: [{ text: named }] });
    const rightBefore = bo.say(there, '', { forwardOf: bo.say(there, `see ${mentions()}`) });
    expect(await headerOf('what?', { replyTo: rightBefore }, there)).toMatchObject({ in_reply_to: { forwarded: { text: named } } });
  });

  it('of a role that nobody was called by, and never of a channel of another server', async () => {
    const { ana, discord, guild } = world;
    const elsewhere = discord.addGuild({ name: 'Elsewhere', members: [ana] }).addChannel({ name: 'secret-plans' });
    await world.ask(ana, 'hello', elsewhere);
    const role = guild.addRole({ name: 'Sleepers' });
    await headerOf(`who is ${role.mention} in ${elsewhere.mention}?`);
    expect(lastText()).toBe(`who is @Sleepers in ${elsewhere.mention}?`);
  });

  it('of channels that whoever asks may see, and of no other', async () => {
    const { ana, bo, guild, discord } = world;
    const role = guild.addRole({ name: 'Insiders' });
    const secret = guild.addChannel({
      name: 'surprise-party',
      overwrites: [
        { target: guild.everyone, deny: Permission.ViewChannel },
        { target: role, allow: Permission.ViewChannel },
      ],
    });
    guild.setMember(bo, { roles: [role] });
    const asked = async (user: SimulatedUser, options: SayOptions = {}): Promise<string | undefined> => {
      const place = fresh();
      await world.outcome(user.say(place, `${discord.botUser.mention} what is ${secret.mention}?`, options).id);
      return lastText();
    };
    expect(await asked(bo)).toBe('what is #surprise-party?');
    expect(await asked(ana)).toBe(`what is ${secret.mention}?`);
    const used = ana.runCommand(fresh(), 'ask', { prompt: `what is ${secret.mention}?` });
    await world.outcome(used.id);
    expect(lastText()).toBe(`what is ${secret.mention}?`);
    const place = fresh();
    await headerOf('what?', { replyTo: bo.say(place, `see ${secret.mention}`) }, place);
    expect(lastHeader()).toMatchObject({ in_reply_to: { text: `see ${secret.mention}` } });
    guild.setMember(bo, { roles: [] });
  });

  it('of the author of what is quoted, as on the server', async () => {
    const { discord, guild } = world;
    const dora = discord.addUser({ name: 'dora', globalName: 'Dora' });
    guild.addMember(dora, { nick: 'Doctor Dora' });
    const place = fresh();
    await world.ask(dora, 'hello', place);
    expect(await headerOf('why?', { replyTo: dora.say(place, 'Rest a while.') }, place)).toMatchObject({ in_reply_to: { author: { id: dora.id, name: 'Doctor Dora' } } });
  });

  it('and so are moments and commands', async () => {
    await headerOf('is <t:1700000000:R> after <t:0>? </usage:1234567890> or </settings panel:1>, `<t:0>`');
    expect(lastText()).toBe('is Tuesday 2023-11-14 22:13 UTC after Thursday 1970-01-01 00:00 UTC? /usage or /settings panel, `<t:0>`');
    expect(withNames('<t:9999999999999> <t:x> <a:wave:12> <:hi:34> </:1>', NO_NAMES)).toBe('<t:9999999999999> <t:x> <a:wave:12> <:hi:34> </:1>');
  });
});

describe('who is still called by an id', () => {
  it('is found outside of code, once', () => {
    expect(unnamedIn('<@111111111111111111> <@!111111111111111111> `<@222222222222222222>` <@&333333333333333333> <@4>')).toEqual(['111111111111111111']);
    expect(unnamedIn('nobody')).toEqual([]);
  });

  it('channels are found wherever they are named, a hundred at most', () => {
    expect(channelsNamedIn({ content: '<#1>', embeds: [{ fields: [{ value: '<#2> <#1>' }] }] })).toEqual(['1', '2']);
    expect(channelsNamedIn(Array.from({ length: 300 }, (_, index) => `<#${index}>`))).toHaveLength(100);
  });
});

describe('the role that Discord made for us', () => {
  const message = (content: string): Message =>
    ({
      content,
      type: MessageType.Default,
      client: { user: { id: '1' } },
      mentions: { roles: new Collection([['7', {}]]) },
      guild: { members: { me: { roles: { cache: new Collection([['7', { id: '7', tags: { botId: '1' } }]]) } } } },
      inGuild: () => true,
    }) as unknown as Message;

  it('calls us by what is written, and in code by nothing, though servers count it', () => {
    expect([message('<@&7> hello'), message('')].map(mentionsUs)).toEqual([true, true]);
    expect([message('write `<@&7>`'), message('```\n<@&7>\n```')].map(mentionsUs)).toEqual([false, false]);
  });
});
