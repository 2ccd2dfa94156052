import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { TEST_KEY, bedrockErrors, shortTermKey } from '../simulators/bedrock.ts';
import { examine, folder, usePatient } from './patient.ts';
import type { Patient } from './patient.ts';

const HOUR_MS = 3_600_000;

let bedrock: Patient['bedrock'];
let gone: Patient['gone'];
usePatient((patient) => {
  ({ bedrock, gone } = patient);
});

describe('the doctor, of the key,', () => {
  it('tells its kind, its region and how long it is good for', async () => {
    const key = shortTermKey({ lifeMs: 5 * HOUR_MS + 60_000 });
    bedrock.addKey(key);
    expect((await examine({ AWS_BEARER_TOKEN_BEDROCK: key })).of('bedrock.key')).toMatchObject({
      state: 'good',
      says: expect.stringMatching(/short-term key for us-east-1, good for 5 h [01] min/u) as string,
    });
    const path = join(folder(), 'key');
    writeFileSync(path, shortTermKey({ lifeMs: HOUR_MS / 2 }));
    const soon = await examine({ AWS_BEARER_TOKEN_BEDROCK: undefined, AWS_BEARER_TOKEN_BEDROCK_FILE: path });
    expect(soon.of('bedrock.key')).toMatchObject({ state: 'warning', cure: expect.stringContaining('replace the file') as string });
    expect((await examine()).of('bedrock.key').says).toContain('long-term key');
  });

  it('tells one that has expired, by its date', async () => {
    const key = shortTermKey({ madeAt: Date.now() - 14 * HOUR_MS });
    bedrock.addKey(key);
    const { of, findings } = await examine({ AWS_BEARER_TOKEN_BEDROCK: key });
    expect(of('bedrock.key')).toMatchObject({ state: 'bad', says: expect.stringMatching(/key expired 2 h 0 min ago\.$/u) as string });
    expect(of('bedrock.access')).toMatchObject({ state: 'skipped', says: 'The model is not called, because the key has expired.' });
    expect(findings.filter(({ says, cure }) => /make a new one/iu.test(`${says} ${cure}`))).toHaveLength(1);
    expect(bedrock.requestCount).toBe(0);
  });

  it('tells one that has expired by the word of Bedrock, once, with one cure', async () => {
    bedrock.respond({ error: bedrockErrors.untyped() });
    const { of, findings } = await examine();
    expect(of('bedrock.access')).toMatchObject({ state: 'bad', says: expect.stringContaining('The API key has expired') as string });
    expect(findings.filter(({ state }) => state === 'bad')).toHaveLength(1);
  });

  it('takes no clock of this machine for the truth: a fresh key is good, and an old one is not', async () => {
    const real = Date.now;
    for (const [aheadMs, lifeMs, state] of [[20 * HOUR_MS, 12 * HOUR_MS, 'good'], [-20 * HOUR_MS, -HOUR_MS, 'bad']] as const) {
      const key = shortTermKey({ madeAt: real() + lifeMs - 12 * HOUR_MS });
      bedrock.addKey(key);
      const spy = vi.spyOn(Date, 'now').mockImplementation(() => real() + aheadMs);
      const { of, findings } = await examine({ AWS_BEARER_TOKEN_BEDROCK: key }).finally(() => spy.mockRestore());
      expect(of('bedrock.key').state).toBe(state);
      expect(of('discord.clock')).toMatchObject({
        state: 'warning',
        says: expect.stringMatching(new RegExp(`^This machine's clock is (?:20 h 0 min|19 h 60 min) ${aheadMs > 0 ? 'fast' : 'slow'}, by that of Discord`, 'u')) as string,
        cure: expect.stringContaining('Set the clock') as string,
      });
      expect(findings.filter(({ check }) => check.endsWith('.clock'))).toHaveLength(1);
    }
    expect((await examine()).of('discord.clock').says).toBe("This machine's clock agrees with that of Discord.");
  });

  it('asks Bedrock what time it is where Discord cannot be reached', async () => {
    const real = Date.now;
    const key = shortTermKey();
    bedrock.addKey(key);
    const spy = vi.spyOn(Date, 'now').mockImplementation(() => real() + 3 * 24 * HOUR_MS);
    const { of } = await examine({ AWS_BEARER_TOKEN_BEDROCK: key, DISCORD_API_URL: gone }).finally(() => spy.mockRestore());
    expect(of('bedrock.key').state).toBe('good');
    expect(of('bedrock.clock')).toMatchObject({ state: 'warning', says: expect.stringContaining('3 days fast, by that of Amazon Bedrock') as string });
  });

  it('tells one that Bedrock refuses', async () => {
    const { of } = await examine({ AWS_BEARER_TOKEN_BEDROCK: 'ABSKnobodyknowsit' });
    expect(of('bedrock.access')).toMatchObject({ state: 'bad', cure: expect.stringContaining('compare AWS_REGION') as string });
  });

  it('waits for a slow command, and not for ever', async () => {
    const { of } = await examine({ AWS_BEARER_TOKEN_BEDROCK: undefined, AWS_BEARER_TOKEN_BEDROCK_COMMAND: 'sleep 40', PATH: process.env['PATH'] });
    expect(of('bedrock.key').says).toBe('AWS_BEARER_TOKEN_BEDROCK_COMMAND gave no key: it is still running after 20 s.');
    expect(of('bedrock.access')).toMatchObject({ state: 'skipped', says: 'The model is not called, because there is no key to call it with.' });
  });

  it('asks a command for it, and tells when that gives none, or one of another region', async () => {
    const asked = (command: string) => examine({ AWS_BEARER_TOKEN_BEDROCK: undefined, AWS_BEARER_TOKEN_BEDROCK_COMMAND: command, PATH: process.env['PATH'] });
    expect((await asked(`echo ${TEST_KEY}`)).of('bedrock.access').state).toBe('good');
    expect((await asked('exit 7')).of('bedrock.key')).toMatchObject({ state: 'bad', says: expect.stringContaining('exit code 7') as string });
    expect((await asked(`echo ${shortTermKey({ region: 'eu-west-1' })}`)).of('bedrock.key').says).toContain('another region');
  });
});

describe('the doctor, of the model,', () => {
  it.each([
    ['is retired', 'us.anthropic.claude-3-5-haiku-20241022-v1:0', 'Set BEDROCK_MODEL_ID=us.anthropic.claude-haiku-5-5.'],
    ['needs an inference profile', 'anthropic.claude-haiku-5-5', 'Set BEDROCK_MODEL_ID=us.anthropic.claude-haiku-5-5.'],
    ['is another region’s', 'eu.anthropic.claude-opus-5-5', 'Set BEDROCK_MODEL_ID=us.anthropic.claude-opus-5-5.'],
  ])('names the cure for one that %s, from the list and from the call', async (_what, modelId, cure) => {
    const { of } = await examine({ BEDROCK_MODEL_ID: modelId });
    expect(of('bedrock.model').cure).toBe(cure);
    // Once is enough where the list says it all.
    if (of('bedrock.model').state === 'bad') expect(of('bedrock.access')).toMatchObject({ state: 'skipped', says: 'The model is not called, because it needs an inference profile.' });
    else expect(of('bedrock.access')).toMatchObject({ state: 'bad', cure });
  });

  it('tells a list that did not come only where nothing else is wrong', async () => {
    const { of, exitCode } = await examine({ AWS_ENDPOINT_URL_BEDROCK: gone });
    expect(exitCode).toBe(0);
    expect(of('bedrock.model')).toMatchObject({ state: 'skipped', says: expect.stringMatching(/^Bedrock gave no list of models \(ECONNREFUSED: fetch failed\), but the model can be called\.$/u) as string });
    bedrock.respond({ error: bedrockErrors.accessDenied() });
    expect((await examine({ AWS_ENDPOINT_URL_BEDROCK: gone })).findings.filter(({ check }) => check === 'bedrock.model')).toEqual([]);
  });

  it('says in plain words what is wrong, with what AWS says of it, and no word for programs', async () => {
    const told = async (script: Parameters<typeof bedrock.respond>[0]): Promise<string> => {
      bedrock.respond(script);
      return (await examine()).of('bedrock.access').says;
    };
    expect(await told({ error: bedrockErrors.throttling() })).toBe('Amazon Bedrock takes no more calls of us.anthropic.claude-haiku-5-5 right now (Too many tokens, please wait before trying again).');
    expect(await told({ error: bedrockErrors.badKey() })).toBe('Amazon Bedrock in us-east-1 refused the API key (Authentication failed: Please make sure your API Key is valid).');
    expect(await told({ error: bedrockErrors.tokensPerDay() })).toMatch(/^Today's quota of us\.anthropic\.claude-haiku-5-5 at Amazon Bedrock is used up/u);
    expect(await told({ error: bedrockErrors.internalServer() })).toMatch(/^Amazon Bedrock had a problem/u);
    expect(await told({ error: bedrockErrors.unavailable() })).toMatch(/^Amazon Bedrock is too busy/u);
    expect(await told({ error: bedrockErrors.expiredToken() })).toMatch(/^The API key has expired/u);
  });

  it('does without a list that the key may not have', async () => {
    bedrock.denyListings();
    const { of, exitCode } = await examine();
    expect(of('bedrock.model')).toMatchObject({ state: 'skipped', says: expect.stringContaining('may not read the list of models') as string });
    expect(exitCode).toBe(0);
  });

  it('tells what the key may not do: a call at all, or a streamed one', async () => {
    bedrock.respond({ error: bedrockErrors.accessDenied() });
    expect((await examine()).of('bedrock.access').cure).toContain('bedrock:InvokeModel');
    bedrock.respond(({ operation }) => (operation === 'ConverseStream' ? { error: bedrockErrors.notAuthorized('bedrock:InvokeModelWithResponseStream', '*') } : { text: 'Hi.' }));
    const { of } = await examine();
    expect(of('bedrock.access').state).toBe('good');
    expect(of('bedrock.stream')).toMatchObject({ state: 'bad', cure: expect.stringContaining('InvokeModelWithResponseStream') as string });
  });

  it('tells the cure of a refusal for want of other settings', async () => {
    bedrock.respond({ error: bedrockErrors.validation('Operation not allowed') });
    expect((await examine()).of('bedrock.access')).toMatchObject({ state: 'bad', cure: expect.stringContaining('AWS Support') });
  });

  it('tells an answer that is longer than the model writes, and what an admin said of it', async () => {
    const { of } = await examine({ BEDROCK_MAX_TOKENS: '500000' });
    expect(of('bedrock.limits')).toMatchObject({ state: 'warning', cure: 'Set BEDROCK_MAX_TOKENS=128000 or lower.' });
    const path = join(folder(), 'models.json');
    writeFileSync(path, JSON.stringify({ models: { 'anthropic.claude-haiku-5-5': { name: 'Ours', maxOutputTokens: 100 } } }));
    expect((await examine({ BEDROCK_MODELS_FILE: path, BEDROCK_MAX_TOKENS: '4096' })).of('bedrock.limits').says).toContain('Ours answers with 100 tokens at most');
  });
});
