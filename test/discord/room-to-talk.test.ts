import { describe, expect, it } from 'vitest';
import { freshChannel } from './fresh-channel.ts';
import { shareWorld } from './shared-world.ts';
import type { ModelTraits } from '../simulators/bedrock-model-list.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' }, environment: { HISTORY_MAX_TOKENS: '1000000' } }, (opened) => {
  world = opened;
});

/** A model that nobody has described: its window is found out. */
const useModel = async (id: string, traits: Partial<ModelTraits>): Promise<void> => {
  world.bedrock.setModel(id, traits);
  await world.restart({ BEDROCK_MODEL_ID: id });
};

/** In small print, once. */
const TRIMMED = '\n-# This conversation has become so long that I no longer know its beginning.';
const THOUSAND_TOKENS = 'word '.repeat(780);
const answered = () => world.bedrock.requests.slice(-1)[0]?.body?.messages.length ?? 0;
/** The statuses of all calls that a question takes, or the error inside the stream. */
const callsFor = async (text: string, place = world.channel): Promise<readonly unknown[]> => {
  const before = world.bedrock.requestCount;
  await world.ask(world.ana, text, place);
  return world.bedrock.requests.slice(before - world.bedrock.requestCount).map(({ status, error }) => error ?? status);
};

describe('a conversation that outgrows the window of its model', () => {
  it.each<[string, ModelTraits['overflow']]>([
    ['in words with a number', 'prompt'],
    ['in words without one', 'input'],
    ['inside the stream', 'stream'],
  ])('is asked again with its newer half where Bedrock says so %s, and from then on every conversation keeps within it', async (_how, overflow) => {
    await useModel(`test.small-${overflow}-v1`, { contextTokens: 16_000, overflow, maxOutputTokens: 4_096 });
    const place = freshChannel(world);
    let refusals = 0;
    for (let turn = 1; refusals === 0; turn += 1) {
      if (turn > 20) throw new Error('It was never too long');
      const calls = await callsFor(`${turn} ${THOUSAND_TOKENS}`, place);
      refusals = calls.filter((one) => one !== 200).length;
    }
    expect(place.fromBot.at(-1)?.content).toContain('Certainly.');
    expect(answered()).toBeGreaterThan(2);
    expect(answered()).toBeLessThan(18);
    expect(place.fromBot.filter(({ content }) => content.includes(TRIMMED))).toHaveLength(1);
    expect(place.fromBot.at(-1)?.content).toContain(TRIMMED);
    // Another conversation, which has been nowhere near it yet.
    const other = freshChannel(world);
    for (let turn = 1; turn <= 20; turn += 1) expect(await callsFor(`${turn} ${THOUSAND_TOKENS}`, other)).toEqual([200]);
    expect(other.fromBot.filter(({ content }) => content.includes(TRIMMED))).toHaveLength(1);
    expect(world.log.filter(({ tokens }) => tokens !== undefined).length).toBeGreaterThan(0);
  });

  it('is told in plain words where the question alone is too long, and what it says is not learned from a question with files', async () => {
    await useModel('test.tiny-v1', { contextTokens: 20_000, overflow: 'prompt', maxOutputTokens: 4_096 });
    const place = freshChannel(world);
    const file = { name: 'long.txt', bytes: Buffer.from(THOUSAND_TOKENS.repeat(30)), contentType: 'text/plain' };
    await world.ask(world.ana, 'hello', place);
    const question = world.ana.say(place, `${world.discord.botUser.mention} read this`, { attachments: [file] });
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed', kind: 'too-long' });
    expect(place.fromBot.at(-1)?.content).toBe('This question is too long for the model. Please shorten it, or attach less.');
    expect(await callsFor('and now?', place)).toEqual([200]);
    expect(answered()).toBe(3);
  });

  it('is bounded by HISTORY_MAX_TOKENS where the window is larger, and a question that is longer than that is asked by itself', async () => {
    const id = 'test.large-v1';
    world.bedrock.setModel(id, { contextTokens: 100_000, maxOutputTokens: 4_096 });
    await world.restart({ BEDROCK_MODEL_ID: id, HISTORY_MAX_TOKENS: '3500' });
    const place = freshChannel(world);
    const longest: number[] = [];
    for (let turn = 1; turn <= 8; turn += 1) {
      expect(await callsFor(`${turn} ${THOUSAND_TOKENS}`, place)).toEqual([200]);
      longest.push(answered());
    }
    expect(Math.max(...longest)).toBe(5);
    await world.restart({ BEDROCK_MODEL_ID: id, HISTORY_MAX_TOKENS: '500' });
    expect(await callsFor(THOUSAND_TOKENS, place)).toEqual([200]);
    expect(answered()).toBe(1);
    expect(await callsFor('and now?', place)).toEqual([200]);
    expect(place.fromBot.at(-1)?.content).toBe('Certainly.');
    expect(place.fromBot.filter(({ content }) => content.includes(TRIMMED))).toHaveLength(1);
  });

  it('never gets there where the window is known beforehand', async () => {
    world.bedrock.setModel('qwen.qwen3-32b-v1:0', { contextTokens: 32_768, maxOutputTokens: 16_384, overflow: 'input' });
    await world.restart({ BEDROCK_MODEL_ID: 'qwen.qwen3-32b-v1:0' });
    const place = freshChannel(world);
    let longest = 0;
    for (let turn = 1; turn <= 32; turn += 1) {
      expect(await callsFor(`${turn} ${THOUSAND_TOKENS}`, place)).toEqual([200]);
      longest = Math.max(longest, answered());
    }
    expect(longest).toBeGreaterThan(25);
    expect(answered()).toBeLessThan(longest);
  });
});
