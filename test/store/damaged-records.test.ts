import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from '../property.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bedrockErrors, manualStream } from '../simulators/bedrock.ts';
import { startWorld } from '../start-parley.ts';
import { freshChannel } from '../discord/fresh-channel.ts';
import { damages, recordsIn, writeInto } from './damage.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const path = join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite');
let world: World;
beforeAll(async () => {
  world = await startWorld({ environment: { STORE_URL: `sqlite://${path}`, TOKENS_PER_DAY: '1000000' }, discord: { rateLimits: 'off' } });
});
beforeEach(() => {
  world.bedrock.respond({ text: 'Certainly.' });
});
// Whether Discord was asked for what it does not know is not looked at: a damaged id leads to no route.
afterAll(() => world.close());

const complaints = (): Record<string, unknown>[] => world.log.filter(({ message }) => String(message).includes('could not be read'));

/** A question whose answer has begun to appear when its process ends. */
const leaveOpen = async (place: SimulatedChannel): Promise<SimulatedMessage> => {
  const stream = manualStream();
  const text = `a long story in ${place.id}`;
  let isTold = false;
  // What another test has left open may be asked anew meanwhile.
  world.bedrock.respond((request) => {
    if (isTold || request.body?.messages.at(-1)?.content.at(-1)?.text !== text) return { text: 'Certainly.' };
    isTold = true;
    return stream.responder(request);
  });
  const question = world.ana.say(place, `${world.discord.botUser.mention} ${text}`);
  await stream.request;
  await stream.text('Once upon');
  await world.discord.waitFor(() => place.fromBot[0]);
  await expect.poll(() => recordsIn(path).find(({ key }) => key === `question:${question.id}`)?.value).toContain('"running"');
  return question;
};

const between = async (damage: () => void): Promise<void> => {
  await world.parley.stop(0);
  damage();
  await world.restart();
};

const damage = (key: string, value: string): void => {
  const found = recordsIn(path).find((record) => record.key === key);
  expect(found).toBeDefined();
  if (found !== undefined) writeInto(path, { ...found, value });
};

const endOf = async (question: SimulatedMessage, place: SimulatedChannel, content: RegExp): Promise<void> => {
  await world.discord.waitFor(() => place.fromBot.some((message) => message.referenceId === question.id && content.test(message.content)), 15_000);
  expect(place.fromBot.filter(({ deleted }) => !deleted)).toHaveLength(1);
  expect(JSON.stringify(place.fromBot.at(-1)?.components)).not.toContain('stop:');
};

describe('between two starts', () => {
  it.each([
    ['random bytes', 'ÿ\u0000nonsense'],
    ['nothing', ''],
    ['huge numbers', '{"version":1,"owner":null,"deadline":1e300}'],
  ])('the row of a question may become %s: the question ends with its answer, once, and it is told', async (_name, value) => {
    const place = freshChannel(world);
    const question = await leaveOpen(place);
    await between(() => damage(`question:${question.id}`, value));
    await endOf(question, place, /^Certainly\.$/u);
    const told = () => complaints().filter(({ key }) => key === `question:${question.id}`);
    await expect.poll(told).toHaveLength(1);
    expect(recordsIn(path).filter(({ key }) => key.startsWith('unreadable:') && key.endsWith(`/question:${question.id}`)).map((row) => row.value)).toEqual([value]);
    await between(() => undefined);
    await world.ask(world.ana, 'and now?', place);
    expect(told()).toEqual([]);
  });

  it('the row of a command may become unreadable: whoever asked is told so, and nobody else where it was private', async () => {
    const place = freshChannel(world);
    for (const isPrivate of [false, true]) {
      const stream = manualStream();
      world.bedrock.respondOnce(stream.responder);
      const asked = world.bo.runCommand(place, 'ask', { prompt: 'a story', private: isPrivate });
      await stream.request;
      await expect.poll(() => recordsIn(path).map(({ key }) => key)).toContain(`open:${asked.id}`);
      const publicBefore = place.fromBot.length;
      const directBefore = world.bo.dm.fromBot.length;
      await between(() => {
        const { value = '' } = recordsIn(path).find(({ key }) => key === `question:${asked.id}`) ?? {};
        damage(`question:${asked.id}`, value.replace('"attempts":1', '"attempts":"one"'));
      });
      await world.discord.waitFor(() => (isPrivate ? world.bo.dm.fromBot.length > directBefore : place.fromBot.length > publicBefore), 15_000);
      const told = isPrivate ? world.bo.dm.fromBot.at(-1) : place.fromBot.at(-1);
      expect(told?.content).toContain('I was interrupted before I could answer');
      if (isPrivate) expect(place.fromBot).toHaveLength(publicBefore);
    }
  });

  it('a question that cannot be found again is told to the log, and no later process takes it for a new one', async () => {
    const place = freshChannel(world);
    const question = await leaveOpen(place);
    await between(() => {
      damage(`question:${question.id}`, 'nonsense');
      damage(`open:${question.id}`, 'nonsense');
    });
    await expect.poll(() => complaints().map(({ kind }) => kind)).toContain('question, which ends without a word');
    expect(recordsIn(path).find(({ key }) => key === `question:${question.id}`)?.value).toContain('"failed"');
    expect(recordsIn(path).map(({ key }) => key)).not.toContain(`open:${question.id}`);
  });

  it.each([
    ['no number', 'nonsense'],
    ['nothing', ''],
    ['an id from the future', String((BigInt(Date.now() + 86_400_000 - 1_420_070_400_000)) << 22n)],
    ['an id beyond all', '9'.repeat(40)],
    ['a negative one', '-5'],
  ])('how far a shard has listened may become %s: what was said meanwhile is found and answered', async (_name, value) => {
    const place = freshChannel(world);
    await world.ask(world.ana, 'hello', place);
    await world.parley.stop(0);
    damage('listened:0/1', value);
    const missed = world.ana.say(place, `${world.discord.botUser.mention} are you there?`);
    await world.restart();
    await world.outcome(missed.id);
    expect(place.fromBot.filter(({ referenceId }) => referenceId === missed.id)).toHaveLength(1);
    expect(complaints().map(({ key }) => key)).toContain('listened:0/1');
  });

  it('a day that is closed for ever is open again', async () => {
    await world.ask(world.ana, 'hello', freshChannel(world));
    await world.parley.stop(0);
    const quota = recordsIn(path).find(({ key }) => key.startsWith('quota/'));
    const [endsAt] = (quota?.value ?? '').split(' ');
    for (const value of [`${endsAt} 5 9999999999999999`, `${endsAt} 9999999999999999 0`, `${endsAt} 5`]) {
      damage(quota?.key ?? '', value);
      await world.restart();
      await world.ask(world.ana, 'hello again', freshChannel(world));
      await world.parley.stop(0);
    }
    await world.restart();
  });

  // The last one: what it leaves behind is settled by whoever starts next.
  it('any record may be damaged in any way: everybody is answered, and nothing ends', async () => {
    const place = freshChannel(world);
    const picked = world.bo.say(place, 'a message');
    await world.ask(world.ana, 'and in private?', world.ana.dm);
    world.ana.runCommand(place, 'ask', { prompt: 'by command?' });
    world.ana.runMessageCommand(place, 'Ask about this', picked);
    await fc.assert(
      fc.asyncProperty(fc.array(damages, { minLength: 12, maxLength: 12 }), fc.nat(), async (some, offset) => {
        await world.ask(world.ana, 'one?', place);
        world.bedrock.respondOnce({ error: bedrockErrors.inputTooLong() });
        world.ana.say(place, `${world.discord.botUser.mention} one that fails`);
        await between(() => {
          const records = recordsIn(path);
          for (const [index, record] of records.entries()) {
            const change = some[(index + offset) % some.length];
            if (change !== undefined) writeInto(path, { ...record, value: change(record.value) });
          }
        });
        await Promise.all([world.ask(world.ana, 'two?', place), world.ask(world.bo, 'three?', world.bo.dm), world.ask(world.ana, 'four?', world.ana.dm)]);
        expect(world.fatal).toEqual([]);
      }),
      { numRuns: 4, endOnFailure: true },
    );
  }, 120_000);
});
