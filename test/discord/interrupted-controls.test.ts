import { PermissionFlagsBits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { MOST_SIBLINGS } from '../../src/conversation/siblings.ts';
import { openStore } from '../../src/store/open-store.ts';
import { manualStream } from '../simulators/bedrock.ts';
import { beginAnswer } from './begin-answer.ts';
import { FAILING, answered, askAgain } from './asking-again.ts';
import { freshChannel } from './fresh-channel.ts';
import { ledgerRow } from './ledger-row.ts';
import { shareWorld } from './shared-world.ts';
import { buttonsOf, press, privateReplies, turnsOf, withoutQuestion } from './pressing.ts';
import { restartMuchLater } from './resume/much-later.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  [world, storeUrl] = [opened, url];
});

/** Presses a button, and ends the process when the first words are there; the next one hears `rest`. */
const interrupt = async (place: SimulatedChannel, answer: SimulatedMessage, label: string, rest: string): Promise<SimulatedInteraction> => {
  const stream = manualStream();
  world.bedrock.respondOnce(stream.responder);
  const pressed = await press(world.ana, answer, label);
  await stream.request;
  await stream.text('Half');
  await world.discord.waitFor(() => place.fromBot.some(({ content }) => content.endsWith('Half')));
  world.bedrock.respondOnce({ text: rest });
  await world.restart({}, 0);
  await world.outcome(pressed.id);
  return pressed;
};

describe('when the process ends in the middle', () => {
  it('a new answer is finished by the next one, and takes the place of the old one there too', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const { answer } = await answered(world, place, 'a colour?', { text: 'red' });
    await interrupt(place, answer, 'Regenerate', 'blue');
    await discord.waitFor(() => answer.deleted);
    expect(place.fromBot.map(({ content }) => content)).toEqual(['blue']);
    expect(buttonsOf(place.fromBot[0] as SimulatedMessage)).toEqual(['‹', '2/2', '›', 'Regenerate']);
    await world.ask(ana, 'and then?', place);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([
      ['user', 'a colour?'],
      ['assistant', 'blue'],
      ['user', 'and then?'],
    ]);
  });

  it('a continuation is finished by the next one, and still goes with its question', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const { question, answer } = await answered(world, place, 'count', { text: 'One, two,', stopReason: 'max_tokens' });
    await interrupt(place, answer, 'Continue', 'three.');
    expect(place.fromBot.map(({ content }) => content)).toEqual([answer.content, 'three.']);
    expect(turnsOf(bedrock.requests.at(-1)).at(-1)?.[1]).toContain('"One, two,"');
    ana.delete(question);
    await discord.waitFor(() => place.fromBot.length === 0);
  });

  it('an answer that the next one finished has buttons that work', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const { question } = await beginAnswer(world, place, { text: 'a colour?', words: 're' });
    bedrock.respondOnce({ text: 'red' });
    await world.restart({}, 0);
    await world.outcome(question.id);
    const answer = place.fromBot[0] as SimulatedMessage;
    bedrock.respondOnce({ text: 'blue' });
    await world.outcome((await press(ana, answer, 'Regenerate')).id);
    await discord.waitFor(() => answer.deleted);
    expect(place.fromBot.map(({ content }) => content)).toEqual(['blue']);
  });

  /** Asked where an answer can only be written over: by a press of Regenerate, whose process ends when its first words stand there. */
  const interruptInPlace = async (place: SimulatedChannel, options: Readonly<Record<string, boolean>>): Promise<{ readonly answer: SimulatedMessage; readonly pressed: SimulatedInteraction }> => {
    world.bedrock.respondOnce({ text: 'red' });
    const asked = world.ana.runCommand(place, 'ask', { prompt: 'a colour?', ...options });
    await world.outcome(asked.id);
    const answer = asked.response as SimulatedMessage;
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const pressed = await press(world.ana, answer, 'Regenerate');
    await stream.request;
    await stream.text('Half');
    await world.discord.waitFor(() => withoutQuestion(answer.content) === 'Half');
    return { answer, pressed };
  };

  it.each([
    ['in private', { private: true }, []],
    ['where I may not write', {}, [PermissionFlagsBits.SendMessages]],
  ] as const)('an answer that was being written over %s is finished there by the next one', async (_name, options, denied) => {
    const place = freshChannel(world);
    for (const permission of denied) place.denyBot(permission);
    const { answer, pressed } = await interruptInPlace(place, options);
    const before = answer.content.slice(0, -'Half'.length);
    world.bedrock.respondOnce({ text: 'blue' });
    await world.restart({}, 0);
    await world.outcome(pressed.id);
    expect(answer.content).toBe(`${before}blue`);
    expect(buttonsOf(answer)).toEqual(['‹', '2/2', '›', 'Regenerate']);
    expect(place.fromBot).toEqual([answer]);
  });

  it('an answer that was being written over where I may not write ends there when its time is over, and Try again goes on', async () => {
    const place = freshChannel(world);
    place.denyBot(PermissionFlagsBits.SendMessages);
    const { answer } = await interruptInPlace(place, {});
    const told = world.ana.dm.fromBot.length;
    await restartMuchLater(world, storeUrl);
    await world.discord.waitFor(() => buttonsOf(answer).includes('Try again'));
    // The one before it comes back, and why there is none.
    expect(withoutQuestion(answer.content)).toBe('red\n-# ⚠️ I was interrupted before I could answer this. Press **Try again**, and I will.');
    world.bedrock.respondOnce({ text: 'blue' });
    const retried = await press(world.ana, answer, 'Try again');
    await world.discord.waitFor(() => withoutQuestion(answer.content) === 'blue');
    expect([place.fromBot, retried.followUps, world.ana.dm.fromBot.length]).toEqual([[answer], [], told]);
  });

  it.each(['Regenerate', 'Try again'])('that a new answer was interrupted is said once beside the old one, and goes with the next, by %s', async (label) => {
    const { ana, discord } = world;
    const place = freshChannel(world);
    const { answer } = await answered(world, place, 'a colour?', { text: 'red' });
    const notices = (): SimulatedMessage[] => place.fromBot.filter(({ content }) => content.includes('I was interrupted'));
    for (const attempt of [1, 2]) {
      const stream = manualStream();
      world.bedrock.respondOnce(stream.responder);
      const before = notices();
      await press(ana, answer, 'Regenerate');
      await stream.request;
      await stream.text('Half');
      await discord.waitFor(() => place.fromBot.some(({ content }) => content === 'Half'));
      await restartMuchLater(world, storeUrl);
      await discord.waitFor(() => notices().length === 1 && !before.includes(notices()[0] as SimulatedMessage));
      expect(place.fromBot).toHaveLength(2);
      expect(attempt).toBe(before.length + 1);
    }
    world.bedrock.respondOnce({ text: 'blue' });
    const pressed = await press(ana, label === 'Regenerate' ? answer : (notices()[0] as SimulatedMessage), label);
    await discord.waitFor(() => place.fromBot.length === 1);
    expect(place.fromBot[0]?.content).toBe('blue');
    expect(buttonsOf(place.fromBot[0] as SimulatedMessage)).toEqual(['‹', '2/2', '›', 'Regenerate']);
    expect(privateReplies(pressed)).toEqual([]);
  });

  it('a Stop that no token reached any more goes with its first press, and what stands there says why', async () => {
    const { ana, discord } = world;
    const place = freshChannel(world);
    const { answer } = await interruptInPlace(place, { private: true });
    const told = ana.dm.fromBot.length;
    await restartMuchLater(world, storeUrl);
    await discord.waitFor(() => ana.dm.fromBot.length > told);
    expect([answer.content, buttonsOf(answer)]).toEqual(['Half', ['Stop']]);
    await expect.poll(async () => {
      if (buttonsOf(answer).includes('Stop')) await press(ana, answer, 'Stop');
      return answer.content;
    }).toBe('Half\n-# ⚠️ I was interrupted before I could finish this. Please ask it again.');
    expect([buttonsOf(answer), answer.ephemeral, answer.deleted, ana.dm.fromBot.length]).toEqual([[], true, false, told + 1]);
  });

  it('the Stop of an answer that is still to be taken up ends it once that is', async () => {
    const { ana, bedrock, discord } = world;
    const place = freshChannel(world);
    const { answer, pressed } = await interruptInPlace(place, { private: true });
    // What the next process first looks at, it looks for in vain.
    const fault = discord.faults.add({ method: 'GET', route: /^GET \/webhooks\//u, does: { status: 503 } });
    await world.restart({}, 0);
    const before = bedrock.requestCount;
    expect(privateReplies(await press(ana, answer, 'Stop'))).toEqual(['I was interrupted while I wrote this. It ends here as soon as I come back to it.']);
    expect([answer.content, buttonsOf(answer)]).toEqual(['Half', ['Stop']]);
    fault.remove();
    await world.outcome(pressed.id);
    expect([answer.content, bedrock.requestCount]).toEqual(['red\n-# Stopped.', before]);
  });

  it('the rest of an answer that is asked for anew does not show what the model was told', async () => {
    const { ana, bedrock } = world;
    const place = freshChannel(world);
    place.denyBot(PermissionFlagsBits.SendMessages);
    bedrock.respondOnce({ text: 'One, two,', stopReason: 'max_tokens' });
    const asked = ana.runCommand(place, 'ask', { prompt: 'count' });
    await world.outcome(asked.id);
    const rest = (await askAgain(world, ana, asked.response as SimulatedMessage, 'three', 'Continue')).response as SimulatedMessage;
    await askAgain(world, ana, rest, 'three.');
    expect(rest.content).toBe('three.');
  });

  it.each([
    ['in private', { private: true }, []],
    ['where I may not write', {}, [PermissionFlagsBits.SendMessages]],
  ] as const)('an answer that was being written over %s comes back where the next one has none either', async (_name, options, denied) => {
    const place = freshChannel(world);
    for (const permission of denied) place.denyBot(permission);
    const { answer, pressed } = await interruptInPlace(place, options);
    const before = answer.content.slice(0, -'Half'.length);
    world.bedrock.respondOnce(...FAILING);
    await world.restart({}, 0);
    await world.outcome(pressed.id);
    expect(answer.content).toBe(`${before}red\n-# ⚠️ Amazon Bedrock had a problem while answering. Please try again.`);
    expect(buttonsOf(answer)).toEqual(['Try again']);
    await askAgain(world, world.ana, answer, 'blue', 'Try again');
    expect(answer.content).toBe(`${before}blue`);
  });

  it('an answer that ended where I might not write goes on there by Try again when I may', async () => {
    const place = freshChannel(world);
    place.denyBot(PermissionFlagsBits.SendMessages);
    const { answer } = await interruptInPlace(place, {});
    await restartMuchLater(world, storeUrl);
    await world.discord.waitFor(() => buttonsOf(answer).includes('Try again'));
    place.denyBot(0n);
    const told = world.ana.dm.fromBot.length;
    world.bedrock.respondOnce({ text: 'blue' });
    await press(world.ana, answer, 'Try again');
    await world.discord.waitFor(() => buttonsOf(answer).includes('Regenerate'));
    expect([withoutQuestion(answer.content), place.fromBot, world.ana.dm.fromBot.length]).toEqual(['blue', [answer], told]);
  });

  it.each([
    ['what only told of a wait makes way', 'Thinking…', 'I was interrupted before I could finish this. Please ask it again.', []],
    ['what is full stays whole', 'word '.repeat(2_000), undefined, ['I was interrupted before I could finish this. Please ask it again.']],
  ] as const)('below such a Stop %s', async (_name, words, ending, told) => {
    const { ana, bedrock, discord } = world;
    const place = freshChannel(world);
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const asked = ana.runCommand(place, 'ask', { prompt: 'a long story', private: true });
    await stream.request;
    if (words !== 'Thinking…') await stream.text(words);
    const answer = await discord.waitFor(() => (asked.response !== undefined && buttonsOf(asked.response).includes('Stop') ? asked.response : undefined));
    if (words !== 'Thinking…') await discord.waitFor(() => answer.content.length > 1_900);
    const before = answer.content;
    await restartMuchLater(world, storeUrl);
    await expect.poll(() => ledgerRow(storeUrl, asked.id)).toContain('"interrupted"');
    const pressed = await press(ana, answer, 'Stop');
    await discord.waitFor(() => buttonsOf(answer).length === 0);
    expect(answer.content).toBe(ending ?? before);
    await expect.poll(() => privateReplies(pressed)).toEqual(told);
  });

  it.each([
    ['in the channel', []],
    ['in the place of the one before it', [PermissionFlagsBits.SendMessages]],
  ])('a new answer that was remembered already, %s, is left as it is, however many there were before', async (_name, denied) => {
    const { ana, bedrock, discord } = world;
    const place = freshChannel(world);
    for (const permission of denied) place.denyBot(permission);
    bedrock.respondOnce({ text: 'red' });
    await world.outcome(ana.runCommand(place, 'ask', { prompt: 'a colour?' }).id);
    const newest = (): SimulatedMessage => place.fromBot.find((message) => buttonsOf(message).includes('Regenerate')) as SimulatedMessage;
    for (let count = 2; count <= MOST_SIBLINGS; count += 1) {
      await press(ana, newest(), 'Regenerate');
      await discord.waitFor(() => place.fromBot.length === 1 && buttonsOf(newest()).includes(`${count}/${count}`));
    }
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const pressed = await press(ana, newest(), 'Regenerate');
    await stream.request;
    await stream.text('blu');
    await discord.waitFor(() => place.fromBot.some(({ content }) => withoutQuestion(content) === 'blu'));
    const ofPress = async (): Promise<Map<string, string>> => {
      const store = openStore(storeUrl, { table: 'ledger' });
      const entries = await Array.fromAsync(store.entries(''));
      await store.close();
      return new Map(entries.filter(([key]) => key.includes(pressed.id)));
    };
    await expect.poll(async () => [...(await ofPress()).values()].join()).toContain('"messageIds":["');
    const open = await ofPress();
    await stream.text('e');
    await stream.finish();
    await world.outcome(pressed.id);
    await world.parley.stop(0);
    const store = openStore(storeUrl, { table: 'ledger' });
    for (const [key, text] of open) await store.set(key, text, 600_000);
    await store.close();
    const before = bedrock.requestCount;
    await world.restart({}, 0);
    await expect.poll(() => ledgerRow(storeUrl, pressed.id)).toContain('"delivered"');
    expect([bedrock.requestCount, place.fromBot.map(({ content }) => withoutQuestion(content))]).toEqual([before, ['blue']]);
  });
});
