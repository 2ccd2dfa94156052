import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { freshChannel } from './fresh-channel.ts';
import { letModerate } from './moderating.ts';
import { press, turnsOf } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

const asked = async (place: SimulatedChannel, prompt: string): Promise<SimulatedMessage> => {
  const interaction = world.ana.runCommand(place, 'ask', { prompt });
  await world.outcome(interaction.id);
  return interaction.response as SimulatedMessage;
};

/** What whoever picked "Delete this answer" was told. */
const pick = async (user: SimulatedUser, message: SimulatedMessage, place: SimulatedChannel): Promise<string> => {
  const interaction = user.runMessageCommand(place, 'Delete this answer', message);
  const told = await world.discord.waitFor(() => (interaction.response?.content === '' ? undefined : interaction.response));
  expect(told.ephemeral).toBe(true);
  return told.content;
};

/** What everybody can see of us there. */
const shownIn = (place: SimulatedChannel): string[] => place.fromBot.filter(({ ephemeral }) => !ephemeral).map(({ content }) => content);

const remembered = async (place: SimulatedChannel): Promise<(string | undefined)[]> => {
  await world.ask(world.bo, 'and now?', place);
  return turnsOf(world.bedrock.requests.at(-1)).map(([, text]) => text);
};

describe('"Delete this answer"', () => {
  it('takes a public answer to /ask away for its asker, and forgets it', async () => {
    const place = freshChannel(world);
    await asked(place, 'first');
    const answer = await asked(place, 'second');
    expect(await pick(world.ana, answer, place)).toContain('the answer is gone');
    expect(answer.deleted).toBe(true);
    expect(await remembered(place)).toEqual(['first', 'Certainly.', 'and now?']);
  });

  it('is not for anybody else, but for who manages messages there', async () => {
    const place = freshChannel(world);
    const answer = await asked(place, 'first');
    expect(await pick(world.bo, answer, place)).toContain('Only whoever asked');
    expect(answer.deleted).toBe(false);
    letModerate(world.bo, place);
    expect(await pick(world.bo, answer, place)).toContain('the answer is gone');
    expect(answer.deleted).toBe(true);
    expect(await remembered(place)).toEqual(['and now?']);
  });

  it('takes a private answer away while what wrote it lives; later it forgets it, and says who can take its message away', async () => {
    const place = freshChannel(world);
    const ask = async (prompt: string) => {
      const interaction = world.ana.runCommand(place, 'ask', { prompt, private: true });
      await world.outcome(interaction.id);
      return interaction.response as SimulatedMessage;
    };
    const first = await ask('first');
    expect(await pick(world.ana, first, place)).toContain('the answer is gone');
    expect(first.deleted).toBe(true);
    const answer = await ask('second');
    await world.restart();
    const told = await pick(world.ana, answer, place);
    expect(told).toContain('I have forgotten this answer');
    expect(told).toContain('Dismiss message');
    await ask('and now?');
    expect(turnsOf(world.bedrock.requests.at(-1)).map(([, text]) => text)).toEqual(['and now?']);
  });

  it('takes all messages of a long answer, by any of them, and what continued it', async () => {
    const place = freshChannel(world);
    world.bedrock.respondOnce({ text: 'word '.repeat(900).trim(), stopReason: 'max_tokens' });
    await asked(place, 'at length');
    await world.outcome((await press(world.ana, place.fromBot.at(-1) as SimulatedMessage, 'Continue')).id);
    expect(place.fromBot.length).toBeGreaterThan(3);
    expect(await pick(world.ana, place.fromBot[1] as SimulatedMessage, place)).toContain('the answer is gone');
    expect(shownIn(place)).toEqual([]);
    expect(await remembered(place)).toEqual(['and now?']);
  });

  it('ends an answer that is being written', async () => {
    const place = freshChannel(world);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'a story' });
    await stream.request;
    await stream.text('Once upon');
    const draft = await world.discord.waitFor(() => (interaction.response?.content.endsWith('Once upon') === true ? interaction.response : undefined));
    expect(await pick(world.ana, draft, place)).toContain('the answer is gone');
    expect((await (await stream.request).closed).closedByClient).toBe(true);
    expect(shownIn(place)).toEqual([]);
    expect(await remembered(place)).toEqual(['and now?']);
  });

  it('works for the answer to a mention, after a restart, and for a sentence instead of an answer', async () => {
    const place = freshChannel(world);
    const answer = await world.ask(world.ana, 'first', place);
    const hint = world.ana.say(place, world.discord.botUser.mention);
    const told = await world.discord.waitFor(() => place.fromBot.find(({ referenceId }) => referenceId === hint.id));
    await world.restart();
    expect(await pick(world.bo, told, place)).toContain('Only whoever asked');
    for (const message of [answer, told]) expect(await pick(world.ana, message, place)).toContain('the answer is gone');
    expect(shownIn(place)).toEqual([]);
    expect(await remembered(place)).toEqual(['and now?']);
  });

  it('of what nobody asked us says so', async () => {
    const place = freshChannel(world);
    expect(await pick(world.ana, world.ana.say(place, 'hello'), place)).toContain('no answer of mine');
  });

  it.each([
    ['a reason that nobody knows', { status: 409, code: 31_337, message: 'not now' }],
    ['failing', { status: 503 }],
    ['its limits', { rateLimit: { scope: 'shared', retryAfter: 0.3 } }],
  ] as const)('goes on trying to take it away where Discord refuses that for %s', async (_why, does) => {
    const place = freshChannel(world);
    const answer = await asked(place, 'first');
    world.discord.faults.add({ route: /DELETE .*\/messages\//u, does, when: ({ path }) => path.includes(answer.id) || path.includes('/webhooks/'), times: 9 });
    await pick(world.ana, answer, place);
    await world.discord.waitFor(() => answer.deleted, 30_000);
    expect(await remembered(place)).toEqual(['and now?']);
  });

  it('says so when Discord keeps the message', async () => {
    const place = freshChannel(world);
    const answer = await asked(place, 'first');
    world.discord.faults.add({ route: /DELETE .*\/messages\//u, does: { status: 403, code: 50_013 } });
    expect(await pick(world.ana, answer, place)).toContain('Discord does not let me delete its message here');
    expect(await remembered(place)).toEqual(['and now?']);
  });
});
