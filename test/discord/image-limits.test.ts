import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startWorld } from '../start-parley.ts';
import { decide } from './deciding.ts';
import { streamTroubles } from '../simulators/bedrock-script.ts';
import { png } from './files/samples.ts';
import type { SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const MODEL = 'us.anthropic.claude-haiku-5-5';
const LLAMA = 'us.meta.llama4-maverick-17b-instruct-v1:0';

let world: World;
const start = async (environment: Readonly<Record<string, string>> = {}): Promise<void> => {
  world = await startWorld({ discord: { rateLimits: 'off' }, environment });
  world.bedrock.respond({ text: 'I see.' });
};
afterEach(() => world.close());

/** Pictures of these widths, which tell them apart. */
const ask = async (text: string, ...widths: readonly number[]): Promise<SimulatedMessage> => {
  const attachments = widths.map((width) => ({ name: `${width}.png`, bytes: png(width) }));
  const question = world.ana.say(world.channel, `${world.discord.botUser.mention} ${text}`, { attachments });
  await world.outcome(question.id);
  return world.channel.fromBot.findLast(({ referenceId }) => referenceId === question.id)!;
};

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index);

/** The widths of the pictures in a request, in their order; the newest request by default. */
const sent = (at = -1): number[] =>
  (world.bedrock.requests.at(at)?.body?.messages ?? [])
    .flatMap(({ content }) => content as readonly { readonly image?: { readonly source: { readonly bytes?: string } } }[])
    .flatMap(({ image }) => (image?.source.bytes === undefined ? [] : [Buffer.from(image.source.bytes, 'base64').readUInt32BE(16)]));

describe('a model that is known to take fewer pictures', () => {
  it('gets no more than these in the first place, and who asked reads which are missing', async () => {
    await start({ BEDROCK_MODEL_ID: LLAMA });
    const answer = await ask('look', ...range(1, 10));
    expect(sent()).toEqual(range(1, 8));
    expect(answer.content).toContain('Without `9.png`: the model takes no more than 8 pictures at once.');
    expect(answer.content).toContain('Without `10.png`');
    expect(world.bedrock.requestCount).toBe(1);
  });

  it('gets the newest of a conversation', async () => {
    await start({ BEDROCK_MODEL_ID: LLAMA });
    expect((await ask('first', ...range(1, 5))).content).toBe('I see.');
    const second = await ask('second', ...range(6, 5));
    expect(sent()).toEqual([...range(1, 3), ...range(6, 5)]);
    expect(second.content).toMatch(/^I see\.\n-# I looked at the newest pictures only/u);
    expect((await ask('third')).content).toBe('I see.');
    expect(sent()).toHaveLength(8);
    expect(world.bedrock.requestCount).toBe(3);
  });

  it('may be an admin who knows that', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'parley-')), 'models.json');
    writeFileSync(path, JSON.stringify({ models: { 'anthropic.claude-haiku-5-5': { maxImages: 2 } } }));
    await start({ BEDROCK_MODELS_FILE: path });
    const answer = await ask('look', 1, 2, 3);
    expect(sent()).toEqual([1, 2]);
    expect(answer.content).toContain('Without `3.png`: the model takes no more than 2 pictures at once.');
  });
});

describe('a model that refuses so many pictures', () => {
  it('is asked again with fewer, unseen, and from then on with no more', async () => {
    await start();
    world.bedrock.setModel(MODEL, { maxImages: 3 });
    const answer = await ask('look', ...range(1, 5));
    expect(sent(0)).toEqual(range(1, 5));
    expect(sent(1)).toEqual(range(1, 3));
    expect(answer.content).toBe(
      'I see.\n-# Without `4.png`: the model takes no more than 3 pictures at once.\n-# Without `5.png`: the model takes no more than 3 pictures at once.',
    );
    expect(world.log.filter(({ message }) => String(message).includes('pictures at once'))).toEqual([expect.objectContaining({ level: 'warn', most: 3 })]);
    await ask('and these?', ...range(6, 4));
    expect(sent()).toEqual(range(6, 3));
    expect(world.bedrock.requestCount).toBe(3);
  });

  it('loses the oldest of a conversation, whatever its words are', async () => {
    await start();
    world.bedrock.setModel(MODEL, { maxImages: 4, family: 'other' });
    await ask('first', ...range(1, 3));
    const answer = await ask('second', ...range(4, 3));
    expect(sent()).toEqual([1, ...range(4, 3)]);
    expect(answer.content).toMatch(/^I see\.\n-# I looked at the newest pictures only/u);
    expect(world.bedrock.requestCount).toBe(3);
    await world.ask(world.ana, 'third');
    expect(sent()).toEqual([1, ...range(4, 3)]);
  });

  it('and names no number, is asked with half as many each time', async () => {
    await start();
    const refusal = { error: { name: 'ValidationException', status: 400, message: 'The model returned the following errors: too many images' } };
    world.bedrock.respondOnce(refusal, refusal);
    await ask('look', ...range(1, 9));
    expect([0, 1, 2].map((at) => sent(at).length)).toEqual([9, 4, 2]);
  });

  it('refuses no question without end: one picture that is too many is told', async () => {
    await start();
    world.bedrock.setModel(MODEL, { maxImages: 0 });
    const answer = await ask('look', 1, 2, 3);
    expect(answer.content).toContain('did not accept a file that belongs to this question');
    expect(world.bedrock.requestCount).toBe(2);
  });

  it('while it says so within the stream, is asked again too', async () => {
    await start();
    const trouble = streamTroubles.validation('At most 1 image(s) may be provided in one request.');
    world.bedrock.respondOnce({ text: '', trouble, afterDeltas: 'headers' });
    await ask('look', 1, 2);
    expect(sent()).toEqual([1]);
  });
});

describe('a model that a place has for itself', () => {
  it.each([
    ['fewer than the bot\'s', MODEL, LLAMA, 8],
    ['more than the bot\'s', LLAMA, MODEL, 10],
  ])('gets as many pictures as it takes itself, %s', async (_what, ofBot, ofPlace, most) => {
    const url = `sqlite://${join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite')}`;
    await start({ BEDROCK_MODEL_ID: ofBot, STORE_URL: url });
    await decide(url, world.guild.id, { channels: { [world.channel.id]: { model: ofPlace } } });
    await world.restart();
    const answer = await ask('look', ...range(1, 10));
    expect(sent()).toEqual(range(1, most));
    expect(answer.content.includes('Without `9.png`: the model takes no more than 8 pictures at once.')).toBe(most === 8);
  });
});
