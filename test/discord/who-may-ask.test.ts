import { ChannelType, PermissionFlagsBits } from 'discord.js';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { createLedgerStore } from '../../src/store/ledger-store.ts';
import { createSeal } from '../../src/store/seal.ts';
import { openStore } from '../../src/store/open-store.ts';
import { decide } from './deciding.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { FAILING } from './asking-again.ts';
import { buttonsOf, press, privateReplies } from './pressing.ts';
import { restartMuchLater } from './resume/much-later.ts';
import { shareWorld } from './shared-world.ts';
import { whereAsked } from '../../src/discord/texts/answer-texts.ts';
import type { Place } from '../../src/conversation/ledger.ts';
import type { ServerSettings } from '../../src/policy/server-settings.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage, SimulatedRole, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

let staff: SimulatedRole;
beforeAll(() => {
  staff = world.guild.addRole({ name: 'staff' });
});

const settled = async (settings: Partial<ServerSettings>, environment?: Readonly<Record<string, string>>): Promise<void> => {
  await decide(url, world.guild.id, settings);
  await world.restart(environment);
};
afterEach(() => decide(url, world.guild.id, {}));

const withRoles = (...roles: SimulatedRole[]): SimulatedUser => {
  const user = freshMember(world);
  world.guild.setMember(user, { roles });
  return user;
};

const mention = (user: SimulatedUser, place: SimulatedChannel, text = 'hello'): SimulatedMessage => user.say(place, place.guild === undefined ? text : `${world.discord.botUser.mention} ${text}`);
const signsOf = ({ reactions }: SimulatedMessage): readonly string[] => [...reactions].flatMap(([emoji, users]) => (users.has(world.discord.botUser.id) ? [emoji] : []));
const answersIn = (place: SimulatedChannel): number => place.fromBot.length;

/** Resolves when it is known what becomes of a mention, in one word. */
const becomes = async (user: SimulatedUser, place: SimulatedChannel, text?: string): Promise<unknown> => (await world.outcome(mention(user, place, text).id))['outcome'];

const told = async (interaction: SimulatedInteraction): Promise<string> => {
  await interaction.settled();
  return world.discord.waitFor(() => interaction.response?.content);
};

/** What a process leaves that claims a question of Ana's to refuse it, and is gone before it can say so. */
const refuseAndDie = async (id: string, { id: channelId }: SimulatedChannel, where: Place): Promise<void> => {
  const store = openStore(url, { table: 'ledger' });
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, fatal: () => undefined };
  const ledger = createLedgerStore({ store, seal: createSeal(world.discord.token), ttlMs: 60_000, youngMs: 60_000, now: Date.now, log: log as never });
  const question = { id, conversationId: channelId, guildId: world.guild.id, asker: { id: world.ana.id, name: 'Ana' }, askedAt: Date.now(), text: 'hello', isShared: true };
  await ledger.claim(question, where, { text: 'Not here.', sign: '🚫' });
  await ledger.close();
  await store.close();
};

describe('a mention where its author may not ask', () => {
  it('gets a sign and the reason directly, once an hour; it costs no call, and says nothing in the channel', async () => {
    const [place, other] = [freshChannel(world), freshChannel(world)];
    const user = freshMember(world);
    await settled({ server: { forbiddenMembers: user.id } });
    const before = world.bedrock.requestCount;
    const first = mention(user, place);
    expect(await world.outcome(first.id)).toMatchObject({ level: 'info', outcome: 'refused', kind: 'access', askerId: user.id });
    expect(signsOf(first)).toEqual(['🚫']);
    expect(user.dm.fromBot.map(({ content }) => content)).toEqual([`What you asked in ${whereAsked(place.id, first.id)} has no answer: You may not ask me here, which is set for this server.`]);
    // Neither silence nor noise: with nothing to answer, asked again, and again after a restart.
    const again = mention(user, place);
    const empty = mention(user, place, '');
    expect(await world.outcome(again.id)).toMatchObject({ level: 'debug', outcome: 'refused' });
    await world.outcome(empty.id);
    await world.restart();
    await becomes(user, place);
    const elsewhere = mention(user, other);
    await world.outcome(elsewhere.id);
    expect([again, empty, elsewhere].map(signsOf)).toEqual([[], [], ['🚫']]);
    expect([answersIn(place), answersIn(other), user.dm.fromBot.length]).toEqual([0, 0, 1]);
    expect(world.bedrock.requestCount).toBe(before);
    expect(await becomes(world.ana, place)).toBe('delivered');
  });

  it('is not asked after all by an edit, nor by what is allowed later', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { questions: 'off' } } });
    const message = mention(world.ana, place);
    await world.outcome(message.id);
    await settled({});
    world.ana.edit(message, `${world.discord.botUser.mention} please!`);
    expect(await becomes(world.ana, place)).toBe('delivered');
    expect(place.fromBot.map(({ referenceId }) => referenceId)).not.toContain(message.id);
  });

  it('gets the reason alone where no sign may be, and a sentence where neither can, once an hour', async () => {
    const place = world.guild.addChannel({ name: 'signless', overwrites: [{ target: world.guild.everyone, deny: PermissionFlagsBits.AddReactions }] });
    place.denyBot(PermissionFlagsBits.AddReactions);
    const [open, closed] = [freshMember(world), freshMember(world)];
    await settled({ channels: { [place.id]: { questions: 'forbidden' } } });
    await becomes(open, place);
    expect(open.dm.fromBot).toHaveLength(1);
    expect(answersIn(place)).toBe(0);
    closed.blockBot();
    const message = mention(closed, place);
    await world.outcome(message.id);
    await becomes(closed, place);
    expect(place.fromBot.map(({ content, referenceId }) => [content, referenceId])).toEqual([['Asking me is switched off here, which is set for this channel.', message.id]]);
  });

  it('is told by the next process where the one that refused it is gone before it could say so', async () => {
    const place = freshChannel(world);
    await settled({});
    await world.parley.stop();
    world.discord.gateway.setAccepting(true);
    const message = mention(world.ana, place);
    await refuseAndDie(message.id, place, { channelId: place.id, replyTo: message.id, interaction: undefined, isPrivate: false, canSendMessages: true });
    const before = world.bedrock.requestCount;
    await world.restart();
    await world.discord.waitFor(() => (signsOf(message).length > 0 ? true : undefined));
    await becomes(world.bo, place);
    expect(world.bedrock.requestCount).toBe(before + 1);
    expect(place.fromBot.map(({ referenceId }) => referenceId)).not.toContain(message.id);
  });
});

describe('who is refused by another door', () => {
  it('is told directly where the process is gone, and the token of the command with it', async () => {
    const place = freshChannel(world);
    await settled({});
    await world.parley.stop();
    const [id, said] = [String(BigInt(place.id) + 1n), world.ana.dm.fromBot.length];
    const interaction = { id, applicationId: world.discord.applicationId, token: 'a-token-of-nobody', expiresAt: Date.now() };
    await refuseAndDie(id, place, { channelId: place.id, replyTo: undefined, interaction, isPrivate: true, canSendMessages: false });
    await world.restart();
    await world.discord.waitFor(() => world.ana.dm.fromBot[said]);
    expect(world.ana.dm.fromBot.slice(said).map(({ content }) => content)).toEqual([`What you asked in ${whereAsked(place.id, id)} has no answer: Not here.`]);
    expect(place.fromBot).toEqual([]);
  });

  it('is told in private: a command, a menu, a form; and the buttons of an answer of before do nothing more', async () => {
    const place = freshChannel(world);
    await settled({});
    const user = freshMember(world);
    const answer = await world.ask(user, 'hello', place);
    const said = world.bo.say(place, 'something to ask about');
    const form = await user.runMessageCommand(place, 'Ask about this', said).settled();
    const interrupted = user.runCommand(place, 'ask', { prompt: 'a private one', private: true });
    await world.outcome(interrupted.id);
    await settled({ channels: { [place.id]: { forbiddenMembers: user.id } } });
    const before = world.bedrock.requestCount;
    const shown = answersIn(place);
    const [words, buttons] = [answer.content, JSON.stringify(answer.components)];
    for (const isPrivate of [false, true]) {
      const asked = user.runCommand(place, 'ask', { prompt: 'hello', private: isPrivate });
      expect(await told(asked)).toBe('You may not ask me here, which is set for this channel.');
      expect(asked.ephemeral).toBe(true);
    }
    const picked = user.runMessageCommand(place, 'Ask about this', said);
    expect(await told(picked)).toBe('You may not ask me here, which is set for this channel.');
    expect(picked.ephemeral).toBe(true);
    const sent = user.submitModal(form, { question: 'what is it?' });
    expect(await told(sent)).toContain('You may not ask me here');
    expect(sent.ephemeral).toBe(true);
    expect(privateReplies(await press(user, answer, 'Regenerate'))).toEqual(['You may not ask me here, which is set for this channel.']);
    expect(privateReplies(await press(user, interrupted.response!, 'Regenerate'))).toEqual(['You may not ask me here, which is set for this channel.']);
    expect([answer.content, JSON.stringify(answer.components)]).toEqual([words, buttons]);
    expect(place.fromBot.filter(({ ephemeral }) => !ephemeral)).toHaveLength(shown - 1);
    expect(world.bedrock.requestCount).toBe(before);
    // No direct message says it once more.
    expect(user.dm.fromBot).toEqual([]);
  });

  it('does not continue what was cut off, nor try again what had failed or was interrupted', async () => {
    const [place, aside] = [freshChannel(world), freshChannel(world)];
    await settled({});
    const user = freshMember(world);
    world.bedrock.respondOnce({ text: 'Half of it', stopReason: 'max_tokens' });
    const cut = await world.ask(user, 'a long one', place);
    world.bedrock.respondOnce(...FAILING);
    const failed = await world.ask(user, 'a colour?', place);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    mention(user, aside, 'another long one');
    await stream.request;
    await decide(url, world.guild.id, { server: { forbiddenMembers: user.id } });
    await restartMuchLater(world, url);
    const interrupted = await world.discord.waitFor(() => aside.fromBot.find(({ content }) => content.includes('I was interrupted')));
    const before = world.bedrock.requestCount;
    for (const [message, label] of [[cut, 'Continue'], [failed, 'Try again'], [interrupted, 'Try again']] as const) {
      const [words, buttons] = [message.content, buttonsOf(message)];
      expect(privateReplies(await press(user, message, label))).toEqual(['You may not ask me here, which is set for this server.']);
      expect([message.content, buttonsOf(message)]).toEqual([words, buttons]);
    }
    expect(world.bedrock.requestCount).toBe(before);
    await settled({});
    await press(user, interrupted, 'Try again');
    await world.discord.waitFor(() => (interrupted.content.startsWith('Certainly.') ? true : undefined));
  });
});

describe('a question that was accepted', () => {
  it('is answered although its author may not ask any more when a later process takes it up', async () => {
    const place = freshChannel(world);
    await settled({});
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = mention(world.ana, place, 'a long one');
    await stream.request;
    await decide(url, world.guild.id, { server: { questions: 'forbidden' } });
    await world.restart({}, 0);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(await becomes(world.ana, place)).toBe('refused');
  });
});

describe('rules', () => {
  it('let some roles and members ask: the nearest of each list holds, and a thread has its channel\'s', async () => {
    const [place, open] = [freshChannel(world), freshChannel(world)];
    const [member, friend, stranger] = [withRoles(staff), freshMember(world), freshMember(world)];
    await settled({ server: { allowedRoles: staff.id, allowedMembers: friend.id }, channels: { [open.id]: { allowedRoles: world.guild.id } } });
    const thread = member.startThread(place, { name: 'aside' });
    expect([await becomes(member, place), await becomes(friend, place), await becomes(stranger, place)]).toEqual(['delivered', 'delivered', 'refused']);
    expect([await becomes(member, thread), await becomes(stranger, thread)]).toEqual(['delivered', 'refused']);
    // Everybody has the role that is the server's own.
    expect(await becomes(stranger, open)).toBe('delivered');
    world.guild.setMember(member, { roles: [] });
    expect(await becomes(member, place)).toBe('refused');
  });

  it('hold in a private thread that nobody has let the bot into, before and after a restart', async () => {
    const category = world.guild.addChannel({ name: 'closed', type: ChannelType.GuildCategory });
    const [forbidden, below] = [freshChannel(world), world.guild.addChannel({ name: 'below', parent: category })];
    await settled({ channels: { [forbidden.id]: { questions: 'forbidden' } }, categories: { [category.id]: { questions: 'off' } } });
    const threads = [forbidden, below].map((place) => world.ana.startThread(place, { name: 'aside', private: true }));
    for (const thread of threads) expect(await told(world.ana.runCommand(thread, 'ask', { prompt: 'hello' }))).toContain('switched off here');
    await world.restart();
    for (const thread of threads) expect(await told(world.ana.runCommand(thread, 'ask', { prompt: 'hello' }))).toContain('switched off here');
  });

  it('that forbid hold whatever permits: a role in a category, also in channels that are made later', async () => {
    const category = world.guild.addChannel({ name: 'quiet', type: ChannelType.GuildCategory });
    const member = withRoles(staff);
    await settled({ server: { allowedMembers: member.id, questions: 'off' }, categories: { [category.id]: { questions: 'allowed', forbiddenRoles: staff.id } } });
    const later = world.guild.addChannel({ name: 'later', parent: category });
    expect(await becomes(member, later)).toBe('refused');
    world.guild.setMember(member, { roles: [] });
    expect(await becomes(member, later)).toBe('delivered');
    expect(await becomes(member, freshChannel(world))).toBe('refused');
  });

  it('know the roles of somebody whose question was heard late, as Discord does not tell them with it', async () => {
    const place = freshChannel(world);
    const [member, stranger] = [withRoles(staff), freshMember(world)];
    await settled({ server: { allowedRoles: staff.id } });
    await world.parley.stop();
    const [one, other] = [mention(member, place), mention(stranger, place)];
    await world.restart();
    expect(await world.outcome(one.id)).toMatchObject({ outcome: 'delivered' });
    expect(await world.outcome(other.id)).toMatchObject({ outcome: 'refused' });
    expect(signsOf(other)).toEqual(['🚫']);
  });

  it('of whoever runs the bot hold on all servers, and owners may always ask', async () => {
    const [place, other] = [freshChannel(world), freshChannel(world)];
    const { owner } = world.discord;
    world.guild.addMember(owner);
    const user = freshMember(world);
    await settled({ server: { allowedRoles: world.guild.id } }, { ALLOWED_SERVERS: '123456789012345678' });
    expect([await becomes(user, place), await becomes(owner, place)]).toEqual(['refused', 'delivered']);
    expect(user.dm.fromBot.at(-1)?.content).toContain('I may not answer on this server');
    await settled({}, { ALLOWED_CHANNELS: place.id, FORBIDDEN_MEMBERS: world.bo.id });
    expect([await becomes(user, place), await becomes(user, other), await becomes(world.bo, place), await becomes(owner, other)]).toEqual(['delivered', 'refused', 'refused', 'delivered']);
    await settled({}, { ALLOWED_ROLES: staff.id });
    expect([await becomes(user, place), await becomes(withRoles(staff), place)]).toEqual(['refused', 'delivered']);
  });
});

describe('direct messages', () => {
  it('are answered, where it is said so, of those alone who may ask on a server, and of owners', async () => {
    const stranger = world.discord.addUser({ name: 'nobody' });
    const [member, forbidden] = [freshMember(world), freshMember(world)];
    await settled({ server: { forbiddenMembers: forbidden.id } }, { DISCORD_ALLOW_DMS: 'members' });
    const seen = [];
    for (const user of [member, forbidden, stranger, world.discord.owner]) seen.push(await becomes(user, user.dm));
    expect(seen).toEqual(['delivered', 'refused', 'refused', 'delivered']);
    expect(stranger.dm.fromBot.map(({ content }) => content)).toEqual(['I answer direct messages only of people who may ask me on a server that I am on.']);
    const command = stranger.runCommand(stranger.dm, 'ask', { prompt: 'hello' });
    expect(await told(command)).toContain('I answer direct messages only');
    expect((await world.ask(member, 'and again', member.dm)).content).toBe('Certainly.');
  });

  it('of owners are answered where they are off, by every door', async () => {
    await settled({}, { DISCORD_ALLOW_DMS: 'false' });
    const { owner } = world.discord;
    expect((await world.ask(owner, 'hello', owner.dm)).content).toBe('Certainly.');
    expect(await told(owner.runCommand(owner.dm, 'help'))).toContain('I answer questions');
    expect(await becomes(world.ana, world.ana.dm)).toBe('refused');
    expect(world.ana.dm.fromBot.at(-1)?.content).toContain('I do not answer direct messages here');
  });

  it('ask for the roles that whoever runs the bot allows on the servers of both', async () => {
    const [member, stranger] = [withRoles(staff), freshMember(world)];
    await settled({}, { ALLOWED_ROLES: staff.id });
    expect([await becomes(member, member.dm), await becomes(stranger, stranger.dm)]).toEqual(['delivered', 'refused']);
  });
});
