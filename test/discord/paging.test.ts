import { afterEach, describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { answerTo, askAgain, shownIn } from './asking-again.ts';
import { decide } from './deciding.ts';
import { freshChannel } from './fresh-channel.ts';
import { letModerate } from './moderating.ts';
import { buttonId, buttonsOf, press, privateReplies, turnsOf } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});
afterEach(() => decide(url, world.guild.id, {}));

const told = (): (string | undefined)[] => turnsOf(world.bedrock.requests.at(-1)).map(([, text]) => text);
const last = (place: SimulatedChannel): SimulatedMessage => place.fromBot.findLast(({ deleted }) => !deleted) as SimulatedMessage;
const story = (word: string, paragraphs: number): string => Array.from({ length: paragraphs }, (_, index) => `${word} ${index}: ${'words '.repeat(15)}`).join('\n\n').trim();

/** An answer that was regenerated until there are these. */
const answersIn = async (place: SimulatedChannel, replies: readonly string[]): Promise<SimulatedMessage> => {
  await answerTo(world, 'a colour?', place, replies[0] ?? '');
  for (const reply of replies.slice(1)) {
    const before = last(place);
    await askAgain(world, world.ana, before, reply);
    await world.discord.waitFor(() => before.deleted);
  }
  return last(place);
};
const pageTo = async (place: SimulatedChannel, label: '‹' | '›', shows: string): Promise<void> => {
  await press(world.ana, last(place), label);
  await world.discord.waitFor(() => last(place).content.includes(shows));
};
/** A question with two answers, and the second one. */
const askedTwice = async (place: SimulatedChannel, first = 'red'): Promise<{ question: SimulatedMessage; answer: SimulatedMessage }> => {
  const question = world.ana.say(place, `${world.discord.botUser.mention} a colour?`);
  world.bedrock.respondOnce({ text: first });
  await world.outcome(question.id);
  const old = place.fromBot.filter(({ deleted }) => !deleted);
  await askAgain(world, world.ana, last(place), 'green');
  await world.discord.waitFor(() => old.every(({ deleted }) => deleted));
  return { question, answer: last(place) };
};
const pager = (place: SimulatedChannel): string | undefined => buttonsOf(last(place)).find((label) => label?.includes('/'));

describe('several answers to a question', () => {
  it('are turned over in the message itself, and the one that is shown is what goes on', async () => {
    const place = freshChannel(world);
    const answer = await answersIn(place, ['red', 'green', 'blue']);
    expect(buttonsOf(answer)).toEqual(['‹', '3/3', '›', 'Regenerate']);
    expect(() => world.ana.click(answer, buttonId(answer, '›'))).toThrow();
    await pageTo(place, '‹', 'green');
    expect(last(place)).toBe(answer);
    expect(buttonsOf(answer)).toEqual(['‹', '2/3', '›', 'Regenerate']);
    await answerTo(world, 'sure?', place, 'Yes.');
    expect(told()).toEqual(['a colour?', 'green', 'sure?']);
    expect(await press(world.ana, answer, '‹').then(privateReplies)).toEqual([]);
    await world.discord.waitFor(() => answer.content === 'red');
    expect(() => world.ana.click(answer, buttonId(answer, '‹'))).toThrow();
    await answerTo(world, 'really?', place, 'Yes.');
    expect(told()).toEqual(['a colour?', 'red', 'sure?', 'Yes.', 'really?']);
    expect(shownIn(place)).toEqual(['red', 'Yes.', 'Yes.']);
  });

  it('are all there after a restart, in another process, and beside a newer one', async () => {
    const place = freshChannel(world);
    await answersIn(place, ['red', 'green']);
    await world.restart();
    await pageTo(place, '‹', 'red');
    const second = await world.startSecond();
    try {
      for (const [label, colour] of [['›', 'green'], ['‹', 'red'], ['›', 'green'], ['‹', 'red']] as const) await pageTo(place, label, colour);
      const before = last(place);
      await askAgain(world, world.ana, before, 'blue');
      await world.discord.waitFor(() => before.deleted);
      expect(pager(place)).toBe('3/3');
      await pageTo(place, '‹', 'green');
      await pageTo(place, '‹', 'red');
      await pageTo(place, '›', 'green');
      await answerTo(world, 'sure?', place, 'Yes.');
      expect(told()).toEqual(['a colour?', 'green', 'sure?']);
    } finally {
      await second.stop(0);
    }
  });

  it('may be of any length: messages come and go with it, and each is remembered whole', async () => {
    const place = freshChannel(world);
    const long = story('Long', 50);
    await answersIn(place, ['short', long, story('Middle', 22)]);
    const parts = (): string => place.fromBot.filter(({ deleted }) => !deleted).map(({ content }) => content).join('\n\n');
    expect(place.fromBot.filter(({ deleted }) => !deleted)).toHaveLength(2);
    await press(world.ana, last(place), '‹');
    await world.discord.waitFor(() => pager(place) === '2/3');
    expect(place.fromBot.filter(({ deleted }) => !deleted)).toHaveLength(3);
    expect(parts().match(/Long \d+/gu)).toHaveLength(50);
    // Only the last of them has buttons.
    expect(place.fromBot.filter(({ deleted }) => !deleted).map((message) => buttonsOf(message).length > 0)).toEqual([false, false, true]);
    await press(world.ana, last(place), '‹');
    await world.discord.waitFor(() => place.fromBot.filter(({ deleted }) => !deleted).length === 1);
    await world.discord.waitFor(() => pager(place) === '1/3');
    expect(parts()).toBe('short');
    await answerTo(world, 'sure?', place, 'Yes.');
    expect(told()).toEqual(['a colour?', 'short', 'sure?']);
    const shown = place.fromBot.find(({ content, deleted }) => content === 'short' && !deleted) as SimulatedMessage;
    await press(world.ana, shown, '›');
    await world.discord.waitFor(() => parts().includes('Long 49'));
    await answerTo(world, 'and now?', place, 'Yes.');
    expect(told()[1]).toBe(long);
  });

  it('are turned over by whoever asked and by moderators, and by nobody else', async () => {
    const place = freshChannel(world);
    const answer = await answersIn(place, ['red', 'green']);
    expect(privateReplies(await press(world.bo, answer, '‹'))).toEqual([expect.stringContaining('Only whoever asked')]);
    expect(answer.content).toBe('green');
    letModerate(world.bo, place);
    await press(world.bo, answer, '‹');
    await world.discord.waitFor(() => answer.content === 'red');
  });

  it('stay in private where the question was private', async () => {
    const place = freshChannel(world);
    world.bedrock.respondOnce({ text: 'red' });
    const asked = world.ana.runCommand(place, 'ask', { prompt: 'a colour?', private: true });
    await world.outcome(asked.id);
    const answer = asked.response as SimulatedMessage;
    await askAgain(world, world.ana, answer, 'green');
    await press(world.ana, answer, '‹');
    await world.discord.waitFor(() => answer.content === 'red');
    expect(buttonsOf(answer)).toEqual(['‹', '1/2', '›', 'Regenerate']);
    expect(place.visible(world.bo)).toEqual([]);
    const next = world.ana.runCommand(place, 'ask', { prompt: 'sure?', private: true });
    await world.outcome(next.id);
    expect(told()).toEqual(['a colour?', 'red', 'sure?']);
  });

  it('keep the line above that says what was asked, and what stands below', async () => {
    const place = freshChannel(world);
    await decide(url, world.guild.id, { channels: { [place.id]: { footer: 'cost' } } });
    await world.restart();
    world.bedrock.respondOnce({ text: 'red' });
    const asked = world.ana.runCommand(place, 'ask', { prompt: 'a colour?' });
    await world.outcome(asked.id);
    const first = last(place).content;
    expect(first.split('\n')).toHaveLength(3);
    const old = last(place);
    await askAgain(world, world.ana, old, 'green');
    await world.discord.waitFor(() => old.deleted);
    await press(world.ana, last(place), '‹');
    await world.discord.waitFor(() => last(place).content.includes('red'));
    expect(last(place).content).toBe(first);
  });

  it('go with their question, all of them', async () => {
    const place = freshChannel(world);
    const { question, answer } = await askedTwice(place);
    await pageTo(place, '‹', 'red');
    world.ana.delete(question);
    await world.discord.waitFor(() => answer.deleted);
    await answerTo(world, 'and now?', place, 'Yes.');
    expect(told()).toEqual(['and now?']);
  });

  it('do not come back where their question is deleted while they are turned over', async () => {
    const place = freshChannel(world);
    const { question, answer } = await askedTwice(place);
    // The edit arrives when the message has gone.
    const edit = world.discord.faults.add({ method: 'PATCH', does: { status: 503 }, when: ({ path }) => !answer.deleted && path.endsWith(`/messages/${answer.id}`) });
    const pressed = await press(world.ana, answer, '‹');
    await world.discord.waitFor(() => edit.hits > 0);
    world.ana.delete(question);
    await world.discord.waitFor(() => answer.deleted);
    await world.discord.waitFor(() => privateReplies(pressed).length > 0);
    world.discord.faults.clear();
    expect(place.visible(world.bo)).toEqual([]);
    expect(privateReplies(pressed)).toEqual([expect.stringContaining('no longer')]);
    await answerTo(world, 'and now?', place, 'Yes.');
    expect(told()).toEqual(['and now?']);
  });

  it('go with their question also where they were turned over while others were answered first', async () => {
    const place = freshChannel(world);
    const { question, answer } = await askedTwice(place, story('Long', 50));
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const other = world.bo.say(place, `${world.discord.botUser.mention} tea?`);
    await stream.request;
    world.ana.delete(question);
    await world.discord.waitFor(() => question.deleted);
    await press(world.ana, answer, '‹');
    await world.discord.waitFor(() => place.fromBot.some(({ content, deleted }) => !deleted && content.includes('Long 49')));
    await stream.text('Yes.');
    await stream.finish();
    await world.outcome(other.id);
    await world.discord.waitFor(() => place.fromBot.filter(({ deleted }) => !deleted).length === 1);
    expect(last(place).content).toBe('Yes.');
  });

  it('offer Continue where the one that is shown was cut off, and nowhere else', async () => {
    const place = freshChannel(world);
    world.bedrock.respondOnce({ text: 'red and', stopReason: 'max_tokens' });
    const old = await world.ask(world.ana, 'colours?', place);
    await askAgain(world, world.ana, old, 'green');
    await world.discord.waitFor(() => old.deleted);
    expect(buttonsOf(last(place))).not.toContain('Continue');
    await pageTo(place, '‹', 'red and');
    expect(buttonsOf(last(place))).toEqual(['‹', '1/2', '›', 'Regenerate', 'Continue']);
    expect(last(place).content).toContain('cut off');
    world.bedrock.respondOnce({ text: 'blue' });
    const rest = await press(world.ana, last(place), 'Continue');
    await world.outcome(rest.id);
    expect(told().slice(0, 2)).toEqual(['colours?', 'red and']);
  });

  it('an older one is turned over and regenerated although others have asked since', async () => {
    const place = freshChannel(world);
    const answer = await answersIn(place, ['red', 'green']);
    await answerTo(world, 'tea?', place, 'Yes.', world.bo);
    await press(world.ana, answer, '‹');
    await world.discord.waitFor(() => answer.content === 'red');
    await askAgain(world, world.ana, answer, 'blue');
    await world.discord.waitFor(() => answer.deleted);
    await answerTo(world, 'sure?', place, 'Yes.');
    expect(told()).toEqual(['a colour?', 'blue', 'tea?', 'Yes.', 'sure?']);
  });

  it('where Discord does not take the other one, what is shown stays what goes on, and whoever pressed is told', async () => {
    const place = freshChannel(world);
    const answer = await answersIn(place, ['red', 'green']);
    world.discord.faults.add({ does: { status: 403, code: 50_001, message: 'Missing Access' }, when: ({ path }) => path.startsWith(`/channels/${place.id}/messages`) });
    const pressed = await press(world.ana, answer, '‹');
    await world.discord.waitFor(() => privateReplies(pressed).length > 0);
    expect(privateReplies(pressed)).toEqual([expect.stringContaining('could not show that answer')]);
    world.discord.faults.clear();
    await answerTo(world, 'sure?', place, 'Yes.');
    expect(told()).toEqual(['a colour?', 'green', 'sure?']);
  });
});
