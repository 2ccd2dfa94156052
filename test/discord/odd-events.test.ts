import { describe, expect, it } from 'vitest';
import { freshChannel } from './fresh-channel.ts';
import { press, withoutQuestion } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

type Fields = Record<string, unknown>;
type Change = (data: Fields) => Fields;
/** What becomes of the events of a kind. */
const changes = new Map<string, Change>();
let world: World;
shareWorld({ discord: { rateLimits: 'off', sendsInstead: (event, data) => changes.get(event)?.(data as Fields) ?? data } }, (opened) => (world = opened));

const answersTo = ({ id }: SimulatedMessage, place: SimulatedChannel): string[] => place.fromBot.filter(({ referenceId }) => referenceId === id).map(({ content }) => content);
const without = (names: readonly string[]): Change => (data) => Object.fromEntries(Object.entries(data).filter(([name]) => !names.includes(name)));
const withFields = (fields: Fields): Change => (data) => ({ ...data, ...fields });
const during = async (event: string, change: Change, work: () => Promise<void>): Promise<void> => {
  changes.set(event, change);
  try {
    await work();
  } finally {
    changes.delete(event);
  }
};

const LISTS = ['embeds', 'attachments', 'components', 'mention_roles', 'sticker_items', 'stickers', 'message_snapshots', 'mention_channels'];
const all = (names: readonly string[], value: unknown): Fields => Object.fromEntries(names.map((name) => [name, value]));

const MESSAGES: readonly [string, Change][] = [
  ['lists that are null', withFields(all(LISTS, null))],
  ['lists that are none', withFields(all(LISTS, {}))],
  ['lists with holes', (data) => ({ ...data, ...all(['embeds', 'attachments', 'components', 'sticker_items'], [null]), mentions: [...((data['mentions'] ?? []) as unknown[]), null] })],
  ['none of its lists', without(LISTS)],
  ['nulls for what it has not', withFields(all(['application', 'activity', 'thread', 'resolved', 'role_subscription_data', 'message_reference', 'interaction', 'poll', 'nonce', 'webhook_id', 'position', 'flags', 'call', 'reactions'], null))],
  ['neither a type nor flags', without(['type', 'flags', 'tts', 'pinned', 'edited_timestamp', 'mention_everyone'])],
  ['fields and kinds that nobody knows', withFields({ components: [{ type: 999, id: 1 }], embeds: [{ type: 'hologram' }], flags: 1 << 30, x: [null] })],
  ['an interaction of which nobody is said to be the cause', withFields({ interaction: { id: '1', type: 2, name: 'ask' }, interaction_metadata: { id: '1', type: 3, authorizing_integration_owners: {}, triggering_interaction_metadata: { id: '2', type: 2 } } })],
  ['mentions that lead nowhere', withFields({ resolved: { users: null, members: { 1: { roles: [] } }, roles: { 2: { id: '2', permissions: 'all' } } }, mention_channels: [{ id: 'x' }], reactions: [{ count: 1 }], call: {} })],
  ['what was passed on, from nowhere', withFields({ message_snapshots: [{ message: { type: 0, content: 'tea', interaction_metadata: { id: '1', type: 2 } } }] })],
  [
    'what was passed on from where we are not, with more than Discord says of that',
    withFields({
      message_reference: { type: 1, channel_id: '123456789012345678', message_id: '123456789012345679' },
      message_snapshots: [{ message: { type: 0, content: 'tea', poll: { question: { text: 'Tea?' }, answers: [] }, interaction_metadata: { id: '1', type: 2 } } }],
    }),
  ],
  [
    'people whose flags, names and roles are of other types',
    (data) => {
      const odd = { public_flags: null, flags: 'odd', global_name: {}, nick: [], roles: null };
      const mentions = ((data['mentions'] ?? []) as Fields[]).map((one) => Object.assign({}, one, odd, { member: odd }));
      return { ...data, author: { ...(data['author'] as Fields), ...odd }, member: { ...(data['member'] as Fields), ...odd }, mentions: [...mentions, 'odd'], flags: 'odd' };
    },
  ],
  ['a member that is none', withFields({ member: 'odd' })],
  ['an author without most of what users have', (data) => ({ ...data, member: null, author: { id: (data['author'] as Fields)['id'], username: 'ana' } })],
];

describe.each(MESSAGES)('a message with %s', (_name, change) => {
  it('is answered in a channel, and as a direct message', async () => {
    const place = freshChannel(world);
    await during('MESSAGE_CREATE', change, async () => {
      const mention = world.ana.say(place, `${world.discord.botUser.mention} hello?`);
      const direct = world.bo.say(world.bo.dm, 'hello?');
      await Promise.all([mention, direct].map(({ id }) => world.outcome(id)));
      expect(answersTo(mention, place)).toEqual(['Certainly.']);
      expect(answersTo(direct, world.bo.dm)).toEqual(['Certainly.']);
    });
  });

  it('is answered where it is replied to', async () => {
    const place = freshChannel(world);
    const quoted = world.bo.say(place, 'the sky is green');
    const reply: Change = (data) => ({ ...data, referenced_message: data['referenced_message'] && change(data['referenced_message'] as Fields) });
    await during('MESSAGE_CREATE', reply, async () => {
      const question = world.ana.say(place, `${world.discord.botUser.mention} is that so?`, { replyTo: quoted });
      await world.outcome(question.id);
      expect(answersTo(question, place)).toEqual([expect.stringMatching(/^Certainly\./u)]);
    });
  });
});

const INTERACTIONS: readonly [string, Change][] = [
  ['no channel but its id', without(['channel'])],
  ['a channel that is null', withFields({ channel: null })],
  ['a channel that names no id', withFields({ channel: {} })],
  [
    'people and a channel whose flags and names are of other types',
    (data) => {
      const odd = { public_flags: null, flags: null, global_name: {}, nick: [], permissions: 'odd' };
      const member = { ...(data['member'] as Fields), ...odd, user: { ...((data['member'] as Fields)['user'] as Fields), ...odd } };
      return { ...data, member, channel: { ...(data['channel'] as Fields), flags: null, permission_overwrites: null, recipients: 'odd' }, app_permissions: 'odd' };
    },
  ],
  ['none of its newer fields', without(['entitlements', 'authorizing_integration_owners', 'context', 'attachment_size_limit', 'app_permissions', 'guild', 'locale', 'guild_locale'])],
  ['nulls for them', withFields(all(['entitlements', 'authorizing_integration_owners', 'context', 'guild', 'message'], null))],
];

describe.each(INTERACTIONS)('a command with %s', (_name, change) => {
  it('is answered in its own channel, with what was said there', async () => {
    const place = freshChannel(world);
    await during('INTERACTION_CREATE', change, async () => {
      const interaction = world.ana.runCommand(place, 'ask', { prompt: 'the sky is green' });
      await world.outcome(interaction.id);
      expect(withoutQuestion(interaction.response?.content)).toBe('Certainly.');
      const elsewhere = freshChannel(world);
      await world.outcome(world.ana.runCommand(elsewhere, 'ask', { prompt: 'what colour?' }).id);
      expect(JSON.stringify(world.bedrock.requests.at(-1)?.body)).not.toContain('green');
      const question = world.ana.say(place, `${world.discord.botUser.mention} what colour?`);
      await world.outcome(question.id);
      expect(JSON.stringify(world.bedrock.requests.at(-1)?.body)).toContain('green');
    });
  });
});

describe('what people pick or press', () => {
  it('is read, whatever the message has', async () => {
    const place = freshChannel(world);
    const answer = await world.ask(world.ana, 'hello', place);
    const odd = MESSAGES[0]?.[1] ?? ((data: Fields) => data);
    const change: Change = (data) => ({ ...data, channel: null, message: odd(data['message'] as Fields), data: { ...(data['data'] as Fields), resolved: null } });
    await during('INTERACTION_CREATE', change, async () => {
      const pressed = await press(world.ana, answer, 'Regenerate');
      expect(await world.outcome(pressed.id)).toMatchObject({ outcome: 'delivered' });
    });
    const picked: Change = (data) => {
      const choice = data['data'] as Fields & { resolved: { messages: Record<string, Fields> } };
      const messages = Object.fromEntries(Object.entries(choice.resolved.messages).map(([id, message]) => [id, odd(message)]));
      return { ...data, data: { ...choice, options: null, resolved: { ...choice.resolved, messages } } };
    };
    await during('INTERACTION_CREATE', picked, async () => {
      const interaction = await world.ana.runMessageCommand(place, 'Ask about this', world.bo.say(place, 'a hint')).settled();
      expect(interaction.acknowledgedAs).toBe('modal');
    });
  });
});

describe('events that cannot be read', () => {
  it('keep nobody from being heard', async () => {
    const { id: guild_id } = world.guild;
    const place = freshChannel(world);
    for (const [event, data] of [
      ['THREAD_LIST_SYNC', { guild_id, threads: null }],
      ['CHANNEL_UPDATE', null],
      ['__defineGetter__', {}],
      ['MESSAGE_CREATE', { id: 'x', channel_id: place.id, guild_id, referenced_message: { author: null } }],
      ['MESSAGE_CREATE', null],
      ['INTERACTION_CREATE', null],
    ] as const)
      world.discord.gateway.dispatch(event, data);
    const question = world.ana.say(place, `${world.discord.botUser.mention} hello?`);
    await world.outcome(question.id);
    expect(answersTo(question, place)).toEqual(['Certainly.']);
  });

  it('is a mention in a server whose channels are told later no less', async () => {
    const late = world.discord.addGuild({ name: 'late', members: [world.ana] });
    const place = late.addChannel({ name: 'late' });
    world.discord.gateway.dispatch('GUILD_DELETE', { id: late.id, unavailable: true });
    const question = world.ana.say(place, `${world.discord.botUser.mention} hello?`);
    await world.outcome(question.id);
    expect(answersTo(question, place)).toEqual(['Certainly.']);
  });
});
