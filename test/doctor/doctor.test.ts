import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runDoctor } from '../../src/run-doctor.ts';
import { TEST_KEY, bedrockErrors, shortTermKey } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { startWorld } from '../start-parley.ts';
import { decide } from '../discord/deciding.ts';
import { consult, environmentWith, examine, folder, refuseSecrets, usePatient } from './patient.ts';
import type { Patient } from './patient.ts';

const MAIN = join(import.meta.dirname, '../../src/start.js');

let discord: Patient['discord'];
let bedrock: Patient['bedrock'];
let guild: Patient['guild'];
let gone: Patient['gone'];
usePatient((patient) => {
  ({ discord, bedrock, guild, gone } = patient);
});

describe('npm run doctor', () => {
  it('runs by itself, tells each thing in one line, and shows the same call by hand', async () => {
    const child = spawn(process.execPath, [MAIN, 'doctor'], { cwd: folder(), env: { PATH: process.env['PATH'], ...environmentWith({ STORE_URL: undefined }) } });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    refuseSecrets(output);
    for (const title of ['Settings', 'Discord', 'Store', 'Amazon Bedrock']) expect(output).toMatch(new RegExp(`^${title}\n  ✓ `, 'mu'));
    expect(output).toContain('✓ us.anthropic.claude-haiku-5-5 (Claude Haiku 5.5) is offered in us-east-1.');
    expect(output).toContain('✓ The store sqlite://data/parley.sqlite takes a record and gives it back.');
    expect(output).toMatch(/✓ Free where the store lies: [\d.]+ [GM]iB\./u);
    expect(output).toMatch(/✓ A call of one token took \d+ ms/u);
    expect(output).toContain(`curl -X POST '${bedrock.url}/model/us.anthropic.claude-haiku-5-5/converse'`);
    expect(output).toContain('-H "Authorization: Bearer $AWS_BEARER_TOKEN_BEDROCK"');
    expect(output).toContain('Parley can work.');
  });

  it('ends in order where its reader has seen enough', async () => {
    const child = spawn(process.execPath, [MAIN, 'doctor'], { cwd: folder(), env: { PATH: process.env['PATH'], ...environmentWith({}) } });
    child.stdout.once('data', () => child.stdout.destroy());
    let output = '';
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    expect(output).toBe('');
  });

  it('asks the model for one token, by each way that Parley would use', async () => {
    expect((await examine()).exitCode).toBe(0);
    expect(bedrock.requests.map(({ operation }) => operation)).toEqual(['Converse', 'ConverseStream']);
    for (const { body } of bedrock.requests) expect(body?.inferenceConfig).toEqual({ maxTokens: 1 });
    bedrock.reset();
    const { of } = await examine({ BEDROCK_STREAM: 'false' });
    expect(bedrock.requestCount).toBe(1);
    expect(of('bedrock.access').state).toBe('good');
  });

  it('says that no question fits into the quota that was set, instead of that all is in order', async () => {
    const { of } = await examine({ TOKENS_PER_MINUTE: '1000', BEDROCK_MAX_TOKENS: '4096' });
    expect(of('settings')).toMatchObject({ state: 'bad', says: expect.stringContaining('No question can be answered: TOKENS_PER_MINUTE is 1,000'), cure: expect.stringContaining('Set BEDROCK_MAX_TOKENS to ') });
  });

  it('shows somebody at a terminal what it is looking at, apart from what it found', async () => {
    const [out, err] = [[], []] as [string[], string[]];
    const stream = (to: string[]) => ({ write: (text: string) => to.push(text) > 0, isTTY: true });
    await runDoctor({ env: environmentWith({}), argv: ['node', 'main.ts', 'doctor'], stdout: stream(out), stderr: stream(err) } as never);
    expect(err.join('')).toContain('… looking at a call of one token');
    expect(err.at(-1)).toBe('\r\u001B[K');
    expect(out.join('')).not.toContain('looking at');
  });

  it('shows no secret that stands in a setting, right or wrong', async () => {
    const secret = 'hunter22-and-more';
    const host = bedrock.url.replace('http://', '');
    const cases: Readonly<Record<string, string>>[] = [
      { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://kim:${secret}@${host}` },
      { AWS_ENDPOINT_URL_BEDROCK: `ftp://kim:${secret}@${host}` },
      { DISCORD_API_URL: `kim:${secret}@discord.example` },
      { STORE_URL: `postgres://kim:${secret}@db.example/parley` },
      { STORE_URL: `mysql:${secret}` },
      { BEDROCK_REQUEST_FIELDS: `{"apiKey":"${secret}"` },
      { BEDROCK_REQUEST_FIELDS: JSON.stringify({ metadata: { apiKey: secret } }) },
      { AWS_BEARER_TOKEN_BEDROCK: `"${secret}"`, LOG_LEVEL: secret },
    ];
    for (const changes of cases) {
      const encoded = Buffer.from(secret).toString('base64');
      // What goes along with a request may come back in an error.
      const isQuoted = changes['BEDROCK_REQUEST_FIELDS']?.endsWith('}}') === true;
      bedrock.respond(isQuoted ? { error: bedrockErrors.validation(`apiKey ${secret} ${encoded} is unknown`) } : { text: 'Hi.' });
      for (const flags of [[], ['--json']]) {
        const { output } = await consult(changes, ...flags);
        expect(output).not.toContain(secret);
        expect(output).not.toContain(encoded.slice(0, 16));
      }
    }
  });

  it('gives a call by hand that a shell can run', async () => {
    const { curl } = await examine({ BEDROCK_MODEL_ID: 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0' });
    bedrock.reset();
    bedrock.respond({ text: 'Hi.' });
    const child = spawn('sh', ['-c', curl ?? ''], { env: { PATH: process.env['PATH'], AWS_BEARER_TOKEN_BEDROCK: TEST_KEY } });
    const ended = await new Promise((resolve) => child.once('close', resolve));
    // A machine without curl has nothing to try.
    if (ended === 127) return;
    expect(bedrock.requests[0]).toMatchObject({ modelId: 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0' });
  });
});

describe('the doctor, of settings,', () => {
  it.each([
    [{}, /^64 model calls may be out at a time at the start, and up to \d+ as Bedrock takes them/u],
    [{ MAX_CONCURRENT_CALLS: '3' }, /^At most 3 model calls are out at a time, as MAX_CONCURRENT_CALLS says\.$/u],
  ])('tells how many calls may be out at a time: %j', async (environment, says) => {
    const { findings } = await examine(environment);
    expect(findings.filter(({ check }) => check === 'settings').map((finding) => finding.says)).toContainEqual(expect.stringMatching(says));
  });

  it('tells all that is wrong, and still looks at the rest', async () => {
    const { of, findings, exitCode } = await examine({ BEDROCK_MAX_TOKENS: 'lots', AWS_BEARER_TOKEN_BEDROCK: '"ABSKquoted"', LOG_LEVEL: 'loud' });
    expect(exitCode).toBe(1);
    expect(findings.filter(({ check }) => check === 'settings').map(({ says }) => says)).toEqual([
      expect.stringContaining('AWS_BEARER_TOKEN_BEDROCK has quotes around it'),
      expect.stringContaining('BEDROCK_MAX_TOKENS must be a whole number'),
      expect.stringContaining('LOG_LEVEL must be one of'),
    ]);
    expect(of('discord.token').state).toBe('good');
    expect(of('store.record').state).toBe('good');
    expect(of('bedrock').state).toBe('skipped');
    expect(bedrock.requestCount).toBe(0);
  });

  it('says what to do about a key of another region', async () => {
    const { of } = await examine({ AWS_BEARER_TOKEN_BEDROCK: shortTermKey({ region: 'eu-west-1' }) });
    expect(of('settings').says).toContain('set AWS_REGION=eu-west-1, or make a key in us-east-1');
    expect(of('discord.token').state).toBe('good');
  });

  it('needs none to be told what they are', async () => {
    const { findings } = await examine({ DISCORD_TOKEN: undefined, AWS_BEARER_TOKEN_BEDROCK: undefined, STORE_URL: 'mysql://x' });
    expect(findings.find(({ state }) => state === 'warning')?.says).toContain('cp .env.example .env');
    expect(findings.map(({ check, state }) => `${check} ${state}`)).toEqual(['settings bad', 'settings bad', 'settings bad', 'settings warning', 'discord skipped', 'bedrock skipped', 'store skipped']);
  });
});

describe('the doctor, of Discord,', () => {
  it('tells a refused token, and looks no further there', async () => {
    const { of, findings } = await examine({ DISCORD_TOKEN: discord.token.replace(/.$/u, (last) => (last === 'x' ? 'y' : 'x')) });
    expect(of('discord.token')).toMatchObject({ state: 'bad', says: 'Discord refused DISCORD_TOKEN.', cure: expect.stringContaining('"Bot" page') as string });
    expect(findings.filter(({ check }) => check.startsWith('discord.')).map(({ check, state }) => `${check} ${state}`)).toEqual(['discord.token bad', 'discord.clock good', 'discord.application skipped']);
    expect(of('bedrock.access').state).toBe('good');
  });

  it('tells an intent that is asked for and not granted, before Discord closes the connection with 4014', async () => {
    const { of } = await examine({ DISCORD_MESSAGE_CONTENT: 'true' });
    expect(of('discord.intents')).toMatchObject({ state: 'bad', cure: expect.stringContaining('Message Content Intent') as string });
    expect(of('discord.intents').says).toContain('4014');
    discord.setMessageContentIntent(true);
    expect((await examine({ DISCORD_MESSAGE_CONTENT: 'true' })).of('discord.intents').state).toBe('good');
    discord.setMessageContentIntent(false);
  });

  it('advises against a bot that anybody may add, and fails for it nothing', async () => {
    const ofApplication = async () => (await examine()).findings.filter(({ check }) => check === 'discord.application');
    const [good, advice, ...rest] = await ofApplication();
    expect(good?.state).toBe('good');
    expect(advice).toMatchObject({ state: 'warning', says: expect.stringContaining('spend your quota') as string, cure: expect.stringMatching(/"Install Link" to "None".+"Public Bot" off/u) as string });
    expect(rest).toEqual([]);
    const { exitCode, output } = await consult({});
    expect(exitCode).toBe(0);
    expect(output.match(/Anybody may add this bot/gu)).toHaveLength(1);
    discord.setPublicBot(false);
    expect((await ofApplication()).map(({ state }) => state)).toEqual(['good']);
    discord.setPublicBot(true);
  });

  it('names the permission that is missing, and the server', async () => {
    const before = guild.botRole?.permissions ?? 0n;
    const everyone = guild.everyone.permissions;
    const history = 1n << 16n;
    guild.setBotPermissions(before & ~history);
    guild.everyone.setPermissions(everyone & ~history);
    const { of } = await examine();
    expect(of('discord.servers')).toMatchObject({ state: 'bad', says: 'On the server "Well kept", this permission is missing: Read Message History.' });
    expect(of('discord.servers').cure).toContain(`client_id=${discord.applicationId}`);
    guild.setBotPermissions(before);
    guild.everyone.setPermissions(everyone);
    expect((await examine()).of('discord.servers').state).toBe('good');
  });

  it('misses the permission to begin threads only where answers are to have some', async () => {
    const [before, everyone] = [guild.botRole?.permissions ?? 0n, guild.everyone.permissions];
    const threads = 1n << 35n;
    guild.setBotPermissions(before & ~threads);
    guild.everyone.setPermissions(everyone & ~threads);
    expect((await examine()).of('discord.servers').state).toBe('good');
    expect((await examine({ THREADS: 'on_mention' })).of('discord.servers')).toMatchObject({ state: 'bad', says: 'On the server "Well kept", this permission is missing: Create Public Threads.' });
    const storeUrl = `sqlite://${join(folder(), 'store.sqlite')}`;
    await decide(storeUrl, guild.id, { channels: { '123456789012345678': { threads: 'always' } } });
    expect((await examine({ STORE_URL: storeUrl })).of('discord.servers').state).toBe('bad');
    guild.setBotPermissions(before);
    guild.everyone.setPermissions(everyone);
    expect((await examine({ THREADS: 'always' })).of('discord.servers').state).toBe('good');
  });

  it('sends whoever has no server to the invitation, which asks for exactly what is used', async () => {
    guild.kickBot();
    const { of } = await examine();
    expect(of('discord.servers')).toMatchObject({ state: 'warning', cure: expect.stringContaining('permissions=309237746752') as string });
    guild.inviteBot();
  });

  it('tells whether the commands are registered', async () => {
    expect((await examine()).of('discord.commands')).toMatchObject({ state: 'warning', says: expect.stringContaining('ask') as string });
    const world = await startWorld();
    const { of } = await examine({ DISCORD_TOKEN: world.discord.token, DISCORD_API_URL: world.discord.apiUrl });
    await world.close();
    expect(of('discord.commands').state).toBe('good');
  });

  it('tells for how long Discord shuts this address out, and does not wait for it', async () => {
    const shut = await startDiscordSimulator({ invalidPerTenMinutes: 1 });
    try {
      const changes = { DISCORD_API_URL: shut.apiUrl, DISCORD_TOKEN: shut.token };
      expect((await examine({ ...changes, DISCORD_TOKEN: discord.token })).of('discord.token').says).toBe('Discord refused DISCORD_TOKEN.');
      expect((await examine(changes)).of('discord.token')).toMatchObject({ state: 'bad', says: 'Discord takes no request to /users/@me for 10 min.', cure: expect.stringContaining('not before') as string });
    } finally {
      await shut.close();
    }
  });

  it('tells when nobody answers, of Bedrock too, and ends', async () => {
    const { of, findings } = await examine({ DISCORD_API_URL: gone, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: gone, AWS_ENDPOINT_URL_BEDROCK: gone });
    expect(of('discord.token').says).toContain('Discord cannot be reached');
    expect(of('bedrock.access')).toMatchObject({ state: 'bad', says: expect.stringContaining('cannot be reached') as string });
    expect(findings.filter(({ check }) => check === 'bedrock.model')).toEqual([]);
    expect(of('store.record').state).toBe('good');
    expect(findings.filter(({ state }) => state === 'bad')).toHaveLength(2);
  });
});

describe('the doctor, of the store,', () => {
  it('writes, reads, and leaves nothing behind', async () => {
    const path = join(folder(), 'store.sqlite');
    const { of } = await examine({ STORE_URL: `sqlite://${path}` });
    expect(of('store.record').state).toBe('good');
    expect(of('store.space').state).toBe('good');
  });

  it('tells one that cannot be written', async () => {
    const path = join(folder(), 'a-file');
    writeFileSync(path, 'no database');
    const { of } = await examine({ STORE_URL: `sqlite://${path}/store.sqlite` });
    expect(of('store.record')).toMatchObject({ state: 'bad', cure: expect.stringContaining('STORE_URL') as string });
    expect(readdirSync(join(path, '..'))).toEqual(['a-file']);
  });
});
