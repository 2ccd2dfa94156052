import { PermissionFlagsBits } from 'discord-api-types/v10';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { startWorld } from '../start-parley.ts';
import { beginAnswer } from './begin-answer.ts';
import { freshChannel } from './fresh-channel.ts';
import { buttonsOf, press, privateReplies, withoutQuestion } from './pressing.ts';
import type { SimulatedChannel } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ environment: { MAX_CONCURRENT_CALLS: '4' } });
});
beforeEach(() => {
  world.bedrock.respond({ text: 'Certainly.' });
});
afterAll(async () => {
  expect(world.discord.unexpectedRequests).toEqual([]);
  await world.close();
});

describe('Stop', () => {
  it('ends the call at Bedrock, keeps what was written, and says so in small print', async () => {
    const { discord, ana } = world;
    const { stream, question, draft: answer } = await beginAnswer(world, freshChannel(world));
    expect(buttonsOf(answer)).toEqual(['Stop']);
    const pressed = await press(ana, answer, 'Stop');
    expect(pressed.acknowledgedAs).toBe('deferUpdate');
    const request = await stream.request;
    expect((await request.closed).closedByClient).toBe(true);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed', kind: 'stopped' });
    expect(answer.content).toMatch(/^Once upon\n+-# Stopped\.$/u);
    expect(buttonsOf(answer)).not.toContain('Stop');
    expect(discord.channel(question.channelId)?.fromBot).toHaveLength(1);
  });

  it('belongs to the asker; a stranger is told so in private, and nothing stops', async () => {
    const place = freshChannel(world);
    const { stream, question, draft: answer } = await beginAnswer(world, place);
    const pressed = await press(world.bo, answer, 'Stop');
    expect(pressed.ephemeral).toBe(true);
    expect(pressed.response?.content).toContain('Only whoever asked');
    await stream.text(' a time');
    await stream.finish();
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(answer.content).toBe('Once upon a time');
    expect(buttonsOf(answer)).not.toContain('Stop');
  });

  it('is also for whoever may manage messages in that channel, and not for who may in another', async () => {
    const { discord, guild } = world;
    const moderator = discord.addUser({ name: 'mo' });
    guild.addMember(moderator);
    const place = freshChannel(world);
    const other = freshChannel(world);
    other.setOverwrite(moderator, { allow: PermissionFlagsBits.ManageMessages });
    const { question, draft: answer } = await beginAnswer(world, place);
    const early = await press(moderator, answer, 'Stop');
    expect(early.ephemeral).toBe(true);
    place.setOverwrite(moderator, { allow: PermissionFlagsBits.ManageMessages });
    const pressed = await press(moderator, answer, 'Stop');
    expect(pressed.acknowledgedAs).toBe('deferUpdate');
    expect(await world.outcome(question.id)).toMatchObject({ kind: 'stopped' });
  });

  it.each([
    ['a public answer to /ask', false],
    ['a private one', true],
  ])('works for %s', async (_name, isPrivate) => {
    const { bedrock, ana, discord } = world;
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const interaction = ana.runCommand(freshChannel(world), 'ask', { prompt: 'a story', private: isPrivate });
    await stream.request;
    await stream.text('Once upon');
    const answer = await discord.waitFor(() => (withoutQuestion(interaction.response?.content) === 'Once upon' ? interaction.response : undefined));
    const pressed = await press(ana, answer, 'Stop');
    expect(pressed.acknowledgedAs).toBe('deferUpdate');
    expect((await (await stream.request).closed).closedByClient).toBe(true);
    await world.outcome(interaction.id);
    expect(withoutQuestion(answer.content)).toMatch(/^Once upon\n+-# Stopped\.$/u);
    expect(answer.ephemeral).toBe(isPrivate);
  });

  it('stands below the last message only, and goes with the end', async () => {
    const { bedrock, ana, discord } = world;
    const place = freshChannel(world);
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const question = ana.say(place, `${discord.botUser.mention} long`);
    await stream.request;
    await stream.text('word '.repeat(300));
    const first = await discord.waitFor(() => place.fromBot[0]);
    await stream.text('word '.repeat(300));
    const second = await discord.waitFor(() => place.fromBot[1]);
    expect(buttonsOf(first)).toEqual([]);
    expect(buttonsOf(second)).toEqual(['Stop']);
    await stream.finish();
    await world.outcome(question.id);
    expect(place.fromBot.flatMap(buttonsOf)).not.toContain('Stop');
  });

  it.each([
    ['a mention', (place: SimulatedChannel) => world.ana.say(place, `${world.discord.botUser.mention} tell me a story`).id],
    ['/ask', (place: SimulatedChannel) => world.ana.runCommand(place, 'ask', { prompt: 'a story' }).id],
    ['a private /ask', (place: SimulatedChannel) => world.ana.runCommand(place, 'ask', { prompt: 'a story', private: true }).id],
  ])('is there while the model says nothing, below %s, and ends it', async (_name, ask) => {
    const { bedrock, discord, ana } = world;
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const place = freshChannel(world);
    const id = ask(place);
    await stream.request;
    const notice = await discord.waitFor(() => place.fromBot.find(({ content }) => withoutQuestion(content) === 'Thinking…'));
    expect(buttonsOf(notice)).toEqual(['Stop']);
    const pressed = await press(ana, notice, 'Stop');
    expect(pressed.acknowledgedAs).toBe('deferUpdate');
    expect((await (await stream.request).closed).closedByClient).toBe(true);
    expect(await world.outcome(id)).toMatchObject({ kind: 'stopped' });
    expect(withoutQuestion(notice.content)).toBe('Stopped.');
    expect(place.fromBot).toHaveLength(1);
  });

  it('stands below the notice that a question waits, and ends the waiting', async () => {
    const { discord, bedrock, ana } = world;
    const streams = Array.from({ length: 4 }, manualStream);
    bedrock.respondOnce(...streams.map(({ responder }) => responder));
    const others = streams.map(() => ana.say(freshChannel(world), `${discord.botUser.mention} busy`));
    await Promise.all(streams.map(({ request }) => request));
    const place = freshChannel(world);
    const before = bedrock.requestCount;
    const question = ana.say(place, `${discord.botUser.mention} tell me a story`);
    const notice = await discord.waitFor(() => place.fromBot[0]);
    expect(notice.content).toBe('Your question is next.');
    expect(buttonsOf(notice)).toEqual(['Stop']);
    await press(ana, notice, 'Stop');
    expect(await world.outcome(question.id)).toMatchObject({ kind: 'stopped' });
    expect(notice.content).toBe('Stopped.');
    expect(buttonsOf(notice)).toEqual(['Regenerate']);
    for (const stream of streams) {
      await stream.text('done');
      await stream.finish();
    }
    for (const { id } of others) await world.outcome(id);
    expect(bedrock.requestCount).toBe(before);
  });

  it('that outlived its answer, as after a crash, goes, and what was written stays', async () => {
    const { discord, ana } = world;
    const place = freshChannel(world);
    const stop = { type: 2, style: 2, label: 'Stop', custom_id: 'stop:of-another-life' };
    await fetch(`${discord.apiUrl}/v10/channels/${place.id}/messages`, {
      method: 'POST',
      headers: { authorization: `Bot ${discord.token}`, 'content-type': 'application/json', 'user-agent': 'DiscordBot (https://example.org, 1)' },
      body: JSON.stringify({ content: 'Once upon', components: [{ type: 1, components: [stop] }] }),
    });
    const answer = await discord.waitFor(() => place.fromBot[0]);
    const pressed = await press(ana, answer, 'Stop');
    await discord.waitFor(() => buttonsOf(answer).length === 0);
    expect(answer.content).toBe('Once upon\n-# ⚠️ I was interrupted before I could finish this. Please ask it again.');
    expect(privateReplies(pressed)).toEqual([]);
  });
});
