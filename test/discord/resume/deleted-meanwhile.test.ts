import { PermissionFlagsBits } from 'discord-api-types/v10';
import { beforeEach, describe, expect, it } from 'vitest';
import { manualStream } from '../../simulators/bedrock.ts';
import { answered } from '../asking-again.ts';
import { beginAnswer } from '../begin-answer.ts';
import { decide } from '../deciding.ts';
import { freshChannel } from '../fresh-channel.ts';
import { freshMember } from '../fresh-member.ts';
import { threadAt, wordsIn } from '../in-threads.ts';
import { ledgerRow } from '../ledger-row.ts';
import { buttonsOf, press } from '../pressing.ts';
import { shareWorld } from '../shared-world.ts';
import { restartTooLate } from './much-later.ts';
import { whereAsked } from '../../../src/discord/texts/answer-texts.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage, SimulatedUser } from '../../simulators/discord.ts';
import type { World } from '../../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  [world, storeUrl] = [opened, url];
});

let place: SimulatedChannel;
let asker: SimulatedUser;
beforeEach(() => {
  [place, asker] = [freshChannel(world), freshMember(world)];
});

/** Somebody who may delete what others wrote. */
const remove = (message: SimulatedMessage): void => world.discord.owner.delete(message);
const said = (): string[] => [...wordsIn(place), ...asker.dm.fromBot.map(({ content }) => content)];
const calls = (): number => world.bedrock.requests.length;
const hasEndedAs = (questionId: string, reason: string): Promise<void> => expect.poll(() => ledgerRow(storeUrl, questionId), { timeout: 10_000 }).toContain(`"reason":"${reason}"`);
/** Lets the first words of an answer be shown to what `ask` asks, and no more. */
const half = async <Asked>(ask: () => Asked, words = 'Half'): Promise<Asked> => {
  const stream = manualStream();
  world.bedrock.respondOnce(stream.responder);
  const asked = ask();
  await stream.request;
  await stream.text(words);
  return asked;
};
const shown = (words: string): Promise<SimulatedMessage> => world.discord.waitFor(() => place.fromBot.find(({ content }) => content.endsWith(words)));
const command = (options: Readonly<Record<string, boolean>> = {}): SimulatedInteraction => asker.runCommand(place, 'ask', { prompt: 'a long story', ...options });

describe('an answer that somebody deleted while no process was there', () => {
  it('is not said once more, nor elsewhere, and no model is asked for it', async () => {
    const { question, draft } = await beginAnswer(world, place, { asker });
    await world.parley.stop(0);
    remove(draft);
    const before = calls();
    await world.restart();
    await hasEndedAs(question.id, 'answer deleted');
    expect(world.log.find((line) => line['questionId'] === question.id)).toMatchObject({ level: 'info', reason: 'answer deleted' });
    await world.ask(world.bo, 'and now?', place);
    expect(said()).toEqual(['Certainly.']);
    expect(calls()).toBe(before + 1);
  });

  it('is not told to have been interrupted, where it is too late for it', async () => {
    const { question, draft } = await beginAnswer(world, place, { asker });
    await world.parley.stop(0);
    remove(draft);
    await restartTooLate(world, storeUrl);
    await hasEndedAs(question.id, 'answer deleted');
    expect(said()).toEqual([]);
  });

  it.each([
    ['in a channel', {}, undefined],
    ['where the bot may not write', {}, PermissionFlagsBits.SendMessages],
    ['in private', { private: true }, undefined],
  ] as const)('ends at once, asked by a command %s', async (_name, options, denied) => {
    if (denied !== undefined) place.denyBot(denied);
    const interaction = await half(() => command(options));
    await world.discord.waitFor(() => interaction.response?.content.endsWith('Half'));
    await world.parley.stop(0);
    (interaction.response?.ephemeral === true ? asker : world.discord.owner).delete(interaction.response as SimulatedMessage);
    await world.restart();
    await hasEndedAs(interaction.id, 'answer deleted');
    expect(said()).toEqual([]);
  });

  it('leaves the one before it as it is, whose buttons still work', async () => {
    const { answer } = await answered(world, place, 'a colour?', { text: 'red' });
    const pressed = await half(() => press(world.ana, answer, 'Regenerate'));
    const draft = await shown('Half');
    await world.parley.stop(0);
    remove(draft);
    await world.restart();
    await hasEndedAs(pressed.id, 'answer deleted');
    expect(said()).toEqual(['red']);
    const again = await press(world.ana, answer, 'Regenerate');
    await world.outcome(again.id);
    await world.discord.waitFor(() => answer.deleted);
    expect(said()).toEqual(['Certainly.']);
  });

  it('stands in no other place than its thread', async () => {
    await decide(storeUrl, world.guild.id, { channels: { [place.id]: { scope: 'room', threads: 'on_mention' } } });
    await world.restart();
    const question = await half(() => asker.say(place, `${world.discord.botUser.mention} a long story`));
    await world.discord.waitFor(() => wordsIn(world.discord.channel(question.id)).includes('Half'));
    await world.parley.stop(0);
    for (const message of threadAt(world, question).fromBot) if (message.content === 'Half') remove(message);
    await world.restart();
    await hasEndedAs(question.id, 'answer deleted');
    expect(said()).toEqual([]);
    expect(wordsIn(threadAt(world, question))).toEqual([]);
    await decide(storeUrl, world.guild.id, {});
  });

  it('ends as well where it is deleted before the next process comes to it', async () => {
    const { question, draft } = await beginAnswer(world, place, { asker });
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    await world.restart({}, 0);
    await stream.request;
    remove(draft);
    await stream.text('All of the story.');
    await hasEndedAs(question.id, 'answer deleted');
    expect(said()).toEqual([]);
  });

  it('goes on where one of its messages is left', async () => {
    const { question } = await beginAnswer(world, place, { asker, words: 'All is well that ends well. '.repeat(150) });
    await world.discord.waitFor(() => place.fromBot.length === 3);
    await world.parley.stop(0);
    remove(place.fromBot[0] as SimulatedMessage);
    world.bedrock.respond({ text: 'In short: yes.' });
    await world.restart();
    await world.outcome(question.id);
    await world.discord.waitFor(() => said().length === 1);
    expect(said()).toEqual(['In short: yes.']);
  });
});

describe('what was not the answer yet', () => {
  it('keeps nobody from it: a response that "thinks", and was deleted', async () => {
    world.bedrock.respond({ hang: 'beforeHeaders' });
    const interaction = command();
    await world.discord.waitFor(() => interaction.response?.thinking === true);
    await world.parley.stop(0);
    remove(interaction.response as SimulatedMessage);
    world.bedrock.respond({ text: 'Certainly.' });
    await world.restart();
    expect(await world.outcome(interaction.id)).toMatchObject({ outcome: 'delivered' });
    expect(said().filter((words) => words.endsWith('Certainly.'))).toHaveLength(1);
  });

  it('is told directly where its channel was deleted with it', async () => {
    const interaction = await half(() => command({ private: true }));
    await world.discord.waitFor(() => interaction.response?.content === 'Half');
    await world.parley.stop(0);
    place.delete();
    await world.restart();
    await world.discord.waitFor(() => asker.dm.fromBot.length > 0);
    expect(asker.dm.fromBot.map(({ content }) => content)).toEqual([`Discord did not let me answer in ${whereAsked(place.id, interaction.id)}, so I do it here:\nCertainly.`]);
  });
});

describe('a question that somebody deleted while no process was there', () => {
  const cases: readonly (readonly [label: string, stopReason: 'end_turn' | 'max_tokens'])[] = [
    ['Regenerate', 'end_turn'],
    ['Continue', 'max_tokens'],
  ];
  it.each(cases)('gets no more of what %s began', async (label, stopReason) => {
    const { question, answer } = await answered(world, place, 'a colour?', { text: 'red', stopReason });
    const pressed = await half(() => press(world.ana, answer, label));
    await shown('Half');
    await world.parley.stop(0);
    world.ana.delete(question);
    const before = calls();
    await world.restart();
    await hasEndedAs(pressed.id, 'question deleted');
    await world.discord.waitFor(() => place.fromBot.length === 0);
    expect(calls()).toBe(before);
  });

  it('takes nothing away of what a command asked, which stands nowhere', async () => {
    const interaction = command();
    await world.outcome(interaction.id);
    const answer = interaction.response as SimulatedMessage;
    const pressed = await half(() => press(asker, answer, 'Regenerate'));
    await shown('Half');
    world.bedrock.respond({ text: 'Blue.' });
    await world.restart({}, 0);
    expect(await world.outcome(pressed.id)).toMatchObject({ outcome: 'delivered' });
    await world.discord.waitFor(() => answer.deleted);
    expect(buttonsOf(place.fromBot[0] as SimulatedMessage)).toEqual(['‹', '2/2', '›', 'Regenerate']);
  });
});
