import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { createUsageStore } from '../../src/store/usage-store.ts';
import { freshChannel } from './fresh-channel.ts';
import { shareWorld } from './shared-world.ts';
import type { ConverseRequestRecord } from '../simulators/bedrock-records.ts';
import type { SimulatedChannel } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const MODEL_ID = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const TOLD = '-# The model, or a guardrail, refused something that was said earlier in this conversation, so I answered without it.';
const ODD = 'a cursed word';

let world: World;
let path: string;
let url: string;
shareWorld({ discord: { rateLimits: 'off' }, environment: { BEDROCK_MODEL_ID: MODEL_ID } }, (opened, storeUrl) => {
  world = opened;
  url = storeUrl;
  path = storeUrl.replace('sqlite://', '');
});

const refuse = (words: string | undefined): void => world.bedrock.setModel(MODEL_ID, { refuses: words === undefined ? undefined : { says: new RegExp(ODD, 'u'), words } });
/** What a question is asked with, and what it reads. */
const ask = async (text: string, place: SimulatedChannel): Promise<{ read: string; calls: readonly ConverseRequestRecord[]; line: Record<string, unknown> }> => {
  const before = world.bedrock.requests.length;
  const question = world.ana.say(place, `${world.discord.botUser.mention} ${text}`);
  const line = await world.outcome(question.id);
  return { read: place.fromBot.findLast(({ referenceId }) => referenceId === question.id)?.content ?? '', calls: world.bedrock.requests.slice(before), line };
};
const saidIn = (call: ConverseRequestRecord | undefined): string => JSON.stringify(call?.body?.messages);
const stored = (place: SimulatedChannel): { version: number; refused: number; exchanges: number } => {
  using database = new DatabaseSync(path, { readOnly: true });
  const valueOf = (sql: string): { value: string }[] => database.prepare(sql).all(place.id) as { value: string }[];
  const [head] = valueOf("SELECT value FROM keyv WHERE key = 'history:' || ?");
  const exchanges = valueOf("SELECT value FROM keyv WHERE key GLOB 'exchange:' || ? || '/*'");
  return { version: (JSON.parse(head?.value ?? '{}') as { version: number }).version, refused: exchanges.filter(({ value }) => value.includes('"isRefused":true')).length, exchanges: exchanges.length };
};
/** What the log says of that. */
const refusals = ({ id }: SimulatedChannel): Record<string, unknown>[] => world.log.filter(({ message, conversationId }) => conversationId === id && String(message).startsWith('the model refused something that was said earlier'));
/** A conversation in which that was said, by a model that took it. */
const talk = async (rounds: number, odd: readonly number[]): Promise<SimulatedChannel> => {
  refuse(undefined);
  const place = freshChannel(world);
  for (let round = 0; round < rounds; round += 1) await ask(odd.includes(round) ? `${ODD} ${round}` : `question ${round}`, place);
  return place;
};

describe('what the model refuses of an earlier turn, whatever its words', () => {
  it.each([
    'The model returned the following errors: Output blocked by content filtering policy',
    'Malformed input request: invalid unicode code point, please reformat your input and try again.',
    'The provided messages are not valid.',
    'Invalid value for content.',
  ])('is found, left out for good, and told in a line: %s', async (words) => {
    const place = await talk(9, [3]);
    refuse(words);
    const { read, calls } = await ask('and now?', place);
    expect(read).toBe(`Certainly.\n${TOLD}`);
    expect(refusals(place)).toEqual([expect.objectContaining({ level: 'warn', outcome: 'delivered', reason: expect.stringContaining(words) })]);
    expect(JSON.stringify(refusals(place))).not.toContain(ODD);
    // As it was, without the newest, the question alone, halves of nine, and without what was found.
    const taken = calls.filter(({ status }) => status === 200);
    expect(calls.length).toBeLessThanOrEqual(2 + 1 + 4 + 1);
    expect(saidIn(calls.at(-1))).not.toContain(ODD);
    for (const round of [0, 1, 2, 4, 5, 6, 7, 8]) expect(saidIn(calls.at(-1))).toContain(`question ${round}`);
    for (const { body } of taken.slice(0, -1)) expect(body?.inferenceConfig?.maxTokens).toBeLessThan(calls.at(-1)?.body?.inferenceConfig?.maxTokens ?? 0);
    expect(place.fromBot.filter(({ referenceId }) => referenceId !== undefined)).toHaveLength(10);
    expect(stored(place)).toEqual({ version: 6, refused: 1, exchanges: 10 });
    // Nobody pays for it again, nor hears of it; also behind a restart, by a model that would take it.
    const next = await ask('and then?', place);
    expect([next.read, next.calls.length]).toEqual(['Certainly.', 1]);
    await world.restart();
    world.bedrock.respond({ text: 'Certainly.' });
    const last = await ask('still there?', place);
    expect([last.read, last.calls.length, saidIn(last.calls[0]).includes(ODD)]).toEqual(['Certainly.', 1, false]);
  });

  it('is the newest turn mostly, which takes one more call', async () => {
    const place = await talk(6, [5]);
    refuse('Invalid value for content.');
    const { read, calls } = await ask('and now?', place);
    expect([read, calls.length]).toEqual([`Certainly.\n${TOLD}`, 2]);
    expect(stored(place)).toMatchObject({ version: 6, refused: 1, exchanges: 7 });
  });

  it('may be more than one turn, and all of them', async () => {
    const two = await talk(8, [1, 6]);
    refuse('Invalid value for content.');
    expect((await ask('and now?', two)).read).toBe(`Certainly.\n${TOLD}`);
    expect(stored(two)).toMatchObject({ refused: 2, exchanges: 9 });
    const all = await talk(5, [0, 1, 2, 3, 4]);
    refuse('Invalid value for content.');
    for (const expected of [3, 5]) {
      expect((await ask('and now?', all)).read).toBe(`Certainly.\n${TOLD}`);
      expect(stored(all).refused).toBe(expected);
    }
    const { read, calls } = await ask('and now?', all);
    expect([read, calls.length]).toEqual(['Certainly.', 1]);
  });

  it('is the question itself where that is refused alone: told as that, and nothing is set aside', async () => {
    const place = await talk(6, []);
    refuse('Invalid value for content.');
    const { read, line, calls } = await ask(`say ${ODD}`, place);
    expect(line).toMatchObject({ outcome: 'failed', kind: 'request-refused' });
    expect(read).toContain('Amazon Bedrock refused this question');
    expect(calls.every(({ status }) => status === 400)).toBe(true);
    expect(calls).toHaveLength(3);
    expect((await ask('and now?', place)).read).toBe('Certainly.');
    expect(stored(place)).toEqual({ version: 3, refused: 0, exchanges: 7 });
  });

  it('is booked: each call that was answered', async () => {
    const place = await talk(9, [2]);
    refuse('Invalid value for content.');
    const { calls } = await ask('and now?', place);
    const taken = calls.filter(({ status }) => status === 200);
    expect(taken.length).toBeGreaterThan(1);
    const store = openStore(url, { table: 'usage' });
    try {
      const usage = createUsageStore(store);
      while (await usage.fold());
      const [days = []] = await usage.month(new Date().toISOString().slice(0, 7), [`channel:${world.guild.id}:${place.id}`]);
      expect(days.reduce((sum, day) => sum + day.sum.calls, 0)).toBe(9 + taken.length);
      expect(days.reduce((sum, day) => sum + day.sum.inputTokens, 0)).toBe(world.bedrock.requests.slice(-9 - calls.length).reduce((sum, call) => sum + (call.usage?.inputTokens ?? 0), 0));
    } finally {
      await store.close();
    }
  });

  it('never stands in the way of a summary, which is made without it', async () => {
    await world.restart({ COMPACTION: 'on', HISTORY_MAX_TOKENS: '3000' });
    const place = await talk(2, [1]);
    refuse('Invalid value for content.');
    const isSummary = ({ body }: Pick<ConverseRequestRecord, 'body'>): boolean => [...(body?.system ?? []), ...(body?.messages.at(-1)?.content ?? [])].some(({ text }) => text?.includes('You keep notes'));
    world.bedrock.respond((request) => ({ text: isSummary(request) ? 'They asked on.' : 'Certainly.' }));
    for (let round = 0; round < 12; round += 1) await ask(`and so on ${'for long '.repeat(90)}`, place);
    await expect.poll(() => world.bedrock.requests.filter((call) => isSummary(call) && call.status === 200).length).toBeGreaterThan(0);
    await expect.poll(async () => saidIn((await ask('and now?', place)).calls[0])).toContain('They asked on.');
    refuse(undefined);
    await world.restart();
  });
});
