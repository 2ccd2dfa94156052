import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { answerTo } from './asking-again.ts';
import { freshChannel } from './fresh-channel.ts';
import { letModerate } from './moderating.ts';
import { turnsOf } from './pressing.ts';
import { buttonId, press, runCommand, wordsOn } from './settings-panel.ts';
import { shareWorld } from './shared-world.ts';
import type { Parley } from '../../src/parley.ts';
import type { SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let second: Parley;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});
beforeAll(async () => {
  world.discord.advance(5_000);
  second = await world.startSecond();
});
afterAll(() => second.stop(0));

const open = async (user: SimulatedUser, place: SimulatedChannel): Promise<SimulatedMessage> => (await runCommand(user, place, 'memory')).response!;
const push = (user: SimulatedUser, panel: SimulatedMessage, label: string): Promise<unknown> => press(user, panel, buttonId(panel, label));
const told = (): (string | undefined)[] => turnsOf(world.bedrock.requests.at(-1)).map(([, text]) => text);
const ROUNDS = [1, 2];

/** Whoever hears of something first does it, mostly: from now on that is the other one. */
const swap = async (): Promise<void> => {
  const { gateway } = world.discord;
  const first = gateway.sessions.find(({ connected }) => connected);
  world.discord.advance(5_000);
  gateway.invalidate({ resumable: false }, { sessionId: first?.id ?? '' });
  await world.discord.waitFor(() => {
    const connected = gateway.sessions.filter((session) => session.connected);
    return connected.length === 2 && connected.every(({ id }) => id !== first?.id);
  }, 20_000);
};

describe('/memory of two processes on one store', () => {
  it.each(ROUNDS)('shows what either has answered, undone and forgotten (%i)', async () => {
    const place = freshChannel(world);
    letModerate(world.ana, place);
    await answerTo(world, 'one', place, 'one!');
    const panel = await open(world.ana, place);
    expect(wordsOn(panel)).toContain('1 question and its answer');
    await swap();
    const answer = await answerTo(world, 'two', place, 'two!');
    const other = await open(world.ana, place);
    expect(wordsOn(other)).toContain('2 questions and their answers');
    await swap();
    // The first panel knows only one of them.
    await push(world.ana, panel, 'Undo last');
    expect(wordsOn(panel)).toContain('Something was said or forgotten here since');
    expect(wordsOn(panel)).toContain('`two`');
    await push(world.ana, other, 'Undo last');
    expect(wordsOn(other)).toContain('Done: I no longer remember');
    await world.discord.waitFor(() => answer.content.endsWith('-# I no longer remember this.'));
    await push(world.ana, panel, 'Undo last');
    expect(wordsOn(panel)).toContain('Something was said or forgotten here since');
    expect(wordsOn(panel)).toContain('`one`');
    await answerTo(world, 'three', place, 'three!');
    expect(told()).toEqual(['one', 'one!', 'three']);
    await swap();

    await push(world.ana, other, 'Forget');
    await push(world.ana, other, 'Forget it all');
    expect(wordsOn(other)).toContain('I have forgotten this conversation: 2 questions and their answers');
    await push(world.ana, panel, 'Forget');
    await push(world.ana, panel, 'Back');
    expect(wordsOn(panel)).toContain('I remember nothing of it');
    await answerTo(world, 'four', place, 'four!');
    expect(told()).toEqual(['four']);
  });

  it('does a press of Undo once, however many there are', async () => {
    for (const _ of ROUNDS) {
      const place = freshChannel(world);
      for (const text of ['one', 'two', 'three']) await answerTo(world, text, place, `${text}!`);
      const panels = [await open(world.ana, place), await open(world.ana, place)];
      await Promise.all(panels.map((panel) => push(world.ana, panel, 'Undo last')));
      const done = panels.filter((panel) => wordsOn(panel).includes('Done: I no longer remember'));
      expect(done).toHaveLength(1);
      await answerTo(world, 'four', place, 'four!');
      expect(told()).toEqual(['one', 'one!', 'two', 'two!', 'four']);
    }
  });

  it('says, whichever of them answers, that somebody is being answered, and undoes nothing meanwhile', async () => {
    for (const _ of ROUNDS) {
      const place = freshChannel(world);
      await answerTo(world, 'one', place, 'one!');
      const stream = manualStream();
      world.bedrock.respondOnce(stream.responder);
      const question = world.bo.say(place, `${world.discord.botUser.mention} slowly`);
      await stream.request;
      await swap();
      const panel = await open(world.ana, place);
      expect(wordsOn(panel)).toContain('I am answering 1 more question here.');
      await push(world.ana, panel, 'Undo last');
      expect(wordsOn(panel)).toContain('I am just answering here.');
      await stream.text('Slowly.');
      await stream.finish();
      await world.outcome(question.id);
      await answerTo(world, 'and now?', place, 'Yes.');
      expect(told()).toEqual(['one', 'one!', 'slowly', 'Slowly.', 'and now?']);
    }
  });
});
