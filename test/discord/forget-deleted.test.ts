import { PermissionFlagsBits } from 'discord.js';
import { describe, expect, it, vi } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { freshChannel } from './fresh-channel.ts';
import { shareWorld } from './shared-world.ts';
import { turnsOf } from './pressing.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off', maxConcurrency: 100 } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

const asked = async (place: SimulatedChannel, text: string): Promise<SimulatedMessage> => {
  const answer = await world.ask(world.ana, text, place);
  const question = world.discord.message(answer.referenceId ?? '');
  if (question === undefined) throw new Error('No question');
  return question;
};
const answerTo = ({ id, channelId }: SimulatedMessage): SimulatedMessage | undefined => world.discord.channel(channelId)?.messages.find(({ referenceId }) => referenceId === id);
/** Parley's next process hears nothing of what happens in between. */
const whileAway = async (happen: () => void): Promise<void> => {
  world.discord.gateway.setDispatching(false);
  happen();
  world.discord.gateway.setDispatching(true);
  await world.restart();
};
const saidNext = async (place: SimulatedChannel): Promise<unknown> => {
  await world.ask(world.ana, 'what do you remember?', place);
  return turnsOf(world.bedrock.requests.at(-1)).map(([, text]) => text);
};
/** The log is none of the simulator's. */
const told = (text: string, times = 1): Promise<void> =>
  vi.waitFor(() => expect(world.log.filter(({ message }) => String(message).includes(text))).toHaveLength(times), 10_000);

describe('what was deleted while nobody listened', () => {
  it('is forgotten at the next start, with its answers; the rest stays', async () => {
    const place = freshChannel(world);
    const [kept, gone, last] = [await asked(place, 'kept'), await asked(place, 'a secret'), await asked(place, 'last')];
    const other = await asked(freshChannel(world), 'also a secret');
    const answers = [gone, other].map(answerTo);
    await whileAway(() => {
      world.ana.delete(gone);
      world.ana.delete(other);
      for (let line = 0; line < 120; line += 1) world.bo.say(place, `chat ${line}`);
    });
    await world.discord.waitFor(() => answers.every((answer) => answer?.deleted), 10_000);
    expect([kept, last].map((question) => answerTo(question)?.deleted)).toEqual([false, false]);
    expect(await saidNext(place)).toEqual(['kept', 'Certainly.', 'last', 'Certainly.', 'what do you remember?']);
    const otherPlace = world.discord.channel(other.channelId);
    if (otherPlace === undefined) throw new Error('No channel');
    expect(await saidNext(otherPlace)).toEqual(['what do you remember?']);
  });

  it('is forgotten behind hundreds of lines of chat, page by page', async () => {
    const place = freshChannel(world);
    const first = await asked(place, 'first');
    for (let line = 0; line < 250; line += 1) world.bo.say(place, `chat ${line}`);
    const second = await asked(place, 'second');
    await whileAway(() => world.ana.delete(second));
    await world.discord.waitFor(() => world.discord.message(answerTo(second)?.id ?? '')?.deleted, 10_000);
    expect(answerTo(first)?.deleted).toBe(false);
    expect(await saidNext(place)).toEqual(['first', 'Certainly.', 'what do you remember?']);
  });

  it.each([
    ['begins oddly', (text: string) => `damaged ${text}`],
    ['says nothing any more', () => 'no JSON'],
  ])('is forgotten where the record of its answer %s, at whatever start', async (_how, damaged) => {
    const [place, other] = [freshChannel(world), freshChannel(world)];
    const [kept, gone, later] = [await asked(place, 'kept'), await asked(place, 'a secret'), await asked(other, 'another secret')];
    const answers = [gone, later].map(answerTo);
    await whileAway(() => undefined);
    await world.parley.stop();
    const store = openStore(storeUrl);
    for await (const [key, text] of store.entries('answer:')) if (text.includes(place.id) || text.includes(other.id)) await store.set(key, damaged(text), 3_600_000);
    await store.close();
    await whileAway(() => world.ana.delete(gone));
    await world.discord.waitFor(() => answers[0]?.deleted, 10_000);
    // Their copies tell that as well.
    await whileAway(() => world.ana.delete(later));
    await world.discord.waitFor(() => answers[1]?.deleted, 10_000);
    expect(answerTo(kept)?.deleted).toBe(false);
    expect(await saidNext(place)).toEqual(['kept', 'Certainly.', 'what do you remember?']);
    expect(await saidNext(other)).toEqual(['what do you remember?']);
    // Nor do the words of one take the name of another along.
    await whileAway(() => world.ana.delete(kept));
    await world.discord.waitFor(() => answerTo(kept)?.deleted, 10_000);
    expect(await saidNext(place)).not.toContain('kept');
  });

  it('is forgotten in direct messages, too', async () => {
    const question = world.ana.say(world.ana.dm, 'between us');
    await world.outcome(question.id);
    const answer = answerTo(question);
    await whileAway(() => world.ana.delete(question));
    await world.discord.waitFor(() => answer?.deleted, 10_000);
    expect(await saidNext(world.ana.dm)).toEqual(['what do you remember?']);
  });

  it('is forgotten where it was a whole channel, also one in which only commands were used', async () => {
    const place = freshChannel(world);
    await asked(place, 'in a channel that goes');
    const ofCommands = freshChannel(world);
    await world.outcome(world.ana.runCommand(ofCommands, 'ask', { prompt: 'by command' }).id);
    await whileAway(() => {
      place.delete();
      ofCommands.delete();
    });
    await told('a channel was deleted', 2);
    const store = openStore(storeUrl);
    for (const prefix of ['history:', 'answer:']) {
      const records = (await Array.fromAsync(store.entries(prefix))).map((record) => record.join());
      expect(records.filter((record) => record.includes(place.id) || record.includes(ofCommands.id))).toEqual([]);
    }
    await store.close();
  });

  it('is nothing where we may not read any more: what cannot be seen is not gone', async () => {
    const place = freshChannel(world);
    const question = await asked(place, 'still there');
    await whileAway(() => place.denyBot(PermissionFlagsBits.ReadMessageHistory));
    await told('a channel could not be looked into');
    place.denyBot(0n);
    expect(answerTo(question)?.deleted).toBe(false);
    expect(await saidNext(place)).toContain('still there');
  });
});
