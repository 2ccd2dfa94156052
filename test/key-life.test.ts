import { mkdirSync, mkdtempSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { TEST_KEY, bedrockErrors, shortTermKey } from './simulators/bedrock.ts';
import { startWorld } from './start-parley.ts';
import type { World, WorldOptions } from './start-parley.ts';

const MINUTE_MS = 60_000;

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** A short-term key that ends `endsInMs` from now. */
const keyFor = (endsInMs: number, name = 'one'): string =>
  shortTermKey({ madeAt: Math.floor((Date.now() + endsInMs) / 1000) * 1000 - 2 * 60 * MINUTE_MS, lifeMs: 2 * 60 * MINUTE_MS, name });

const folder = (): string => mkdtempSync(join(tmpdir(), 'parley-'));

const start = async (environment: Record<string, string>, options: WorldOptions = {}): Promise<World> => {
  world = await startWorld({ ...options, environment: { AWS_BEARER_TOKEN_BEDROCK: '', ...environment } });
  world.bedrock.respond({ text: 'Certainly.' });
  return world;
};

/** As whoever replaces a secret does it: never half-written. */
const replace = (path: string, content: string): void => {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
};

const usedKeys = ({ bedrock }: World): (string | undefined)[] => bedrock.requests.map(({ headers }) => headers.authorization?.replace('Bearer ', ''));

describe('a key that has expired', () => {
  it('costs no call, and people get one honest sentence', async () => {
    const key = keyFor(-MINUTE_MS);
    const { ask, ana, bedrock, log, discord } = await start({ AWS_BEARER_TOKEN_BEDROCK: key }, { bedrock: { keys: [key] } });
    const answer = await ask(ana, 'Hello?');
    expect(answer.content).toContain('key has expired');
    expect(answer.content).toContain('An admin has to give me a new one');
    expect(bedrock.requestCount).toBe(0);
    expect(log.some(({ level, message }) => level === 'error' && String(message).includes('key has expired'))).toBe(true);
    await discord.waitFor(() => discord.owner.dm.fromBot.length === 1);
    expect(discord.owner.dm.fromBot[0]?.content).toContain('has expired');
  });

  it('makes questions wait for the file to be replaced, and none is lost', async () => {
    const [old, fresh] = [keyFor(-MINUTE_MS), keyFor(60 * MINUTE_MS, 'two')];
    const path = join(folder(), 'key');
    writeFileSync(path, old);
    const { ana, bo, channel, guild, discord, bedrock, outcome } = await start(
      { AWS_BEARER_TOKEN_BEDROCK_FILE: path },
      { bedrock: { keys: [old, fresh] } },
    );
    const other = guild.addChannel({ name: 'other' });
    const questions = [ana.say(channel, `${discord.botUser.mention} one?`), bo.say(other, `${discord.botUser.mention} two?`)];
    await discord.waitFor(() => discord.typing.length >= 2);
    await discord.waitFor(() => channel.fromBot.length === 1, 10_000);
    expect(channel.fromBot[0]?.content).toContain('key has expired; I ask as soon as an admin has given me a new one');
    expect(bedrock.requestCount).toBe(0);
    replace(path, fresh);
    for (const question of questions) expect(await outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(channel.fromBot).toHaveLength(1);
    expect(other.fromBot).toHaveLength(1);
    expect(channel.fromBot[0]?.content).toBe('Certainly.');
    expect(bedrock.requestCount).toBe(2);
  });

  it('can be stopped waiting for', async () => {
    const old = keyFor(-MINUTE_MS);
    const path = join(folder(), 'key');
    writeFileSync(path, old);
    const { ana, channel, discord, bedrock, parley } = await start({ AWS_BEARER_TOKEN_BEDROCK_FILE: path });
    ana.say(channel, `${discord.botUser.mention} one?`);
    await discord.waitFor(() => discord.typing.length > 0);
    await parley.stop();
    expect(bedrock.requestCount).toBe(0);
  });

  it('by the word of Bedrock is replaced from the file, and the question is answered once', async () => {
    const [old, fresh] = [keyFor(60 * MINUTE_MS), keyFor(90 * MINUTE_MS, 'two')];
    const path = join(folder(), 'key');
    writeFileSync(path, old);
    const here = await start({ AWS_BEARER_TOKEN_BEDROCK_FILE: path }, { bedrock: { keys: [old, fresh] } });
    here.bedrock.expireKey(old, { typed: false });
    const question = here.ana.say(here.channel, `${here.discord.botUser.mention} one?`);
    await here.bedrock.waitForRequest(1);
    replace(path, fresh);
    expect(await here.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(here.channel.fromBot.map(({ content }) => content)).toEqual(['Certainly.']);
    expect(usedKeys(here)).toEqual([old, fresh]);
  });

  it('by the word of Bedrock, where none can come, is told, and is forgotten when Bedrock takes it again', async () => {
    const { ask, ana, bedrock } = await start({ AWS_BEARER_TOKEN_BEDROCK: TEST_KEY });
    bedrock.respondOnce({ error: bedrockErrors.expiredKey() });
    expect((await ask(ana, 'one?')).content).toContain('key has expired');
    expect((await ask(ana, 'two?')).content).toBe('Certainly.');
  });
});

describe('a new key', () => {
  it('is taken up from a Kubernetes secret, whose files are links to links', async () => {
    const root = folder();
    const put = (version: string, key: string): void => {
      mkdirSync(join(root, version));
      writeFileSync(join(root, version, 'key'), key);
      symlinkSync(version, join(root, '..data_tmp'));
      renameSync(join(root, '..data_tmp'), join(root, '..data'));
    };
    const [first, second] = [keyFor(60 * MINUTE_MS), keyFor(60 * MINUTE_MS, 'two')];
    put('..one', first);
    symlinkSync(join('..data', 'key'), join(root, 'key'));
    const here = await start({ AWS_BEARER_TOKEN_BEDROCK_FILE: join(root, 'key') }, { bedrock: { keys: [first, second] } });
    await here.ask(here.ana, 'one?');
    put('..two', second);
    await here.ask(here.ana, 'two?');
    expect(usedKeys(here)).toEqual([first, second]);
    expect(here.log.some(({ message }) => message === 'a new Bedrock API key is in use')).toBe(true);
  });

  it('comes from a command, which is run at the start, and again when Bedrock says that its key has expired', async () => {
    const root = folder();
    const [first, second] = [keyFor(60 * MINUTE_MS), keyFor(60 * MINUTE_MS, 'two')];
    writeFileSync(join(root, 'key'), first);
    const here = await start(
      { AWS_BEARER_TOKEN_BEDROCK_COMMAND: `echo "$DISCORD_TOKEN,$AWS_REGION,$AWS_DEFAULT_REGION" > '${root}/saw'; cat '${root}/key'`, AWS_DEFAULT_REGION: 'us-east-1', PATH: process.env['PATH'] ?? '' },
      { bedrock: { keys: [first, second] } },
    );
    await here.ask(here.ana, 'one?');
    here.bedrock.expireKey(first);
    writeFileSync(join(root, 'key'), second);
    await here.ask(here.ana, 'two?').then(({ content }) => expect(content).toBe('Certainly.'));
    expect(usedKeys(here)).toEqual([first, first, second]);
    expect(readFileSync(join(root, 'saw'), 'utf8')).toBe(',us-east-1,us-east-1\n');
  });

  it.each([
    ['fails', 'echo "the role is not there yet" >&2; exit 3', 'it ended with exit code 3; it said: the role is not there yet'],
    ['prints null, as behind a vault that is sealed,', 'echo null; exit 0', 'it printed null instead of a key'],
  ])('comes from a command that %s until later: the start goes on, it is told once with the words of the command, and questions wait', async (_what, before, reason) => {
    const root = folder();
    const command = `test -e '${root}/role' || { ${before}; }; echo ${TEST_KEY}`;
    const here = await start({ AWS_BEARER_TOKEN_BEDROCK_COMMAND: command, PATH: process.env['PATH'] ?? '', STARTUP_CHECK: 'true' });
    const question = here.ana.say(here.channel, `${here.discord.botUser.mention} one?`);
    await here.discord.waitFor(() => here.channel.fromBot.some(({ content }) => content.includes('I have no Bedrock API key yet')), 10_000);
    await expect.poll(() => here.discord.gateway.presences.at(-1)).toMatchObject({ status: 'idle', activities: [{ state: 'Degraded: waiting for a new Bedrock API key' }] });
    expect(here.bedrock.requestCount).toBe(0);
    writeFileSync(join(root, 'role'), '');
    expect(await here.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    const failed = here.log.filter(({ message }) => String(message).includes('gave no key'));
    expect(failed).toEqual([expect.objectContaining({ reason })]);
    await expect.poll(() => here.discord.gateway.presences.at(-1)).toMatchObject({ status: 'online' });
    expect(here.fatal).toEqual([]);
  });

  it.each([
    ['is taken up when it comes', TEST_KEY, undefined],
    ['ends the process when it is for another region', shortTermKey({ region: 'eu-west-1' }), 'set AWS_REGION=eu-west-1'],
  ])('comes from a slow command: the start does not wait for it, and it %s', async (_what, key, fatal) => {
    const here = await start({ AWS_BEARER_TOKEN_BEDROCK_COMMAND: `sleep 11; echo ${key}`, PATH: process.env['PATH'] ?? '' });
    expect(here.log).toContainEqual(expect.objectContaining({ level: 'warn', seconds: 120, message: expect.stringContaining('is still running') as string }));
    if (fatal === undefined) expect((await here.ask(here.ana, 'one?')).content).toBe('Certainly.');
    else await expect.poll(() => here.fatal[0]).toContain(fatal);
  });
});

describe('a clock of ours that is wrong', () => {
  const real = Date.now;
  it.each([20, -20])('by %i hours declares no fresh key dead, and lets no old one live', async (hours) => {
    const now = (): number => real() + hours * 60 * MINUTE_MS;
    const [fresh, old] = [shortTermKey({ madeAt: real() - MINUTE_MS }), shortTermKey({ madeAt: real() - 13 * 60 * MINUTE_MS, name: 'old' })];
    const here = await start({ AWS_BEARER_TOKEN_BEDROCK: fresh }, { bedrock: { keys: [fresh, old] }, now });
    expect((await here.ask(here.ana, 'one?')).content).toBe('Certainly.');
    expect(here.log.filter(({ message }) => /key (?:has expired|expires)/u.test(String(message)))).toEqual([]);
    await here.restart({ AWS_BEARER_TOKEN_BEDROCK: old });
    expect((await here.ask(here.ana, 'two?')).content).toContain('key has expired');
    expect(here.bedrock.requestCount).toBe(1);
  });
});

describe('the owner', () => {
  it('is written to once, shortly before the key expires', async () => {
    const key = keyFor(40 * MINUTE_MS);
    const { discord, log } = await start({ AWS_BEARER_TOKEN_BEDROCK: key }, { bedrock: { keys: [key] } });
    await discord.waitFor(() => discord.owner.dm.fromBot.length === 1);
    const told = discord.owner.dm.fromBot[0]?.content ?? '';
    expect(told).toMatch(/expires <t:\d+:R>/u);
    expect(told).toContain('AWS_BEARER_TOKEN_BEDROCK');
    expect(told).not.toContain('bedrock-api-key-');
    const warnings = log.filter(({ message }) => String(message).includes('expires soon'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.['remainingMinutes']).toBeOneOf([39, 40]);
  });

  it('is not written to again when Parley starts anew', async () => {
    const key = keyFor(40 * MINUTE_MS);
    const environment = { AWS_BEARER_TOKEN_BEDROCK: key, STORE_URL: `sqlite://${join(folder(), 'store.sqlite')}` };
    const { discord, log, restart, ask, ana } = await start(environment, { bedrock: { keys: [key] } });
    await discord.waitFor(() => discord.owner.dm.fromBot.length === 1);
    await restart();
    await ask(ana, 'Hello?');
    expect(log.filter(({ message }) => String(message).includes('expires soon'))).toHaveLength(1);
    expect(discord.owner.dm.fromBot).toHaveLength(1);
  });

  it('is whoever OWNER_IDS names, and one who cannot be written to is left to the log', async () => {
    const key = keyFor(40 * MINUTE_MS);
    const nobody = '100000000000000001';
    const { discord, log } = await start({ AWS_BEARER_TOKEN_BEDROCK: key, OWNER_IDS: nobody }, { bedrock: { keys: [key] } });
    const untold = () => log.filter(({ message }) => message === 'an owner could not be told by direct message');
    await expect.poll(untold).toEqual([expect.objectContaining({ level: 'warn', userId: nobody })]);
    expect(discord.owner.dm.fromBot).toEqual([]);
  });

  it('is left alone while the key has time', async () => {
    const key = keyFor(90 * MINUTE_MS);
    const { discord, ask, ana } = await start({ AWS_BEARER_TOKEN_BEDROCK: key }, { bedrock: { keys: [key] } });
    await ask(ana, 'Hello?');
    expect(discord.owner.dm.fromBot).toEqual([]);
  });
});
