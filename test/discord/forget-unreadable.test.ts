import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { startWorld } from '../start-parley.ts';
import { recordsIn, writeInto } from '../store/damage.ts';
import { FAILING } from './asking-again.ts';
import { letModerate } from './moderating.ts';
import { press } from './pressing.ts';
import { restartHourly } from './restart-hourly.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const HISTORY_DAYS = 3;
const path = join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite');

let world: World;
beforeAll(async () => {
  world = await startWorld({ environment: { STORE_URL: `sqlite://${path}`, HISTORY_DAYS: String(HISTORY_DAYS) }, discord: { rateLimits: 'off', maxConcurrency: 100 } });
  world.bedrock.respond({ text: 'Certainly.' });
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => world.close());

let places = 0;
/** A word that is said nowhere else. */
let secret: string;
const freshChannel = (): SimulatedChannel => {
  places += 1;
  secret = `SECRET-${places}-`;
  const place = world.guild.addChannel({ name: `unreadable-${places}` });
  letModerate(world.ana, place);
  return place;
};
const asked = async (place: SimulatedChannel, text: string): Promise<SimulatedMessage> => {
  const answer = await world.ask(world.ana, text, place);
  const question = world.discord.message(answer.referenceId ?? '');
  if (question === undefined) throw new Error('No question');
  return question;
};
const saidBy = (interaction: SimulatedInteraction): Promise<string> => world.discord.waitFor(() => (interaction.response?.content ?? '') || undefined);

const damage = (key: string): void => {
  const record = recordsIn(path).find((one) => one.key === key);
  if (record === undefined) throw new Error(`There is no ${key}`);
  writeInto(path, { ...record, value: `damaged ${record.value}` });
};
/** Keys under which the secret lies: of copies, and of others. */
const holding = () => {
  const keys = recordsIn(path).flatMap(({ key, value }) => (value.includes(secret) ? [key] : []));
  return { copies: keys.filter((key) => key.startsWith('unreadable:')).length, others: keys.filter((key) => !key.startsWith('unreadable:')) };
};

/** A conversation whose beginning could not be read, and goes on. */
const withCopies = async (text = 'one') => {
  const place = freshChannel();
  const first = await asked(place, `${secret}${text}`);
  await asked(place, `${secret}two`);
  damage(`history:${place.id}`);
  const last = await asked(place, 'and now?');
  expect(holding()).toEqual({ copies: 2, others: [] });
  return { place, first, last };
};

describe('the copy of what could not be read of a conversation', () => {
  // First: questions that others leave behind are taken up at each start, and would be given the story.
  it('is forgotten also where it was the row of a question that was interrupted', async () => {
    const place = freshChannel();
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = world.bo.runCommand(place, 'ask', { prompt: `${secret}one` });
    await stream.request;
    await stream.text('It was');
    await world.discord.waitFor(() => place.fromBot.length > 0 || (question.response?.content ?? '') !== '');
    const row = recordsIn(path).find(({ key }) => key === `question:${question.id}`);
    if (row === undefined) throw new Error('No row');
    await world.parley.stop(0);
    // As it was while it was answered, however far this process has come with its end.
    writeInto(path, { ...row, value: row.value.replace('"version":1', '"version":"one"') });
    await world.restart();
    await expect.poll(() => holding().copies).toBe(1);
    await saidBy(world.ana.runCommand(place, 'reset'));
    expect(holding()).toEqual({ copies: 0, others: [] });
  });

  it('is forgotten by /reset', async () => {
    const { place } = await withCopies();
    expect(await saidBy(world.ana.runCommand(place, 'reset'))).toContain('I have forgotten this conversation');
    expect(holding()).toEqual({ copies: 0, others: [] });
  });

  it('is forgotten by /reset that is the first to find it unreadable', async () => {
    const place = freshChannel();
    await asked(place, `${secret}one`);
    damage(`history:${place.id}`);
    expect(await saidBy(world.ana.runCommand(place, 'reset'))).toContain('I have forgotten this conversation');
    expect(holding()).toEqual({ copies: 0, others: [] });
  });

  it('is forgotten with a private conversation, by its asker, who may be anybody', async () => {
    const place = freshChannel();
    for (const prompt of [`${secret}one`, 'and now?']) {
      await world.outcome(world.bo.runCommand(place, 'ask', { prompt, private: true }).id);
      if (prompt.startsWith(secret)) damage(`history:${place.id}:${world.bo.id}`);
    }
    expect(holding().copies).toBe(1);
    await saidBy(world.bo.runCommand(place, 'reset', { private: true }));
    expect(holding()).toEqual({ copies: 0, others: [] });
  });

  it('is offered to be forgotten where nothing else is there', async () => {
    const place = freshChannel();
    await world.outcome(world.bo.runCommand(place, 'ask', { prompt: `${secret}one`, private: true }).id);
    damage(`history:${place.id}:${world.bo.id}`);
    for (let look = 0; look < 2; look += 1) {
      const offered = world.bo.runCommand(place, 'reset');
      expect(await saidBy(offered)).toContain('Shall I forget our private conversation here instead?');
      if (look === 0) continue;
      const response = offered.response;
      if (response === undefined) throw new Error('No response');
      await press(world.bo, response, 'Forget my private conversation');
      await world.discord.waitFor(() => response.content.startsWith('Done: '));
    }
    expect(holding()).toEqual({ copies: 0, others: [] });
  });

  it('is forgotten when one of its questions is deleted in Discord: nobody can tell whether it is in there', async () => {
    for (const which of ['first', 'last'] as const) {
      const { place, ...questions } = await withCopies();
      world.ana.delete(questions[which]);
      await expect.poll(holding).toEqual({ copies: 0, others: [] });
      expect(recordsIn(path).some(({ key }) => key === `history:${place.id}`)).toBe(which === 'first');
    }
  });

  it('is forgotten when that deletion is the first to find it unreadable', async () => {
    const place = freshChannel();
    const question = await asked(place, `${secret}one`);
    await asked(place, `${secret}two`);
    damage(`history:${place.id}`);
    world.ana.delete(question);
    await expect.poll(holding).toEqual({ copies: 0, others: [] });
  });

  it('is forgotten when a question was deleted while nobody listened', async () => {
    const { first } = await withCopies();
    world.discord.gateway.setDispatching(false);
    world.ana.delete(first);
    world.discord.gateway.setDispatching(true);
    await world.restart();
    await expect.poll(holding).toEqual({ copies: 0, others: [] });
  });

  it('is forgotten with its channel', async () => {
    const { place } = await withCopies();
    place.delete();
    await expect.poll(holding).toEqual({ copies: 0, others: [] });
  });

  it('is forgotten when it is older than HISTORY_DAYS, counted from what it says', async () => {
    const hourly = await restartHourly(world);
    const { place } = await withCopies();
    world.bedrock.respondOnce(...FAILING);
    await world.ask(world.ana, `${secret}a question that waits for Try again`, place);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + (HISTORY_DAYS - 1) * DAY_MS });
    const waiting = recordsIn(path).find(({ key }) => key.startsWith(`pending:${place.id}/`));
    if (waiting === undefined) throw new Error('Nothing waits');
    damage(waiting.key);
    await press(world.ana, world.discord.channel(place.id)?.fromBot.at(-1) as SimulatedMessage, 'Try again');
    await expect.poll(holding).toEqual({ copies: 3, others: [] });
    vi.setSystemTime(Date.now() + DAY_MS + 60_000);
    hourly();
    await expect.poll(holding).toEqual({ copies: 0, others: [] });
  });
});
