import { ChannelType, PermissionFlagsBits as Permission } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { messageLinksIn } from '../../src/discord/intake/message-links.ts';
import { AGE_RESTRICTED, CLOSED_OR_GONE, FORBIDDEN, NOT_IN_TIME, ON_ANOTHER_SERVER, ON_A_SERVER, tooManyLinksText } from '../../src/discord/texts/unseen-texts.ts';
import { shareWorld } from './shared-world.ts';
import type { ChannelOptions, SayOptions, SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off', messageContentIntent: true }, environment: { DISCORD_MESSAGE_CONTENT: 'true' } }, (opened) => {
  world = opened;
});

const linkTo = (message: SimulatedMessage, host = 'discord.com'): string => `https://${host}/channels/${message.guildId ?? '@me'}/${message.channelId}/${message.id}`;

let places = 0;
const fresh = (options: ChannelOptions = {}): SimulatedChannel => world.guild.addChannel({ name: `place-${(places += 1)}`, ...options });

interface Told {
  readonly linked?: readonly Record<string, unknown>[];
  readonly unseen?: readonly string[];
}

/** Asks in a channel of its own, and resolves with what the model was told and with what people read. */
const told = async (text: string, user: SimulatedUser = world.ana, channel = fresh(), options: SayOptions = {}) => {
  const question = user.say(channel, channel.guild === undefined ? text : `${world.discord.botUser.mention} ${text}`, options);
  await world.outcome(question.id);
  const content = (world.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content ?? []) as readonly { readonly text?: string }[];
  const header = JSON.parse(content[0]?.text ?? '{}') as Told;
  const answer = channel.fromBot.findLast(({ referenceId }) => referenceId === question.id)?.content ?? '';
  return { header, content, answer };
};

/** What is said of one link that was not followed. */
const refused = async (link: string, user?: SimulatedUser, channel?: SimulatedChannel): Promise<string | undefined> => {
  const { header, answer } = await told(`what is ${link} about?`, user, channel);
  expect(header.linked).toBeUndefined();
  expect(header.unseen).toHaveLength(1);
  const [line = ''] = header.unseen ?? [];
  const why = line.slice(`${link}: `.length);
  // Whatever the model makes of it, people read the same.
  expect(answer).toContain(`Without \`${link}\`: ${why}.`);
  return why;
};

describe('links', () => {
  it('are those that clients of Discord copy, each once, and none in code', () => {
    const [guild, channel, message] = ['111111111111111111', '222222222222222222', '333333333333333333'];
    const path = `channels/${guild}/${channel}/${message}`;
    for (const link of [`https://discord.com/${path}`, `https://ptb.discord.com/${path}`, `https://canary.discord.com/${path}`, `http://discordapp.com/${path}`]) {
      expect(messageLinksIn(`see <${link}>, and ${link} again`)).toEqual([{ link, guildId: guild, channelId: channel, messageId: message }]);
    }
    expect(messageLinksIn(`https://discord.com/channels/@me/${channel}/${message}`)).toMatchObject([{ guildId: undefined }]);
    for (const other of [`\`https://discord.com/${path}\``, `https://evildiscord.com/${path}`, `https://discord.com.evil.example/${path}`, `https://discord.com/channels/${guild}/${channel}`, `https://discord.com/${path}4444`]) {
      expect(messageLinksIn(other)).toEqual([]);
    }
  });

  it('lead to what was said there, with its author and its files', async () => {
    const { bo } = world;
    const there = fresh();
    const said = bo.say(there, 'Tea at five.', { attachments: [{ name: 'cup.txt', bytes: 'It is blue.' }], embeds: [{ title: 'Menu' }] });
    const { header, content, answer } = await told(`is <${linkTo(said, 'ptb.discord.com')}> still true?`);
    expect(header.linked).toEqual([{ link: linkTo(said, 'ptb.discord.com'), author: { id: bo.id, name: 'Bo' }, text: 'Tea at five.', embeds: ['Menu'], files: ['cup.txt'] }]);
    expect(content[1]?.text).toContain('It is blue.');
    expect(header.unseen).toBeUndefined();
    expect(answer).toBe('Certainly.');
  });

  it('to an answer of ours quote it like any other', async () => {
    const { discord, ana } = world;
    const there = fresh();
    const answer = await world.ask(ana, 'first', there);
    const { header } = await told(`why ${linkTo(answer)}?`);
    expect(header.linked).toMatchObject([{ author: { id: discord.botUser.id }, text: 'Certainly.' }]);
    expect(header.linked?.[0]).not.toHaveProperty('also');
  });

  it('are followed with the files of the question, five at most', async () => {
    const { bo } = world;
    const there = fresh();
    const said = Array.from({ length: 7 }, (_, index) => bo.say(there, `number ${index}`, { attachments: [{ name: `${index}.txt`, bytes: `file ${index}` }] }));
    const { header, content, answer } = await told(said.map((one) => linkTo(one)).join(' '), undefined, undefined, { attachments: [{ name: 'own.txt', bytes: 'my own' }] });
    expect(header.linked?.map(({ text, files }) => [text, files])).toEqual(Array.from({ length: 5 }, (_, index) => [`number ${index}`, [`${index}.txt`]]));
    expect(header.unseen).toEqual(said.slice(5).map((one) => `${linkTo(one)}: ${tooManyLinksText(5)}`));
    expect(content.slice(1, -1).map(({ text }) => text?.split('\n')[2])).toEqual(['file 0', 'file 1', 'file 2', 'file 3', 'file 4', 'my own']);
    expect(answer).toContain(tooManyLinksText(5));
  });

  it('stay with a question that is asked anew', async () => {
    const { ana, bo, discord, bedrock } = world;
    const [there, place] = [fresh(), fresh()];
    const said = bo.say(there, 'Tea at five.');
    const { answer } = await told(`when? ${linkTo(said)}`, ana, place);
    expect(answer).toBe('Certainly.');
    const shown = place.fromBot.at(-1);
    const button = JSON.stringify(shown?.components).match(/"custom_id":"(regenerate[^"]*)"/u)?.[1];
    bo.delete(said);
    const before = bedrock.requests.length;
    ana.click(shown as SimulatedMessage, button ?? '');
    await discord.waitFor(() => bedrock.requests.length > before);
    expect(JSON.stringify(bedrock.requests.at(-1)?.body?.messages.at(-1))).toContain('Tea at five.');
  });
});

describe('a link is not followed', () => {
  it('to what its asker may not see, whoever else may', async () => {
    const { ana, bo, guild } = world;
    const role = guild.addRole({ name: 'Insiders' });
    const secret = fresh({ overwrites: [{ target: guild.everyone, deny: Permission.ViewChannel }, { target: role, allow: Permission.ViewChannel }] });
    // The bot itself may.
    secret.setOverwrite(guild.botRole ?? guild.everyone, { allow: Permission.ViewChannel });
    guild.setMember(bo, { roles: [role] });
    const said = bo.say(secret, 'The cake is a lie.');
    expect(await refused(linkTo(said), ana)).toBe(FORBIDDEN);
    expect((await told(`what is ${linkTo(said)}?`, bo)).header.linked).toMatchObject([{ text: 'The cake is a lie.' }]);
    guild.setMember(bo, { roles: [] });
    expect(await refused(linkTo(said), bo)).toBe(FORBIDDEN);
  });

  it('to what its asker alone was shut out of, or may not read the history of', async () => {
    const { ana, bo } = world;
    const place = fresh();
    const said = bo.say(place, 'without you');
    place.setOverwrite(ana, { deny: Permission.ViewChannel });
    expect(await refused(linkTo(said), ana)).toBe(FORBIDDEN);
    place.setOverwrite(ana, { deny: Permission.ReadMessageHistory });
    expect(await refused(linkTo(said), ana)).toBe(FORBIDDEN);
    place.setOverwrite(ana, undefined);
    expect((await told(`what is ${linkTo(said)}?`, ana)).header.linked).toHaveLength(1);
  });

  it('to a voice channel that its asker may not enter', async () => {
    const { ana, bo, guild } = world;
    const place = fresh({ type: ChannelType.GuildVoice });
    const said = bo.say(place, 'louder!');
    expect((await told(`what is ${linkTo(said)}?`, ana)).header.linked).toHaveLength(1);
    place.setOverwrite(guild.everyone, { deny: Permission.Connect });
    expect(await refused(linkTo(said), ana)).toBe(FORBIDDEN);
  });

  it('into a private thread that its asker is not in, unless they manage threads', async () => {
    const { ana, bo, guild } = world;
    const thread = bo.startThread(fresh(), { name: 'between us', private: true, content: 'psst', addBot: true });
    const said = thread.messages.find(({ content }) => content === 'psst') as SimulatedMessage;
    expect(await refused(linkTo(said), ana)).toBe(FORBIDDEN);
    thread.addToThread(ana);
    expect((await told(`what is ${linkTo(said)}?`, ana)).header.linked).toMatchObject([{ text: 'psst' }]);
    thread.removeFromThread(ana);
    guild.setMember(ana, { roles: [guild.addRole({ name: 'Keepers', permissions: Permission.ManageThreads })] });
    expect((await told(`what is ${linkTo(said)}?`, ana)).header.linked).toMatchObject([{ text: 'psst' }]);
    guild.setMember(ana, { roles: [] });
  });

  it('into a thread of a channel that its asker may not see', async () => {
    const { ana, bo } = world;
    const parent = fresh();
    const thread = bo.startThread(parent, { name: 'open', content: 'inside' });
    const said = thread.messages.find(({ content }) => content === 'inside') as SimulatedMessage;
    expect((await told(`what is ${linkTo(said)}?`, ana)).header.linked).toMatchObject([{ text: 'inside' }]);
    parent.setOverwrite(ana, { deny: Permission.ViewChannel });
    expect(await refused(linkTo(said), ana)).toBe(FORBIDDEN);
  });

  it('to another server, whatever the link says', async () => {
    const { ana, bo, discord } = world;
    const other = discord.addGuild({ name: 'Elsewhere', members: [ana, bo] });
    const said = bo.say(other.addChannel({ name: 'far' }), 'far away');
    expect(await refused(linkTo(said), ana)).toBe(ON_ANOTHER_SERVER);
    expect(await refused(linkTo(said).replace(other.id, world.guild.id), ana)).toBe(ON_ANOTHER_SERVER);
  });

  it('to a server from a direct message, nor to somebody else\'s direct messages', async () => {
    const { ana, bo } = world;
    expect(await refused(linkTo(bo.say(fresh(), 'here')), ana, ana.dm)).toBe(ON_A_SERVER);
    const theirs = bo.say(bo.dm, 'just between us');
    await world.outcome(theirs.id);
    expect(await refused(linkTo(theirs), ana, ana.dm)).toBe(FORBIDDEN);
    expect(await refused(linkTo(theirs), ana)).toBe(ON_ANOTHER_SERVER);
    const own = ana.say(ana.dm, 'a note of mine');
    await world.outcome(own.id);
    expect((await told(`what is ${linkTo(own)}?`, ana, ana.dm)).header.linked).toMatchObject([{ text: 'a note of mine' }]);
  });

  it('to what is gone, or closed to us', async () => {
    const { ana, bo } = world;
    const [place, closed] = [fresh(), fresh()];
    const said = bo.say(place, 'not for long');
    bo.delete(said);
    expect(await refused(linkTo(said), ana)).toBe(CLOSED_OR_GONE);
    const hidden = bo.say(closed, 'humans only');
    closed.denyBot(Permission.ViewChannel);
    expect(await refused(linkTo(hidden), ana)).toBe(CLOSED_OR_GONE);
  });

  it('into an age-restricted channel from one that is none', async () => {
    const { ana, bo } = world;
    const said = bo.say(fresh({ nsfw: true }), 'for adults');
    expect(await refused(linkTo(said), ana)).toBe(AGE_RESTRICTED);
    expect((await told(`what is ${linkTo(said)}?`, ana, fresh({ nsfw: true }))).header.linked).toHaveLength(1);
  });

  it('where Discord fails, and the question is answered all the same', async () => {
    const { ana, bo, discord } = world;
    const said = bo.say(fresh(), 'slow');
    discord.faults.add({ route: 'GET /channels/:id/messages/:id', does: { status: 503 } });
    expect(await refused(linkTo(said), ana)).toBe(NOT_IN_TIME);
  });
});
