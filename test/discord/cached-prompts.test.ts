import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startWorld } from '../start-parley.ts';
import type { World } from '../start-parley.ts';

const SYSTEM_PROMPT = 'Answer in the words of a sailor. '.repeat(200);
const POINT = { cachePoint: { type: 'default' } };

const folder = mkdtempSync(join(tmpdir(), 'parley-'));
let world: World | undefined;
afterEach(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

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
