import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { letModerate } from './moderating.ts';
import { buttonsOf, press } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

let places = 0;
const freshChannel = (moderator?: SimulatedUser): SimulatedChannel => {
  const place = world.guild.addChannel({ name: `reset-${(places += 1)}` });
  if (moderator !== undefined) letModerate(moderator, place);
  return place;
};

const reset = (user: SimulatedUser, place: SimulatedChannel, options: Readonly<Record<string, boolean>> = {}): SimulatedInteraction => user.runCommand(place, 'reset', options);

const saidBy = (interaction: SimulatedInteraction): Promise<string> =>
  world.discord.waitFor(() => (interaction.response === undefined || interaction.response.content === '' ? undefined : interaction.response.content));

const askPrivately = async (user: SimulatedUser, place: SimulatedChannel, prompt: string): Promise<void> => {
  const { id } = user.runCommand(place, 'ask', { prompt, private: true });
  await world.outcome(id);
};

/** How many turns the model is given with the next question. */
const turnsOfNext = async (place: SimulatedChannel): Promise<number | undefined> => {
  await world.ask(world.bo, 'and now?', place);
  return world.bedrock.requests.at(-1)?.body?.messages.length;
};

const turnsOfNextPrivate = async (user: SimulatedUser, place: SimulatedChannel): Promise<number | undefined> => {
  await askPrivately(user, place, 'and now?');
  return world.bedrock.requests.at(-1)?.body?.messages.length;
};

describe('/reset by somebody who manages messages', () => {
  it('forgets the conversation of its channel and of no other, and tells everybody what', async () => {
    const [place, other] = [freshChannel(world.ana), freshChannel()];
    for (const text of ['one', 'two', 'three']) await world.ask(world.bo, text, place);
    await world.ask(world.ana, 'one', other);
    const interaction = reset(world.ana, place);
    expect(await saidBy(interaction)).toBe(
      'Done: I have forgotten this conversation: 3 questions and their answers, which everybody here shared. The next question starts afresh.',
    );
    expect(interaction.ephemeral).toBe(false);
    expect(await turnsOfNext(place)).toBe(1);
    expect(await turnsOfNext(other)).toBe(3);
  });

  it('counts an answer that went on as one, also while it goes on', async () => {
    const place = freshChannel(world.ana);
    world.bedrock.respondOnce({ text: 'One, two,', stopReason: 'max_tokens' }, { text: 'three, four,', stopReason: 'max_tokens' });
    const answer = await world.ask(world.bo, 'count', place);
    const more = await press(world.bo, answer, 'Continue');
    await world.outcome(more.id);
    await world.ask(world.bo, 'and now?', place);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const last = await press(world.bo, place.fromBot.find(({ content }) => content.startsWith('three')) as SimulatedMessage, 'Continue');
    await stream.request;
    expect(await saidBy(reset(world.ana, place))).toBe(
      'Done: I have forgotten this conversation: 2 questions and their answers, which everybody here shared. The next question starts afresh.',
    );
    expect(await world.outcome(last.id)).toMatchObject({ kind: 'reset' });
    const mine = async (prompt: string) => {
      const interaction = world.bo.runCommand(place, 'ask', { prompt, private: true });
      await world.outcome(interaction.id);
      return interaction.response as SimulatedMessage;
    };
    world.bedrock.respondOnce({ text: 'One, two,', stopReason: 'max_tokens' });
    const rest = await press(world.bo, await mine('count'), 'Continue');
    await world.outcome(rest.id);
    expect(await saidBy(reset(world.bo, place))).toContain('instead: 1 question and its answer?');
  });

  it('leaves alone what was asked in private, their own too', async () => {
    const place = freshChannel(world.ana);
    await world.ask(world.ana, 'one', place);
    await askPrivately(world.ana, place, 'mine');
    await askPrivately(world.bo, place, 'his');
    expect(await saidBy(reset(world.ana, place))).toContain('1 question and its answer');
    expect(await turnsOfNextPrivate(world.ana, place)).toBe(3);
    expect(await turnsOfNextPrivate(world.bo, place)).toBe(3);
  });

  it('says so when there is nothing to forget', async () => {
    expect(await saidBy(reset(world.ana, freshChannel(world.ana)))).toContain('nothing to forget');
  });

  it('ends what was asked a moment before, and is on its way', async () => {
    const place = freshChannel(world.ana);
    for (let round = 0; round < 5; round += 1) {
      const before = world.bo.say(place, `${world.discord.botUser.mention} quick?`);
      const interaction = reset(world.ana, place);
      await world.outcome(before.id);
      await saidBy(interaction);
      expect(place.fromBot.filter(({ referenceId }) => referenceId === before.id)).toHaveLength(1);
      expect(await turnsOfNext(place), `round ${round}`).toBe(1);
      await saidBy(reset(world.ana, place));
    }
  });

  it('ends what is written and what waits, and each tells once who did it', async () => {
    const place = freshChannel(world.ana);
    await world.ask(world.bo, 'before', place);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const written = world.bo.say(place, `${world.discord.botUser.mention} tell me`);
    await stream.request;
    await stream.text('Once upon');
    const draft = await world.discord.waitFor(() => place.fromBot.find(({ referenceId }) => referenceId === written.id));
    const waiting = [world.bo, world.ana].map((user) => user.say(place, `${world.discord.botUser.mention} me too`));
    await world.ask(world.bo, 'and elsewhere?', freshChannel());
    const calls = world.bedrock.requestCount;
    const text = await saidBy(reset(world.ana, place));
    for (const { id } of [written, ...waiting]) {
      expect(await world.outcome(id)).toMatchObject({ level: 'info', kind: 'reset', message: 'question ended by a person' });
    }
    expect(text).toBe(
      'Done: I have forgotten this conversation: 1 question and its answer, which everybody here shared. I also ended 3 questions that were not fully answered yet. The next question starts afresh.',
    );
    expect(draft.content).toMatch(new RegExp(`^Once upon\\n+-# Stopped: <@${world.ana.id}> reset this conversation\\.$`, 'u'));
    for (const { id } of waiting) {
      const answers = place.fromBot.filter(({ referenceId }) => referenceId === id);
      expect(answers.map(({ content }) => content)).toEqual([`Stopped: <@${world.ana.id}> reset this conversation.`]);
      expect(answers.flatMap(buttonsOf)).toEqual([]);
    }
    expect(buttonsOf(draft)).toEqual([]);
    expect(world.bedrock.requestCount).toBe(calls);
    expect(world.discord.pings.filter(({ messageId }) => place.fromBot.some(({ id }) => id === messageId))).toEqual([]);
    expect(await turnsOfNext(place)).toBe(1);
  });

  it('does not end what is asked elsewhere, or in private', async () => {
    const [place, other] = [freshChannel(world.ana), freshChannel()];
    const streams = [manualStream(), manualStream()];
    world.bedrock.respondOnce(...streams.map(({ responder }) => responder));
    const elsewhere = world.bo.say(other, `${world.discord.botUser.mention} tell me`);
    await streams[0]!.request;
    const inPrivate = world.bo.runCommand(place, 'ask', { prompt: 'and me', private: true });
    await streams[1]!.request;
    await saidBy(reset(world.ana, place));
    for (const stream of streams) {
      await stream.text('Whole.');
      await stream.finish();
    }
    expect(await world.outcome(elsewhere.id)).toMatchObject({ outcome: 'delivered' });
    expect(await world.outcome(inPrivate.id)).toMatchObject({ outcome: 'delivered' });
  });
});

describe('/reset by everybody else in a shared channel', () => {
  const mayNot = 'only those who manage messages here';

  it('forgets nothing of it, and says why to them alone', async () => {
    const place = freshChannel();
    await world.ask(world.ana, 'one', place);
    const interaction = reset(world.bo, place);
    expect(await saidBy(interaction)).toContain(mayNot);
    expect(interaction.ephemeral).toBe(true);
    expect(buttonsOf(interaction.response as SimulatedMessage)).toEqual([]);
    expect(await turnsOfNext(place)).toBe(3);
  });

  it('ends nothing, where they may manage messages in another channel only', async () => {
    const place = freshChannel();
    freshChannel(world.bo);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = world.ana.say(place, `${world.discord.botUser.mention} tell me`);
    await stream.request;
    expect(await saidBy(reset(world.bo, place))).toContain(mayNot);
    await stream.text('Whole.');
    await stream.finish();
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
  });

  it('offers their private conversation, and forgets it when that is confirmed', async () => {
    const place = freshChannel();
    await world.ask(world.ana, 'one', place);
    for (const prompt of ['mine', 'mine too']) await askPrivately(world.bo, place, prompt);
    await askPrivately(world.ana, place, 'hers');
    const interaction = reset(world.bo, place);
    expect(await saidBy(interaction)).toContain('our private conversation here instead: 2 questions and their answers?');
    const asked = interaction.response as SimulatedMessage;
    const pressed = await press(world.bo, asked, 'Forget my private conversation');
    expect(pressed.acknowledgedAs).toBe('deferUpdate');
    await world.discord.waitFor(() => asked.content.startsWith('Done'));
    expect(asked.content).toContain('our private conversation here: 2 questions and their answers.');
    expect(buttonsOf(asked)).toEqual([]);
    expect(pressed.followUps).toEqual([]);
    expect(await turnsOfNextPrivate(world.bo, place)).toBe(1);
    expect(await turnsOfNextPrivate(world.ana, place)).toBe(3);
    expect(await turnsOfNext(place)).toBe(3);
  });

  it('forgets it at once with private: true, and ends what is asked in it', async () => {
    const place = freshChannel();
    await askPrivately(world.bo, place, 'mine');
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const asked = world.bo.runCommand(place, 'ask', { prompt: 'more', private: true });
    await stream.request;
    const interaction = reset(world.bo, place, { private: true });
    expect(await saidBy(interaction)).toContain('I have forgotten our private conversation here: 1 question and its answer.');
    expect(interaction.ephemeral).toBe(true);
    expect(await world.outcome(asked.id)).toMatchObject({ kind: 'reset' });
    expect(asked.response?.content).toBe(`Stopped: <@${world.bo.id}> reset this conversation.`);
    expect(await turnsOfNextPrivate(world.bo, place)).toBe(1);
  });

  it('is told when nothing was asked in private', async () => {
    expect(await saidBy(reset(world.bo, freshChannel(), { private: true }))).toContain('asked me nothing in private');
  });
});

describe('/reset in a direct message', () => {
  it('is for whoever it is with, and forgets what was asked in private there too', async () => {
    const cy = world.discord.addUser({ name: `cy-${(places += 1)}` });
    await world.ask(cy, 'hello', cy.dm);
    await askPrivately(cy, cy.dm, 'psst');
    expect(await saidBy(reset(cy, cy.dm))).toContain('I have forgotten this conversation: 2 questions and their answers.');
    await world.ask(cy, 'hello', cy.dm);
    expect(world.bedrock.requests.at(-1)?.body?.messages).toHaveLength(1);
  });

  it('with private: true leaves the rest', async () => {
    const cy = world.discord.addUser({ name: `cy-${(places += 1)}` });
    await world.ask(cy, 'hello', cy.dm);
    await askPrivately(cy, cy.dm, 'psst');
    expect(await saidBy(reset(cy, cy.dm, { private: true }))).toContain('1 question and its answer');
    await world.ask(cy, 'still there?', cy.dm);
    expect(world.bedrock.requests.at(-1)?.body?.messages).toHaveLength(3);
  });
});
