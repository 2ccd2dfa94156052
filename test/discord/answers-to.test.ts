import { ChannelType, PermissionFlagsBits } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { decide } from './deciding.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { turnsOf } from './pressing.ts';
import { buttonId, changeId, done, press, selectId, wordsOn } from './settings-panel.ts';
import { shareWorld } from './shared-world.ts';
import type { ServerSettings } from '../../src/policy/server-settings.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld({ environment: { DISCORD_MESSAGE_CONTENT: 'true' }, discord: { rateLimits: 'off', messageContentIntent: true } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

const settled = async (settings: Partial<ServerSettings>, environment?: Readonly<Record<string, string>>): Promise<void> => {
  await decide(url, world.guild.id, settings);
  await world.restart(environment);
};
afterEach(() => decide(url, world.guild.id, {}));

const answersTo = ({ id, channelId }: SimulatedMessage): readonly string[] =>
  (world.discord.channel(channelId)?.fromBot ?? []).filter(({ referenceId }) => referenceId === id).map(({ content }) => content);
const answered = async (message: SimulatedMessage): Promise<readonly string[]> => {
  await world.outcome(message.id);
  return answersTo(message);
};

/** That nothing comes of what was said in a channel, neither an answer nor any other word; told by what comes after it there. */
const expectNothing = async (place: SimulatedChannel, ...messages: readonly SimulatedMessage[]): Promise<void> => {
  const calls = world.bedrock.requestCount;
  const shown = place.fromBot.length;
  const last = world.bo.say(place, `${world.discord.botUser.mention} are you there?`);
  await world.outcome(last.id);
  expect(world.bedrock.requestCount).toBe(calls + 1);
  expect(place.fromBot).toHaveLength(shown + 1);
  for (const message of messages) {
    expect(answersTo(message)).toEqual([]);
    expect([...message.reactions.keys()]).toEqual([]);
  }
};

describe('a channel in which everything is answered', () => {
  it('needs no mention: what people say there is a question, also in threads and in channels that are made later', async () => {
    const category = world.guild.addChannel({ name: 'open', type: ChannelType.GuildCategory });
    await settled({ categories: { [category.id]: { answersTo: 'everything' } } });
    const place = world.guild.addChannel({ name: 'later', parent: category });
    expect(await answered(world.ana.say(place, 'what is tea?'))).toEqual(['Certainly.']);
    expect(turnsOf(world.bedrock.requests.at(-1)).at(-1)).toEqual(['user', 'what is tea?']);
    expect(await answered(world.bo.say(place, 'and coffee?'))).toEqual(['Certainly.']);
    const thread = world.ana.startThread(place, { name: 'aside' });
    expect(await answered(world.ana.say(thread, 'and water?'))).toEqual(['Certainly.']);
    expect(await answered(world.ana.say(place, `${world.discord.botUser.mention} and milk?`))).toEqual(['Certainly.']);
    // Elsewhere it does.
    const other = freshChannel(world);
    await expectNothing(other, world.ana.say(other, 'what is tea?'));
  });

  it('takes a picture and the question right behind it for one, whether that calls us or not', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { answersTo: 'everything' } } }, { BURST_SECONDS: '1.5' });
    for (const call of ['', `${world.discord.botUser.mention} `]) {
      const before = world.bedrock.requestCount;
      const first = world.ana.say(place, '', { attachments: [{ name: 'map.txt', bytes: 'turn left' }] });
      world.ana.say(place, `${call}where am I?`);
      expect(await answered(first)).toEqual(['Certainly.']);
      expect(world.bedrock.requestCount).toBe(before + 1);
      expect(turnsOf(world.bedrock.requests.at(-1)).at(-1)).toEqual(['user', 'where am I?']);
      world.discord.advance(5_000);
    }
    expect(place.fromBot).toHaveLength(2);
  });

  it('has no word for what is said to others, says nothing, or comes from no person', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { answersTo: 'everything' } } });
    const other = world.discord.addUser({ name: 'robot', bot: true });
    world.guild.addMember(other);
    const role = world.guild.addRole({ name: 'cooks', mentionable: true });
    const said = world.ana.say(place, `${world.bo.mention} lunch?`);
    await expectNothing(
      place,
      said,
      world.bo.say(place, 'yes!', { replyTo: said }),
      world.bo.say(place, 'quietly yes', { replyTo: said, replyPing: false }),
      world.ana.say(place, `${role.mention} what is for lunch?`, { mentionRoles: [role] }),
      world.ana.say(place, '@everyone hello', { mentionEveryone: true }),
      world.ana.say(place, '\u200B'),
      other.say(place, 'I am a bot, and what is tea?'),
      place.addWebhook().say('I am a webhook, and what is tea?'),
    );
  });

  it('answers no bot that answers it, however long that goes on', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { answersTo: 'everything' } } });
    const parrot = world.discord.addUser({ name: 'parrot', bot: true });
    world.guild.addMember(parrot);
    const [answer] = await answered(world.ana.say(place, 'what is tea?'));
    await expectNothing(place, parrot.say(place, answer ?? ''), parrot.say(place, 'what is tea?', { replyTo: place.fromBot.at(-1)! }));
  });

  it('has no word for those who may not ask there, until they do ask', async () => {
    const place = freshChannel(world);
    const member = freshMember(world);
    await settled({ channels: { [place.id]: { answersTo: 'everything', forbiddenMembers: member.id } } });
    await expectNothing(place, member.say(place, 'what is tea?'));
    expect(member.dm.fromBot).toEqual([]);
    const asked = member.say(place, `${world.discord.botUser.mention} what is tea?`);
    await world.outcome(asked.id);
    expect([...asked.reactions.keys()]).toEqual(['🚫']);
  });

  it('answers what was said while nobody listened, and what was being answered when the process ended', async () => {
    const place = freshChannel(world);
    await settled({ server: { answersTo: 'everything' } });
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const interrupted = world.ana.say(place, 'a long one');
    await stream.request;
    await world.parley.stop(0);
    const missed = world.ana.say(place, 'are you there?');
    await world.restart();
    expect(await answered(interrupted)).toEqual(['Certainly.']);
    expect(await answered(missed)).toEqual(['Certainly.']);
  });

  it('asks a question as it reads when it is its turn', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { answersTo: 'everything' } } });
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    world.ana.say(place, 'a long one');
    await stream.request;
    const second = world.ana.say(place, 'a color?');
    // What comes later through the gateway shows that what came before has been heard.
    await world.ask(world.bo, 'elsewhere', freshChannel(world));
    world.ana.edit(second, 'a colour?');
    await world.ask(world.bo, 'elsewhere', freshChannel(world));
    await stream.text('one');
    await stream.finish();
    expect(await answered(second)).toEqual(['Certainly.']);
    expect(turnsOf(world.bedrock.requests.at(-1)).at(-1)).toEqual(['user', 'a colour?']);
  });
});

describe('a channel in which questions follow answers', () => {
  it('answers what the same member says there soon after an answer, and nothing else', async () => {
    const [place, other] = [freshChannel(world), freshChannel(world)];
    await settled({ server: { answersTo: 'follow-ups', followUpMinutes: 5 } });
    await expectNothing(place, world.ana.say(place, 'not asked yet'));
    await world.ask(world.ana, 'what is tea?', place);
    expect(await answered(world.ana.say(place, 'and coffee?'))).toEqual(['Certainly.']);
    expect(turnsOf(world.bedrock.requests.at(-1)).at(-1)).toEqual(['user', 'and coffee?']);
    await expectNothing(other, world.ana.say(other, 'elsewhere'));
    const stranger = freshMember(world);
    await expectNothing(place, stranger.say(place, 'somebody else'), world.ana.say(place, `${stranger.mention} not to you`));
    world.discord.advance(4 * 60_000);
    expect(await answered(world.ana.say(place, 'still there?'))).toEqual(['Certainly.']);
    world.discord.advance(4 * 60_000);
    expect(await answered(world.ana.say(place, 'and now?'))).toEqual(['Certainly.']);
    world.discord.advance(6 * 60_000);
    await expectNothing(place, world.ana.say(place, 'much later'));
  });

  it('knows after a restart whom it has answered', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { answersTo: 'follow-ups' } } });
    const command = world.ana.runCommand(place, 'ask', { prompt: 'what is tea?' });
    await world.outcome(command.id);
    await world.restart();
    await expectNothing(place, freshMember(world).say(place, 'somebody else'));
    expect(await answered(world.ana.say(place, 'and coffee?'))).toEqual(['Certainly.']);
  });

  it('takes no private answer for one that others may know of', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { answersTo: 'follow-ups' } } });
    await world.outcome(world.ana.runCommand(place, 'ask', { prompt: 'psst', private: true }).id);
    await expectNothing(place, world.ana.say(place, 'aloud'));
  });
});

describe('without the intent for it', () => {
  it('nothing but mentions is answered, whatever is set, and managers are told so', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { answersTo: 'everything' } } }, { DISCORD_MESSAGE_CONTENT: 'false' });
    await expectNothing(place, world.ana.say(place, 'what is tea?'));
    const eve = freshMember(world);
    world.guild.setMember(eve, { roles: [world.guild.addRole({ name: 'admins', permissions: PermissionFlagsBits.ManageGuild })] });
    const opened = eve.runCommand(place, 'settings panel');
    await done(opened, () => opened.response !== undefined);
    const panel = opened.response!;
    await press(eve, panel, buttonId(panel, 'Who may ask, and how much'));
    const pick = async (value: string): Promise<void> => {
      await press(eve, panel, changeId(panel, 'Answers to'));
      await press(eve, panel, selectId(panel), [value]);
    };
    await pick('follow-ups');
    expect(wordsOn(panel)).toContain('⚠️ Answers to needs the Message Content intent');
    await pick('mentions');
    expect(wordsOn(panel)).toContain('✅ Answers to of the whole server: changed.');
    await press(eve, panel, buttonId(panel, 'What was changed'));
  });
});

describe('what somebody says soon after an answer', () => {
  it.each(['user', 'reply'] as const)('goes on with that answer also where the scope is %s', async (scope) => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { answersTo: 'follow-ups', scope } } });
    world.bedrock.respondOnce({ text: 'Green.' });
    await answered(world.ana.say(place, `${world.discord.botUser.mention} tea?`));
    await answered(world.bo.say(place, `${world.discord.botUser.mention} cars?`));
    await answered(world.ana.say(place, 'why?'));
    expect(turnsOf(world.bedrock.requests.at(-1)).map(([, text]) => text)).toEqual(['tea?', 'Green.', 'why?']);
  });
});
