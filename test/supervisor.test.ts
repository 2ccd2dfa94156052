import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayDispatchEvents } from 'discord-api-types/v10';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TEST_KEY, startBedrockSimulator } from './simulators/bedrock.ts';
import { startDiscordSimulator } from './simulators/discord.ts';
import type { ChildProcess } from 'node:child_process';
import type { BedrockSimulator } from './simulators/bedrock.ts';
import type { DiscordSimulator, SimulatedChannel, SimulatedUser } from './simulators/discord.ts';

const MAIN = join(import.meta.dirname, '../src/start.js');
const NO_SETTINGS = join(import.meta.dirname, 'no-settings.env');
const BREAKER = join(import.meta.dirname, 'supervisor/break-listeners.ts');

let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
let ana: SimulatedUser;
let channel: SimulatedChannel;
// One of its own for each process: a token may identify once in five seconds.
beforeEach(async () => {
  [discord, bedrock] = await Promise.all([startDiscordSimulator({ rateLimits: 'off' }), startBedrockSimulator()]);
  bedrock.respond({ text: 'Certainly.' });
  ana = discord.addUser({ name: 'ana' });
  channel = discord.addGuild({ members: [ana] }).addChannel();
});
const running = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  await Promise.all([discord.close(), bedrock.close()]);
});

const WITHIN_MS = 20_000;

const start = async (nodeOptions: readonly string[] = [], stdout: 'pipe' | number = 'pipe') => {
  const connections = discord.gateway.identifies.length;
  const child = spawn(process.execPath, [...nodeOptions, MAIN, '--env-file', NO_SETTINGS], {
    cwd: mkdtempSync(join(tmpdir(), 'parley-')),
    stdio: ['ignore', stdout, 'pipe'],
    env: {
      PATH: process.env['PATH'],
      LOG_FORMAT: 'json',
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.apiUrl,
      AWS_BEARER_TOKEN_BEDROCK: TEST_KEY,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
      STORE_URL: 'memory://',
      STARTUP_CHECK: 'false',
      MEMBER_QUESTIONS_PER_MINUTE: '0',
      // Each message is a question of its own there.
      BURST_SECONDS: '0',
    },
  });
  running.add(child);
  let output = '';
  const read = (data: Buffer): void => void (output += data.toString());
  child.stdout?.on('data', read);
  child.stderr?.on('data', read);
  let hasEnded = false;
  child.once('exit', () => (hasEnded = true));
  await discord.waitFor(() => discord.gateway.identifies.length > connections, WITHIN_MS);
  if (stdout === 'pipe') await expect.poll(() => output, { timeout: WITHIN_MS }).toMatch(/commands (?:are )?registered/u);
  return { child, output: () => output, hasEnded: () => hasEnded };
};

const isAnswered = async (): Promise<void> => {
  const question = ana.say(channel, `${discord.botUser.mention} are you there?`);
  await discord.waitFor(() => channel.fromBot.some(({ referenceId, content }) => referenceId === question.id && content === 'Certainly.'), WITHIN_MS);
};

const linesOf = (output: string, key: string): Record<string, unknown>[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith(`{"${key}"`))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a start while Discord is down', () => {
  it('waits for the end of it', async () => {
    const outage = discord.faults.add({ does: { status: 503 } });
    const started = start();
    await expect.poll(() => outage.hits, { timeout: WITHIN_MS }).toBeGreaterThan(3);
    outage.remove();
    const { output, hasEnded } = await started;
    expect(output()).toContain('Discord does not answer yet');
    await isAnswered();
    expect(hasEnded()).toBe(false);
  });
});

describe('nothing that fails inside ends the process', () => {
  it('no listener of ours that throws or rejects', async () => {
    const { child, output, hasEnded } = await start(['--import', BREAKER]);
    await isAnswered();
    child.kill('SIGUSR2');
    await expect.poll(() => linesOf(output(), 'listeners'), { timeout: WITHIN_MS }).toHaveLength(1);
    const listeners = linesOf(output(), 'listeners')[0]?.['listeners'] as string[];
    const expected = listeners.flatMap((name) => [`${name} rejects`, `${name} throws`]).toSorted();
    const broken = (): string[] => linesOf(output(), 'broken').map(({ broken, failure }) => `${String(broken)} ${String(failure)}`).toSorted();
    await expect.poll(broken, { timeout: WITHIN_MS }).toEqual(expected);
    for (const event of ['messageCreate', 'interactionCreate', 'error', 'shardDisconnect', 'clientReady']) {
      expect(listeners.filter((name) => name.startsWith(`Client ${event} `)), event).not.toEqual([]);
    }
    await isAnswered();
    expect(hasEnded()).toBe(false);
    expect(output()).toContain('uncaught exception');
    expect(output()).toContain('unhandled rejection');
  });

  it('no event of Discord in a form that it never had', async () => {
    const { output, hasEnded } = await start();
    await isAnswered();
    // These two open a session: a broken one of them is another session's matter.
    const openers = new Set<string>([GatewayDispatchEvents.Ready, GatewayDispatchEvents.Resumed]);
    const shapes = [null, {}, { id: '1', guild_id: '2', channel_id: '3' }, { id: 7, type: 99, data: 'x', author: null, member: {} }, [], 'text'];
    for (const event of Object.values(GatewayDispatchEvents).filter((name) => !openers.has(name))) {
      for (const shape of shapes) discord.gateway.dispatch(event, shape);
    }
    await isAnswered();
    const interaction = ana.runCommand(channel, 'ask', { prompt: 'and by command?' });
    await discord.waitFor(() => interaction.response?.content.endsWith('Certainly.'), WITHIN_MS);
    expect(hasEnded()).toBe(false);
    expect(output()).not.toContain(discord.token);
  });

  it.skipIf(process.platform !== 'linux')('no log that cannot be written', async () => {
    const full = openSync('/dev/full', 'w');
    const { hasEnded } = await start([], full);
    closeSync(full);
    for (let round = 0; round < 3; round += 1) await isAnswered();
    expect(hasEnded()).toBe(false);
  });
});
