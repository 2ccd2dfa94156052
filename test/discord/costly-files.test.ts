import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { FAILING } from './asking-again.ts';
import { freshChannel } from './fresh-channel.ts';
import { decide } from './deciding.ts';
import { buttonsOf, press, privateReplies } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { FileToSend, SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld({ environment: { CONFIRM_ABOVE_USD: '0.001' }, discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

/** 10,000 tokens, for $0.0011. */
const COSTLY: FileToSend = { name: 'long.txt', bytes: 'word '.repeat(8_000) };
const CHEAP: FileToSend = { name: 'short.txt', bytes: 'word '.repeat(200) };
const PRICE = 'What is attached costs about $0.001 with the model that answers here. Shall I answer all the same?';
const YES_OR_NO = ['Answer it', 'No'];

const calls = (): number => world.bedrock.requests.length;
/** Asks, and resolves with what stands there when the question has ended. */
const ask = async (place: SimulatedChannel, file: FileToSend): Promise<{ readonly question: SimulatedMessage; readonly shown: SimulatedMessage }> => {
  const question = world.ana.say(place, `${world.discord.botUser.mention} what is in it?`, { attachments: [file] });
  await world.outcome(question.id);
  const shown = await world.discord.waitFor(() => place.fromBot.find(({ referenceId }) => referenceId === question.id));
  return { question, shown };
};

describe('files that cost more than CONFIRM_ABOVE_USD', () => {
  it('are answered when their asker says yes, in the place of the price, and asked about once', async () => {
    const place = freshChannel(world);
    const before = calls();
    const { question, shown } = await ask(place, COSTLY);
    expect([shown.content, buttonsOf(shown), calls() - before]).toEqual([PRICE, YES_OR_NO, 0]);
    await press(world.ana, shown, 'Answer it');
    await world.discord.waitFor(() => shown.content === 'Certainly.');
    expect(place.fromBot.map(({ content }) => content)).toEqual(['Certainly.']);
    expect(world.bedrock.requests.at(-1)?.rawBody).toContain('word word');
    expect((await world.outcome(question.id))['outcome']).toBeDefined();
    expect(buttonsOf(shown)).toEqual(['Regenerate']);
  });

  it('wait for their asker alone, whoever else manages the place, and over a restart', async () => {
    const place = freshChannel(world);
    const { shown } = await ask(place, COSTLY);
    const before = calls();
    for (const label of YES_OR_NO) expect(privateReplies(await press(world.bo, shown, label)).join()).toBe('Only whoever asked can say yes or no to this.');
    await world.restart();
    expect([shown.content, buttonsOf(shown), calls() - before]).toEqual([PRICE, YES_OR_NO, 0]);
    await press(world.ana, shown, 'Answer it');
    await world.discord.waitFor(() => shown.content === 'Certainly.');
    expect(world.bedrock.requests.at(-1)?.rawBody).toContain('word word');
    expect(place.fromBot.filter(({ ephemeral }) => !ephemeral)).toEqual([shown]);
  });

  it('are left alone when their asker says no', async () => {
    const place = freshChannel(world);
    const { shown } = await ask(place, COSTLY);
    const before = calls();
    const { components } = shown;
    await press(world.ana, shown, 'No');
    expect([shown.content, buttonsOf(shown)]).toEqual([`${PRICE}\n-# Not answered.`, []]);
    // A client that shows the buttons still.
    const again = world.ana.replay(shown, JSON.stringify(components).match(/decline:\d+/u)?.[0] ?? '');
    await again.settled();
    expect(shown.content).toBe(`${PRICE}\n-# Not answered.`);
    expect(privateReplies(again)).toHaveLength(1);
    expect([calls() - before, place.fromBot.filter(({ ephemeral }) => !ephemeral).length]).toEqual([0, 1]);
  });

  it('have the price for their outcome where nobody presses, and where failures are told quietly', async () => {
    await decide(url, world.guild.id, { server: { errorStyle: 'quiet' } });
    await world.restart();
    const place = freshChannel(world);
    const { question, shown } = await ask(place, COSTLY);
    expect([shown.content, buttonsOf(shown)]).toEqual([PRICE, YES_OR_NO]);
    expect(question.deleted).toBe(false);
    await decide(url, world.guild.id, {});
    await world.restart();
  });

  it('are asked about in private what was asked in private, and answered there', async () => {
    const place = freshChannel(world);
    const asked = world.ana.runCommand(place, 'ask', { prompt: 'what is in it?', file: COSTLY, private: true });
    const shown = await world.discord.waitFor(() => (asked.response?.content.includes(PRICE) === true ? asked.response : undefined));
    expect([shown.ephemeral, buttonsOf(shown)]).toEqual([true, YES_OR_NO]);
    const pressed = await press(world.ana, shown, 'Answer it');
    await world.discord.waitFor(() => pressed.response?.content.includes('Certainly.'));
    expect(pressed.response?.ephemeral).toBe(true);
    expect(world.bedrock.requests.at(-1)?.rawBody).toContain('word word');
    expect(place.fromBot.filter(({ ephemeral }) => !ephemeral)).toEqual([]);
  });

  it('are no matter where they cost less, nor for what is asked about them later', async () => {
    const place = freshChannel(world);
    expect((await ask(place, CHEAP)).shown.content).toBe('Certainly.');
    const { shown } = await ask(place, COSTLY);
    await press(world.ana, shown, 'Answer it');
    await world.discord.waitFor(() => shown.content === 'Certainly.');
    expect((await world.ask(world.ana, 'and the last word?', place)).content).toBe('Certainly.');
    await press(world.ana, shown, 'Regenerate');
    await world.discord.waitFor(() => shown.deleted);
    expect(place.fromBot.every(({ content }) => content === 'Certainly.')).toBe(true);
  });

  it('are asked about where their question comes to be asked only when a button asks it anew', async () => {
    const place = freshChannel(world);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const first = world.bo.say(place, `${world.discord.botUser.mention} a long one`);
    await stream.request;
    const before = calls();
    const question = world.ana.say(place, `${world.discord.botUser.mention} what is in it?`, { attachments: [COSTLY] });
    const shown = await world.discord.waitFor(() => place.fromBot.find(({ referenceId, components }) => referenceId === question.id && components.length > 0));
    await press(world.ana, shown, 'Stop');
    await world.outcome(question.id);
    await stream.text('Certainly.');
    await stream.finish();
    await world.outcome(first.id);
    await press(world.ana, shown, 'Regenerate');
    const price = await world.discord.waitFor(() => place.fromBot.find(({ content, deleted }) => content === PRICE && !deleted));
    expect([buttonsOf(price), calls() - before]).toEqual([YES_OR_NO, 0]);
    for (const label of YES_OR_NO) expect(privateReplies(await press(world.bo, price, label))).toHaveLength(1);
    expect(calls()).toBe(before);
    world.bedrock.respondOnce(...FAILING);
    await press(world.ana, price, 'Answer it');
    const failed = await world.discord.waitFor(() => place.fromBot.find((message) => !message.deleted && buttonsOf(message).includes('Try again')));
    // Who has said yes is not asked again.
    await press(world.ana, failed, 'Try again');
    await world.discord.waitFor(() => place.fromBot.find(({ content, deleted, referenceId }) => content === 'Certainly.' && !deleted && referenceId === question.id));
    expect(world.bedrock.requests.at(-1)?.rawBody).toContain('word word');
  });
});
