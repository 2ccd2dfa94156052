import { PermissionFlagsBits } from 'discord.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { answered } from '../asking-again.ts';
import { beginAnswer, beginCommand } from '../begin-answer.ts';
import { freshChannel } from '../fresh-channel.ts';
import { ledgerRow } from '../ledger-row.ts';
import { letModerate } from '../moderating.ts';
import { manualStream } from '../../simulators/bedrock.ts';
import { buttonsOf, press } from '../pressing.ts';
import { shareWorld } from '../shared-world.ts';
import { restartMuchLater, restartTooLate } from './much-later.ts';
import type { SimulatedChannel, SimulatedMessage } from '../../simulators/discord.ts';
import type { World } from '../../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  [world, storeUrl] = [opened, url];
});

let place: SimulatedChannel;
beforeEach(() => {
  place = freshChannel(world);
  letModerate(world.ana, place);
});

const isNoted = (questionId: string): Promise<void> => expect.poll(() => ledgerRow(storeUrl, questionId)).toContain('"takenBack"');
/** Discord takes no word more of an answer from now on. */
const refuseEdits = () => world.discord.faults.add({ method: 'PATCH', route: /messages\/\d+|@original/u, does: { status: 500 } });
/** Lets the process end before what somebody wanted can be seen. */
const endUnseen = async (questionId: string, want: () => Promise<unknown>): Promise<void> => {
  const fault = refuseEdits();
  await want();
  await isNoted(questionId);
  await world.parley.stop(0);
  fault.remove();
};
const calls = (): number => world.bedrock.requestCount;

describe('what somebody wanted to end, and whose process was gone before that could be seen', () => {
  it('is stopped, and not answered', async () => {
    const { question, draft } = await beginAnswer(world, place);
    await endUnseen(question.id, () => press(world.ana, draft, 'Stop'));
    const before = calls();
    await world.restart();
    expect(await world.outcome(question.id)).toMatchObject({ reason: expect.stringContaining('stopped by a person') as string });
    expect(place.fromBot).toEqual([draft]);
    expect(draft.content).toBe('Once upon\n-# Stopped.');
    expect(calls()).toBe(before);
    await press(world.ana, draft, 'Regenerate');
    await world.discord.waitFor(() => place.fromBot.length === 1 && place.fromBot[0]?.content === 'Certainly.');
    expect(await ledgerRow(storeUrl, question.id)).not.toContain('takenBack');
  });

  it('ends with its conversation, as whoever reset that was told', async () => {
    const { question, draft } = await beginAnswer(world, place);
    await endUnseen(question.id, async () => {
      const reset = world.ana.runCommand(place, 'reset', {});
      await reset.settled();
    });
    const before = calls();
    await world.restart();
    await world.discord.waitFor(() => draft.content === `Once upon\n-# Stopped: ${world.ana.mention} reset this conversation.`);
    await expect.poll(() => ledgerRow(storeUrl, question.id)).toContain('"refused"');
    expect(calls()).toBe(before);
    expect(buttonsOf(draft)).toEqual([]);
  });

  it('keeps all messages that people have read of it, and its buttons know them', async () => {
    const words = Array.from({ length: 60 }, (_, index) => `Part ${index}: ${'words '.repeat(10)}`).join('\n\n');
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = world.ana.say(place, `${world.discord.botUser.mention} a long story`);
    await stream.request;
    await stream.text(words);
    await world.discord.waitFor(() => place.fromBot.length === 3 && place.fromBot[2]?.content.includes('Part 59'));
    const shown = place.fromBot.map(({ content }) => content);
    await endUnseen(question.id, () => press(world.ana, place.fromBot[2] as SimulatedMessage, 'Stop'));
    await world.restart();
    await world.outcome(question.id);
    expect(place.fromBot.map(({ content }) => content)).toEqual([...shown.slice(0, 2), `${shown[2]}\n-# Stopped.`]);
    await press(world.ana, place.fromBot[2] as SimulatedMessage, 'Regenerate');
    await world.discord.waitFor(() => place.fromBot.length === 1 && place.fromBot[0]?.content === 'Certainly.');
  });

  it('says so in one more message where there is no room below what was written', async () => {
    const { question, draft } = await beginAnswer(world, place, { words: 'word '.repeat(399).trim() });
    await world.discord.waitFor(() => draft.content.length > 1_990);
    const before = draft.content;
    await endUnseen(question.id, () => press(world.ana, draft, 'Stop'));
    await world.restart();
    await world.outcome(question.id);
    expect(place.fromBot.map(({ content }) => content)).toEqual([before, '-# Stopped.']);
    expect(buttonsOf(draft)).toEqual([]);
  });

  it('and makes room for it where there can be only one', async () => {
    place.denyBot(PermissionFlagsBits.SendMessages);
    const { interaction } = await beginCommand(world, place, {}, 'word '.repeat(390).trim());
    const { response } = interaction;
    await world.discord.waitFor(() => (response?.content.length ?? 0) > 1_900);
    await endUnseen(interaction.id, () => press(world.ana, response as SimulatedMessage, 'Stop'));
    await world.restart();
    await world.outcome(interaction.id);
    expect(response?.content).toMatch(/word word\n-# Stopped\.$/u);
    expect(response?.content.length).toBeGreaterThan(1_800);
    expect(place.fromBot).toEqual([response]);
  });

  it('says nothing but that where it had only told of a wait', async () => {
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const asked = world.ana.runCommand(place, 'ask', { prompt: 'a long story', private: true });
    await stream.request;
    await world.discord.waitFor(() => asked.response?.content.endsWith('Thinking…'));
    await endUnseen(asked.id, () => press(world.ana, asked.response as SimulatedMessage, 'Stop'));
    await world.restart();
    await world.discord.waitFor(() => asked.response?.content === 'Stopped.');
  });

  it('of a command, too', async () => {
    const { interaction } = await beginCommand(world, place);
    await endUnseen(interaction.id, () => press(world.ana, interaction.response as SimulatedMessage, 'Stop'));
    const before = calls();
    await world.restart();
    await world.discord.waitFor(() => interaction.response?.content.endsWith('Once upon\n-# Stopped.'));
    expect(calls()).toBe(before);
  });

  it('leaves the answer before it as it was', async () => {
    const { answer } = await answered(world, place, 'a colour?', { text: 'red' });
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const pressed = await press(world.ana, answer, 'Regenerate');
    await stream.request;
    await stream.text('Half');
    const draft = await world.discord.waitFor(() => place.fromBot.find(({ content }) => content === 'Half'));
    await endUnseen(pressed.id, () => press(world.ana, draft, 'Stop'));
    await world.restart();
    await world.discord.waitFor(() => draft.content === 'Half\n-# Stopped.');
    expect(answer.content).toBe('red');
    expect(buttonsOf(answer)).toEqual(['Regenerate']);
  });

  it.each([
    ['too late for an answer', restartTooLate],
    ['when no token lives any more', restartMuchLater],
  ] as const)('says so %s as well, and offers nothing', async (_name, restart) => {
    const { interaction } = await beginCommand(world, place);
    await endUnseen(interaction.id, () => press(world.ana, interaction.response as SimulatedMessage, 'Stop'));
    await restart(world, storeUrl);
    await world.discord.waitFor(() => interaction.response?.content.endsWith('Stopped.'));
    expect(buttonsOf(interaction.response as SimulatedMessage)).not.toContain('Try again');
    expect(place.fromBot).toEqual([interaction.response]);
  });
});
