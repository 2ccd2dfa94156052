import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startWorld } from '../start-parley.ts';
import type { World } from '../start-parley.ts';

const SYSTEM_PROMPT = 'Answer in the words of a sailor. '.repeat(200);
const POINT = { cachePoint: { type: 'default' } };

const folder = mkdtempSync(join(tmpdir(), 'parley-'));
let world: World | undefined;
afterEach(async () => {
  await world?.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a long prompt', () => {
  it('is kept by the model from one question to the next, and refused cache points are left out', async () => {
    world = await startWorld({ environment: { BEDROCK_MODEL_ID: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', SYSTEM_PROMPT } });
    const { ask, ana, bedrock } = world;
    bedrock.respond({ text: 'Aye.' });
    await ask(ana, 'first');
    await ask(ana, 'second');
    const [first, second] = bedrock.requests.map(({ body }) => body);
    expect([first?.system?.at(-1), second?.system?.at(-1)]).toEqual([POINT, POINT]);
    expect(second?.messages.map(({ content }) => content.at(-1))).toEqual([{ text: 'first' }, POINT, { text: 'second' }]);

    // The admin's file is wrong about another model.
    const models = join(folder, 'models.json');
    writeFileSync(models, JSON.stringify({ models: { 'openai.gpt-oss-20b-1:0': { cachesFromTokens: 1_000 } } }));
    await world.restart({ BEDROCK_MODEL_ID: 'openai.gpt-oss-20b-1:0', BEDROCK_MODELS_FILE: models });
    const before = bedrock.requests.length;
    expect((await ask(ana, 'third')).content).toBe('Aye.');
    expect((await ask(ana, 'fourth')).content).toBe('Aye.');
    expect(bedrock.requests.slice(before).map(({ body }) => JSON.stringify(body).includes('cachePoint'))).toEqual([true, false, false]);
    expect(world.log.filter(({ field }) => field !== undefined)).toEqual([
      { level: 'warn', message: 'the model takes no such field; it is left out from now on', field: 'cachePoint' },
    ]);
  });
});

describe('when a question was asked', () => {
  it('stands in its turn, by the clock of Discord, and stays as it is in all later prompts', async () => {
    world = await startWorld();
    const { ask, ana, bedrock, discord, channel, outcome } = world;
    bedrock.respond({ text: 'Aye.' });
    await outcome(ana.runCommand(channel, 'ask', { prompt: 'first' }, { locale: 'pt-BR' }).id);
    discord.advance(3 * 24 * 60 * 60 * 1000);
    await ask(ana, 'second');
    await ask(ana, 'third');
    const [first, second, third] = bedrock.requests.map(({ body }) => body);
    const withoutPoints = (messages: typeof first): unknown => JSON.parse(JSON.stringify(messages?.messages).replaceAll(`,${JSON.stringify(POINT)}`, ''));
    expect(withoutPoints(second)).toEqual([...(withoutPoints(first) as unknown[]), ...(withoutPoints(second) as unknown[]).slice(1)]);
    expect(withoutPoints(third)).toEqual([...(withoutPoints(second) as unknown[]), ...(withoutPoints(third) as unknown[]).slice(3)]);
    expect(new Set([first, second, third].map((body) => JSON.stringify(body?.system))).size).toBe(1);
    const headers = (third?.messages ?? []).filter(({ role }) => role === 'user').map(({ content }) => JSON.parse(content[0]?.text ?? '') as { asked_at: string; locale?: string });
    const dayOf = (text: string | undefined): number => Date.parse(text?.split(' ')[1] ?? '') / (24 * 60 * 60 * 1000);
    expect(dayOf(headers[1]?.asked_at) - dayOf(headers[0]?.asked_at)).toBe(3);
    expect(headers.map(({ locale }) => locale)).toEqual(['pt-BR', undefined, undefined]);
    expect(JSON.stringify(third?.system)).toContain('asked_at');
  });
});
