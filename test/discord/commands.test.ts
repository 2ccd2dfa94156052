import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { startWorld } from '../start-parley.ts';
import { withoutQuestion } from './pressing.ts';
import type { World } from '../start-parley.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ discord: { rateLimits: 'off' } });
});
beforeEach(() => {
  world.bedrock.respond({ text: 'Certainly.' });
});
afterAll(() => world.close());

const countRequests = (): number => [...world.discord.requestCounts.values()].reduce((sum, count) => sum + count, 0);

describe('/ask', () => {
  it('is one request when the answer is there at once', async () => {
    // How soon an answer is there depends on the machine: one that is busy with other tests is asked again.
    const asked = async () => {
      const before = countRequests();
      const interaction = world.ana.runCommand(world.channel, 'ask', { prompt: 'quick?' });
      await world.outcome(interaction.id);
      expect(interaction.response?.content).toBe(`-# ${world.ana.mention}: \`quick?\`\nCertainly.`);
      expect(interaction.ephemeral).toBe(false);
      return { acknowledgedAs: interaction.acknowledgedAs, requests: countRequests() - before };
    };
    const tries = [];
    do tries.push(await asked());
    while (tries.at(-1)?.requests !== 1 && tries.length < 10);
    expect(tries.at(-1)).toEqual({ acknowledgedAs: 'reply', requests: 1 });
  });

  it.each([
    ['what looks like marks and calls', '**bold** `code` @everyone <@1> <#2> https://example.org', "`**bold** 'code' @everyone <@1> <#2> https://example.org`"],
    ['several lines', 'one\n\n> two\t three', '`one > two three`'],
    ['a long question', `why ${'x'.repeat(400)}`, `\`why ${'x'.repeat(145)}…\``],
  ])('shows everybody what was asked, shortened and as it is: %s', async (_name, prompt, shown) => {
    const pings = world.discord.pings.length;
    const interaction = world.ana.runCommand(world.channel, 'ask', { prompt });
    await world.outcome(interaction.id);
    expect(interaction.response?.content).toBe(`-# ${world.ana.mention}: ${shown}\nCertainly.`);
    expect(world.discord.pings.length).toBe(pings);
    expect(interaction.response?.embeds).toEqual([]);
  });

  it('in private shows nothing above the answer, and a failure says what it was about', async () => {
    const alone = world.ana.runCommand(world.channel, 'ask', { prompt: 'hello', private: true });
    await world.outcome(alone.id);
    expect(alone.response?.content).toBe('Certainly.');
    world.bedrock.respond({ error: { name: 'ValidationException', status: 400, message: 'Input is too long for requested model.' } });
    const failed = world.ana.runCommand(world.channel, 'ask', { prompt: 'hello' });
    await world.outcome(failed.id);
    expect(failed.response?.content).toMatch(/^-# <@\d+>: `hello`\n/u);
  });

  it('is acknowledged long before Discord gives up, however slow the model is', async () => {
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const interaction = world.ana.runCommand(world.channel, 'ask', { prompt: 'slow?' });
    await interaction.settled();
    expect(interaction.acknowledgedAs).toBe('defer');
    await stream.request;
    await stream.text('At last.');
    await stream.finish();
    await world.outcome(interaction.id);
    expect(withoutQuestion(interaction.response?.content)).toBe('At last.');
    expect(interaction.failed).toBe(false);
  });

  it('in private is seen by nobody else, and stays out of what the channel remembers', async () => {
    const interaction = world.ana.runCommand(world.channel, 'ask', { prompt: 'a secret', private: true });
    await world.outcome(interaction.id);
    expect(interaction.ephemeral).toBe(true);
    expect(world.channel.visible(world.bo).some(({ interactionId }) => interactionId === interaction.id)).toBe(false);
    await world.ask(world.bo, 'what was said?');
    expect(JSON.stringify(world.bedrock.requests.at(-1)?.body)).not.toContain('a secret');
    const next = world.ana.runCommand(world.channel, 'ask', { prompt: 'and again', private: true });
    await world.outcome(next.id);
    expect(JSON.stringify(world.bedrock.requests.at(-1)?.body)).toContain('a secret');
  });

  it('works in a direct message, and in a thread', async () => {
    const inDm = world.ana.runCommand(world.ana.dm, 'ask', { prompt: 'hello' });
    await world.outcome(inDm.id);
    expect(withoutQuestion(inDm.response?.content)).toBe('Certainly.');
    const thread = world.ana.startThread(world.channel, { name: 'aside' });
    const inThread = world.ana.runCommand(thread, 'ask', { prompt: 'hello' });
    await world.outcome(inThread.id);
    expect(withoutQuestion(inThread.response?.content)).toBe('Certainly.');
  });

  it('with nothing to see in it gets a hint, for the asker alone', async () => {
    const interaction = world.ana.runCommand(world.channel, 'ask', { prompt: '\u200B\u2060' });
    await interaction.settled();
    expect(interaction.response?.content).toContain('no text to answer');
    expect(interaction.ephemeral).toBe(true);
  });

  it('tells a failure in its response', async () => {
    world.bedrock.respond({ error: { name: 'ThrottlingException', status: 429, message: 'Too many tokens, please wait before trying again.' } });
    const interaction = world.ana.runCommand(world.channel, 'ask', { prompt: 'now?' });
    await world.outcome(interaction.id);
    expect(interaction.response?.content).toContain('try again in a minute');
  });
});

describe('/help', () => {
  it('lists what is registered, with links that open the commands', async () => {
    const interaction = world.ana.runCommand(world.channel, 'help');
    await interaction.settled();
    const text = interaction.response?.content ?? '';
    for (const { type, name, id } of world.discord.commands.global()) expect(text).toContain(type === 1 ? `</${name === 'settings' ? 'settings panel' : name}:${id}>` : `**${name}**`);
    expect(interaction.ephemeral).toBe(true);
  });

  it('names what no command tells: private answers, files, buttons, and how something is forgotten', async () => {
    const interaction = world.ana.runCommand(world.channel, 'help');
    await interaction.settled();
    const text = interaction.response?.content ?? '';
    for (const told of ['`private:`', '`file:`', 'images, PDF', '*Stop*', '*Regenerate*', '*Try again*', '*Continue*', 'Delete your question', '*Delete this answer*', '`/reset`', 'direct message']) {
      expect(text).toContain(told);
    }
    expect(text.length).toBeLessThan(2_000);
  });
});

describe('registration', () => {
  it('happens once, globally, and again only when a definition changed', async () => {
    const { discord } = world;
    expect(discord.commands.puts).toBe(1);
    expect(discord.commands.guild(world.guild)).toEqual([]);
    await world.restart();
    expect(discord.commands.puts).toBe(1);
    const named = () => discord.commands.global().map(({ type, name, description }) => ({ type, name, description }));
    const registered = named();
    await fetch(`${discord.apiUrl}/v10/applications/${discord.applicationId}/commands`, {
      method: 'PUT',
      headers: { authorization: `Bot ${discord.token}`, 'content-type': 'application/json', 'user-agent': 'DiscordBot (test, 1)' },
      body: JSON.stringify(registered.filter(({ type }) => type === 1).map(({ name, description }) => ({ name, description: `${description}!` }))),
    });
    await world.restart();
    expect(discord.commands.puts).toBe(3);
    expect(named()).toEqual(registered);
  });
});
