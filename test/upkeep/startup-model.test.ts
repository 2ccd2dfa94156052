import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freshFolder, startProcess } from '../parley-process.ts';
import { startProxyServer } from '../proxy-server.ts';
import { TEST_KEY, bedrockErrors, shortTermKey, startBedrockSimulator, streamTroubles } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { startWorld } from '../start-parley.ts';
import type { AddressInfo } from 'node:net';
import type { ParleyProcess } from '../parley-process.ts';
import type { BedrockSimulatorOptions, Script } from '../simulators/bedrock.ts';
import type { World, WorldOptions } from '../start-parley.ts';

const HOUR_MS = 3_600_000;

const open: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

/** Both simulators, and Parley as a process of its own, which tries its model. */
const startAlone = async (environment: Readonly<Record<string, string>>, { script = { text: 'Hi.' } as Script, ...options }: { script?: Script } & BedrockSimulatorOptions = {}) => {
  const [discord, bedrock] = await Promise.all([startDiscordSimulator({ rateLimits: 'off' }), startBedrockSimulator(options)]);
  bedrock.respond(script);
  const parley: ParleyProcess = startProcess({ discord, bedrock }, freshFolder(), { STARTUP_CHECK: 'true', ...environment });
  open.push(async () => {
    parley.child.kill('SIGKILL');
    await Promise.all([discord.close(), bedrock.close()]);
  });
  return { ...parley, discord, bedrock };
};

const start = async (options: WorldOptions = {}, environment: Readonly<Record<string, string>> = {}): Promise<World> => {
  const world = await startWorld({ ...options, environment: { STARTUP_CHECK: 'true', ...environment }, discord: { rateLimits: 'off' } });
  open.push(world.close);
  return world;
};

const says = ({ log }: World): string => JSON.stringify(log);

describe('a start that could never answer', () => {
  it.each<[string, Readonly<Record<string, string>>, Script, RegExp]>([
    ['a wrong key', { AWS_BEARER_TOKEN_BEDROCK: TEST_KEY.replace('ABSKQ', 'ABSKR') }, { text: 'Hi.' }, /refused the API key.+compare AWS_REGION/u],
    ['a short-term key that has expired', { AWS_BEARER_TOKEN_BEDROCK: shortTermKey({ madeAt: Date.now() - 13 * HOUR_MS }) }, { text: 'Hi.' }, /API key has expired.+Make a new one.+set AWS_BEARER_TOKEN_BEDROCK/u],
    ['an unknown model', { BEDROCK_MODEL_ID: 'anthropic.claude-nobody-1' }, { text: 'Hi.' }, /has no anthropic\.claude-nobody-1 in us-east-1.+Set BEDROCK_MODEL_ID/u],
    ['a retired model', { BEDROCK_MODEL_ID: 'us.anthropic.claude-3-5-haiku-20241022-v1:0' }, { text: 'Hi.' }, /has retired.+Set BEDROCK_MODEL_ID=us\.anthropic\.claude-haiku-5-5/u],
    ['a model that needs an inference profile', { BEDROCK_MODEL_ID: 'anthropic.claude-haiku-5-5' }, { text: 'Hi.' }, /through an inference profile.+Set BEDROCK_MODEL_ID=us\.anthropic\.claude-haiku-5-5/u],
    ['a model that the key may not use', {}, { error: bedrockErrors.accessDenied() }, /key may not use us\.anthropic.+bedrock:InvokeModel/u],
    ['an action that the key may not use', {}, { error: bedrockErrors.notAuthorized('bedrock:InvokeModelWithResponseStream', '*') }, /InvokeModelWithResponseStream/u],
    ['a form that nobody filled in', {}, { error: bedrockErrors.useCaseDetails() }, /use-case form/u],
    ['an account that may not', {}, { error: bedrockErrors.validation('Operation not allowed') }, /AWS Support/u],
    ['a key that Bedrock calls expired', {}, { error: bedrockErrors.untyped() }, /API key has expired/u],
  ])('ends with 78, the reason and the cure: %s', async (_what, environment, script, told) => {
    const keys = [TEST_KEY, ...(environment['AWS_BEARER_TOKEN_BEDROCK']?.startsWith('bedrock-api-key-') === true ? [environment['AWS_BEARER_TOKEN_BEDROCK']] : [])];
    const { ended, output, discord } = await startAlone(environment, { script, keys });
    expect(await ended).toBe(78);
    expect(output()).toMatch(told);
    expect(output()).not.toContain('"msg":"ready"');
    // Discord counts sessions.
    expect(discord.gateway.identifies).toEqual([]);
    expect(output()).not.toMatch(/ABSK|bedrock-api-key-|\bat .*:\d+:\d+/u);
    expect(output()).not.toMatch(/key-refused|model-unknown|model-access/u);
  });

  it('is a guardrail that is gone, and without streams a model that may not be called', async () => {
    const unguarded = await startAlone({ BEDROCK_GUARDRAIL_ID: 'gone1', BEDROCK_GUARDRAIL_VERSION: '1' }, { guardrails: ['abc123'] });
    expect(await unguarded.ended).toBe(78);
    expect(unguarded.output()).toMatch(/Check BEDROCK_GUARDRAIL_ID/u);
    const { ended, output } = await startAlone({ BEDROCK_STREAM: 'false' }, { script: { error: bedrockErrors.accessDenied() } });
    expect(await ended).toBe(78);
    expect(output()).toContain('bedrock:InvokeModel');
  });

  it('is not one that was refused once', async () => {
    const [discord, bedrock] = await Promise.all([startDiscordSimulator({ rateLimits: 'off' }), startBedrockSimulator()]);
    open.push(() => Promise.all([discord.close(), bedrock.close()]));
    bedrock.respondOnce({ error: bedrockErrors.badKey() });
    const parley = startProcess({ discord, bedrock }, freshFolder(), { STARTUP_CHECK: 'true' });
    open.push(() => void parley.child.kill('SIGKILL'));
    await expect.poll(parley.output).toContain('"msg":"ready"');
    expect(bedrock.requestCount).toBe(2);
  });

  it('is left to the questions where STARTUP_CHECK=false', async () => {
    const { ready, output, bedrock } = await startAlone({ STARTUP_CHECK: 'false', AWS_BEARER_TOKEN_BEDROCK: 'ABSKnobodyknowsit' });
    await ready();
    expect(output()).toContain('"msg":"ready"');
    expect(bedrock.requestCount).toBe(0);
  });
});

describe('a good start', () => {
  it.each([['true', 'ConverseStream'], ['false', 'Converse']])('costs one call of one token, as questions go (BEDROCK_STREAM=%s), before "ready"', async (streams, operation) => {
    const { log, bedrock, fatal, discord, ask, ana } = await start({}, { BEDROCK_STREAM: streams });
    await expect.poll(() => log.map(({ message }) => message)).toContain('ready');
    expect(bedrock.requests).toHaveLength(1);
    expect(bedrock.requests[0]).toMatchObject({ operation, body: { inferenceConfig: { maxTokens: 1 } } });
    expect(fatal).toEqual([]);
    expect(discord.gateway.presences).toEqual([]);
    bedrock.respond({ text: 'Certainly.' });
    expect((await ask(ana, 'Hello?')).content).toBe('Certainly.');
  });

  it('is one with a model that cannot stream', async () => {
    const world = await start({ bedrock: { models: { 'amazon.nova-lite-v1:0': { streaming: false } } } }, { BEDROCK_MODEL_ID: 'amazon.nova-lite-v1:0' });
    await expect.poll(() => world.log.map(({ message }) => message)).toContain('ready');
    expect(world.bedrock.requests.map(({ operation }) => operation)).toEqual(['ConverseStream', 'Converse']);
    expect(world.fatal).toEqual([]);
    expect(world.log.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('is one with a model that wants more than one token, which is told and not tried again', async () => {
    const script = { error: bedrockErrors.validation('The model returned the following errors: max_output_tokens is below the minimum value') };
    const { output, discord } = await startAlone({}, { script });
    await expect.poll(output).toContain('"msg":"ready"');
    expect(output()).toContain('max_output_tokens');
    expect(output()).not.toContain('I try again');
    expect(discord.gateway.presences).toEqual([]);
  });

  it('goes through the proxy that is set', async () => {
    const proxy = await startProxyServer();
    open.push(proxy.close);
    const { output, bedrock } = await startAlone({ HTTP_PROXY: proxy.url });
    await expect.poll(output).toContain('"msg":"ready"');
    expect(bedrock.requestCount).toBe(1);
    expect(proxy.asked).toContain(new URL(bedrock.url).host);
  });
});

/** A server that says the same to everybody. */
const sayAlways = async (status: number, headers: Readonly<Record<string, string>>, body: string): Promise<string> => {
  const server = createServer((_request, response) => response.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const PAGE = '<html><title>Sign in</title><body>Please sign in.</body></html>';

describe('what may pass', () => {
  it.each<[string, Script, RegExp, string]>([
    ['throttling', { error: bedrockErrors.throttling() }, /takes no more calls/u, 'Degraded: Amazon Bedrock is busy'],
    ['a used-up day', { error: bedrockErrors.tokensPerDay() }, /Today's quota/u, 'Degraded: Amazon Bedrock is busy'],
    ['a busy service', { error: bedrockErrors.unavailable() }, /too busy/u, 'Degraded: Amazon Bedrock is busy'],
    ['a model that is being loaded', { error: bedrockErrors.modelNotReady() }, /being made ready/u, 'Degraded: Amazon Bedrock is busy'],
    ['a fault of the service', { error: bedrockErrors.internalServer() }, /had a problem/u, 'Degraded: Amazon Bedrock is out of reach'],
    ['a quota of the account', { error: bedrockErrors.serviceQuota() }, /quota/u, 'Degraded: an admin has to look at my settings'],
    ['a page of a proxy', { error: bedrockErrors.badGateway() }, /had a problem/u, 'Degraded: Amazon Bedrock is out of reach'],
    ['an error inside the stream', { text: '', trouble: streamTroubles.throttling() } as Script, /takes no more calls/u, 'Degraded: Amazon Bedrock is busy'],
    ['silence before the answer', { hang: 'beforeHeaders' }, /did not answer in time/u, 'Degraded: Amazon Bedrock is out of reach'],
    ['silence in the answer', { hang: 'afterHeaders' }, /did not answer in time/u, 'Degraded: Amazon Bedrock is out of reach'],
  ])('is told once, shown and tried again, while questions are taken: %s', async (_what, script, told, shown) => {
    const [discord, bedrock] = await Promise.all([startDiscordSimulator({ rateLimits: 'off' }), startBedrockSimulator()]);
    open.push(() => Promise.all([discord.close(), bedrock.close()]));
    const ana = discord.addUser({ name: 'ana' });
    const channel = discord.addGuild({ members: [ana] }).addChannel();
    bedrock.respond(script);
    const parley = startProcess({ discord, bedrock }, freshFolder(), { STARTUP_CHECK: 'true' });
    open.push(() => void parley.child.kill('SIGKILL'));
    await expect.poll(parley.output).toContain('"msg":"ready"');
    await parley.ready();
    const lines = parley.output().split('\n').filter((line) => line.includes('I try again until it works'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(told);
    expect(parley.output().indexOf('I try again until')).toBeLessThan(parley.output().indexOf('"msg":"ready"'));
    await expect.poll(() => discord.gateway.presences.at(-1)).toMatchObject({ status: 'idle', activities: [{ state: shown }] });
    const status = ana.runCommand(channel, 'status');
    await discord.waitFor(() => status.response);
    expect(status.response?.content).toContain('**Degraded.**');
    bedrock.respond({ text: 'Certainly.' });
    ana.say(channel, `${discord.botUser.mention} Hello?`);
    await discord.waitFor(() => channel.fromBot.find(({ content }) => content === 'Certainly.'), 10_000);
    await expect.poll(parley.output).toContain('Amazon Bedrock answers now');
    await expect.poll(() => discord.gateway.presences.at(-1)).toMatchObject({ status: 'online', activities: [] });
    expect(parley.child.exitCode).toBeNull();
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    ['nobody there', async () => {
      const other = await startBedrockSimulator();
      await other.close();
      return other.url;
    }, /cannot be reached/u],
    ['no such name', () => Promise.resolve('http://bedrock.nowhere.invalid'), /cannot be reached/u],
    ['a page that wants a login', () => sayAlways(403, { 'content-type': 'text/html' }, PAGE), /does not answer with these settings.+check the proxy/u],
    ['a page with 200', () => sayAlways(200, { 'content-type': 'text/html' }, PAGE), /check the proxy/u],
    ['JSON of somebody else', () => sayAlways(200, { 'content-type': 'application/json' }, '{"ok":true}'), /had a problem/u],
    ['a refusal of somebody else', () => sayAlways(403, { 'content-type': 'application/json' }, '{"error":"no"}'), /refused the API key/u],
    ['nothing at all', () => sayAlways(200, {}, ''), /had a problem/u],
  ])('is told and tried again, and does not end the process: %s', async (_what, address, told) => {
    const world = await start({}, { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: await address() });
    await expect.poll(() => world.log.map(({ message }) => message)).toContain('ready');
    expect(says(world)).toMatch(told);
    expect(says(world)).toContain('I try again until it works');
    expect(world.fatal).toEqual([]);
  });

  it('is found to be over without a question', async () => {
    const world = await start({ bedrock: {} }, {});
    expect(world.fatal).toEqual([]);
    world.bedrock.respondOnce({ error: bedrockErrors.unavailable() });
    await world.restart({ STARTUP_CHECK: 'true' });
    world.bedrock.respond({ text: 'Hi.' });
    await expect.poll(() => says(world)).toContain('Amazon Bedrock answers now');
  });
});

describe('a key that comes late', () => {
  it('is waited for where a file may bring it: an expired one in a file ends nothing, and its successor is tried at once', async () => {
    const [old, fresh] = [shortTermKey({ madeAt: Date.now() - 13 * HOUR_MS }), shortTermKey({ name: 'two' })];
    const path = join(freshFolder(), 'key');
    writeFileSync(path, old);
    const world = await start({ bedrock: { keys: [old, fresh] } }, { AWS_BEARER_TOKEN_BEDROCK: '', AWS_BEARER_TOKEN_BEDROCK_FILE: path });
    await expect.poll(() => says(world)).toContain('API key has expired');
    expect(world.fatal).toEqual([]);
    writeFileSync(path, fresh);
    expect((await world.ask(world.ana, 'Hello?')).content).not.toContain('expired');
    await expect.poll(() => says(world)).toContain('Amazon Bedrock answers now');
  });

  it('is a mistake where a file has a wrong one', async () => {
    const path = join(freshFolder(), 'key');
    writeFileSync(path, 'ABSKnobodyknowsthisone');
    const { ended, output } = await startAlone({ AWS_BEARER_TOKEN_BEDROCK: '', AWS_BEARER_TOKEN_BEDROCK_FILE: path });
    expect(await ended).toBe(78);
    expect(output()).toContain('refused the API key');
  });
});
