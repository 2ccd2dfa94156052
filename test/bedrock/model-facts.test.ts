import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createModelBook, modelInstead } from '../../src/bedrock/model-facts.ts';
import { defaultModelId } from '../../src/bedrock/model-ids.ts';
import { readModelsFile } from '../../src/settings/models-file.ts';

const OUR_FILE = join(import.meta.dirname, '../../src/bedrock/models.json');

const written = (content: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'parley-')), 'models.json');
  writeFileSync(path, content);
  return path;
};

const read = (content: unknown) => {
  const problems: string[] = [];
  const models = readModelsFile(written(typeof content === 'string' ? content : JSON.stringify(content)), problems);
  return { models, problems };
};

describe('the book of models', () => {
  const book = createModelBook();

  it('has the form that it asks of others', () => {
    const problems: string[] = [];
    expect(Object.keys(readModelsFile(OUR_FILE, problems)).length).toBeGreaterThan(50);
    expect(problems).toEqual([]);
  });

  it('knows a model under each of its ids, with the price of that id', () => {
    const name = 'Claude Haiku 5.5';
    expect(book.find('us.anthropic.claude-haiku-5-5')).toMatchObject({ name, baseId: 'anthropic.claude-haiku-5-5', price: { input: 0.11 } });
    expect(book.find('anthropic.claude-haiku-5-5')).toMatchObject({ name, maxOutputTokens: 128_000, price: { input: 0.1 } });
    expect(book.find('arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-haiku-5-5')).toMatchObject({ name });
    expect(book.find('arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0')).toMatchObject({ name: 'Amazon Nova Lite' });
    expect(book.find('arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc')).toBeUndefined();
    expect(book.find('maker.unheard-of')).toBeUndefined();
  });

  it('knows the default model of every region, with its price', () => {
    for (const region of ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-2', 'ap-northeast-1', 'ap-southeast-2', 'ap-south-1', 'ca-central-1', 'sa-east-1']) {
      expect(book.find(defaultModelId(region) ?? '')?.price).toBeDefined();
    }
  });

  it("names a region's inference profile: its own geography's, else the global one", () => {
    const id = 'anthropic.claude-sonnet-5-5';
    const suits = (region: string) => book.profileIn(id, region);
    expect([suits('us-east-1'), suits('eu-west-1'), suits('ap-northeast-1'), suits('sa-east-1')]).toEqual([`us.${id}`, `eu.${id}`, `global.${id}`, `global.${id}`]);
    expect(book.profileIn('google.gemma-4-31b', 'us-east-1')).toBeUndefined();
  });

  it('is what failures take their advice from', () => {
    expect(modelInstead('model-needs-profile', 'anthropic.claude-sonnet-5-5', 'ap-northeast-1')).toBe('global.anthropic.claude-sonnet-5-5');
    expect(modelInstead('model-needs-profile', 'maker.unheard-of', 'eu-west-1')).toBe('eu.maker.unheard-of');
    expect(modelInstead('model-unknown', 'eu.anthropic.claude-opus-5-5', 'us-east-1')).toBe('us.anthropic.claude-opus-5-5');
    expect(modelInstead('model-unknown', 'anthropic.claude-3-haiku-20240307-v1:0', 'eu-west-1')).toBe('eu.anthropic.claude-haiku-5-5');
    expect(modelInstead('model-retired', 'us.anthropic.claude-3-5-haiku-20241022-v1:0', 'us-east-1')).toBe('us.anthropic.claude-haiku-5-5');
    expect(modelInstead('throttled', 'us.anthropic.claude-haiku-5-5', 'us-east-1')).toBeUndefined();
  });

  it('gives no advice where none is known: not the very model that was asked, nor one made of an address', () => {
    expect(modelInstead('model-unknown', 'us.anthropic.claude-opus-5-5', 'us-east-1')).toBeUndefined();
    expect(modelInstead('model-retired', 'us.anthropic.claude-opus-5-5', 'us-east-1')).toBeUndefined();
    expect(modelInstead('model-needs-profile', 'us.anthropic.claude-opus-5-5', 'us-east-1')).toBeUndefined();
    expect(modelInstead('model-needs-profile', 'us.maker.unheard-of', 'us-east-1')).toBeUndefined();
    expect(modelInstead('model-needs-profile', 'arn:aws:bedrock:us-east-1::foundation-model/maker.unheard-of', 'us-east-1')).toBeUndefined();
    for (const kind of ['model-unknown', 'model-retired'] as const) expect(modelInstead(kind, 'maker.unheard-of', 'us-east-1')).toBeUndefined();
  });

  it('gives way to what an admin knows better', () => {
    const { models, problems } = read({
      models: {
        'anthropic.claude-haiku-5-5': { maxOutputTokens: 1000, prices: { us: { input: 9, output: 9 } } },
        'maker.own': { name: 'Our own' },
      },
    });
    expect(problems).toEqual([]);
    const own = createModelBook(models);
    expect(own.find('us.anthropic.claude-haiku-5-5')).toMatchObject({ name: 'Claude Haiku 5.5', maxOutputTokens: 1000, price: { input: 9 } });
    expect(own.find('eu.anthropic.claude-haiku-5-5')?.price?.input).toBe(0.11);
    expect(own.find('maker.own')).toMatchObject({ name: 'Our own', price: undefined });
  });

  it.each([
    ['no JSON', '{', /is not JSON/u],
    ['no models', {}, /at models: /u],
    ['an id with a geography', { models: { 'us.maker.own': {} } }, /at models → us\.maker\.own: .*/u],
    ['a limit that is none', { models: { 'maker.own': { contextTokens: '1000' } } }, /at models → maker\.own → contextTokens: /u],
    ['a word that nobody knows', { models: { 'maker.own': { maxTokens: 1 } } }, /maker\.own.*maxTokens/u],
    ['a price below nothing', { models: { 'maker.own': { prices: { us: { input: -1, output: 1 } } } } }, /prices → us → input/u],
    ['a place that is none', { models: { 'maker.own': { prices: { mars: { input: 1, output: 1 } } } } }, /prices/u],
  ])('refuses a file with %s, and says where', (_what, content, told) => {
    const { problems } = read(content);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^BEDROCK_MODELS_FILE: the file /u);
    expect(problems[0]).toMatch(told);
  });

  it('tells a file that is not there', () => {
    const problems: string[] = [];
    readModelsFile('/nowhere/models.json', problems);
    expect(problems).toEqual(['BEDROCK_MODELS_FILE: the file /nowhere/models.json is not there']);
  });
});
