import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runDoctor } from '../../src/run-doctor.ts';
import { TEST_KEY, bedrockErrors, shortTermKey, startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { startWorld } from '../start-parley.ts';
import type { Finding } from '../../src/operations/finding.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';
import type { DiscordSimulator, SimulatedGuild } from '../simulators/discord.ts';

const MAIN = join(import.meta.dirname, '../../src/start.js');
const HOUR_MS = 3_600_000;

let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
let guild: SimulatedGuild;
/** An address where nobody is any more. */
let gone: string;
beforeAll(async () => {
  [discord, bedrock] = await Promise.all([startDiscordSimulator({ rateLimits: 'off' }), startBedrockSimulator()]);
  const other = await startBedrockSimulator();
  gone = other.url;
  await other.close();
  guild = discord.addGuild({ name: 'Well kept' });
});
beforeEach(() => bedrock.respond({ text: 'Hi.' }));
afterEach(() => {
  bedrock.reset();
  bedrock.denyListings(false);
});
afterAll(() => Promise.all([discord.close(), bedrock.close()]));

const folder = (): string => mkdtempSync(join(tmpdir(), 'parley-'));

const environmentWith = (changes: Readonly<Record<string, string | undefined>>): Record<string, string> => {
  const all: Record<string, string | undefined> = {
    DISCORD_TOKEN: discord.token,
    AWS_BEARER_TOKEN_BEDROCK: TEST_KEY,
    DISCORD_API_URL: discord.apiUrl,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
    AWS_ENDPOINT_URL_BEDROCK: bedrock.url,
    STORE_URL: 'memory://',
    ...changes,
  };
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
};

const refuseSecrets = (output: string): void => {
  for (const secret of [TEST_KEY, discord.token]) expect(output).not.toContain(secret);
  expect(output).not.toMatch(/ABSK[A-Za-z0-9+/=]{20}|bedrock-api-key-[A-Za-z0-9]{20}/u);
};

/** The doctor in this process, with what it wrote. */
const consult = async (changes: Readonly<Record<string, string | undefined>>, ...flags: string[]): Promise<{ exitCode: number; output: string }> => {
  const written: string[] = [];
  const out = { write: (text: string) => written.push(text) > 0, isTTY: false };
  const process = { env: environmentWith(changes), argv: ['node', 'main.ts', 'doctor', ...flags], stdout: out, stderr: out };
  const exitCode = await runDoctor(process as never);
  const output = written.join('');
  refuseSecrets(output);
  return { exitCode, output };
};

interface Report {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly curl: string | undefined;
}

/** What the doctor finds; of each thing that is bad it says what to do. */
const examine = async (changes: Readonly<Record<string, string | undefined>> = {}) => {
  const { exitCode, output } = await consult(changes, '--json');
  const report = JSON.parse(output) as Report;
  expect(exitCode).toBe(report.findings.some(({ state }) => state === 'bad') ? 1 : 0);
  expect(report.ok).toBe(exitCode === 0);
  // Names of ours are no words for people.
  for (const { says, cure = '' } of report.findings) {
    expect(`${says} ${cure}`).not.toMatch(/\b(?:key-(?:refused|expired)|no-key|model-(?:access|unknown|retired|needs-profile|error|timed-out)|(?:request|settings)-refused|service-error|stream-broken|daily-quota|timed-out)\b/u);
    expect(says).not.toMatch(/Error:|undefined|\[object/u);
  }
  for (const { state, cure, check } of report.findings) if (state === 'bad' && check !== 'settings') expect(cure, check).toBeTruthy();
  const of = (check: string): Finding => {
    const first = report.findings.find((finding) => finding.check === check);
    if (first === undefined) throw new Error(`Nothing was found of ${check}: ${output}`);
    return first;
  };
  return { ...report, exitCode, of };
};

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
  }, 30_000);

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

  it('sends whoever has no server to the invitation, which asks for exactly what is used', async () => {
    guild.kickBot();
    const { of } = await examine();
    expect(of('discord.servers')).toMatchObject({ state: 'warning', cure: expect.stringContaining('permissions=274878008320') as string });
    guild.inviteBot();
  });

  it('tells whether the commands are registered', async () => {
    expect((await examine()).of('discord.commands')).toMatchObject({ state: 'warning', says: expect.stringContaining('ask') as string });
    const world = await startWorld();
    const { of } = await examine({ DISCORD_TOKEN: world.discord.token, DISCORD_API_URL: world.discord.apiUrl });
    await world.close();
    expect(of('discord.commands').state).toBe('good');
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
  }, 40_000);

  it('asks a command for it, and tells when that gives none, or one of another region', async () => {
    const asked = (command: string) => examine({ AWS_BEARER_TOKEN_BEDROCK: undefined, AWS_BEARER_TOKEN_BEDROCK_COMMAND: command, PATH: process.env['PATH'] });
    expect((await asked(`echo ${TEST_KEY}`)).of('bedrock.access').state).toBe('good');
    expect((await asked('exit 7')).of('bedrock.key')).toMatchObject({ state: 'bad', says: expect.stringContaining('exit code 7') as string });
    expect((await asked(`echo ${shortTermKey({ region: 'eu-west-1' })}`)).of('bedrock.key').says).toContain('another region');
  }, 20_000);
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
