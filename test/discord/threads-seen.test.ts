import { ChannelType } from 'discord-api-types/v10';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { THREAD_STARTER, WITHHELD } from '../../src/discord/texts/unseen-texts.ts';
import { shareWorld } from './shared-world.ts';
import { startWorld } from '../start-parley.ts';
import type { SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off', messageContentIntent: true }, environment: { DISCORD_MESSAGE_CONTENT: 'true' } }, (opened) => {
  world = opened;
});

let places = 0;
const fresh = (): SimulatedChannel => world.guild.addChannel({ name: `place-${(places += 1)}` });
const forum = (): SimulatedChannel => world.guild.addChannel({ name: `forum-${(places += 1)}`, type: ChannelType.GuildForum, tags: ['Bug', 'Help wanted', 'Done'] });

interface Block {
  readonly text?: string;
}

/** Asks, and resolves with what the model was told of the thread with each turn of people. */
const told = async (thread: SimulatedChannel, text: string, user: SimulatedUser = world.ana, on: World = world) => {
  const question = user.say(thread, `${on.discord.botUser.mention} ${text}`);
  await on.outcome(question.id);
  const turns = (on.bedrock.requests.at(-1)?.body?.messages ?? []) as readonly { readonly role: string; readonly content: readonly Block[] }[];
  const headers = turns.filter(({ role }) => role === 'user').map(({ content }) => JSON.parse(content[0]?.text ?? '{}') as Record<string, unknown>);
  return { threads: headers.map(({ thread: told }) => told), header: headers.at(-1) ?? {}, blocks: turns.at(-1)?.content ?? [], answer: thread.fromBot.findLast(({ referenceId }) => referenceId === question.id)?.content };
};

const starterReads = (): number => world.discord.requestCounts.get('GET /channels/:id/messages/:id') ?? 0;

describe('a question in a thread', () => {
  it('comes with the title and the message that began it, told once and looked up once', async () => {
    const { bo } = world;
    const place = fresh();
    const starter = bo.say(place, 'The oven is on fire.', { attachments: [{ name: 'oven.txt', bytes: 'It was on.' }] });
    const thread = bo.startThread(place, { name: 'Oven trouble', from: starter });
    const before = starterReads();
    const first = await told(thread, 'what now?');
    expect(first.header).toMatchObject({
      speaker: { name: 'Ana' },
      thread: { title: 'Oven trouble', starter: { author: { id: bo.id, name: 'Bo' }, text: 'The oven is on fire.' }, files: ['oven.txt'] },
    });
    expect(first.blocks[1]?.text).toContain('It was on.');
    const second = await told(thread, 'and then?', bo);
    expect(second.threads).toEqual([expect.objectContaining({ title: 'Oven trouble' }), undefined]);
    expect(starterReads() - before).toBe(1);
  });

  it('of a forum comes with its tags by their names, and with what the post says', async () => {
    const { ana, bo } = world;
    const post = bo.startThread(forum(), { name: 'Crash at start', content: 'It crashes.', tags: ['Bug', 'Help wanted'] });
    expect((await told(post, 'why?', ana)).header).toMatchObject({ thread: { title: 'Crash at start', tags: ['Bug', 'Help wanted'], starter: { author: { name: 'Bo' }, text: 'It crashes.' } } });
  });

  it('that is the post itself comes with its title and tags alone', async () => {
    const { ana, discord, bedrock } = world;
    const post = ana.startThread(forum(), { name: 'Why is it red?', content: `${discord.botUser.mention} tell me`, tags: ['Bug'] });
    await world.outcome(post.id);
    const [header] = (bedrock.requests.at(-1)?.body?.messages.at(-1)?.content ?? []) as readonly { readonly text: string }[];
    expect(JSON.parse(header?.text ?? '')).toMatchObject({ thread: { title: 'Why is it red?', tags: ['Bug'] } });
    expect(header?.text).not.toContain('starter');
  });

  it('that was begun at no message, or at one that is gone, comes with its title', async () => {
    const { bo } = world;
    const begun = bo.startThread(fresh(), { name: 'From nothing', content: 'hello' });
    expect((await told(begun, 'well?')).header['thread']).toEqual({ title: 'From nothing' });
    const place = fresh();
    const starter = bo.say(place, 'soon gone');
    const thread = bo.startThread(place, { name: 'Bereft', from: starter });
    bo.delete(starter);
    const { header } = await told(thread, 'well?');
    expect(header['thread']).toEqual({ title: 'Bereft' });
    expect(header).not.toHaveProperty('unseen');
  });

  it('is asked anew with what it knew of the thread', async () => {
    const { ana, bo, discord, bedrock } = world;
    const place = fresh();
    const thread = bo.startThread(place, { name: 'Twice', from: bo.say(place, 'the beginning') });
    await told(thread, 'go on', ana);
    const shown = thread.fromBot.at(-1) as SimulatedMessage;
    const before = bedrock.requests.length;
    ana.click(shown, JSON.stringify(shown.components).match(/"custom_id":"(regenerate[^"]*)"/u)?.[1] ?? '');
    await discord.waitFor(() => bedrock.requests.length > before);
    expect(JSON.stringify(bedrock.requests.at(-1)?.body?.messages.at(-1))).toContain('the beginning');
  });

  it('tells the model where the beginning was not to be had, and is answered', async () => {
    const { bo, discord } = world;
    const place = fresh();
    const thread = bo.startThread(place, { name: 'Slow', from: bo.say(place, 'the beginning') });
    discord.faults.add({ route: 'GET /channels/:id/messages/:id', does: { status: 503 } });
    const first = await told(thread, 'well?');
    expect(first.header).toMatchObject({ thread: { title: 'Slow' }, unseen: [expect.stringContaining(THREAD_STARTER)] });
    expect(first.answer).toBe('Certainly.');
  });
});

describe('without the intent for message content', () => {
  let blind: World;
  beforeAll(async () => {
    blind = await startWorld({ discord: { rateLimits: 'off' } });
    blind.bedrock.respond({ text: 'Certainly.' });
  });
  afterAll(() => blind.close());

  it('the model is told that it does not see the beginning, and nobody else', async () => {
    const { ana, bo, guild } = blind;
    const place = guild.addChannel({ name: 'hidden' });
    const thread = bo.startThread(place, { name: 'Secret', from: bo.say(place, 'not for bots') });
    const { header, answer } = await told(thread, 'what do you think?', ana, blind);
    expect(header).toMatchObject({ thread: { title: 'Secret' }, unseen: [`${THREAD_STARTER}: ${WITHHELD}`] });
    expect(JSON.stringify(header)).not.toContain('not for bots');
    expect(answer).toBe('Certainly.');
  });

  it('it is told so of a message that somebody replies or links to, and people are, too', async () => {
    const { ana, bo, guild, discord, bedrock } = blind;
    const place = guild.addChannel({ name: 'hidden-2' });
    const said = bo.say(place, 'not for bots');
    const replied = ana.say(place, `${discord.botUser.mention} is it so?`, { replyTo: said });
    await blind.outcome(replied.id);
    expect(JSON.stringify(bedrock.requests.at(-1)?.body?.messages.at(-1))).toContain('the message that they reply to: ');
    const link = `https://discord.com/channels/${guild.id}/${place.id}/${said.id}`;
    const linked = ana.say(place, `${discord.botUser.mention} is ${link} so?`);
    await blind.outcome(linked.id);
    expect(JSON.stringify(bedrock.requests.at(-1)?.body?.messages.at(-1))).toContain(`${link}: ${WITHHELD}`);
    expect(place.fromBot.at(-1)?.content).toBe(`Certainly.\n-# Without \`${link}\`: ${WITHHELD}.`);
  });
});
