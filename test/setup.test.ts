import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshFolder } from './parley-process.ts';
import { TEST_KEY, bedrockErrors, startBedrockSimulator } from './simulators/bedrock.ts';
import { startDiscordSimulator } from './simulators/discord.ts';
import type { BedrockSimulator } from './simulators/bedrock.ts';
import type { DiscordSimulator } from './simulators/discord.ts';

const MAIN = join(import.meta.dirname, '../src/start.js');

let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
let file: string;
beforeEach(async () => {
  [discord, bedrock] = await Promise.all([startDiscordSimulator({ rateLimits: 'off' }), startBedrockSimulator()]);
  bedrock.respond({ text: 'Hi' });
  file = join(freshFolder(), 'parley.env');
});
afterEach(() => Promise.all([discord.close(), bedrock.close()]));

const setUp = async (words: readonly string[], { input = '', env = {} }: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {}) => {
  // Node would take options behind the script for its own.
  const child = spawn(process.execPath, ['--', MAIN, 'setup', '--env-file', file, ...words], {
    env: { PATH: process.env['PATH'], DISCORD_API_URL: discord.apiUrl, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url, ...env },
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  child.stdin.end(input);
  const [exitCode] = (await once(child, 'close')) as [number];
  for (const secret of [TEST_KEY, discord.token]) expect(output + errors).not.toContain(secret);
  return { exitCode, output, errors };
};
const asLines = (): string => `DISCORD_TOKEN=${discord.token}\nAWS_BEARER_TOKEN_BEDROCK=${TEST_KEY}\n`;
const written = (): Record<string, string> => parse(readFileSync(file, 'utf8'));

describe('the setup, without a terminal', () => {
  it('takes the secrets from its input, tries both, and writes a file for its owner alone', async () => {
    const { exitCode, output } = await setUp(['--json'], { input: asLines() });
    const said = JSON.parse(output) as Record<string, unknown>;
    expect(said).toMatchObject({ ok: true, file, model: 'us.anthropic.claude-haiku-5-5', invite: expect.stringMatching(/^https:\/\/discord\.com\/oauth2\/authorize\?client_id=\d+&scope=bot\+applications\.commands&permissions=\d+$/u) });
    expect(exitCode).toBe(0);
    expect(written()).toEqual({ DISCORD_TOKEN: discord.token, AWS_BEARER_TOKEN_BEDROCK: TEST_KEY });
    // With the example's remarks.
    expect(readFileSync(file, 'utf8')).toContain('#HISTORY_DAYS=30');
    if (process.platform !== 'win32') expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
  });

  it('takes them from the environment, keeps what else the file says, and finds another model where the first is not given', async () => {
    writeFileSync(file, '# mine\nHISTORY_DAYS=7\n');
    bedrock.respondOnce({ error: bedrockErrors.accessDenied() });
    const { exitCode, output } = await setUp([], { env: { DISCORD_TOKEN: discord.token, AWS_BEARER_TOKEN_BEDROCK: TEST_KEY } });
    expect([exitCode, output]).toEqual([0, expect.stringContaining('Invite the bot to a server: https://discord.com/oauth2/')]);
    expect(readFileSync(file, 'utf8')).toMatch(/^# mine\nHISTORY_DAYS=7\nDISCORD_TOKEN=/u);
    expect(written()['BEDROCK_MODEL_ID']).toMatch(/\w\.\w/u);
    expect(written()['BEDROCK_MODEL_ID']).not.toBe('us.anthropic.claude-haiku-5-5');
  });

  it('writes over no other secret unasked', async () => {
    const before = 'DISCORD_TOKEN=MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.abcdef.abcdefghijklmnopqrstuvwxyz1\n';
    writeFileSync(file, before);
    const refused = await setUp([], { env: { DISCORD_TOKEN: discord.token, AWS_BEARER_TOKEN_BEDROCK: TEST_KEY } });
    expect([refused.exitCode, refused.output, readFileSync(file, 'utf8')]).toEqual([1, expect.stringContaining('--replace'), before]);
    expect((await setUp(['--replace'], { env: { DISCORD_TOKEN: discord.token, AWS_BEARER_TOKEN_BEDROCK: TEST_KEY } })).exitCode).toBe(0);
    expect(written()['DISCORD_TOKEN']).toBe(discord.token);
  });

  it.each([
    ['a token that Discord refuses', () => ({ input: `DISCORD_TOKEN=MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.abcdef.abcdefghijklmnopqrstuvwxyz1\nAWS_BEARER_TOKEN_BEDROCK=${TEST_KEY}\n` }), 'Discord refused the bot token.'],
    ['a key that Bedrock refuses', () => ({ input: `DISCORD_TOKEN=${discord.token}\nAWS_BEARER_TOKEN_BEDROCK=ABSKd3Jvbmcta2V5LXdyb25n\n` }), 'refused the API key'],
    ['no key at all', () => ({ input: `DISCORD_TOKEN=${discord.token}\n` }), 'AWS_BEARER_TOKEN_BEDROCK is empty'],
    ['nothing', () => ({}), 'DISCORD_TOKEN is empty'],
  ])('writes nothing for %s, and says why', async (_what, how, why) => {
    const { exitCode, output } = await setUp([], how());
    expect([exitCode, output]).toEqual([1, expect.stringContaining(why)]);
    expect(output).toContain('Nothing was written.');
    expect(existsSync(file)).toBe(false);
  });

  it('says for how long Discord shuts this address out, and does not wait for it', async () => {
    discord.faults.add({ times: 9, does: { rateLimit: { scope: 'user', retryAfter: 66_000 } } });
    const { exitCode, output } = await setUp([], { input: asLines() });
    expect([exitCode, output]).toEqual([1, expect.stringContaining('Discord takes no request to /applications/@me for 1100 min.')]);
    expect(output).toContain('Nothing was written.');
  });

  it('takes no secret from its command line, and repeats none', async () => {
    const { exitCode, errors } = await setUp([discord.token]);
    expect([exitCode, errors]).toEqual([64, 'The setup takes no words but its options: a command line is no place for secrets. Try --help.\n']);
  });
});
