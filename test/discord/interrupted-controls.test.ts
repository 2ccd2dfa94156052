import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { beginAnswer } from './begin-answer.ts';
import { answered } from './asking-again.ts';
import { freshChannel } from './fresh-channel.ts';
import { shareWorld } from './shared-world.ts';
import { buttonsOf, press, turnsOf } from './pressing.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
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
});
