import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SETTING_NAMES, readConfig } from '../../src/settings/config.ts';
import { loadEnvironment } from '../../src/settings/environment.ts';
import { adviceOn, findMisspelt } from '../../src/settings/settings-advice.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'parley-'));
const withFile = (content: string | Uint8Array, place = folder()): string => {
  writeFileSync(join(place, '.env'), content);
  return place;
};
const load = (options: Parameters<typeof loadEnvironment>[1], env: Record<string, string> = {}) => loadEnvironment({ env }, options);

describe('the file of settings', () => {
  it('lies beside the program, wherever it is started from', () => {
    const [programFolder, workingFolder] = [withFile('LOG_LEVEL=debug\n'), folder()];
    const loaded = load({ programFolder, workingFolder });
    expect(loaded).toMatchObject({ file: join(programFolder, '.env'), problem: undefined, environment: { LOG_LEVEL: 'debug' } });
  });

  it('may lie in the working directory where there is none beside the program', () => {
    const [programFolder, workingFolder] = [folder(), withFile('LOG_LEVEL=debug\n')];
    expect(load({ programFolder, workingFolder }).environment['LOG_LEVEL']).toBe('debug');
    withFile('LOG_LEVEL=warn\n', programFolder);
    expect(load({ programFolder, workingFolder }).environment['LOG_LEVEL']).toBe('warn');
  });

  it('changes nothing that the environment says, not even an empty value', () => {
    const programFolder = withFile('LOG_LEVEL=debug\nSYSTEM_PROMPT=You are a pirate.\n');
    const env: Record<string, string> = { LOG_LEVEL: 'error', SYSTEM_PROMPT: '' };
    expect(load({ programFolder }, env).environment).toEqual({ LOG_LEVEL: 'error', SYSTEM_PROMPT: '' });
  });

  it('is named by --env-file, and then is the only one', () => {
    const [programFolder, workingFolder] = [withFile('LOG_LEVEL=debug\n'), folder()];
    writeFileSync(join(workingFolder, 'second.env'), 'LOG_FORMAT=json\n');
    expect(load({ file: 'second.env', programFolder, workingFolder }).environment).toEqual({ LOG_FORMAT: 'json' });
    expect(load({ file: 'third.env', programFolder, workingFolder }).problem).toBe(`The file ${join(workingFolder, 'third.env')} is not there.`);
  });

  it.each([
    ['UTF-8 with a mark', Buffer.from('\uFEFFSYSTEM_PROMPT="Привет"\n', 'utf8')],
    ['UTF-16, little end first', Buffer.from('\uFEFFSYSTEM_PROMPT="Привет"\n', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('\uFEFFSYSTEM_PROMPT="Привет"\n', 'utf16le').swap16()],
    ['lines that end as on Windows', Buffer.from('SYSTEM_PROMPT=Привет\r\n', 'utf8')],
  ])('is read in %s', (_, content) => {
    expect(load({ programFolder: withFile(content) }).environment).toEqual({ SYSTEM_PROMPT: 'Привет' });
  });

  it('says what is in its place when it cannot be read', () => {
    const programFolder = folder();
    mkdirSync(join(programFolder, '.env'));
    expect(load({ programFolder }).problem).toBe(`The file ${join(programFolder, '.env')} is a folder: put a file in its place.`);
  });

  it('is asked for where there is none, with the places that were looked at', () => {
    const [programFolder, workingFolder] = [folder(), folder()];
    const loaded = load({ programFolder, workingFolder });
    expect(loaded.file).toBeUndefined();
    expect(adviceOn(loaded, ['LOG_LEVEL must be one of …'])).toEqual([]);
    expect(adviceOn(loaded, ['DISCORD_TOKEN is not set: …'])).toEqual([
      `No file with settings was found; looked for ${join(programFolder, '.env')} and ${join(workingFolder, '.env')}. To make one: cp .env.example .env`,
    ]);
  });
});

describe('names of settings', () => {
  it.each([
    ['BEDROCK_MODEL', 'BEDROCK_MODEL_ID'],
    ['DISCORD_TOKN', 'DISCORD_TOKEN'],
    ['DISCORD_BOT_TOKEN', 'DISCORD_TOKEN'],
    ['discord_token', 'DISCORD_TOKEN'],
    ['AWS_BEARER_TOKEN_BEDROK', 'AWS_BEARER_TOKEN_BEDROCK'],
    ['AWS_BEARER_TOKEN', 'AWS_BEARER_TOKEN_BEDROCK'],
    ['BEDROCK_API_KEY', 'AWS_BEARER_TOKEN_BEDROCK'],
    ['HISTORY_MAX_TOKEN', 'HISTORY_MAX_TOKENS'],
    ['OWNER_ID', 'OWNER_IDS'],
    ['LOGLEVEL', 'LOG_LEVEL'],
  ])('%s is taken for %s', (name, meant) => {
    expect(findMisspelt([name], SETTING_NAMES)).toEqual([{ name, meant }]);
  });

  it('of others are left alone, and so is one beside the right one', () => {
    const others = ['PATH', 'HOME', 'TZ', 'NODE_ENV', 'NODE_OPTIONS', 'AWS_PROFILE', 'AWS_ACCESS_KEY_ID', 'AWS_ENDPOINT_URL', 'HTTPS_PROXY', 'HOSTNAME', 'LANG', 'DISCORD_WEBHOOK_URL'];
    expect(findMisspelt([...others, ...SETTING_NAMES], SETTING_NAMES)).toEqual([]);
    expect(findMisspelt(['BEDROCK_MODEL', 'BEDROCK_MODEL_ID'], SETTING_NAMES)).toEqual([]);
  });

  it('has AWS_DEFAULT_REGION for the region where AWS_REGION is missing', () => {
    const secrets = { DISCORD_TOKEN: 'a.discord.token', AWS_BEARER_TOKEN_BEDROCK: 'ABSKsomething' };
    expect(readConfig({ ...secrets, AWS_DEFAULT_REGION: 'eu-west-1' }).bedrock.region).toBe('eu-west-1');
    expect(readConfig({ ...secrets, AWS_DEFAULT_REGION: 'eu-west-1', AWS_REGION: 'us-west-2' }).bedrock.region).toBe('us-west-2');
    expect(readConfig({ ...secrets, AWS_DEFAULT_REGION: 'eu-west-1', AWS_REGION: '' }).bedrock.region).toBe('eu-west-1');
  });
});
