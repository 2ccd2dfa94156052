import { InteractionType } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { freshMember } from './fresh-member.ts';
import { privateReplies } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { FaultOutcome, SimulatedChannel, SimulatedInteraction, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

let places = 0;
const freshChannel = (): SimulatedChannel => world.guild.addChannel({ name: `interaction-${(places += 1)}` });

const CALLBACK = 'POST /interactions/:id/:token/callback';
const EDIT = /PATCH \/webhooks/u;
const UNKNOWN = 'I do not know this command or button';

/** What whoever caused it can read of it in the end. */
const said = (interaction: SimulatedInteraction, user: SimulatedUser): string[] =>
  [interaction.response, ...interaction.followUps, ...user.dm.fromBot].flatMap((message) => (message === undefined || message.deleted || message.content === '' ? [] : [message.content]));

const COMMANDS: readonly [string, RegExp][] = [
  ['reset', /only those who manage messages/u],
  ['status', /./u],
  ['help', /I answer questions/u],
];

const TROUBLES: readonly [string, string | RegExp, FaultOutcome, number][] = [
  ['a limit of the first response', CALLBACK, { rateLimit: { scope: 'user', retryAfter: 0.3 } }, 1],
  ['a limit of edits', EDIT, { rateLimit: { scope: 'user', retryAfter: 0.3 } }, 2],
  ['a shared limit of edits', EDIT, { rateLimit: { scope: 'shared', retryAfter: 0.4 } }, 1],
  ['an edit that is refused for ever', EDIT, { status: 400, code: 50_035 }, 1_000],
  ['an edit that is refused in HTML', EDIT, { status: 403, html: '<html>no</html>' }, 1_000],
  ['edits that fail for a while', EDIT, { status: 503 }, 5],
  ['an edit that is answered with nothing', EDIT, { status: 200, body: {} }, 1],
  ['a first response that is refused', CALLBACK, { status: 403, code: 20_022 }, 1],
  ['first responses that are carried out and never confirmed', CALLBACK, 'apply-then-reset', 1_000],
  ['first responses that are refused for ever', CALLBACK, { status: 400, code: 50_035 }, 1_000],
];

describe.each(TROUBLES)('%s', (_name, route, does, times) => {
  it.each(COMMANDS)('does not keep /%s from its end, which comes once', async (command, expected) => {
    const [place, user] = [freshChannel(), freshMember(world)];
    world.discord.faults.add({ route, does, times });
    const interaction = user.runCommand(place, command);
    await expect.poll(() => said(interaction, user)).toEqual([expect.stringMatching(expected)]);
  });

  it('does not keep /status from an admin', async () => {
    const place = freshChannel();
    const before = world.discord.owner.dm.fromBot.length;
    world.discord.faults.add({ route, does, times });
    const interaction = world.discord.owner.runCommand(place, 'status');
    const all = () => [...[interaction.response, ...interaction.followUps].map((message) => message?.content ?? ''), ...world.discord.owner.dm.fromBot.slice(before).map(({ content }) => content)];
    await expect.poll(() => all().filter((content) => content !== '')).toHaveLength(1);
  });
});

describe('what nobody here knows', () => {
  it.each(['constructor:x', '__proto__', '__proto__:stop', 'toString', 'hasOwnProperty:1', 'valueOf:', '', ':', 'stopp:abc', 'retry', 'stop:unknown', 'regenerate:unknown', 'continue:', 'ask-about:x'])(
    'is answered: a button with the custom id "%s"',
    async (customId) => {
      const place = freshChannel();
      const answer = await world.ask(world.ana, 'hello', place);
      const token = `a-token-${(places += 1)}`;
      const interaction = raw(place, { type: InteractionType.MessageComponent, data: { component_type: 2, custom_id: customId }, message: rawMessage(place, answer.id) }, token);
      // A dead button of an answer is first taken away from its message, which the simulator knows of no such interaction.
      await expect.poll(() => callbacksOf(interaction).at(-1)).toMatchObject({ type: 4, data: { flags: 64, content: expect.stringMatching(/./u) as string } });
      expect(callbacksOf(interaction).filter((body) => (body as { type?: number }).type === 4)).toHaveLength(1);
    },
  );

  it.each([
    ['a command of an older version', { type: InteractionType.ApplicationCommand, data: { id: '1', type: 1, name: 'gone', options: [] } }],
    ["a command with an object's name", { type: InteractionType.ApplicationCommand, data: { id: '1', type: 1, name: 'constructor', options: [] } }],
    ['a command of a user menu', { type: InteractionType.ApplicationCommand, data: { id: '1', type: 2, name: 'Who is this', target_id: '1', resolved: {} } }],
    ['an unknown kind of command', { type: InteractionType.ApplicationCommand, data: { id: '1', type: 77, name: 'new' } }],
    ['a form of an older version', { type: InteractionType.ModalSubmit, data: { custom_id: 'constructor:x', components: [] } }],
    ['an unknown kind of component', { type: InteractionType.MessageComponent, data: { component_type: 99, custom_id: 'x' } }],
    ['an unknown kind of interaction', { type: 42, data: {} }],
  ])('is answered: %s', async (_name, fields) => {
    const place = freshChannel();
    const interaction = raw(place, fields);
    await expect.poll(() => callbacksOf(interaction)).toHaveLength(1);
    expect(callbacksOf(interaction)[0]).toMatchObject({ type: 4, data: { content: expect.stringContaining(UNKNOWN) } });
  });

  it.each([
    ['without the question', { type: InteractionType.ApplicationCommand, data: { id: '1', type: 1, name: 'ask', options: [] } }],
    ['with a question of another type', { type: InteractionType.ApplicationCommand, data: { id: '1', type: 1, name: 'ask', options: [{ name: 'prompt', type: 4, value: 7 }] } }],
    ['with a flag that is a text', { type: InteractionType.ApplicationCommand, data: { id: '1', type: 1, name: 'reset', options: [{ name: 'private', type: 3, value: 'yes' }] } }],
  ])('that we know, %s, is of another version', async (_name, fields) => {
    const place = freshChannel();
    const interaction = raw(place, fields);
    await expect.poll(() => callbacksOf(interaction)).toHaveLength(1);
    expect(callbacksOf(interaction)[0]).toMatchObject({ type: 4, data: { content: expect.stringContaining(UNKNOWN) } });
  });

  it('suggests nothing', async () => {
    const interaction = raw(freshChannel(), { type: InteractionType.ApplicationCommandAutocomplete, data: { id: '1', type: 1, name: 'gone', options: [] } });
    await expect.poll(() => callbacksOf(interaction)).toEqual([{ type: 8, data: { choices: [] } }]);
  });
});

describe('a form that names nothing that is kept', () => {
  it('is told so', async () => {
    const interaction = raw(freshChannel(), { type: InteractionType.ModalSubmit, data: { custom_id: 'ask-about:gone', components: [{ type: 18, id: 1, component: { type: 4, custom_id: 'question', value: 'What?' } }] } });
    await expect.poll(() => callbacksOf(interaction)).toHaveLength(1);
    expect(JSON.stringify(callbacksOf(interaction))).toContain('I do not have the message');
  });
});

describe('a Stop whose acknowledgement is refused', () => {
  it('stops the answer, tells whoever pressed it, and is no warning', async () => {
    const place = freshChannel();
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = world.ana.say(place, `${world.discord.botUser.mention} tell me`);
    await stream.request;
    await stream.text('The beginning');
    const draft = await world.discord.waitFor(() => place.fromBot[0]);
    world.discord.faults.add({ route: CALLBACK, times: 1, does: { status: 400, code: 0 } });
    const [row] = draft.components as unknown as { components: { custom_id: string }[] }[];
    const pressed = world.ana.click(draft, row?.components[0]?.custom_id ?? '');
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed', kind: 'stopped', level: 'info' });
    await expect.poll(() => privateReplies(pressed)).toHaveLength(1);
    expect(world.log.filter(({ questionId, level }) => questionId === question.id && level === 'warn')).toEqual([]);
  });
});

/** An interaction as no simulated person could cause it. */
const raw = (place: SimulatedChannel, fields: Readonly<Record<string, unknown>>, token = `a-token-${(places += 1)}`): { readonly token: string } => {
  const { ana, guild } = world;
  const user = { id: ana.id, username: 'ana', discriminator: '0', global_name: 'Ana', avatar: null };
  world.discord.gateway.dispatch('INTERACTION_CREATE', {
    id: `${BigInt(place.id) + BigInt((places += 1))}`,
    application_id: world.discord.applicationId,
    token,
    version: 1,
    channel_id: place.id,
    guild_id: guild.id,
    channel: { id: place.id, type: 0, name: 'c', guild_id: guild.id, permissions: '0' },
    member: { user, roles: [], permissions: '0', joined_at: new Date(0).toISOString(), deaf: false, mute: false, flags: 0 },
    app_permissions: '3072',
    locale: 'en-US',
    entitlements: [],
    authorizing_integration_owners: {},
    context: 0,
    attachment_size_limit: 1,
    ...fields,
  });
  return { token };
};

const rawMessage = (place: SimulatedChannel, id: string): unknown => ({
  id,
  channel_id: place.id,
  author: { id: world.discord.botUser.id, username: 'Parley', discriminator: '0', avatar: null, bot: true },
  content: '',
  timestamp: new Date(0).toISOString(),
  edited_timestamp: null,
  tts: false,
  mention_everyone: false,
  mentions: [],
  mention_roles: [],
  attachments: [],
  embeds: [],
  pinned: false,
  type: 0,
});

/** The simulator knows no such interaction, and keeps what it was told. */
const callbacksOf = ({ token }: { readonly token: string }): unknown[] =>
  world.discord.requests.filter(({ path, route }) => route === CALLBACK && path.includes(token)).map(({ body }) => body);
