import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bedrockErrors, manualStream, streamTroubles } from '../simulators/bedrock.ts';
import { startWorld } from '../start-parley.ts';
import { freshChannel } from './fresh-channel.ts';
import type { ErrorReply, Script } from '../simulators/bedrock.ts';
import type { SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => {
  world.bedrock.respond({ text: 'Certainly.' });
  world.discord.faults.clear();
});
afterAll(async () => {
  expect(world.discord.unexpectedRequests).toEqual([]);
  await world.close();
});

const repliesTo = (question: SimulatedMessage): SimulatedMessage[] => {
  const fromBot = world.discord.channel(question.channelId)?.fromBot ?? [];
  const first = fromBot.findIndex(({ referenceId }) => referenceId === question.id);
  return first < 0 ? [] : fromBot.slice(first);
};

describe('a streamed answer', () => {
  it('appears with the first words, grows by edits, and ends exact', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const question = ana.say(place, `${discord.botUser.mention} tell me a story`);
    await stream.request;
    await stream.text('Once upon');
    const answer = await discord.waitFor(() => repliesTo(question).find(({ content }) => content === 'Once upon'));
    await stream.text(' a time');
    await discord.waitFor(() => answer.content === 'Once upon a time');
    for (const piece of [' there', ' was', ' a', ' bot']) await stream.text(piece);
    await stream.text('.');
    await stream.finish();
    await world.outcome(question.id);
    expect(answer.content).toBe('Once upon a time there was a bot.');
    // A slow machine may think first.
    const contents = answer.revisions.map(({ content }) => content).filter((content) => content !== 'Thinking…');
    expect(contents.every((content, index) => index === 0 || content.startsWith(contents[index - 1] ?? ''))).toBe(true);
    expect(repliesTo(question)).toHaveLength(1);
  });

  it('is announced by typing when it is not there at once', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const question = ana.say(place, `${discord.botUser.mention} think`);
    await discord.waitFor(() => place.typing.length > 0);
    await stream.text('done');
    await stream.finish();
    await world.outcome(question.id);
    expect(place.typing).toHaveLength(1);
  });

  it('never has two edits under way in a channel, nor one that is older than what is shown', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    bedrock.respondOnce({ text: 'word '.repeat(120).trim(), deltas: { size: 5 }, deltaDelayMs: 20 });
    discord.faults.add({ route: 'PATCH /channels/:id/messages/:id', does: { delayMs: 150 } });
    const question = ana.say(place, `${discord.botUser.mention} talk`);
    await world.outcome(question.id);
    const edits = discord.requests.filter(({ method, path }) => method === 'PATCH' && path.includes(place.id));
    expect(edits.length).toBeGreaterThan(1);
    for (const [index, edit] of edits.entries()) if (index > 0) expect(edit.at).toBeGreaterThanOrEqual(edits[index - 1]?.answeredAt ?? Infinity);
    expect(repliesTo(question)[0]?.content).toBe('word '.repeat(120).trim());
    expect([...discord.rateLimitHits.values()].reduce((sum, hits) => sum + hits, 0)).toBe(0);
  });

  it('pings nobody, whatever the model writes', async () => {
    const { discord, bedrock, ana, bo, guild } = world;
    const role = guild.addRole({ name: 'everybody', mentionable: true });
    const before = discord.pings.length;
    bedrock.respond({ text: `@everyone @here ${bo.mention} <@!${bo.id}> ${role.mention} hello`, deltas: { size: 10 }, deltaDelayMs: 30 });
    const place = freshChannel(world);
    await world.ask(ana, 'call them', place);
    const interaction = ana.runCommand(place, 'ask', { prompt: 'call them' });
    await world.outcome(interaction.id);
    expect(discord.pings.slice(before).filter(({ messageId }) => discord.message(messageId)?.author.bot === true)).toEqual([]);
  });

  it('over 2,000 characters continues in further messages, with nothing lost and code blocks whole', async () => {
    const { discord, bedrock, ana } = world;
    const code = Array.from({ length: 150 }, (_, index) => `const value${index} = ${index};`).join('\n');
    bedrock.respond({ text: `Here:\n\n\`\`\`ts\n${code.slice(0, 1_500)}\n\`\`\`\n\nand a long tail:\n\n${'All is well that ends well. '.repeat(80).trim()}` });
    const place = freshChannel(world);
    const question = ana.say(place, `${discord.botUser.mention} long`);
    await world.outcome(question.id);
    const parts = repliesTo(question);
    expect(parts.length).toBeGreaterThan(1);
    for (const { content } of parts) {
      expect(content.length).toBeLessThanOrEqual(2_000);
      expect(content.match(/^```/gmu)?.length ?? 0).toSatisfy((count: number) => count % 2 === 0);
    }
    const words = (text: string) => text.replace(/^```.*$/gmu, '').split(/\s+/u).filter((word) => word !== '');
    expect(parts.flatMap(({ content }) => words(content))).toEqual(
      words(`Here:\n${code.slice(0, 1_500)}\nand a long tail: ${'All is well that ends well. '.repeat(80)}`),
    );
    expect(parts.filter(({ referenceId }) => referenceId !== undefined)).toHaveLength(1);
  });

  it('is told to be cut off when it reached its greatest length', async () => {
    world.bedrock.respond({ text: 'and so on and', stopReason: 'max_tokens' });
    const answer = await world.ask(world.ana, 'go on', freshChannel(world));
    expect(answer.content).toMatch(/^and so on and\n+-# The answer was cut off/u);
  });
});

describe('two people in one channel', () => {
  it('are answered one after the other, and neither sees a half-made history', async () => {
    const { discord, bedrock, ana, bo } = world;
    const place = freshChannel(world);
    const first = manualStream();
    bedrock.respondOnce(first.responder, { text: 'second answer' });
    const before = bedrock.requestCount;
    const one = ana.say(place, `${discord.botUser.mention} first question`);
    await first.request;
    const two = bo.say(place, `${discord.botUser.mention} second question`);
    await first.text('first answer');
    await discord.waitFor(() => repliesTo(one).length > 0);
    expect(bedrock.requestCount).toBe(before + 1);
    await first.finish();
    await world.outcome(two.id);
    const { messages } = bedrock.requests.at(-1)?.body ?? { messages: [] };
    expect(messages.map(({ role, content }) => [role, content.at(-1)?.text])).toEqual([
      ['user', 'first question'],
      ['assistant', 'first answer'],
      ['user', 'second question'],
    ]);
  });
});

describe('a failure', () => {
  const cases: readonly [string, Script | { error: ErrorReply }, RegExp][] = [
    ['a wrong key', { error: bedrockErrors.badKey() }, /refused my API key/u],
    ['an expired key', { error: bedrockErrors.expiredKey() }, /key has expired/u],
    ['no access', { error: bedrockErrors.accessDenied() }, /may not use the model/u],
    ['an unknown model', { error: bedrockErrors.invalidModel() }, /does not know the model/u],
    ['a retired model', { error: bedrockErrors.endOfLife() }, /retired by Amazon Bedrock\.$/u],
    ['a model that needs a profile', { error: bedrockErrors.onDemand('x') }, /inference profile/u],
    ['an internal error', { error: bedrockErrors.internalServer() }, /had a problem/u],
    ['an unavailable service', { error: bedrockErrors.unavailable() }, /too busy/u],
    ['too long an input', { error: bedrockErrors.inputTooLong() }, /too long/u],
    ['a proxy in between', { error: bedrockErrors.badGateway() }, /had a problem/u],
    ['an empty answer', { text: '' }, /without saying anything/u],
    ['a blank answer', { text: '  \n ' }, /without saying anything/u],
  ];

  it.each(cases)('by %s is one clear sentence for the person and one line for the admin', async (_name, script, sentence) => {
    world.bedrock.respond(script);
    const place = freshChannel(world);
    const question = world.ana.say(place, `${world.discord.botUser.mention} hello`);
    const line = await world.outcome(question.id);
    const shown = repliesTo(question);
    expect(shown).toHaveLength(1);
    expect(shown[0]?.content).toMatch(sentence);
    expect(shown[0]?.content).not.toMatch(/Exception|Error:|undefined|\[object/u);
    expect(line).toMatchObject({ outcome: 'failed', message: 'question failed' });
    expect(world.log.filter((fields) => fields['questionId'] === question.id && fields['outcome'] !== undefined)).toHaveLength(1);
    world.bedrock.respond({ text: 'Certainly.' });
    await world.ask(world.ana, 'and now?', place);
    expect(world.bedrock.requests.at(-1)?.body?.messages).toHaveLength(1);
  });

  it.each([
    ['breaks', streamTroubles.reset],
    ['ends without messageStop', streamTroubles.end],
    ['fails', streamTroubles.internalServer()],
  ])('of a stream that %s again and again keeps what was written and says so below', async (_name, trouble) => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    bedrock.respond({ text: 'The first', trouble });
    const question = ana.say(place, `${discord.botUser.mention} hello`);
    await stream.request;
    await stream.text('The first half');
    await discord.waitFor(() => repliesTo(question).length > 0);
    await stream.trouble(trouble);
    await world.outcome(question.id);
    expect(repliesTo(question)).toHaveLength(1);
    expect(repliesTo(question)[0]?.content).toMatch(/^The first half\n+-# ⚠️ /u);
    bedrock.respond({ text: 'Certainly.' });
    await world.ask(ana, 'and now?', place);
    expect(bedrock.requests.at(-1)?.body?.messages).toHaveLength(1);
  });

  it('by a guardrail shows what the guardrail says, and is not remembered', async () => {
    const place = freshChannel(world);
    world.bedrock.respond({ text: 'Sorry, I cannot talk about that.', stopReason: 'guardrail_intervened' });
    const question = world.ana.say(place, `${world.discord.botUser.mention} hello`);
    await world.outcome(question.id);
    expect(repliesTo(question)[0]?.content).toMatch(/^Sorry, I cannot talk about that\.\n+-# .*guardrail/u);
    world.bedrock.respond({ text: 'Certainly.' });
    await world.ask(world.ana, 'and now?', place);
    expect(world.bedrock.requests.at(-1)?.body?.messages).toHaveLength(1);
  });
});

describe('Discord at its worst', () => {
  it('does not get an answer twice when it loses its own response', async () => {
    const place = freshChannel(world);
    world.discord.faults.add({ route: 'POST /channels/:id/messages', times: 1, does: 'apply-then-502' });
    const question = world.ana.say(place, `${world.discord.botUser.mention} hello`);
    await world.outcome(question.id);
    expect(place.fromBot).toHaveLength(1);
    expect(place.fromBot[0]?.content).toBe('Certainly.');
  });

  it('gets the answer although the question was deleted, until we hear of that', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const question = ana.say(place, `${discord.botUser.mention} hello`);
    await stream.request;
    discord.gateway.setDispatching(false);
    ana.delete(question);
    await stream.text('Here you are.');
    await stream.finish();
    await world.outcome(question.id);
    expect(place.fromBot.map(({ content }) => content)).toEqual(['Here you are.']);
    discord.gateway.setDispatching(true);
    discord.gateway.drop();
    await discord.waitFor(() => place.fromBot.length === 0);
  });
});
