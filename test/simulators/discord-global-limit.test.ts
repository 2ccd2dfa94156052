import type { TextChannel } from 'discord.js';
import { Routes } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import type { DiscordSimulator, DiscordSimulatorOptions, SimulatedChannel, SimulatedUser } from './discord.ts';
import { startDiscordSimulator } from './discord.ts';
import { connect } from './discord/client.ts';
import { raw } from './discord/raw-request.ts';
import { refusal, restFor } from './discord/rest-client.ts';
import { settingsFrom } from './discord/settings.ts';

const running: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of running.splice(0).toReversed()) await part.close();
});

/** Its clock stands still, unless it is advanced. */
async function simulator(options: DiscordSimulatorOptions = {}) {
  const discord = await startDiscordSimulator({ now: () => 1_790_000_000_000, rateLimitOverrides: { 'GET /users/@me': 'off' }, ...options });
  running.push(discord);
  const ana = discord.addUser({ name: 'ana' });
  const guild = discord.addGuild({ members: [ana] });
  return { discord, ana, guild, channel: guild.addChannel({ name: 'general' }) };
}

const ask = async (discord: DiscordSimulator, count = 1) => Promise.all(Array.from({ length: count }, () => raw(discord, 'GET', '/users/@me')));
const statuses = async (discord: DiscordSimulator, count = 1) => (await ask(discord, count)).map(({ status }) => status).toSorted((a, b) => a - b);
const all = (status: number, count: number) => Array<number>(count).fill(status);

/** An interaction that was acknowledged. */
async function acknowledged(discord: DiscordSimulator, channel: SimulatedChannel, member: SimulatedUser) {
  const interaction = member.runCommand(channel, 'ask');
  const { status } = await raw(discord, 'POST', `/interactions/${interaction.id}/${interaction.token}/callback`, { type: 5 }, { authorization: '' });
  return { status, path: `/webhooks/${discord.applicationId}/${interaction.token}` };
}

const registerAsk = (discord: DiscordSimulator) =>
  restFor(discord).put(Routes.applicationCommands(discord.applicationId), { body: [{ name: 'ask', description: 'x' }] });

describe('the global limit', () => {
  it('is 50 in a second, and says so as Discord does', async () => {
    const { discord } = await simulator();
    const answers = await ask(discord, 51);
    const [refused, ...more] = answers.filter(({ status }) => status === 429);
    expect(more).toEqual([]);
    expect(refused!.body).toEqual({ message: 'You are being rate limited.', retry_after: 1, global: true });
    const { headers } = refused!;
    expect(['retry-after', 'x-ratelimit-global', 'x-ratelimit-scope', 'content-type'].map((name) => headers.get(name))).toEqual(['1', 'true', 'global', 'application/json']);
    expect(['x-ratelimit-bucket', 'x-ratelimit-limit', 'x-ratelimit-remaining'].map((name) => headers.get(name))).toEqual([null, null, null]);
    expect(discord.rateLimitHits.get('GET /users/@me')).toBe(1);
    expect(discord.invalidRequests).toBe(1);
    discord.advance(1000);
    expect(await statuses(discord, 50)).toEqual(all(200, 50));
  });

  it('is for any second, and not for those of a clock', async () => {
    const { discord } = await simulator();
    await ask(discord, 10);
    discord.advance(900);
    expect(await statuses(discord, 41)).toEqual([...all(200, 40), 429]);
    discord.advance(100);
    const answers = await ask(discord, 11);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    expect(answers.find(({ status }) => status === 429)!.body.retry_after).toBe(0.9);
    discord.advance(900);
    expect(await statuses(discord, 41)).toEqual([...all(200, 40), 429]);
  });

  it('is one for all routes, and counts what fails or another limit refuses', async () => {
    const { discord, channel } = await simulator({ globalPerSecond: 4, rateLimitOverrides: { 'POST /channels/:id/typing': { limit: 1, perMs: 60_000 } } });
    const typing = () => raw(discord, 'POST', `/channels/${channel.id}/typing`);
    const outcomes = [await typing(), await typing(), await raw(discord, 'GET', `/channels/${channel.id}/messages/${channel.id}`)];
    expect(outcomes.map(({ status }) => status)).toEqual([204, 429, 404]);
    expect(outcomes[1]!.body).toMatchObject({ global: false });
    expect((await raw(discord, 'POST', `/channels/${channel.id}/messages`, { content: 'x' })).status).toBe(200);
    expect((await raw(discord, 'PATCH', `/channels/${channel.id}/messages/${channel.fromBot[0]!.id}`, { content: 'y' })).body).toMatchObject({ global: true });
    expect(channel.fromBot[0]!.content).toBe('x');
  });

  it('leaves out what interactions ask for, with and without the token of the bot', async () => {
    const { discord, ana, channel } = await simulator({ globalPerSecond: 2 });
    await registerAsk(discord);
    expect(await statuses(discord, 2)).toEqual([200, 429]);
    const { status, path } = await acknowledged(discord, channel, ana);
    expect(status).toBe(204);
    const edits = [{ authorization: '' }, {}].map((headers) => raw(discord, 'PATCH', `${path}/messages/@original`, { content: 'x' }, headers));
    expect((await Promise.all(edits)).map((answer) => answer.status)).toEqual([200, 200]);
    expect((await raw(discord, 'POST', path, { content: 'y' }, { authorization: '' })).status).toBe(200);
    discord.advance(1000);
    expect(await statuses(discord, 3)).toEqual([200, 200, 429]);
  });

  it('holds without limits of routes, too, and can be chosen or left out', async () => {
    const { discord } = await simulator({ rateLimits: 'off' });
    expect(await statuses(discord, 51)).toEqual([...all(200, 50), 429]);
    const { discord: other } = await simulator({ globalPerSecond: 3 });
    expect(await statuses(other, 4)).toEqual([200, 200, 200, 429]);
    const { discord: free } = await simulator({ globalPerSecond: Infinity });
    expect(await statuses(free, 200)).toEqual(all(200, 200));
  });

  it('can come at any time, for as long as a test wants', async () => {
    const { discord, ana, channel } = await simulator();
    await registerAsk(discord);
    expect(await statuses(discord)).toEqual([200]);
    discord.limitGlobally(2500);
    const [refused] = await ask(discord);
    expect(refused!.body).toEqual({ message: 'You are being rate limited.', retry_after: 2.5, global: true });
    expect(refused!.headers.get('retry-after')).toBe('3');
    expect((await acknowledged(discord, channel, ana)).status).toBe(204);
    discord.advance(2499);
    expect((await ask(discord))[0]!.body).toMatchObject({ retry_after: 0.001 });
    discord.advance(1);
    expect(await statuses(discord)).toEqual([200]);
  });

  it('is one that discord.js waits for', async () => {
    const { discord, channel } = await simulator({ now: Date.now });
    const client = await connect(discord);
    running.push({ close: () => client.destroy() });
    discord.limitGlobally(200);
    await (client.channels.cache.get(channel.id) as TextChannel).send('late');
    expect(discord.rateLimitHits.get('POST /channels/:id/messages')).toBe(1);
    expect(channel.fromBot.map(({ content }) => content)).toEqual(['late']);
  });
});

describe('too many invalid requests', () => {
  it('shut everything out, until fewer of them were in ten minutes', async () => {
    const { discord, ana, channel } = await simulator({ invalidPerTenMinutes: 3 });
    await registerAsk(discord);
    const invalid = () => raw(discord, 'GET', '/users/@me', undefined, { authorization: 'Bot wrong' });
    await invalid();
    discord.advance(60_000);
    expect([(await invalid()).status, (await invalid()).status]).toEqual([401, 401]);
    const interaction = ana.runCommand(channel, 'ask');
    for (const path of ['/users/@me', `/interactions/${interaction.id}/${interaction.token}/callback`]) {
      const answer = await fetch(`${discord.apiUrl}/v10${path}`, { headers: { 'user-agent': 'DiscordBot (test, 1)', authorization: `Bot ${discord.token}` } });
      expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('via'), await answer.text()]).toEqual([429, '540', null, 'error code: 1015']);
    }
    discord.advance(540_000);
    expect(await statuses(discord)).toEqual([200]);
    expect((await invalid()).status).toBe(401);
    expect(discord.invalidRequests).toBe(4);
  });

  it('are 10,000, and limits that others have used up are none of them', async () => {
    expect(settingsFrom({}).invalidPerTenMinutes).toBe(10_000);
    const { discord } = await simulator({ invalidPerTenMinutes: 2 });
    discord.faults.add({ times: 5, does: { rateLimit: { scope: 'shared', retryAfter: 1 } } });
    expect(await statuses(discord, 6)).toEqual([200, ...all(429, 5)]);
    discord.faults.add({ times: 2, does: { status: 403, code: 50001 } });
    expect(await statuses(discord, 2)).toEqual([403, 403]);
    expect(await refusal(restFor(discord).get(Routes.user()))).toMatchObject({ status: 429 });
  });
});

describe('a slow Discord', () => {
  it('does at once what it is asked for, and answers later', async () => {
    const { discord, channel } = await simulator({ now: Date.now });
    discord.answerSlowly(100, 60_000);
    const before = performance.now();
    const sent = raw(discord, 'POST', `/channels/${channel.id}/messages`, { content: 'x' });
    await discord.waitFor(() => channel.fromBot.length === 1);
    expect(discord.requests.at(-1)).toMatchObject({ status: 0, answeredAt: undefined });
    expect((await sent).status).toBe(200);
    expect(discord.requests.at(-1)!.answeredAt! - before).toBeGreaterThan(95);
  });

  it('holds refusals up, too, and is as quick as before when its while is over', async () => {
    const { discord } = await simulator({ globalPerSecond: 1 });
    discord.answerSlowly(100, 5000);
    const answers = await ask(discord, 2);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 429]);
    expect(discord.requests.every(({ at, answeredAt }) => answeredAt! - at > 95)).toBe(true);
    discord.advance(5000);
    discord.answerSlowly(60_000, 0);
    expect(await statuses(discord)).toEqual([200]);
  });
});
