import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { recordsIn, writeInto } from '../store/damage.ts';
import { press, turnsOf } from './pressing.ts';
import { restartMuchLater } from './resume/much-later.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off', maxConcurrency: 100 } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});
const path = (): string => storeUrl.slice('sqlite://'.length);

let places = 0;
/** A word that is said nowhere else. */
let secret: string;
const freshChannel = (): SimulatedChannel => {
  places += 1;
  secret = `SECRET-${places}-`;
  return world.guild.addChannel({ name: `deleted-${places}` });
};
const asked = async (place: SimulatedChannel, text = `${secret} one`): Promise<{ question: SimulatedMessage; answer: SimulatedMessage }> => {
  const answer = await world.ask(world.ana, text, place);
  return { question: world.discord.message(answer.referenceId ?? '') as SimulatedMessage, answer };
};
const holding = (): string[] => recordsIn(path()).flatMap(({ key, value }) => (value.includes(secret) ? [key] : []));
const saidNext = async (place: SimulatedChannel): Promise<unknown> => {
  await world.ask(world.ana, 'what do you remember?', place);
  return turnsOf(world.bedrock.requests.at(-1)).map(([, text]) => text);
};

/** Somebody else writes to the store for as long as `during` lasts. */
const whileLocked = async (during: () => Promise<void>): Promise<void> => {
  using lock = new DatabaseSync(path());
  lock.exec('BEGIN IMMEDIATE');
  await during();
  lock.exec('ROLLBACK');
};
const couldNotForget = (): Promise<void> =>
  expect.poll(() => world.log.some(({ message }) => String(message).startsWith('a deleted question cannot be forgotten now'))).toBe(true);

describe('a question that is deleted while the store cannot be written', () => {
  it('loses its answer at once, and is forgotten as soon as the store works again', async () => {
    const place = freshChannel();
    const [first, kept] = [await asked(place), await asked(place, 'kept')];
    world.log.length = 0;
    await whileLocked(async () => {
      world.ana.delete(first.question);
      await couldNotForget();
      await world.discord.waitFor(() => first.answer.deleted);
      expect(holding()).not.toEqual([]);
    });
    await expect.poll(holding).toEqual([]);
    expect(kept.answer.deleted).toBe(false);
    expect(await saidNext(place)).toEqual(['kept', 'Certainly.', 'what do you remember?']);
  });

  it('is forgotten at the next start where the process ended before', async () => {
    const place = freshChannel();
    const { question, answer } = await asked(place);
    world.log.length = 0;
    await whileLocked(async () => {
      world.ana.delete(question);
      await couldNotForget();
      await world.parley.stop(0);
    });
    expect(holding()).not.toEqual([]);
    await world.restart({}, 0);
    await expect.poll(holding).toEqual([]);
    expect(answer.deleted).toBe(true);
  });

  it('is forgotten, too, where its answer was taken away by its menu, and whoever did that is told the truth', async () => {
    const place = freshChannel();
    const { answer } = await asked(place);
    await whileLocked(async () => {
      const deleting = world.ana.runMessageCommand(place, 'Delete this answer', answer);
      await world.discord.waitFor(() => deleting.response?.content.includes('as soon as it can'), 20_000);
      expect(answer.deleted).toBe(true);
    });
    await expect.poll(holding).toEqual([]);
  });

  it('is forgotten with its channel', async () => {
    const place = freshChannel();
    await asked(place);
    world.log.length = 0;
    await whileLocked(async () => {
      place.delete();
      await expect.poll(() => world.log.some(({ message }) => String(message).startsWith('what was deleted cannot be'))).toBe(true);
    });
    await expect.poll(holding).toEqual([]);
  });
});

const damageAnswers = (place: SimulatedChannel): void => {
  const records = recordsIn(path()).filter(({ key, value }) => key.startsWith('answer:') && value.includes(place.id));
  expect(records.length).toBeGreaterThan(0);
  for (const record of records) writeInto(path(), { ...record, value: record.value.replace('"isCutOff"', '"isCutOf') });
};

describe('a deleted question whose shown answer cannot be read', () => {
  it('takes its answer along, and is forgotten', async () => {
    const place = freshChannel();
    const { question, answer } = await asked(place);
    const kept = await asked(place, 'kept');
    damageAnswers(place);
    world.ana.delete(question);
    await world.discord.waitFor(() => answer.deleted);
    await expect.poll(holding).toEqual([]);
    expect(kept.answer.deleted).toBe(false);
    expect(await saidNext(place)).toEqual(['kept', 'Certainly.', 'what do you remember?']);
  });

  it('takes the newest of its answers along, all of its messages and what continued it', async () => {
    const place = freshChannel();
    const { question, answer } = await asked(place);
    world.bedrock.respondOnce({ text: 'On and on. '.repeat(300), stopReason: 'max_tokens' });
    await world.outcome((await press(world.ana, answer, 'Regenerate')).id);
    await world.discord.waitFor(() => answer.deleted);
    const [last] = place.fromBot.slice(-1);
    await world.outcome((await press(world.ana, last as SimulatedMessage, 'Continue')).id);
    expect(place.fromBot.length).toBeGreaterThan(2);
    const whole = recordsIn(path()).filter(({ key, value }) => key.startsWith('answer:') && value.includes(`"questionId":"${question.id}"`));
    for (const record of whole) writeInto(path(), { ...record, value: record.value.replace('"isCutOff"', '"isCutOf') });
    expect(whole).toHaveLength(1);
    world.ana.delete(question);
    await world.discord.waitFor(() => place.fromBot.every(({ deleted }) => deleted));
    await expect.poll(holding).toEqual([]);
  });

  it('takes along what only tells why it was not answered', async () => {
    const place = freshChannel();
    const empty = world.ana.say(place, world.discord.botUser.mention);
    const sentence = await world.discord.waitFor(() => place.fromBot.find(({ referenceId }) => referenceId === empty.id));
    await expect.poll(() => recordsIn(path()).some(({ key, value }) => key === `question:${empty.id}` && value.includes('"refused"'))).toBe(true);
    world.ana.delete(empty);
    await world.discord.waitFor(() => sentence.deleted);

    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = world.ana.say(place, `${world.discord.botUser.mention} a long story`);
    await stream.request;
    await restartMuchLater(world, storeUrl);
    const notice = await world.discord.waitFor(() => place.fromBot.find(({ content }) => content.includes('Try again')));
    await expect.poll(() => recordsIn(path()).some(({ key, value }) => key === `question:${question.id}` && value.includes('"interrupted"'))).toBe(true);
    world.ana.delete(question);
    await world.discord.waitFor(() => notice.deleted);
  });

  it('is forgotten when its answer is taken away by its menu, by whoever asked and nobody else', async () => {
    const place = freshChannel();
    const asking = world.ana.runCommand(place, 'ask', { prompt: `${secret} one` });
    await world.outcome(asking.id);
    const answer = asking.response as SimulatedMessage;
    damageAnswers(place);
    const byAnother = world.bo.runMessageCommand(place, 'Delete this answer', answer);
    await world.discord.waitFor(() => byAnother.response?.content.startsWith('Only whoever asked'));
    expect(answer.deleted).toBe(false);
    const deleting = world.ana.runMessageCommand(place, 'Delete this answer', answer);
    await world.discord.waitFor(() => deleting.response?.content === 'Done: the answer is gone, and I have forgotten what was asked.');
    expect(answer.deleted).toBe(true);
    expect(holding()).toEqual([]);
  });
});
