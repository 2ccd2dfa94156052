import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { openStore } from '../../src/store/open-store.ts';
import { controlId } from '../../src/discord/controls/control-buttons.ts';
import { answered } from './asking-again.ts';
import { beginAnswer } from './begin-answer.ts';
import { freshChannel } from './fresh-channel.ts';
import { shareWorld } from './shared-world.ts';
import { press, turnsOf } from './pressing.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

const recordOf = async (questionId: string): Promise<string | undefined> => {
  const store = openStore(storeUrl);
  try {
    return await store.get(`answer:${controlId(questionId)}`);
  } finally {
    await store.close();
  }
};
const say = (place: SimulatedChannel, text: string): SimulatedMessage => world.ana.say(place, `${world.discord.botUser.mention} ${text}`);

describe('a deleted question', () => {
  it('cancels its answer, and takes along what was written', async () => {
    const { discord, ana } = world;
    const place = freshChannel(world);
    const { call, question, draft } = await beginAnswer(world, place);
    ana.delete(question);
    expect((await call.closed).closedByClient).toBe(true);
    await discord.waitFor(() => draft.deleted);
    await world.outcome(question.id);
    expect(place.fromBot).toEqual([]);
    // What somebody wants is no fault.
    expect(world.log.filter((line) => line['questionId'] === question.id && line['level'] !== 'info' && line['level'] !== 'debug')).toEqual([]);
    // A slow machine shows first that it thinks.
    expect(draft.revisions.map(({ content }) => content).filter((content) => content !== 'Thinking…')).toEqual(['Once upon']);
  });

  it('before there is anything to read leaves nothing behind', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const question = say(place, 'tell me a story');
    await stream.request;
    ana.delete(question);
    expect(await world.outcome(question.id)).toMatchObject({ kind: 'stopped' });
    await world.ask(ana, 'and now?', place);
    expect(place.fromBot).toHaveLength(1);
    expect(discord.message(question.id)?.deleted).toBe(true);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([['user', 'and now?']]);
  });

  it('takes its answer along, all of its messages, and leaves the memory', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    await answered(world, place, 'first', { text: 'one' });
    const { question } = await answered(world, place, 'second', { text: 'word '.repeat(700).trim() });
    await answered(world, place, 'third', { text: 'three' });
    expect(place.fromBot.length).toBeGreaterThan(3);
    ana.delete(question);
    await discord.waitFor(() => place.fromBot.length === 2);
    await world.ask(ana, 'fourth', place);
    expect(turnsOf(bedrock.requests.at(-1)).map(([, text]) => text)).toEqual(['first', 'one', 'third', 'three', 'fourth']);
  });

  it('takes along what it was regenerated and continued to', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const { question, answer } = await answered(world, place, 'count');
    bedrock.respondOnce({ text: 'One, two,', stopReason: 'max_tokens' });
    await world.outcome((await press(ana, answer, 'Regenerate')).id);
    await discord.waitFor(() => answer.deleted);
    await world.outcome((await press(ana, place.fromBot.at(-1) as SimulatedMessage, 'Continue')).id);
    expect(place.fromBot).toHaveLength(2);
    ana.delete(question);
    await discord.waitFor(() => place.fromBot.length === 0);
    await world.ask(ana, 'and now?', place);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([['user', 'and now?']]);
  });

  it('takes its answer along at the next start where Discord refuses that until this process ends', async () => {
    const place = freshChannel(world);
    const { question } = await answered(world, place, 'first', { text: 'one' });
    const kept = await answered(world, place, 'second', { text: 'two' });
    const answer = place.fromBot.find(({ referenceId }) => referenceId === question.id);
    const refused = world.discord.faults.add({ method: 'DELETE', when: ({ path }) => path.includes(answer?.id ?? ''), does: { status: 409, code: 31_337, message: 'not now' } });
    world.ana.delete(question);
    await expect.poll(() => refused.hits).toBeGreaterThan(0);
    await world.restart({}, 0);
    expect(answer?.deleted).toBe(false);
    refused.remove();
    await world.discord.waitFor(() => answer?.deleted, 30_000);
    expect(place.fromBot.find(({ referenceId }) => referenceId === kept.question.id)?.deleted).toBe(false);
    // Its record goes with it, so that no later start looks for it.
    await expect.poll(() => recordOf(question.id)).toBeUndefined();
    expect(await recordOf(kept.question.id)).toBeDefined();
  });

  it('is also one of many that a moderator deletes', async () => {
    const { discord } = world;
    const place = freshChannel(world);
    const one = await answered(world, place, 'first');
    const two = await answered(world, place, 'second');
    place.bulkDelete([one.question, two.question]);
    await discord.waitFor(() => one.answer.deleted && two.answer.deleted);
  });

  it('that is being regenerated leaves neither answer', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const { question } = await answered(world, place, 'count');
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const pressed = await press(ana, place.fromBot.at(-1) as SimulatedMessage, 'Regenerate');
    await stream.request;
    await stream.text('One');
    await discord.waitFor(() => place.fromBot.length === 2);
    ana.delete(question);
    await world.outcome(pressed.id);
    await discord.waitFor(() => place.fromBot.length === 0);
  });

  it('that is being continued leaves neither part', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    bedrock.respondOnce({ text: 'One, two,', stopReason: 'max_tokens' });
    const question = say(place, 'count');
    await world.outcome(question.id);
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const pressed = await press(ana, place.fromBot[0] as SimulatedMessage, 'Continue');
    await stream.request;
    await stream.text('three');
    await discord.waitFor(() => place.fromBot.length === 2);
    ana.delete(question);
    expect((await (await stream.request).closed).closedByClient).toBe(true);
    await world.outcome(pressed.id);
    await discord.waitFor(() => place.fromBot.length === 0);
    await world.ask(ana, 'and now?', place);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([['user', 'and now?']]);
  });

  it('that waits for its turn is never asked', async () => {
    const { discord, bedrock, ana, bo } = world;
    const place = freshChannel(world);
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const first = say(place, 'first');
    await stream.request;
    const second = bo.say(place, `${discord.botUser.mention} second`);
    await stream.text('one');
    await discord.waitFor(() => place.fromBot.length === 1);
    const before = bedrock.requestCount;
    bo.delete(second);
    await world.outcome(second.id);
    await stream.finish();
    await world.outcome(first.id);
    await world.ask(ana, 'third', place);
    expect(bedrock.requestCount).toBe(before + 1);
    expect(place.fromBot.map(({ content }) => content)).toEqual(['one', 'Certainly.']);
  });

  it('is nothing to us when it asked us nothing', async () => {
    const { ana } = world;
    const place = freshChannel(world);
    const { answer } = await answered(world, place, 'first');
    ana.delete(ana.say(place, 'just talking'));
    await answered(world, place, 'second');
    expect(answer.deleted).toBe(false);
  });
});

describe('a deleted place', () => {
  it.each([
    ['a thread', () => world.ana.startThread(freshChannel(world), { name: 'aside' })],
    ['a channel', () => freshChannel(world)],
  ])('%s ends what is written there, and nobody stays in the line for it', async (_name, open) => {
    const place = open();
    const { call, question } = await beginAnswer(world, place);
    place.delete();
    expect((await call.closed).closedByClient).toBe(true);
    expect(await world.outcome(question.id)).toMatchObject({ kind: 'stopped' });
  });

  it('is forgotten, with what was said there in private; a channel takes its threads along', async () => {
    const { ana, discord } = world;
    const channel = freshChannel(world);
    const neighbour = freshChannel(world);
    const thread = ana.startThread(channel, { name: 'aside' });
    for (const place of [channel, neighbour, thread]) await answered(world, place, 'first');
    await world.outcome(ana.runCommand(channel, 'ask', { prompt: 'a secret', private: true }).id);
    const store = openStore(storeUrl);
    const remembered = async () => {
      const keys = await Array.fromAsync(store.entries('history:'), ([key]) => key.slice('history:'.length));
      return [channel, neighbour, thread].map(({ id }) => keys.filter((key) => key.split(':')[0] === id).length);
    };
    expect(await remembered()).toEqual([2, 1, 1]);
    channel.delete();
    await expect.poll(remembered).toEqual([0, 1, 0]);
    expect(discord.unexpectedRequests).toEqual([]);
    await store.close();
  });
});
