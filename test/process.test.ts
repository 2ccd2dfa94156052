import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { follow } from './parley-process.ts';
import { TEST_KEY, bedrockErrors, shortTermKey, startBedrockSimulator } from './simulators/bedrock.ts';
import { startDiscordSimulator } from './simulators/discord.ts';
import type { ChildProcess } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import type { BedrockSimulator } from './simulators/bedrock.ts';
import type { DiscordSimulator } from './simulators/discord.ts';

const ROOT = join(import.meta.dirname, '..');
const NO_SETTINGS = join(import.meta.dirname, 'no-settings.env');

/** The program in a folder of its own, whose settings nobody has made yet. */
const copyProgram = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-program-'));
  for (const name of ['src', 'package.json']) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
};

let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
beforeAll(async () => {
  [discord, bedrock] = await Promise.all([startDiscordSimulator({ maxConcurrency: 100 }), startBedrockSimulator()]);
  bedrock.respond({ text: 'Certainly.' });
});
afterAll(() => Promise.all([discord.close(), bedrock.close()]));

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'parley-'));

const start = (environment: Record<string, string>, { folder = temporaryFolder(), words = ['--env-file', NO_SETTINGS], program = ROOT } = {}) => {
  const child = spawn(process.execPath, [join(program, 'src/start.js'), ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'], LOG_FORMAT: 'json', DISCORD_API_URL: discord.apiUrl, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url, ...environment },
  });
  running.add(child);
  return { folder, ...follow(child) };
};

type Started = ReturnType<typeof start>;

const secrets = () => ({ DISCORD_TOKEN: discord.token, AWS_BEARER_TOKEN_BEDROCK: TEST_KEY });

describe('the process', () => {
  it('tells all that is wrong with its settings at once and ends with 78', async () => {
    const { ended, output } = start({ BEDROCK_MAX_TOKENS: 'lots', LOG_LEVEL: 'loud' });
    expect(await ended).toBe(78);
    for (const name of ['DISCORD_TOKEN', 'AWS_BEARER_TOKEN_BEDROCK', 'BEDROCK_MAX_TOKENS', 'LOG_LEVEL']) expect(output()).toContain(`- ${name} `);
    expect(output()).not.toMatch(/\bat .*:\d+:\d+/u);
  });

  it('says where it looked for its settings, and which name it does not know', async () => {
    const program = copyProgram();
    const { ended, output, folder } = start({ DISCORD_TOKN: 'x', BEDROCK_MODEL: 'y' }, { program, words: [] });
    expect(await ended).toBe(78);
    for (const place of [program, folder]) expect(output()).toContain(join(place, '.env'));
    expect(output()).toContain('cp .env.example .env');
    expect(output()).toContain('Did you mean DISCORD_TOKEN?');
    expect(output()).toContain('Did you mean BEDROCK_MODEL_ID?');
  });

  it('says at the start what makes it useless but does not keep it from starting', async () => {
    const { output } = start({ ...secrets(), STARTUP_CHECK: 'false', TOKENS_PER_MINUTE: '1000', BEDROCK_MAX_TOKENS: '4096' });
    await expect.poll(output).toContain('No question can be answered: TOKENS_PER_MINUTE is 1,000');
    expect(output()).toContain('Set BEDROCK_MAX_TOKENS to ');
  });

  it('names the file in which they are to be fixed, where they stand there', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'mine.env');
    writeFileSync(file, 'BEDROCK_MAX_TOKENS=lots\nLOG_LEVEL=info\n');
    const inFile = start({}, { folder, words: ['--env-file', file] });
    const elsewhere = start({ LOG_LEVEL: 'loud' }, { folder, words: ['--env-file', NO_SETTINGS] });
    await Promise.all([inFile.ended, elsewhere.ended]);
    expect(inFile.output()).toContain(`Parley cannot start. Fix 3 settings in ${file}:`);
    expect(elsewhere.output()).toContain('Parley cannot start. Fix 3 settings:');
  });

  it('does not start for a word or an option that it does not know, nor to explain itself', async () => {
    const before = discord.gateway.identifies.length;
    const [help, word, flag] = [['--help'], ['stop'], ['doctor', '--jsn']].map((words) => start(secrets(), { words })) as [Started, Started, Started];
    expect(await Promise.all([help.ended, word.ended, flag.ended])).toEqual([0, 64, 64]);
    expect(help.output()).toContain('npm run doctor');
    expect(word.output()).toContain('"stop"');
    expect(flag.output()).toContain('--jsn');
    expect(discord.gateway.identifies).toHaveLength(before);
  });

  it('ends with 78 when the key is for another region, or when its command gives none, and says what to do', async () => {
    const key = shortTermKey({ region: 'eu-west-1' });
    const wrong = start({ ...secrets(), AWS_BEARER_TOKEN_BEDROCK: key });
    const none = start({ DISCORD_TOKEN: discord.token, AWS_BEARER_TOKEN_BEDROCK_COMMAND: 'echo ABSKnot a key; echo ABSKalas >&2' });
    const other = start({ DISCORD_TOKEN: discord.token, AWS_BEARER_TOKEN_BEDROCK_COMMAND: `echo ${key}` });
    expect(await wrong.ended).toBe(78);
    expect(wrong.output()).toContain('AWS_BEARER_TOKEN_BEDROCK is a short-term key for eu-west-1, but AWS_REGION is us-east-1: set AWS_REGION=eu-west-1');
    expect(await other.ended).toBe(78);
    expect(other.output()).toContain('set AWS_REGION=eu-west-1');
    const gone = start({ DISCORD_TOKEN: discord.token, AWS_BEARER_TOKEN_BEDROCK_COMMAND: 'no-such-program-anywhere --token' });
    expect(await gone.ended).toBe(78);
    expect(gone.output()).toMatch(/gave no key: it ended with exit code 127; it said: .*not found/u);
    expect(await none.ended).toBe(78);
    expect(none.output()).toContain('AWS_BEARER_TOKEN_BEDROCK_COMMAND gave no key');
    for (const { output } of [wrong, none, other]) expect(output()).not.toMatch(/bedrock-api-key-|ABSK/u);
  });

  it('prints no secret, wherever Bedrock or an admin put it', async () => {
    const long = `ABSK${'QmVkcm9ja0FQSUtleS1h'.repeat(6)}`;
    const bad = start({ ...secrets(), AWS_REGION: long, STORE_URL: shortTermKey() });
    expect(await bad.ended).toBe(78);
    expect(bad.output()).toContain('AWS_REGION');
    expect(bad.output()).not.toMatch(/QmVkcm9j|YmVkcm9j/u);
    const ana = discord.addUser({ name: 'ana3' });
    discord.addGuild({ members: [ana] });
    const { ready, child, output } = start(secrets());
    await ready();
    bedrock.respondOnce({ error: bedrockErrors.validation(`Bearer ${TEST_KEY} and ${shortTermKey()} of ${discord.token}`) });
    const question = ana.say(ana.dm, 'Hello');
    const answer = await discord.waitFor(() => ana.dm.fromBot.find(({ referenceId }) => referenceId === question.id));
    await expect.poll(output).toContain('question failed');
    for (const text of [answer.content, output()]) {
      expect(text).not.toContain(TEST_KEY);
      expect(text).not.toContain(discord.token);
      expect(text).not.toContain('YmVkcm9j');
    }
    child.kill('SIGTERM');
  });

  it('ends with 78 when what answers at DISCORD_API_URL is not Discord', async () => {
    const server = createServer((_request, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<title>Nobody home</title>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { ended, output } = start({ ...secrets(), DISCORD_API_URL: `http://127.0.0.1:${port}` });
    expect(await ended).toBe(78);
    server.close();
    expect(output()).toContain(`What answers at http://127.0.0.1:${port} is not Discord as Parley knows it: Discord answered 404`);
    expect(output()).toContain('Correct DISCORD_API_URL');
    expect(output()).not.toMatch(/DiscordAPIError|\bat .*:\d+:\d+/u);
  });

  it('says which Node it needs, on an older one', async () => {
    const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })";
    const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(older)}`, join(import.meta.dirname, '../src/start.js'), '--version']);
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    child.stdout.on('data', (data: Buffer) => (said += data.toString()));
    const [code] = (await once(child, 'exit')) as [number];
    expect([code, said]).toEqual([78, expect.stringMatching(/^Parley needs Node 24 or newer, and this is .+ bring their own\.\n$/u)]);
  });

  it('ends with 78 when Discord refuses the token, and does not print it', async () => {
    const { ended, output } = start({ ...secrets(), DISCORD_TOKEN: discord.token.replace(/.$/u, (last) => (last === 'x' ? 'y' : 'x')) });
    expect(await ended).toBe(78);
    expect(output()).toContain('DISCORD_TOKEN');
    expect(output()).not.toContain(discord.token.slice(0, -1));
  });

  it('names the switch in the portal when the intent is not granted, and ends with 78', async () => {
    const { ended, output } = start({ ...secrets(), DISCORD_MESSAGE_CONTENT: 'true' });
    expect(await ended).toBe(78);
    expect(output()).toContain('Message Content Intent');
    expect(output()).toContain('DISCORD_MESSAGE_CONTENT');
  });

  it('reads what the intent unlocks when it is granted', async () => {
    discord.setMessageContentIntent(true);
    const ana = discord.addUser({ name: 'ana' });
    const guild = discord.addGuild({ members: [ana] });
    const place = guild.addChannel();
    const { ready, child } = start({ ...secrets(), DISCORD_MESSAGE_CONTENT: 'true' });
    await ready();
    ana.say(place, `${guild.botRole?.mention} what about my role?`);
    const answer = await discord.waitFor(() => place.fromBot.find(({ content }) => content === 'Certainly.'));
    const before = bedrock.requestCount;
    ana.say(place, 'and without the ping?', { replyTo: answer, replyPing: false });
    await discord.waitFor(() => place.fromBot.length === 2);
    expect(bedrock.requestCount).toBe(before + 1);
    discord.setMessageContentIntent(false);
    child.kill('SIGTERM');
  });

  it('takes its settings from .env, remembers over a restart, and ends with 0 on SIGTERM and SIGINT', async () => {
    const [program, folder] = [copyProgram(), temporaryFolder()];
    writeFileSync(join(folder, 'token.txt'), `${discord.token}\n`);
    writeFileSync(join(folder, '.env'), `DISCORD_TOKEN_FILE=token.txt\nAWS_BEARER_TOKEN_BEDROCK=${TEST_KEY}\nSYSTEM_PROMPT=\n`);
    const ana = discord.addUser({ name: 'ana2' });
    discord.addGuild({ members: [ana] });
    for (const [round, signal] of (['SIGTERM', 'SIGINT'] as const).entries()) {
      const { ready, child, ended, output } = start({}, { program, folder, words: [] });
      await ready();
      const question = ana.say(ana.dm, 'Hello');
      await discord.waitFor(() => ana.dm.fromBot.find(({ referenceId }) => referenceId === question.id));
      expect(bedrock.requests.at(-1)?.body?.messages).toHaveLength(1 + 2 * round);
      expect(bedrock.requests.at(-1)?.body?.system).toBeUndefined();
      await expect.poll(output).toContain('question answered');
      child.kill(signal);
      expect(await ended).toBe(0);
      expect(output()).not.toContain(discord.token);
      expect(output()).not.toContain(TEST_KEY);
      expect(output()).not.toContain('Hello');
    }
  });
});
