import { mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/settings/config.ts';
import { HTTP_SETTINGS, listenProblem } from '../../src/settings/http-address.ts';
import { STORE_KEY_SETTINGS } from '../../src/settings/store-keys.ts';
import { shortTermKey } from '../simulators/bedrock.ts';

const SECRETS = { DISCORD_TOKEN: 'a.discord.token', AWS_BEARER_TOKEN_BEDROCK: 'ABSKsomething' };

const problemsOf = (environment: Record<string, string | undefined>): readonly string[] => {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

const file = (content: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'parley-')), 'secret');
  writeFileSync(path, content);
  return path;
};

describe('settings', () => {
  it('need two secrets and nothing else', () => {
    const config = readConfig(SECRETS);
    expect(config.bedrock).toMatchObject({
      region: 'us-east-1',
      isStreaming: true,
      settings: { modelId: 'us.anthropic.claude-haiku-5-5', maxTokens: 12_288, temperature: undefined },
    });
    expect(config.maxConcurrentCalls).toBeUndefined();
    expect(config.store.url).toBe('sqlite://data/parley.sqlite');
  });

  it('are told all at once, each with what to do', () => {
    const problems = problemsOf({
      AWS_BEARER_TOKEN_BEDROCK: '',
      AWS_REGION: 'frankfurt',
      BEDROCK_MAX_TOKENS: 'many',
      BEDROCK_STREAM: 'yes',
      BEDROCK_TEMPERATURE: '2',
      BEDROCK_REQUEST_FIELDS: '[1]',
      BEDROCK_GUARDRAIL_VERSION: 'one',
      STORE_URL: 'mysql://x',
      LOG_LEVEL: 'loud',
      DISCORD_API_URL: 'localhost',
      MAX_CONCURRENT_CALLS: '0',
    });
    const names = ['DISCORD_TOKEN', 'AWS_BEARER_TOKEN_BEDROCK', 'AWS_REGION', 'BEDROCK_MAX_TOKENS', 'BEDROCK_STREAM', 'BEDROCK_TEMPERATURE'];
    const more = ['BEDROCK_REQUEST_FIELDS', 'BEDROCK_GUARDRAIL_VERSION', 'STORE_URL', 'LOG_LEVEL', 'DISCORD_API_URL', 'MAX_CONCURRENT_CALLS'];
    for (const name of [...names, ...more]) expect(problems.filter((problem) => problem.startsWith(`${name} `))).toHaveLength(1);
    expect(problems).toHaveLength(12);
  });

  it.each([
    ['"ABSKsomething"', /quotes/u],
    ["'ABSKsomething'", /quotes/u],
    ['Bearer ABSKsomething', /begins with "Bearer"/u],
    ['ABSK some thing', /space/u],
    ['', /empty/u],
    ['   ', /empty/u],
  ])('refuse the key %j without repeating it', (key, told) => {
    const problems = problemsOf({ ...SECRETS, AWS_BEARER_TOKEN_BEDROCK: key });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(told);
    expect(problems[0]).toMatch(/^AWS_BEARER_TOKEN_BEDROCK /u);
    expect(problems[0]).not.toContain('something');
  });

  it.each([
    ['AWS_BEARER_TOKEN_BEDROCK', `AKIA${'ABCDEFGH234567AB'.slice(0, 16)}`, /AWS access key/u],
    ['AWS_BEARER_TOKEN_BEDROCK', '<key>', /placeholder/u],
    ['AWS_BEARER_TOKEN_BEDROCK', 'your-api-key', /placeholder/u],
    ['DISCORD_TOKEN', '<token>', /placeholder/u],
    ['DISCORD_TOKEN', 'changeme', /placeholder/u],
    ['DISCORD_TOKEN', '123456789012345678', /id of Discord/u],
    ['DISCORD_TOKEN', 'ABSKc29tZXRoaW5nZWxzZQ==', /belongs into AWS_BEARER_TOKEN_BEDROCK/u],
    ['AWS_BEARER_TOKEN_BEDROCK', ['MTIzNDU2Nzg5MDEyMzQ1Njc4', 'GabcdE', 'abcdefghijklmnopqrstuvwxyz0123456789AB'].join('.'), /belongs into DISCORD_TOKEN/u],
  ])('see in %s what is no such secret, and do not repeat it', (name, value, told) => {
    const problems = problemsOf({ ...SECRETS, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(told);
    expect(problems[0]).not.toContain(value);
  });

  it('take empty values as not set, except a secret; an empty system prompt is none', () => {
    const config = readConfig({ ...SECRETS, BEDROCK_MODEL_ID: '', AWS_REGION: '', BEDROCK_TOP_P: ' ', SYSTEM_PROMPT: '' });
    expect(config.bedrock.settings).toMatchObject({ modelId: 'us.anthropic.claude-haiku-5-5', topP: undefined });
    expect(config.prompt.systemPrompt).toBe('');
    expect(readConfig(SECRETS).prompt.systemPrompt).toContain('Parley');
  });

  it('take limits as lines, and tell what is wrong with one', () => {
    expect(readConfig(SECRETS).limits).toEqual({ text: undefined, guests: undefined, questionsPerMinute: 10, timeZone: 'UTC' });
    expect(readConfig({ ...SECRETS, MEMBER_QUESTIONS_PER_MINUTE: '0', LIMITS: 'bot: $20 a day; member: 2 at once', LIMITS_TIME_ZONE: 'Europe/Berlin' }).limits).toEqual({ text: 'bot: $20 a day; member: 2 at once', guests: undefined, questionsPerMinute: 0, timeZone: 'Europe/Berlin' });
    const problems = problemsOf({ ...SECRETS, MEMBER_QUESTIONS_PER_MINUTE: '-1', LIMITS: 'bot: $20 a day; member: lots', LIMITS_TIME_ZONE: 'Middle-Earth/Shire' });
    expect(problems.map((problem) => problem.slice(0, 60))).toEqual([
      expect.stringMatching(/^MEMBER_QUESTIONS_PER_MINUTE must be a whole number/u),
      expect.stringMatching(/^LIMITS cannot be: line 2 says nothing that I can count/u),
      expect.stringMatching(/^LIMITS_TIME_ZONE must be the name of a time zone/u),
    ]);
  });

  it('suit the default model to the region', () => {
    const modelIn = (region: string) => readConfig({ ...SECRETS, AWS_REGION: region }).bedrock.settings.modelId;
    expect(modelIn('eu-west-1')).toBe('eu.anthropic.claude-haiku-5-5');
    expect(modelIn('ap-northeast-1')).toBe('jp.anthropic.claude-haiku-5-5');
    expect(modelIn('sa-east-1')).toBe('global.anthropic.claude-haiku-5-5');
  });

  it('take secrets and the system prompt from files, and see when a file is replaced', () => {
    const path = file('ABSKone\n');
    const config = readConfig({
      DISCORD_TOKEN_FILE: file('a.discord.token\n'),
      AWS_BEARER_TOKEN_BEDROCK_FILE: path,
      SYSTEM_PROMPT_FILE: file('Be kind.\n'),
    });
    expect(config.discord.token.read()).toBe('a.discord.token');
    expect(config.prompt.systemPrompt).toBe('Be kind.');
    expect(config.bedrock.apiKey.read()).toBe('ABSKone');
    writeFileSync(`${path}.new`, 'ABSKtwo\n');
    renameSync(`${path}.new`, path);
    expect(config.bedrock.apiKey.read()).toBe('ABSKtwo');
    writeFileSync(path, '');
    expect(config.bedrock.apiKey.read()).toBe('ABSKtwo');
  });

  it('refuse a secret from two places, and a file that is not there', () => {
    expect(problemsOf({ ...SECRETS, DISCORD_TOKEN_FILE: file('x') })).toEqual([
      'DISCORD_TOKEN and DISCORD_TOKEN_FILE are both set: leave one of them out',
    ]);
    expect(problemsOf({ DISCORD_TOKEN: 'x', AWS_BEARER_TOKEN_BEDROCK_FILE: '/nowhere/key' })).toEqual([
      'AWS_BEARER_TOKEN_BEDROCK_FILE: the file /nowhere/key is not there',
    ]);
  });

  it('take the key from one place, and notice the region of one that tells it', () => {
    const command = { DISCORD_TOKEN: 'x', AWS_BEARER_TOKEN_BEDROCK_COMMAND: 'echo ABSKsomething' };
    expect(readConfig(command).bedrock.apiKey.origin).toBe('command');
    expect(problemsOf({ ...command, AWS_BEARER_TOKEN_BEDROCK: 'ABSKx', AWS_BEARER_TOKEN_BEDROCK_FILE: file('ABSKx') })).toEqual([
      'AWS_BEARER_TOKEN_BEDROCK_FILE and AWS_BEARER_TOKEN_BEDROCK_COMMAND are both set: leave one of them out',
      'AWS_BEARER_TOKEN_BEDROCK and AWS_BEARER_TOKEN_BEDROCK_COMMAND are both set: leave one of them out',
    ]);
    const key = shortTermKey({ region: 'eu-west-1' });
    expect(problemsOf({ DISCORD_TOKEN: 'x', AWS_BEARER_TOKEN_BEDROCK_FILE: file(key) })).toEqual([
      'AWS_BEARER_TOKEN_BEDROCK is a short-term key for eu-west-1, but AWS_REGION is us-east-1: set AWS_REGION=eu-west-1, or make a key in us-east-1',
    ]);
    expect(readConfig({ DISCORD_TOKEN: 'x', AWS_BEARER_TOKEN_BEDROCK: key, AWS_REGION: 'eu-west-1' }).bedrock.region).toBe('eu-west-1');
  });

  it('read a variable again, and keep the last good key', () => {
    const environment: Record<string, string> = { ...SECRETS };
    const { apiKey } = readConfig(environment).bedrock;
    environment['AWS_BEARER_TOKEN_BEDROCK'] = 'ABSKtwo';
    expect(apiKey.read()).toBe('ABSKtwo');
    environment['AWS_BEARER_TOKEN_BEDROCK'] = '"ABSKthree"';
    expect(apiKey.read()).toBe('ABSKtwo');
  });

  it('say who may ask by ids, and whose direct messages are answered', () => {
    const [one, other] = ['100000000000000001', '100000000000000002'];
    expect(readConfig(SECRETS).access).toEqual({
      direct: 'everybody',
      allowed: { servers: [], channels: [], roles: [], members: [] },
      forbidden: { servers: [], channels: [], roles: [], members: [] },
      guests: { servers: [], members: [] },
    });
    expect(readConfig({ ...SECRETS, USER_INSTALL_MEMBERS: one })).toMatchObject({ access: { guests: { servers: [], members: [one] } }, discord: { servesGuests: true } });
    const { access, discord } = readConfig({ ...SECRETS, DISCORD_ALLOW_DMS: 'members', ALLOWED_SERVERS: `${one}, ${other}`, ALLOWED_MEMBERS: one, FORBIDDEN_CHANNELS: other, FORBIDDEN_ROLES: one });
    expect(access).toMatchObject({ direct: 'members', allowed: { servers: [one, other], members: [one] }, forbidden: { channels: [other], roles: [one] } });
    expect(discord.allowsDms).toBe(true);
    expect(readConfig({ ...SECRETS, DISCORD_ALLOW_DMS: 'false' })).toMatchObject({ access: { direct: 'nobody' }, discord: { allowsDms: false } });
    expect(problemsOf({ ...SECRETS, DISCORD_ALLOW_DMS: 'some' })).toEqual(['DISCORD_ALLOW_DMS must be one of true, members, false (it is "some")']);
    expect(problemsOf({ ...SECRETS, ALLOWED_ROLES: 'staff' })).toEqual(['ALLOWED_ROLES must be ids of roles, with commas in between (it is "staff")']);
  });

  it('ask before files cost more than so many dollars, or not at all', () => {
    const askedAbove = (amount: string) => readConfig({ ...SECRETS, CONFIRM_ABOVE_USD: amount }).confirmAboveUsd;
    expect([readConfig(SECRETS).confirmAboveUsd, ...['', '0', '0.25', '$3'].map(askedAbove)]).toEqual([undefined, undefined, 0, 0.25, 3]);
    for (const wrong of ['-1', '1e9', '0,5', 'much']) expect(problemsOf({ ...SECRETS, CONFIRM_ABOVE_USD: wrong })).toEqual([`CONFIRM_ABOVE_USD must be an amount of US dollars, for example 0.50 (it is "${wrong}")`]);
  });

  it('name owners by their ids', () => {
    expect(readConfig({ ...SECRETS, OWNER_IDS: ' 100000000000000001,100000000000000002 ' }).discord.ownerIds).toHaveLength(2);
    expect(problemsOf({ ...SECRETS, OWNER_IDS: 'kim' })).toEqual(['OWNER_IDS must be ids of Discord users, with commas in between (it is "kim")']);
  });

  it('stand in .env.example, each with a comment, and are what it says they are', () => {
    const example = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8');
    const settings = [...example.matchAll(/^#?([A-Z_]+)=(.*)$/gmu)].map(([, name = '', value = '']) => [name, value] as const);
    const filled = { ...Object.fromEntries(settings.filter(([, value]) => value !== '')), ...SECRETS };
    const { systemPrompt: _shown, ...prompt } = readConfig(filled).prompt;
    const { systemPrompt: _default, ...defaultPrompt } = readConfig(SECRETS).prompt;
    expect(prompt).toEqual(defaultPrompt);
    expect(readConfig(filled).bedrock.settings).toEqual(readConfig(SECRETS).bedrock.settings);
    const source = ['config.ts', 'secret-settings.ts'].map((name) => readFileSync(join(import.meta.dirname, '../../src/settings', name), 'utf8')).join('');
    const known = [...source.matchAll(/^ {2}([A-Z_]+): /gmu)].map(([, name]) => name);
    const conventional = ['HTTPS_PROXY', 'NO_PROXY', ...HTTP_SETTINGS, ...STORE_KEY_SETTINGS];
    expect(settings.map(([name]) => name).toSorted()).toEqual([...new Set([...known, ...conventional, 'SYSTEM_PROMPT'])].toSorted());
  });
});

describe('where Parley tells how it is', () => {
  it.each([
    [{}, undefined],
    [{ HTTP_PORT: ' ', HTTP_HOST: '' }, undefined],
    [{ HTTP_PORT: '0' }, undefined],
    // Without a port nothing is opened.
    [{ HTTP_HOST: '0.0.0.0' }, undefined],
    [{ HTTP_PORT: '8320' }, { host: '127.0.0.1', port: 8320 }],
    [{ HTTP_PORT: ' 65535 ', HTTP_HOST: ' :: ' }, { host: '::', port: 65_535 }],
    [{ HTTP_PORT: '1', HTTP_HOST: 'parley.internal' }, { host: 'parley.internal', port: 1 }],
  ])('is, with %j, %j', (settings, address) => {
    expect(readConfig({ ...SECRETS, ...settings }).http).toEqual(address);
  });

  it.each([
    ...['00', '65536', '-1', '80.5', '1e3', '0x50', 'http', '8320/tcp', '127.0.0.1:8320'].map((value) => ['HTTP_PORT', value] as const),
    ...['http://127.0.0.1', '127.0.0.1:8320', '127.0.0.', '256.1.1.1', '[::1]', 'a b', '-x', '/run/parley.sock', '*'].map((value) => ['HTTP_HOST', value] as const),
  ])('is refused where %s is %j, and shown', (name, value) => {
    const problems = problemsOf({ ...SECRETS, HTTP_PORT: '8320', [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} must be .* \\(it is `, 'u'));
    expect(problems[0]).toContain(value);
  });

  it.each([
    ['EADDRINUSE', /^HTTP_PORT: port 80 of 10\.0\.0\.1 is in use already/u],
    ['EACCES', /^HTTP_PORT: .* above 1023/u],
    ['EADDRNOTAVAIL', /^HTTP_HOST: 10\.0\.0\.1 is no address of this machine/u],
    ['ENOTFOUND', /^HTTP_HOST/u],
    ['EPERM', /^HTTP_PORT: .*EPERM/u],
  ])('is told after %s with what to do', (code, told) => {
    expect(listenProblem({ host: '10.0.0.1', port: 80 }, Object.assign(new Error('listen'), { code }))).toMatch(told);
  });
});
