import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { bedrockErrors, manualStream } from '../simulators/bedrock.ts';
import { buttonsOf } from './pressing.ts';
import { letModerate } from './moderating.ts';
import { freshChannel } from './fresh-channel.ts';
import { shareWorld } from './shared-world.ts';
import type { ConverseRequestRecord } from '../simulators/bedrock-records.ts';
import type { Responder, Script } from '../simulators/bedrock.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const SCALE = 3_000;
let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' }, environment: { HISTORY_MAX_TOKENS: String(SCALE), COMPACTION: 'on', BEDROCK_MODEL_ID: 'us.amazon.nova-2-lite-v1:0' } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

const LONG = 'and so on '.repeat(100);
const isSummary = ({ body }: Pick<ConverseRequestRecord, 'body'>): boolean => body?.system?.[0]?.text?.startsWith('You keep notes') === true;
const summaries = (): ConverseRequestRecord[] => world.bedrock.requests.filter(isSummary);
/** The first block of what the model was told last by a person. */
const lastAsked = (): ConverseRequestRecord => world.bedrock.requests.findLast((request) => !isSummary(request)) as ConverseRequestRecord;
const summaryIn = (request = lastAsked()): string | undefined => request.body?.messages[0]?.content.find(({ text }) => text?.startsWith('{"summary":'))?.text;

/** Questions get one answer, side calls another. */
const answerWith = (summary: Script | Responder): void => {
  world.bedrock.respond((request) => {
    if (!isSummary(request)) return { text: 'Certainly.' };
    return typeof summary === 'function' ? summary(request) : summary;
  });
};

/** Asks until it begins to be folded, and that is done: all answers. */
const askUntilFolded = async (place: SimulatedChannel): Promise<SimulatedMessage[]> => {
  const before = summaries().length;
  const answers: SimulatedMessage[] = [];
  while (summaries().length === before) {
    if (answers.length > 20) throw new Error('Nothing is folded');
    answers.push(await world.ask(world.ana, `${answers.length} my cat is Tom ${LONG}`, place));
    if (answers.at(-1)?.content !== 'Certainly.') await expect.poll(() => summaries().length).toBe(before + 1);
  }
  await summaries().at(-1)?.closed;
  return answers;
};
const stored = async (text: string): Promise<boolean> => {
  const store = openStore(storeUrl);
  try {
    for await (const [, value] of store.entries('')) if (value.includes(text)) return true;
    return false;
  } finally {
    await store.close();
  }
};
/** What a question behind it is asked with. */
const summaryAfter = async (place: SimulatedChannel): Promise<string | undefined> => {
  await world.ask(world.bo, 'and now?', place);
  return summaryIn();
};
const untilSummaryIs = async (place: SimulatedChannel, text: string): Promise<void> => {
  await expect.poll(() => stored(text)).toBe(true);
  expect(await summaryAfter(place)).toContain(text);
};

describe('a conversation that has no room any more', () => {
  it('is folded: by one small call of the cheaper tier, behind the answer; told once; and asked with the summary from then on', async () => {
    const place = freshChannel(world);
    answerWith({ text: 'Ana has a cat, Tom.' });
    const before = world.bedrock.requestCount;
    const answers = await askUntilFolded(place);
    expect(answers.map(({ content }) => content)).toEqual([...answers.slice(1).map(() => 'Certainly.'), 'Certainly.\n-# This conversation has become so long that I keep only a short summary of its beginning.']);
    expect(world.bedrock.requestCount).toBe(before + answers.length + 1);
    const [call] = summaries().slice(-1);
    expect(call?.body).toMatchObject({ serviceTier: { type: 'flex' }, messages: [{ role: 'user' }] });
    expect(call?.body?.inferenceConfig?.maxTokens).toBeLessThan(3_000);
    expect(call?.body?.messages[0]?.content[0]?.text).toContain('my cat is Tom');
    await untilSummaryIs(place, 'Ana has a cat, Tom.');
    const request = lastAsked();
    expect(request.body?.messages.length).toBeLessThan(answers.length * 2);
    expect(request.body?.messages.length).toBeGreaterThan(2);
    expect(JSON.stringify(request.body?.system)).toContain('\\"summary\\"');
    // Whose answers have left lose their buttons, behind those that other tests have left behind: one in two seconds.
    await expect.poll(() => buttonsOf(answers[0] as SimulatedMessage), { timeout: 180_000 }).toEqual([]);
    // A second fold adds a part, and tells nobody.
    answerWith({ text: 'They spoke on.' });
    const more: SimulatedMessage[] = [];
    while (!(await stored('They spoke on.'))) more.push(await world.ask(world.ana, `more ${LONG}`, place));
    expect(new Set(more.map(({ content }) => content))).toEqual(new Set(['Certainly.']));
    const both = await summaryAfter(place);
    expect(both).toContain('Ana has a cat, Tom.');
    expect(both).toContain('They spoke on.');
    // And a restart knows it.
    await world.restart();
    expect(await summaryAfter(place)).toBe(both);
  }, 300_000);

  it('loses its beginning where the summary comes to nothing, and everybody is answered', async () => {
    const place = freshChannel(world);
    answerWith({ error: bedrockErrors.validation('Malformed input request') });
    let shortest = Infinity;
    for (let turn = 0; turn < 14; turn += 1) {
      expect((await world.ask(world.ana, `${turn} ${LONG}`, place)).content).toMatch(/^Certainly\./u);
      const length = lastAsked().body?.messages.length ?? 0;
      shortest = turn > 8 ? Math.min(shortest, length) : shortest;
      expect(length).toBeLessThan(23);
    }
    expect(shortest).toBeLessThan(14);
    expect(summaries().length).toBeGreaterThan(1);
    expect(summaryIn()).toBeUndefined();
    expect(place.fromBot.filter(({ content }) => content.includes('-#'))).toHaveLength(1);
  });

  it('forgets the summary with the conversation, and with a question that it speaks of, also while it is being made', async () => {
    answerWith({ text: 'A secret about Tom.' });
    const place = freshChannel(world);
    const answers = await askUntilFolded(place);
    await untilSummaryIs(place, 'A secret about Tom.');
    world.ana.delete(world.discord.message(answers[0]?.referenceId ?? '') as SimulatedMessage);
    await expect.poll(() => stored('A secret about Tom.')).toBe(false);
    expect(await summaryAfter(place)).toBeUndefined();

    answerWith({ text: 'Another secret.' });
    const second = freshChannel(world);
    await askUntilFolded(second);
    await untilSummaryIs(second, 'Another secret.');
    letModerate(world.ana, second);
    world.ana.runCommand(second, 'reset');
    await expect.poll(() => stored('Another secret.')).toBe(false);

    const stream = manualStream();
    answerWith(stream.responder);
    const third = freshChannel(world);
    const made: SimulatedMessage[] = [];
    while (made.at(-1)?.content.includes('-#') !== true) made.push(await world.ask(world.ana, `${made.length} ${LONG}`, third));
    await stream.request;
    world.ana.delete(world.discord.message(made[0]?.referenceId ?? '') as SimulatedMessage);
    await expect.poll(() => world.discord.message(made[0]?.id ?? '')?.deleted).toBe(true);
    answerWith({ text: 'Another one.' });
    await stream.text('Too late.');
    await stream.finish();
    await (await stream.request).closed;
    await world.ask(world.bo, 'and now?', third);
    expect(await stored('Too late.')).toBe(false);
  });

  it('forgets a question that its summary speaks of also where it has gone on in a thread since', async () => {
    answerWith({ text: 'A secret about Rex.' });
    const place = freshChannel(world);
    const answers = await askUntilFolded(place);
    await untilSummaryIs(place, 'A secret about Rex.');
    letModerate(world.ana, place);
    const used = world.ana.runCommand(place, 'thread', {});
    await world.discord.waitFor(() => used.response?.content.startsWith('This conversation goes on in this thread,'));
    expect(await stored('A secret about Rex.')).toBe(true);
    world.ana.delete(world.discord.message(answers[0]?.referenceId ?? '') as SimulatedMessage);
    await expect.poll(() => stored('A secret about Rex.')).toBe(false);
  });

  it('is not folded in a place that does not want it', async () => {
    await world.restart({ COMPACTION: 'off' });
    answerWith({ text: 'never' });
    const place = freshChannel(world);
    const before = summaries().length;
    for (let turn = 0; turn < 12; turn += 1) await world.ask(world.ana, `${turn} ${LONG}`, place);
    expect(summaries().length).toBe(before);
    expect(place.fromBot.filter(({ content }) => content.includes('I no longer know its beginning'))).toHaveLength(1);
    await world.restart();
  });
});
