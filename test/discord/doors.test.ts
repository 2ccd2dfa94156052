import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startWorld } from '../start-parley.ts';
import { withoutQuestion } from './pressing.ts';
import type { ConverseRequestRecord } from '../simulators/bedrock.ts';
import type { World } from '../start-parley.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ discord: { rateLimits: 'off' } });
  world.bedrock.respond({ text: 'Certainly.' });
});
afterEach(() => {
  world.bedrock.respond({ text: 'Certainly.' });
});
afterAll(() => world.close());

const AT: unknown = expect.stringMatching(/^(?:Sun|Mon|Tues|Wednes|Thurs|Fri|Satur)day \d{4}-\d\d-\d\d \d\d:\d\d UTC$/u);

const lastTurn = (request: ConverseRequestRecord | undefined): string[] =>
  (request?.body?.messages.at(-1)?.content ?? []).map(({ text }) => text ?? '');

/** What happens on the way of an ordinary question, to know that what came before it was ignored. */
const expectIgnored = async (say: () => unknown): Promise<void> => {
  const before = world.bedrock.requestCount;
  const shown = world.channel.fromBot.length;
  say();
  await world.ask(world.bo, 'and now?', world.bo.dm);
  expect(world.bedrock.requestCount).toBe(before + 1);
  expect(world.channel.fromBot.length).toBe(shown);
};

describe('a mention', () => {
  it('is answered below the question, without a ping', async () => {
    const { discord, ana, channel } = world;
    const pings = discord.pings.length;
    const question = ana.say(channel, `${discord.botUser.mention} what is the capital of France?`);
    await world.outcome(question.id);
    const answer = channel.fromBot.at(-1);
    expect(answer?.content).toBe('Certainly.');
    expect(answer?.referenceId).toBe(question.id);
    expect(discord.pings.length).toBe(pings);
    const [header = '', ...said] = lastTurn(world.bedrock.requests.at(-1));
    expect(JSON.parse(header)).toEqual({ speaker: { id: ana.id, name: 'Ana' }, asked_at: AT });
    expect(said).toEqual(['what is the capital of France?']);
  });

  it('costs one request to Discord when the answer is there at once', async () => {
    const sum = () => [...world.discord.requestCounts.values()].reduce((all, count) => all + count, 0);
    // How soon an answer is there depends on the machine: one that is busy with other tests is asked again.
    const tries: number[] = [];
    do {
      const before = sum();
      await world.ask(world.ana, 'quick?');
      tries.push(sum() - before);
    } while (tries.at(-1) !== 1 && tries.length < 10);
    expect(tries.at(-1)).toBe(1);
  });

  it('may stand anywhere, and other names become readable', async () => {
    const { discord, ana, bo, channel } = world;
    const question = ana.say(channel, `hey ${discord.botUser.mention}, what does ${bo.mention} do in ${channel.mention}?`);
    await world.outcome(question.id);
    expect(lastTurn(world.bedrock.requests.at(-1))[1]).toBe('hey @Parley, what does @Bo do in #general?');
  });

  it.each([
    ['@ what is tea?', 'what is tea?'],
    ['@, what is tea?', 'what is tea?'],
    ['@: what is tea? @', 'what is tea?'],
    ['@ @ what is tea?', 'what is tea?'],
    ['what is tea?\n@', 'what is tea?'],
    ['is @ a good bot?', 'is @Parley a good bot?'],
    ['tell @ please', 'tell @Parley please'],
    ['> @ said so\nwho?', '> @Parley said so\nwho?'],
    ['thanks, @!', 'thanks, @Parley!'],
  ])('calls at the beginning and the end, and is a name in between: %s', async (written, asked) => {
    const { discord, ana, channel } = world;
    const question = ana.say(channel, written.replaceAll('@', discord.botUser.mention));
    await world.outcome(question.id);
    expect(lastTurn(world.bedrock.requests.at(-1))[1]).toBe(asked);
  });

  it('of everyone, of another role, or in a reply to somebody else, is not for us', async () => {
    const { ana, bo, channel, guild } = world;
    const role = guild.addRole({ name: 'helpers', mentionable: true });
    await expectIgnored(() => ana.say(channel, '@everyone hello', { mentionEveryone: true }));
    await expectIgnored(() => ana.say(channel, `${role.mention} hello`));
    const earlier = bo.say(channel, 'I like tea');
    await expectIgnored(() => ana.say(channel, 'me too', { replyTo: earlier }));
    await expectIgnored(() => ana.say(channel, 'just talking'));
  });

  it('by a bot, a webhook, or Discord itself, is not answered', async () => {
    const { discord, guild, channel, ana } = world;
    const robot = discord.addUser({ name: 'robot', bot: true });
    guild.addMember(robot);
    await expectIgnored(() => robot.say(channel, `${discord.botUser.mention} hello`));
    await expectIgnored(() => channel.addWebhook('hook').say(`${discord.botUser.mention} hello`));
    await expectIgnored(() => ana.say(channel, `${discord.botUser.mention}`, { type: 6 }));
  });
});

describe('a message of a kind that nobody knows yet', () => {
  it.each([77, 1_000])('that mentions us gets one sentence (%i)', async (type) => {
    const { discord, ana, channel } = world;
    const before = world.bedrock.requestCount + 1;
    const place = world.guild.addChannel({ name: `kind-${type}` });
    ana.say(place, `${discord.botUser.mention} hello`, { type: type as never });
    // Discord takes no reply to such a message.
    await discord.waitFor(() => place.fromBot[0]);
    await world.ask(ana, 'elsewhere', channel);
    expect(place.fromBot.map(({ content }) => content)).toEqual([expect.stringContaining('I do not know this kind of message yet')]);
    expect(world.bedrock.requestCount).toBe(before);
  });

  it('that only comes by is not for us', async () => {
    await expectIgnored(() => world.ana.say(world.channel, 'hello', { type: 77 as never }));
    await expectIgnored(() => world.channel.addWebhook('hook').say(`${world.discord.botUser.mention} hello`, { type: 77 as never }));
  });
});

describe('the managed role', () => {
  it('is told about when Discord withholds the text', async () => {
    const { guild, ana, channel } = world;
    const question = ana.say(channel, `${guild.botRole?.mention} hello`);
    const hint = await world.discord.waitFor(() => channel.fromBot.find(({ referenceId }) => referenceId === question.id));
    expect(hint.content).toContain('cannot read this message');
  });
});

describe('a reply to one of our messages', () => {
  it('is a question, without the mention', async () => {
    const { ana, bo, channel } = world;
    const answer = await world.ask(ana, 'name a colour');
    const question = bo.say(channel, 'another one', { replyTo: answer });
    await world.outcome(question.id);
    const { messages } = world.bedrock.requests.at(-1)?.body ?? { messages: [] };
    expect(messages.length).toBeGreaterThanOrEqual(3);
    expect(messages.at(-1)?.content.map(({ text }) => text)).toEqual([expect.stringContaining(`{"speaker":{"id":"${bo.id}","name":"Bo"}`), 'another one']);
  });

  it('without its ping cannot be read, and that is said', async () => {
    const { ana, bo, channel } = world;
    const answer = await world.ask(ana, 'name a fruit');
    const question = bo.say(channel, 'another one', { replyTo: answer, replyPing: false });
    const hint = await world.discord.waitFor(() => channel.fromBot.find(({ referenceId }) => referenceId === question.id));
    expect(hint.content).toContain('cannot read this message');
  });
});

describe('a mention in a reply to somebody else', () => {
  it('sends the message it points at along, as data', async () => {
    const { discord, ana, bo, channel } = world;
    // Without the intent only messages that mention us have a text.
    const earlier = bo.say(channel, `${discord.botUser.mention} is the best`);
    await world.outcome(earlier.id);
    const question = ana.say(channel, `${discord.botUser.mention} is that so?`, { replyTo: earlier });
    await world.outcome(question.id);
    const [header] = lastTurn(world.bedrock.requests.at(-1));
    expect(JSON.parse(header ?? '')).toMatchObject({ speaker: { id: ana.id }, in_reply_to: { author: { id: bo.id, name: 'Bo' } } });
  });
});

describe('a thread', () => {
  it('is a conversation of its own', async () => {
    const { ana, channel } = world;
    await world.ask(ana, 'remember the word apple');
    const thread = ana.startThread(channel, { name: 'Side talk' });
    await world.ask(ana, 'hello thread', thread);
    expect(world.bedrock.requests.at(-1)?.body?.messages).toHaveLength(1);
    await world.ask(ana, 'still here', thread);
    expect(world.bedrock.requests.at(-1)?.body?.messages).toHaveLength(3);
    expect(thread.fromBot).toHaveLength(2);
  });
});

describe('a direct message', () => {
  it('is answered without a mention, and its turn is only its text and when it was written', async () => {
    const { discord } = world;
    const cy = discord.addUser({ name: 'cy' });
    const answer = await world.ask(cy, 'Hello', cy.dm);
    expect(answer.content).toBe('Certainly.');
    expect(world.bedrock.requests.at(-1)?.body?.messages).toEqual([{ role: 'user', content: [{ text: expect.stringMatching(/^\{"asked_at":"[^"]+"\}$/u) }, { text: 'Hello' }] }]);
  });
});

describe('input that asks nothing, or asks oddly', () => {
  it.each([
    ['an empty mention', ''],
    ['only mentions', 'MENTION MENTION'],
    ['zero-width characters', '\u200B\u2060\uFEFF'],
    ['nothing but spaces', '   \n  '],
  ])('%s gets a hint instead of silence', async (_name, text) => {
    const { discord, ana, channel } = world;
    const before = world.bedrock.requestCount;
    const content = `${discord.botUser.mention} ${text.replaceAll('MENTION', discord.botUser.mention)}`;
    const question = ana.say(channel, content);
    const hint = await discord.waitFor(() => channel.fromBot.find(({ referenceId }) => referenceId === question.id));
    expect(hint.content).toContain('no text to answer');
    expect(world.bedrock.requestCount).toBe(before);
  });

  it('control characters and lone surrogates reach Bedrock as it accepts them', async () => {
    await world.ask(world.ana, 'a\u0007b\u0000c \uD83D end');
    expect(lastTurn(world.bedrock.requests.at(-1))[1]).toBe('abc \uFFFD end');
  });

  it('6,000 characters are one question', async () => {
    const prompt = 'x'.repeat(6_000);
    const interaction = world.ana.runCommand(world.channel, 'ask', { prompt });
    await world.outcome(interaction.id);
    expect(lastTurn(world.bedrock.requests.at(-1))[1]).toBe(prompt);
    expect(withoutQuestion(interaction.response?.content)).toBe('Certainly.');
  });

  it('a file without text is a question about the file', async () => {
    const { discord, ana, channel } = world;
    const question = ana.say(channel, discord.botUser.mention, { attachments: [{ name: 'notes.txt', bytes: 'buy milk' }] });
    await world.outcome(question.id);
    const turn = world.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content ?? [];
    expect(JSON.parse(turn[0]?.text ?? '')).toEqual({ speaker: { id: ana.id, name: 'Ana' }, files: ['notes.txt'], asked_at: AT });
    expect(turn[1]?.text).toContain('buy milk');
    await world.ask(ana, 'thanks');
    expect(world.bedrock.requests.at(-1)?.body?.messages.at(-3)?.content).toEqual(turn);
  });

  it('a file that cannot be read is told below the answer to a mention and to a direct message', async () => {
    const { discord, ana, channel } = world;
    const attachments = [{ name: 'song `1`.mp3', bytes: 'ID3\u0003\u0000\u0000' }, { name: 'a.txt', bytes: 'notes' }];
    for (const place of [channel, ana.dm]) {
      const question = ana.say(place, `${discord.botUser.mention} and these?`, { attachments });
      await world.outcome(question.id);
      const answer = place.fromBot.findLast(({ referenceId }) => referenceId === question.id);
      expect(answer?.content).toMatch(/^Certainly\.\n-# Without `song__1_\.mp3`: audio and video cannot be read\.$/u);
      expect(JSON.stringify(lastTurn(world.bedrock.requests.at(-1)))).toContain('a.txt');
    }
  });

  it('a file of /ask goes along, and one that cannot be read is told', async () => {
    const interaction = world.ana.runCommand(world.channel, 'ask', { prompt: 'what is it?', file: { name: 'song.mp3', bytes: 'ID3\u0003\u0000\u0000' } });
    await world.outcome(interaction.id);
    expect(withoutQuestion(interaction.response?.content)).toMatch(/^Certainly\.\n-# Without `song\.mp3`: /u);
    const other = world.ana.runCommand(world.channel, 'ask', { prompt: 'and this?', file: { name: 'a.csv', bytes: 'a,b\n1,2\n' } });
    await world.outcome(other.id);
    expect(world.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content[1]?.text).toContain('a,b\n1,2');
    expect(withoutQuestion(other.response?.content)).toBe('Certainly.');
  });

  it('files that cannot be read, without text, are not met with silence', async () => {
    const { discord, ana, channel } = world;
    const before = world.bedrock.requestCount;
    const question = ana.say(channel, discord.botUser.mention, { attachments: [{ name: 'a.bin', bytes: new Uint8Array([0, 1, 2]) }] });
    const line = await world.outcome(question.id);
    expect(line).toMatchObject({ kind: 'files-unreadable' });
    expect(channel.fromBot.find(({ referenceId }) => referenceId === question.id)?.content).toMatch(
      /could not read what was attached.*\n-# `a\.bin`: it is a binary file, and its kind cannot be read\.$/u,
    );
    expect(world.bedrock.requestCount).toBe(before);
  });
});

describe('every door', () => {
  it('made no request that Discord does not know, and was never rate limited', () => {
    expect(world.discord.unexpectedRequests).toEqual([]);
    expect([...world.discord.rateLimitHits]).toEqual([]);
    expect(world.discord.pings.filter(({ targetId }) => targetId !== world.discord.botUser.id).length).toBe(
      world.discord.pings.filter(({ targetId }) => targetId !== world.discord.botUser.id && targetId !== undefined).length,
    );
  });
});
