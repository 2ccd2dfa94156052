import { once } from 'node:events';
import type { REST, TextChannel } from 'discord.js';
import { RESTEvents, Routes } from 'discord.js';
import { describe, expect, it } from 'vitest';
import type { DiscordSimulatorOptions } from './discord.ts';
import { closeAfterEach, login, simulator as openSimulator } from './discord/gateway-clients.ts';
import { raw } from './discord/raw-request.ts';
import { refusal, restFor } from './discord/rest-client.ts';

closeAfterEach();

const simulator = async (options: DiscordSimulatorOptions = {}) => {
  const opened = await openSimulator(options);
  return { ...opened, rest: restFor(opened.discord) };
};

const text = { content: 'x' };
const times = async <T>(count: number, act: (index: number) => Promise<T>) => {
  const results: T[] = [];
  for (let index = 0; index < count; index += 1) results.push(await act(index));
  return results;
};

describe('buckets', () => {
  it('tell their state in headers, and refuse beyond it', async () => {
    const { discord, channel } = await simulator();
    const path = `/channels/${channel.id}/messages`;
    const answers = await times(6, () => raw(discord, 'POST', path, text));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['4', '3', '2', '1', '0', '0']);
    const { headers, body } = answers.at(-1)!;
    expect(headers.get('x-ratelimit-limit')).toBe('5');
    expect(headers.get('x-ratelimit-bucket')).toMatch(/^[0-9a-f]{32}$/);
    expect(headers.get('x-ratelimit-scope')).toBe('user');
    expect(headers.get('retry-after')).toBe('5');
    expect(Number(headers.get('x-ratelimit-reset-after'))).toBeGreaterThan(4);
    expect(body).toMatchObject({ global: false, message: 'You are being rate limited.' });
    expect(body.retry_after).toBeGreaterThan(4);
    expect(discord.rateLimitHits.get('POST /channels/:id/messages')).toBe(1);
    expect(discord.invalidRequests).toBe(1);
    expect(channel.fromBot).toHaveLength(5);
    discord.advance(5000);
    expect((await raw(discord, 'POST', path, text)).status).toBe(200);
  });

  it('are one per channel: edits of all its messages share theirs, creates have another', async () => {
    const { channel, guild, rest } = await simulator();
    const other = guild.addChannel();
    const post = (id: string) => rest.post(Routes.channelMessages(id), { body: text }) as Promise<{ id: string }>;
    const [one, two, away] = [await post(channel.id), await post(channel.id), await post(other.id)];
    const edit = (id: string, where = channel) => rest.patch(Routes.channelMessage(where.id, id), { body: text });
    await times(5, (index) => edit(index % 2 === 0 ? one.id : two.id));
    expect(await refusal(edit(two.id))).toMatchObject({ status: 429 });
    await edit(away.id, other);
    await post(channel.id);
  });

  it('are one per interaction, for edits, deletes and follow-ups together', async () => {
    const { discord, ana, channel, rest } = await simulator();
    await rest.put(Routes.applicationCommands(discord.applicationId), { body: [{ name: 'ask', description: 'x' }] });
    const asked = ana.runCommand(channel, 'ask');
    await rest.post(Routes.interactionCallback(asked.id, asked.token), { body: { type: 5 }, auth: false });
    const edit = () => rest.patch(Routes.webhookMessage(discord.applicationId, asked.token), { body: text, auth: false });
    await times(4, edit);
    await rest.post(Routes.webhook(discord.applicationId, asked.token), { body: text, auth: false });
    expect(await refusal(edit())).toMatchObject({ status: 429 });
    discord.advance(2000);
    await raw(discord, 'PATCH', `/webhooks/${discord.applicationId}/${asked.token}/messages/@original`, text, { authorization: '' });
    const free = ana.runCommand(channel, 'ask');
    await rest.post(Routes.interactionCallback(free.id, free.token), { body: { type: 4, data: text }, auth: false });
  });

  it('limit typing, threads of the whole bot, and hide the limit on renames', async () => {
    const { discord, ana, guild, channel } = await simulator();
    const typing = await times(6, () => raw(discord, 'POST', `/channels/${channel.id}/typing`));
    expect(typing.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204, 429]);
    const threads = await times(51, async (index) => {
      if (index % 40 === 39) discord.advance(1000);
      const where = index % 2 === 0 ? channel : guild.addChannel();
      return await raw(discord, 'POST', `/channels/${where.id}/messages/${ana.say(where, 'x').id}/threads`, { name: 'x' });
    });
    expect(threads.map(({ status }) => status).filter((status) => status !== 201)).toEqual([429]);
    discord.advance(1000);
    const [thread] = channel.threads;
    const renames = await times(3, (index) => raw(discord, 'PATCH', `/channels/${thread!.id}`, { name: `name ${index}` }));
    expect(renames.map(({ status }) => status)).toEqual([200, 200, 429]);
    const { headers, body } = renames[2]!;
    expect(headers.get('x-ratelimit-remaining')).toBe('8');
    expect(body.retry_after).toBeGreaterThan(590);
    expect((await raw(discord, 'PATCH', `/channels/${thread!.id}`, { auto_archive_duration: 60 })).status).toBe(200);
  });

  it('allow three edits in 6 s of messages older than an hour', async () => {
    const { discord, channel, rest } = await simulator();
    const { id } = (await rest.post(Routes.channelMessages(channel.id), { body: text })) as { id: string };
    discord.advance(61 * 60_000);
    const answers = await times(4, (index) => raw(discord, 'PATCH', `/channels/${channel.id}/messages/${id}`, { content: `${index}` }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers[3]!.body).toMatchObject({ code: 30046, global: false });
    expect(answers[3]!.headers.get('x-ratelimit-remaining')).toBe('1');
  });

  it('can be changed, hidden, shared, or off', async () => {
    const { discord, channel } = await simulator({
      rateLimitOverrides: {
        'POST /channels/:id/messages': [
          { limit: 100, perMs: 1000 },
          { limit: 1, perMs: 60_000, hidden: true, scope: 'shared' },
        ],
        'POST /channels/:id/typing': 'off',
      },
    });
    const path = `/channels/${channel.id}/messages`;
    const [first, second] = await times(2, () => raw(discord, 'POST', path, text));
    expect([first!.status, second!.status]).toEqual([200, 429]);
    expect(second!.headers.get('x-ratelimit-scope')).toBe('shared');
    expect(second!.headers.get('x-ratelimit-remaining')).toBe('99');
    expect(discord.invalidRequests).toBe(0);
    const typing = await times(8, () => raw(discord, 'POST', `/channels/${channel.id}/typing`));
    expect(typing.every(({ status }) => status === 204)).toBe(true);
  });
});

describe('discord.js', () => {
  const slow = { 'POST /channels/:id/messages': { limit: 2, perMs: 400 } };

  it('waits by the headers, and meets no 429', async () => {
    const { discord, channel } = await simulator({ rateLimitOverrides: slow });
    const client = await login(discord);
    const target = client.channels.cache.get(channel.id) as TextChannel;
    await Promise.all(Array.from({ length: 5 }, (_, index) => target.send(`${index}`)));
    expect(channel.fromBot.map(({ content }) => content)).toEqual(['0', '1', '2', '3', '4']);
    expect(channel.fromBot[2]!.createdAt - channel.fromBot[0]!.createdAt).toBeGreaterThan(300);
    expect(discord.rateLimitHits.size).toBe(0);
  });

  it('waits by a 429 that came as a surprise', async () => {
    const { discord, channel } = await simulator({ rateLimits: 'off' });
    const client = await login(discord);
    const fault = discord.faults.add({
      route: 'POST /channels/:id/messages',
      times: 1,
      does: { rateLimit: { scope: 'shared', retryAfter: 0.2 } },
    });
    const before = performance.now();
    await (client.channels.cache.get(channel.id) as TextChannel).send('late');
    expect(performance.now() - before).toBeGreaterThan(900);
    expect(fault.hits).toBe(1);
    expect(channel.fromBot).toHaveLength(1);
  });

  it('warns of invalid requests as they are counted here', async () => {
    const { discord } = await simulator();
    const client = await login(discord, { rest: { invalidRequestWarningInterval: 1 } });
    const warned = once(client.rest, RESTEvents.InvalidRequestWarning);
    const other = discord.addGuild({ withBot: false }).addChannel();
    await expect(client.channels.fetch(other.id)).rejects.toMatchObject({ code: 50001 });
    await warned;
    expect(discord.invalidRequests).toBe(1);
  });
});

describe('faults', () => {
  const post = (rest: REST, id: string, content = 'x') => rest.post(Routes.channelMessages(id), { body: { content } });

  it('strike by rule, as often as told, and can be taken back', async () => {
    const { discord, channel, rest } = await simulator();
    const fault = discord.faults.add({
      method: 'POST',
      route: /messages$/,
      when: ({ body }) => (body as { content: string }).content === 'bad',
      does: { status: 403, code: 50013, message: 'Missing Permissions' },
    });
    await post(rest, channel.id);
    expect(await refusal(post(rest, channel.id, 'bad'))).toMatchObject({ status: 403, code: 50013 });
    fault.remove();
    await post(rest, channel.id, 'bad');
    expect(fault.hits).toBe(1);
    expect(discord.requests.map(({ status, code }) => [status, code])).toEqual([[200, undefined], [403, 50013], [200, undefined]]);
  });

  it.each([
    ['reset', 0],
    ['apply-then-reset', 1],
    ['apply-then-502', 1],
  ] as const)('%s', async (does, applied) => {
    const { discord, channel, rest } = await simulator();
    discord.faults.add({ route: 'POST /channels/:id/messages', times: 1, does });
    await expect(post(rest, channel.id)).rejects.toThrow();
    expect(channel.fromBot).toHaveLength(applied);
  });

  it.each([
    ['timeout', 0],
    ['apply-then-timeout', 1],
  ] as const)('%s', async (does, applied) => {
    const { discord, channel, rest } = await simulator();
    discord.faults.add({ route: 'POST /channels/:id/messages', times: 1, does });
    rest.options.timeout = 400;
    await expect(post(rest, channel.id)).rejects.toThrow('aborted');
    expect(channel.fromBot).toHaveLength(applied);
    expect(discord.requests).toMatchObject([{ status: 0 }]);
  });

  it('delay, before or after it takes effect; or answer with a page', async () => {
    const { discord, channel, rest } = await simulator();
    discord.faults.add({ times: 1, does: { delayMs: 50 } });
    const before = performance.now();
    await post(rest, channel.id);
    expect(channel.fromBot[0]!.createdAt - before).toBeGreaterThan(45);
    discord.faults.add({ times: 1, does: { delayMs: 50, when: 'after' } });
    const sent = post(rest, channel.id);
    await discord.waitFor(() => channel.fromBot.length === 2);
    expect(discord.requests.at(-1)!.status).toBe(0);
    await sent;
    discord.faults.add({ times: 1, does: { html: '<html></html>', status: 503 } });
    await expect(post(rest, channel.id)).rejects.toMatchObject({ status: 503 });
  });
});

describe('the record', () => {
  it('has bodies, only heads, or only counts', async () => {
    for (const [record, expected] of [
      ['all', [{ body: text, files: [{ field: 'files[0]', name: 'a.txt', size: 1 }] }]],
      ['heads', [{ body: undefined }]],
      ['none', []],
    ] as const) {
      const { discord, channel, rest } = await simulator({ record });
      await rest.post(Routes.channelMessages(channel.id), { body: text, files: [{ name: 'a.txt', data: 'a' }] });
      expect(discord.requests).toMatchObject(expected);
      expect(discord.requestCounts.get('POST /channels/:id/messages')).toBe(1);
    }
  });

  it('refuses what Discord refuses at its door', async () => {
    const { discord } = await simulator();
    const outcome = async (headers: Record<string, string>, path = '/users/@me') => {
      const { status, body } = await raw(discord, 'GET', path, undefined, headers);
      return [status, body.code];
    };
    expect(await outcome({ 'user-agent': 'curl/8' })).toEqual([403, 40333]);
    expect(await outcome({ authorization: discord.token })).toEqual([401, 0]);
    expect(await outcome({}, '/unknown')).toEqual([404, 0]);
    const broken = await fetch(`${discord.apiUrl}/v10/channels/${discord.applicationId}/messages`, {
      method: 'POST',
      headers: { authorization: `Bot ${discord.token}`, 'user-agent': 'DiscordBot (test, 1)' },
      body: '{',
    });
    expect(broken.status).toBe(400);
    expect(discord.unexpectedRequests).toHaveLength(1);
    expect(discord.invalidRequests).toBe(2);
  });
});
