import { PermissionFlagsBits } from 'discord.js';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { areRegistered } from '../../src/discord/commands/register-commands.ts';
import { decide } from './deciding.ts';
import { freshChannel } from './fresh-channel.ts';
import { ledgerRow } from './ledger-row.ts';
import { buttonsOf, press, privateReplies, withoutQuestion } from './pressing.ts';
import { restartMuchLater } from './resume/much-later.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedGuild, SimulatedInteraction, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

/** Ana and Bo are on the bot's server, Zoe is on none of its servers; they all are on another one, and write to each other. */
let zoe: SimulatedUser;
let foreign: SimulatedGuild;
let group: SimulatedChannel;
let pair: SimulatedChannel;
beforeAll(() => {
  zoe = world.discord.addUser({ name: 'zoe', globalName: 'Zoe' });
  foreign = world.discord.addGuild({ name: 'Elsewhere', members: [world.ana, world.bo, zoe] });
  foreign.kickBot();
  group = world.discord.addPrivateChannel([world.ana, world.bo, zoe]);
  pair = world.discord.addPrivateChannel([world.ana, zoe]);
});
afterEach(() => decide(url, world.guild.id, {}));

const ask = (user: SimulatedUser, place: SimulatedChannel, prompt = 'hello'): SimulatedInteraction => user.runCommand(place, 'ask', { prompt }, { installedBy: 'user' });
const becomes = async (interaction: SimulatedInteraction): Promise<unknown> => (await world.outcome(interaction.id))['outcome'];
const told = async (interaction: SimulatedInteraction): Promise<string> => {
  await interaction.settled();
  return world.discord.waitFor(() => interaction.response?.content);
};
const lastTurns = (): string => JSON.stringify(world.bedrock.requests.at(-1)?.body?.messages);
/** What was asked of Discord by the bot's own right, in a place where it is not. */
const trespasses = ({ id }: SimulatedChannel): readonly string[] => world.discord.requests.filter(({ path }) => path.startsWith(`/channels/${id}`)).map(({ route }) => route);

describe('the app that somebody has installed to their own account', () => {
  it('is off: no command is offered for it, and an old button, or a command that Discord still offers, says so in private', async () => {
    await world.restart({ USER_INSTALL_MEMBERS: world.ana.id });
    const before = ask(world.ana, pair);
    expect(await becomes(before)).toBe('delivered');
    await world.restart();
    expect(() => ask(world.ana, pair)).toThrow('not available');
    const pressed = await press(world.ana, before.response!, 'Regenerate');
    expect(privateReplies(pressed)).toEqual(['I answer only on servers that have added me, and in direct messages to me.']);
    await world.restart({ USER_INSTALL_MEMBERS: world.ana.id });
    const form = await world.ana.runMessageCommand(pair, 'Ask about this', zoe.say(pair, 'what a day'), { installedBy: 'user' }).settled();
    await world.restart();
    const calls = world.bedrock.requestCount;
    const sent = world.ana.submitModal(form, { question: 'why?' });
    expect(await told(sent)).toContain('I answer only on servers that have added me');
    expect(sent.ephemeral).toBe(true);
    expect(world.bedrock.requestCount).toBe(calls);
  });

  it('answers named people, among themselves and on servers without the bot: one message by the token alone, a file beside a long one', async () => {
    await world.restart({ USER_INSTALL_MEMBERS: `${world.ana.id},${zoe.id}`, DISCORD_ALLOW_DMS: 'false' });
    const place = foreign.addChannel({ name: 'away' });
    for (const where of [group, pair, place]) {
      const short = ask(world.ana, where);
      expect(await becomes(short)).toBe('delivered');
      expect(withoutQuestion(short.response?.content)).toBe('Certainly.');
      const text = Array.from({ length: 400 }, (_, index) => `Line ${index} of a long answer.`).join('\n');
      world.bedrock.respondOnce({ text });
      const long = ask(zoe, where, 'tell me all');
      expect(await becomes(long)).toBe('delivered');
      expect(long.followUps).toEqual([]);
      expect(long.response?.content.length).toBeLessThanOrEqual(2_000);
      expect(long.response?.attachments.map((file) => file.text())).toEqual([text]);
      expect(trespasses(where)).toEqual([]);
    }
    expect(await told(ask(world.bo, group))).toContain('I answer only some people, and you are not among them');
    const help = world.bo.runCommand(group, 'help', {}, { installedBy: 'user' });
    expect(await told(help)).toContain('I answer questions');
  });

  it('has its commands registered for it, once, in whatever order Discord lists the places', async () => {
    const registered = (): string[] => world.log.flatMap(({ message }) => (String(message).startsWith('commands ') ? [String(message)] : []));
    await world.restart();
    await world.restart({ USER_INSTALL_MEMBERS: zoe.id });
    expect(registered()).toEqual(['commands registered']);
    await world.restart({ USER_INSTALL_MEMBERS: world.ana.id });
    expect(registered()).toEqual(['commands are registered already']);
    const command = { name: 'ask', description: 'x', contexts: [0, 1, 2], integration_types: [0, 1] };
    const kept = (more: object) => [{ ...command, type: 1, id: '1', ...more }] as never;
    expect(areRegistered(kept({ contexts: [2, 0, 1], integration_types: [1, 0] }), [command])).toBe(true);
    expect(areRegistered(kept({ contexts: [0, 1] }), [command])).toBe(false);
    expect(areRegistered(kept({ contexts: null }), [command])).toBe(false);
  });

  it('answers members of named servers who may ask there, and nobody else', async () => {
    const staff = world.guild.addRole({ name: 'staff' });
    world.guild.setMember(world.bo, { roles: [staff] });
    await decide(url, world.guild.id, { server: { forbiddenRoles: staff.id } });
    await world.restart({ USER_INSTALL_SERVERS: world.guild.id });
    const seen = [];
    for (const user of [world.ana, world.bo, zoe]) seen.push(await becomes(ask(user, group)));
    expect(seen).toEqual(['delivered', 'refused', 'refused']);
    await world.restart({ USER_INSTALL_SERVERS: '123456789012345678', USER_INSTALL_MEMBERS: `${zoe.id} ${world.bo.id}`, FORBIDDEN_MEMBERS: world.bo.id });
    expect([await becomes(ask(world.ana, group)), await becomes(ask(zoe, group)), await becomes(ask(world.bo, group))]).toEqual(['refused', 'delivered', 'refused']);
    const { owner } = world.discord;
    expect(await becomes(ask(owner, world.discord.addPrivateChannel([owner, zoe])))).toBe('delivered');
    world.guild.setMember(world.bo, { roles: [] });
  });

  it('is no way around what managers of a server with the bot forbid', async () => {
    const place = freshChannel(world);
    await decide(url, world.guild.id, { server: { forbiddenMembers: world.ana.id } });
    await world.restart({ USER_INSTALL_MEMBERS: `${world.ana.id} ${world.bo.id}` });
    expect(await told(ask(world.ana, place))).toBe('You may not ask me here, which is set for this server.');
    expect(await becomes(ask(world.bo, place))).toBe('delivered');
    expect(await becomes(ask(world.ana, pair))).toBe('delivered');
  });

  it('knows of each person on a server without the bot only what they asked themselves, as others may not see its answers there', async () => {
    await world.restart({ USER_INSTALL_MEMBERS: `${world.ana.id} ${world.bo.id}` });
    const hushed = foreign.addChannel({ name: 'hushed', overwrites: [{ target: foreign.everyone, deny: PermissionFlagsBits.UseExternalApps }] });
    const asked = ask(world.ana, hushed, 'my secret is 42');
    expect(await becomes(asked)).toBe('delivered');
    expect(asked.ephemeral).toBe(true);
    expect(await becomes(ask(world.bo, hushed, 'what is it?'))).toBe('delivered');
    expect(lastTurns()).not.toContain('my secret');
    expect(await becomes(ask(world.ana, hushed, 'and now?'))).toBe('delivered');
    expect(lastTurns()).toContain('my secret');
    // In a group of friends everybody sees the answers.
    expect(await becomes(ask(world.ana, group, 'my other secret'))).toBe('delivered');
    expect(await becomes(ask(world.bo, group, 'what was that?'))).toBe('delivered');
    expect(lastTurns()).toContain('my other secret');
    const reset = world.ana.runCommand(hushed, 'reset', {}, { installedBy: 'user' });
    await reset.settled();
    await world.discord.waitFor(() => (reset.response?.content === '' ? undefined : reset.response?.content));
    expect(await becomes(ask(world.ana, hushed, 'still there?'))).toBe('delivered');
    expect(lastTurns()).not.toContain('my secret');
  });

  it('has the buttons of its answers: for whoever asked, in the place of the answer', async () => {
    await world.restart({ USER_INSTALL_MEMBERS: `${world.ana.id} ${world.bo.id}` });
    const asked = ask(world.ana, group, 'a colour?');
    expect(await becomes(asked)).toBe('delivered');
    const answer = asked.response!;
    expect(buttonsOf(answer)).toEqual(['Regenerate']);
    expect(privateReplies(await press(world.bo, answer, 'Regenerate'))).toEqual([expect.stringContaining('Only whoever asked')]);
    world.bedrock.respondOnce({ text: 'Blue.' });
    const pressed = await press(world.ana, answer, 'Regenerate');
    expect(await becomes(pressed)).toBe('delivered');
    expect(withoutQuestion(answer.content)).toBe('Blue.');
    await world.restart({ USER_INSTALL_MEMBERS: world.bo.id });
    expect(privateReplies(await press(world.ana, answer, 'Regenerate'))).toEqual([expect.stringContaining('I answer only some people')]);
    expect(withoutQuestion(answer.content)).toBe('Blue.');
    expect(trespasses(group)).toEqual([]);
  });

  it('loses the buttons of what is forgotten by the same token', async () => {
    await world.restart({ USER_INSTALL_MEMBERS: world.ana.id });
    const asked = ask(world.ana, group, 'a colour?');
    expect(await becomes(asked)).toBe('delivered');
    expect(buttonsOf(asked.response!)).toEqual(['Regenerate']);
    const trespassed = trespasses(group);
    const reset = world.ana.runCommand(group, 'reset', {}, { installedBy: 'user' });
    await reset.settled();
    await world.discord.waitFor(() => buttonsOf(asked.response!).length === 0, 10_000);
    expect(withoutQuestion(asked.response?.content)).toBe('Certainly.');
    expect(trespasses(group)).toEqual(trespassed);
  });

  it('has limits of its own, beside those that hold for everybody, and counts for nobody else', async () => {
    await world.restart({ USER_INSTALL_MEMBERS: `${world.ana.id} ${world.bo.id}`, USER_INSTALL_LIMITS: 'member: 2 questions a day; bot: 3 questions a day' });
    const seen = [];
    for (const user of [world.ana, world.ana, world.ana, world.bo, world.bo]) seen.push(await becomes(ask(user, group)));
    expect(seen).toEqual(['delivered', 'delivered', 'refused', 'delivered', 'refused']);
    const last = ask(world.ana, pair);
    expect(await told(last)).toContain('You have used up your 2 questions a day.');
    expect(last.ephemeral).toBe(true);
    expect((await world.ask(world.ana, 'and here?', freshChannel(world))).content).toBe('Certainly.');
  });

  it('ends an answer whose process is gone by the same token', async () => {
    const named = { USER_INSTALL_MEMBERS: world.ana.id };
    await world.restart(named);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const asked = ask(world.ana, group, 'a long one');
    await stream.request;
    await asked.settled();
    await world.restart(named, 0);
    expect(await becomes(asked)).toBe('delivered');
    expect(withoutQuestion(asked.response?.content)).toBe('Certainly.');
    expect(asked.followUps).toEqual([]);
    expect(trespasses(group)).toEqual([]);
  });

  it('ends an answer whose token was over too, where somebody presses its Stop', async () => {
    const named = { USER_INSTALL_MEMBERS: world.ana.id };
    await world.restart(named);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const asked = ask(world.ana, group, 'a long one');
    await stream.request;
    await stream.text('Half');
    await world.discord.waitFor(() => withoutQuestion(asked.response?.content) === 'Half');
    const told = world.ana.dm.fromBot.length;
    await restartMuchLater(world, url, named);
    await world.discord.waitFor(() => world.ana.dm.fromBot.length > told);
    await expect.poll(() => ledgerRow(url, asked.id)).toContain('"interrupted"');
    expect(privateReplies(await press(world.ana, asked.response!, 'Stop'))).toEqual([]);
    await world.discord.waitFor(() => buttonsOf(asked.response!).length === 0);
    expect(withoutQuestion(asked.response?.content)).toBe('Half\n-# ⚠️ I was interrupted before I could finish this. Please ask it again.');
    expect([asked.followUps, trespasses(group)]).toEqual([[], []]);
  });
});
