import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from './free-port.ts';
import { freshFolder, startProcess } from './parley-process.ts';
import { TEST_KEY, bedrockErrors, manualStream, startBedrockSimulator } from './simulators/bedrock.ts';
import { startDiscordSimulator } from './simulators/discord.ts';
import { askHealth } from '../src/operations/ask-health.ts';
import type { ParleyProcess } from './parley-process.ts';
import type { BedrockSimulator } from './simulators/bedrock.ts';
import type { DiscordSimulator } from './simulators/discord.ts';

const MAIN = join(import.meta.dirname, '../src/start.js');
const NO_SETTINGS = join(import.meta.dirname, 'no-settings.env');
const WITHIN = { timeout: 60_000 };

let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
let port: number;
let parley: ParleyProcess | undefined;
beforeEach(async () => {
  [discord, bedrock, port] = await Promise.all([startDiscordSimulator({ rateLimits: 'off' }), startBedrockSimulator(), freePort()]);
  bedrock.respond({ text: 'Certainly.' });
});
afterEach(async () => {
  parley?.child.kill('SIGKILL');
  parley = undefined;
  await Promise.all([discord.close(), bedrock.close()]);
});

const start = (environment: Readonly<Record<string, string>> = {}): ParleyProcess =>
  (parley = startProcess({ discord, bedrock }, freshFolder(), { HTTP_PORT: String(port), ...environment }));

const ask = async (path: string): Promise<{ status: number; text: string }> => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
};
const readiness = (): Promise<{ status: number; text: string }> => ask('/readyz').catch(() => ({ status: 0, text: 'nobody' }));

/** `health` as a supervisor calls it: a process of its own. */
const askByCommand = async (environment: Readonly<Record<string, string>> = {}) => {
  const child = spawn(process.execPath, [MAIN, 'health', '--env-file', NO_SETTINGS], { env: { HTTP_PORT: String(port), ...environment } });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output += data.toString()));
  const [exitCode] = (await once(child, 'close')) as [number];
  return { exitCode, output };
};

describe('a Parley that tells how it is', () => {
  it('is alive while it waits for Discord, and ready when it is there', async () => {
    expect(await askByCommand()).toMatchObject({ exitCode: 1, output: expect.stringContaining('nobody answers') });
    const outage = discord.faults.add({ does: { status: 503 } });
    const { ready } = start();
    await expect.poll(readiness, WITHIN).toMatchObject({ status: 503, text: expect.stringContaining('not connected to Discord yet') });
    expect((await ask('/livez')).status).toBe(200);
    expect(await askByCommand()).toEqual({ exitCode: 1, output: 'Parley is not connected to Discord yet.\n' });
    outage.remove();
    await ready();
    await expect.poll(readiness, WITHIN).toMatchObject({ status: 200 });
    expect(await askByCommand()).toEqual({ exitCode: 0, output: 'Parley is ready.\n' });
    // Not to be seen from other machines.
    for (const { text } of [await ask('/readyz'), await ask('/livez'), await ask('/metrics')]) expect(text).not.toMatch(new RegExp(`${TEST_KEY}|${discord.token}`, 'u'));
  }, 120_000);

  it('is not ready while the connection is made anew', async () => {
    await start().ready();
    await expect.poll(readiness, WITHIN).toMatchObject({ status: 200 });
    discord.gateway.setAccepting(false);
    discord.gateway.drop();
    await expect.poll(readiness, WITHIN).toMatchObject({ status: 503, text: expect.stringContaining('made anew') });
    expect((await ask('/livez')).status).toBe(200);
    discord.gateway.setAccepting(true);
    await expect.poll(readiness, WITHIN).toMatchObject({ status: 200 });
  }, 120_000);

  it('is not ready while no question would be answered, says why in the same words as beside its name, and is not to be started anew for that', async () => {
    const ana = discord.addUser({ name: 'ana' });
    const place = discord.addGuild({ members: [ana] }).addChannel();
    await start().ready();
    await expect.poll(readiness, WITHIN).toMatchObject({ status: 200, text: expect.stringContaining('"bedrockAnsweredSecondsAgo":null') });
    bedrock.respond({ error: bedrockErrors.accessDenied() });
    const fail = async (text: string): Promise<void> => {
      const before = place.fromBot.length;
      ana.say(place, `${discord.botUser.mention} ${text}`);
      await discord.waitFor(() => place.fromBot[before]);
    };
    await fail('one');
    await fail('two');
    // What one or two questions met may be theirs.
    expect((await readiness()).status).toBe(200);
    await fail('three');
    await expect.poll(readiness, WITHIN).toMatchObject({ status: 503 });
    const why = 'Degraded: an admin has to look at my settings';
    const body = JSON.parse((await ask('/readyz')).text) as Record<string, unknown>;
    expect(body).toMatchObject({ ready: false, reason: `${why}.`, connected: true, storeWorks: true, heartbeatAcknowledgedSecondsAgo: expect.toSatisfy((age: unknown) => age === null || typeof age === 'number'), lastEventSecondsAgo: expect.any(Number) });
    await expect.poll(() => discord.gateway.presences.at(-1)).toMatchObject({ status: 'idle', activities: [{ state: why }] });
    expect(await askByCommand()).toEqual({ exitCode: 0, output: `${why}.\n` });
    bedrock.respond({ text: 'Certainly.' });
    await fail('four');
    await expect.poll(readiness, WITHIN).toMatchObject({ status: 200, text: expect.stringMatching(/"bedrockAnsweredSecondsAgo":\d/u) });
    await expect.poll(() => discord.gateway.presences.at(-1)).toMatchObject({ status: 'online' });
  }, 120_000);

  it('says that it is going down, and goes although somebody holds a connection', async () => {
    const ana = discord.addUser({ name: 'ana' });
    const place = discord.addGuild({ members: [ana] }).addChannel();
    const { ready, child, ended } = start();
    await ready();
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    ana.say(place, `${discord.botUser.mention} a long story`);
    await stream.request;
    await stream.text('Once upon');
    child.kill('SIGTERM');
    await expect.poll(readiness, WITHIN).toMatchObject({ status: 503, text: expect.stringContaining('"reason":"Parley is going down."') });
    expect((await ask('/livez')).status).toBe(200);
    await stream.text(' a time.');
    await stream.finish();
    expect(await ended).toBe(0);
    expect(await askByCommand()).toMatchObject({ exitCode: 1 });
  }, 120_000);

  it('ends with 78 where it cannot listen, and says what to do', async () => {
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const before = discord.gateway.identifies.length;
    const { ended, output } = start();
    expect(await ended).toBe(78);
    expect(output()).toContain(`HTTP_PORT: port ${port} of 127.0.0.1 is in use already`);
    expect(output()).not.toMatch(/\bat .*:\d+:\d+/u);
    expect(discord.gateway.identifies).toHaveLength(before);
    other.close();
    const { ended: endedToo, output: said } = start({ HTTP_HOST: '203.0.113.7' });
    expect(await endedToo).toBe(78);
    expect(said()).toContain('HTTP_HOST: 203.0.113.7 is no address of this machine');
  });
});

describe('health, the command', () => {
  const asked = async (environment: Record<string, string>, envFile = NO_SETTINGS): Promise<{ exitCode: number; says: string }> => {
    let says = '';
    const stdout = { write: (text: string) => (says += text) } as never;
    return { exitCode: await askHealth({ env: { HTTP_PORT: String(port), ...environment }, stdout }, envFile), says };
  };

  it('says what is wrong with its settings, and what it needs', async () => {
    expect(await asked({ HTTP_PORT: '' })).toEqual({ exitCode: 1, says: 'HTTP_PORT is not set, so Parley tells nobody how it is.\n' });
    expect((await asked({ HTTP_PORT: 'eighty' })).says).toMatch(/^HTTP_PORT must be a whole number/u);
    expect((await asked({ HTTP_HOST: 'http://x' })).says).toMatch(/^HTTP_HOST must be an IP address/u);
    expect((await asked({}, '/nowhere/parley.env')).says).toBe('The file /nowhere/parley.env is not there.\n');
  });

  it('reads them where Parley does', async () => {
    const file = join(freshFolder(), 'other.env');
    writeFileSync(file, 'HTTP_HOST=::\n');
    expect((await asked({}, file)).says).toContain(`port ${port} of ::`);
  });

  it.each([
    ['another program', 200, 'Welcome to nginx!'],
    ['another program that speaks JSON', 200, '{"status":"UP"}'],
    ['something that says null', 200, 'null'],
    ['a list', 503, '[1]'],
  ])('does not take %s for Parley', async (_, status, body) => {
    const other = createServer((_request, response) => response.writeHead(status).end(body)).listen(port, '127.0.0.1');
    await once(other, 'listening');
    expect(await asked({})).toEqual({ exitCode: 1, says: `Somebody else than Parley answers on port ${port} of 127.0.0.1.\n` });
    other.close();
  });

  it('waits for three seconds, not for ever, and goes through no proxy', async () => {
    const silent = createServer(() => undefined).listen(port, '127.0.0.1');
    await once(silent, 'listening');
    const through = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: `http://127.0.0.1:${await freePort()}` };
    expect(await askByCommand(through)).toEqual({ exitCode: 1, output: 'Parley gave no answer within 3 seconds.\n' });
    silent.closeAllConnections();
    silent.close();
  });
});
