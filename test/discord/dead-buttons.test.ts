import { PermissionFlagsBits } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { FAILING } from './asking-again.ts';
import { letModerate } from './moderating.ts';
import { buttonId, buttonsOf, press, privateReplies } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

let places = 0;
const freshChannel = (): SimulatedChannel => {
  const place = world.guild.addChannel({ name: `dead-${(places += 1)}` });
  letModerate(world.ana, place);
  return place;
};

const reset = async (place: SimulatedChannel, options: Readonly<Record<string, boolean>> = {}): Promise<SimulatedInteraction> => {
  const interaction = world.ana.runCommand(place, 'reset', options);
  await world.discord.waitFor(() => (interaction.response?.content ?? '') !== '');
  return interaction;
};

const askedInPrivate = async (place: SimulatedChannel, prompt: string): Promise<SimulatedMessage> => {
  const interaction = world.ana.runCommand(place, 'ask', { prompt, private: true });
  await world.outcome(interaction.id);
  return interaction.response as SimulatedMessage;
};

const bare = (...messages: readonly SimulatedMessage[]): Promise<boolean> =>
  world.discord.waitFor(() => messages.every((message) => buttonsOf(message).length === 0), 10_000);

describe('buttons of a conversation that is forgotten', () => {
  it('go by themselves, below mentions, commands and failures, and leave the texts', async () => {
    const place = freshChannel();
    const mention = await world.ask(world.bo, 'one', place);
    const command = world.bo.runCommand(place, 'ask', { prompt: 'two' });
    await world.outcome(command.id);
    world.bedrock.respondOnce(...FAILING);
    const failed = world.bo.say(place, `${world.discord.botUser.mention} three`);
    await world.outcome(failed.id);
    const failure = place.fromBot.find(({ referenceId }) => referenceId === failed.id) as SimulatedMessage;
    const answers = [mention, command.response as SimulatedMessage, failure];
    const texts = answers.map(({ content }) => content);
    expect(answers.map(buttonsOf)).toEqual([['Regenerate'], ['Regenerate'], ['Try again']]);
    await reset(place);
    await bare(...answers);
    expect(answers.map(({ content }) => content)).toEqual(texts);
    // Deleting a question still takes its answer away.
    world.bo.delete(world.discord.message(mention.referenceId ?? '') as SimulatedMessage);
    await world.discord.waitFor(() => mention.deleted);
  });

  it('stay where the conversation is another, or has begun since', async () => {
    const [place, other] = [freshChannel(), freshChannel()];
    const [old, elsewhere] = [await world.ask(world.bo, 'one', place), await world.ask(world.bo, 'one', other)];
    const mine = await askedInPrivate(place, 'mine');
    await reset(place);
    const next = await world.ask(world.bo, 'two', place);
    await bare(old);
    await reset(other);
    await bare(elsewhere);
    expect([next, mine].map(buttonsOf)).toEqual([['Regenerate'], ['Regenerate']]);
  });

  it('wait until nobody is answered there', async () => {
    const [place, other] = [freshChannel(), freshChannel()];
    const [old, elsewhere] = [await world.ask(world.bo, 'one', place), await world.ask(world.bo, 'one', other)];
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    // Of another conversation, so that the reset does not end it.
    const question = world.bo.runCommand(place, 'ask', { prompt: 'two', private: true });
    await stream.request;
    await reset(place);
    await reset(other);
    await bare(elsewhere);
    expect(buttonsOf(old)).toEqual(['Regenerate']);
    await stream.text('Certainly.');
    await stream.finish();
    await world.outcome(question.id);
    await bare(old);
  });

  it('go from private answers by the token that wrote them', async () => {
    const place = freshChannel();
    const answers = [await askedInPrivate(place, 'one'), await askedInPrivate(place, 'two')];
    await reset(place, { private: true });
    await bare(...answers);
  });

  it('say why they do nothing where Discord keeps them, and nobody else hears of that', async () => {
    const place = freshChannel();
    const answer = await world.ask(world.ana, 'one', place);
    const refused = world.discord.faults.add({ method: 'PATCH', route: 'PATCH /channels/:id/messages/:id', does: { status: 403, code: 50_013 } });
    await reset(place);
    await expect.poll(() => refused.hits).toBeGreaterThan(0);
    world.discord.faults.clear();
    const pressed = await press(world.ana, answer, 'Regenerate');
    await world.discord.waitFor(() => privateReplies(pressed).length > 0);
    expect(privateReplies(pressed)).toEqual([expect.stringContaining('no longer remember')]);
    expect(buttonsOf(answer)).toEqual([]);
    expect(world.log.filter(({ level, message }) => ['warn', 'error'].includes(String(level)) && String(message).includes('button'))).toEqual([]);
  });
});

describe('buttons of an answer that is continued', () => {
  it('go below a private one', async () => {
    const place = freshChannel();
    world.bedrock.respondOnce({ text: 'One, two,', stopReason: 'max_tokens' });
    const answer = await askedInPrivate(place, 'count');
    expect(buttonsOf(answer)).toEqual(['Regenerate', 'Continue']);
    const id = buttonId(answer, 'Continue');
    const pressed = await press(world.ana, answer, 'Continue');
    await world.outcome(pressed.id);
    await bare(answer);
    expect(answer.content).toContain('One, two,');
    expect(buttonsOf(pressed.response as SimulatedMessage)).toEqual(['Regenerate']);
    expect(id).toMatch(/^continue:/u);
  });

  it('go where the bot may not write of its own accord, too', async () => {
    const place = freshChannel();
    place.denyBot(PermissionFlagsBits.SendMessages);
    world.bedrock.respondOnce({ text: 'One, two,', stopReason: 'max_tokens' });
    const asked = world.ana.runCommand(place, 'ask', { prompt: 'count' });
    await world.outcome(asked.id);
    const answer = asked.response as SimulatedMessage;
    const pressed = await press(world.ana, answer, 'Continue');
    await world.outcome(pressed.id);
    await bare(answer);
  });
});
