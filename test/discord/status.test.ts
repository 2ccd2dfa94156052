import { afterEach, describe, expect, it } from 'vitest';
import { TEST_KEY, bedrockErrors, manualStream, shortTermKey } from '../simulators/bedrock.ts';
import { startWorld } from '../start-parley.ts';
import type { SimulatedInteraction, SimulatedUser } from '../simulators/discord.ts';
import type { World, WorldOptions } from '../start-parley.ts';

const MANAGE_GUILD = 1n << 5n;
const READ_HISTORY = 1n << 16n;

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const start = async (options: WorldOptions = {}): Promise<World> => {
  world = await startWorld({ ...options, discord: { rateLimits: 'off' } });
  world.bedrock.respond({ text: 'Certainly.' });
  return world;
};

const textOf = async ({ discord, channel }: World, user: SimulatedUser): Promise<string> => {
  const interaction: SimulatedInteraction = user.runCommand(channel, 'status');
  await discord.waitFor(() => interaction.response?.content, 10_000);
  expect(interaction.ephemeral).toBe(true);
  const text = interaction.response?.content ?? '';
  expect(text).not.toContain(TEST_KEY);
  return text;
};

describe('/status', () => {
  it('tells members that all is well, which model answers, and who waits', async () => {
    const here = await start({ environment: { MAX_CONCURRENT_CALLS: '1' } });
    expect(await textOf(here, here.ana)).toBe('**Up.** All is well.\nAnswers come from Claude Haiku 5.5. Nobody is waiting. Up to 1 can be written at a time.');
    const stream = manualStream();
    here.bedrock.respondOnce(stream.responder);
    const other = here.guild.addChannel({ name: 'other' });
    const first = here.ana.say(here.channel, `${here.discord.botUser.mention} one?`);
    await stream.request;
    const second = here.bo.say(other, `${here.discord.botUser.mention} two?`);
    await here.discord.waitFor(() => here.discord.typing.length > 1);
    expect(await textOf(here, here.bo)).toContain('One question is waiting.');
    await stream.text('Well.');
    await stream.finish();
    await Promise.all([first, second].map(({ id }) => here.outcome(id)));
    expect(await textOf(here, here.bo)).toContain('Nobody is waiting.');
  });

  it('tells members what is wrong, in the words of the answer that failed, until one goes well', async () => {
    const here = await start();
    here.bedrock.respondOnce({ error: bedrockErrors.accessDenied() });
    const answer = await here.ask(here.ana, 'Hello?');
    expect(await textOf(here, here.ana)).toContain(`**Degraded.** ${answer.content}`);
    here.bedrock.respondOnce({ error: bedrockErrors.inputTooLong() });
    await here.ask(here.ana, 'long?');
    expect(await textOf(here, here.ana)).toContain(`**Degraded.** ${answer.content}`);
    await here.ask(here.ana, 'Hello?');
    expect(await textOf(here, here.ana)).toContain('**Up.**');
  });

  it('shows admins an address that invites it with its scopes and permissions, escaped by nothing', async () => {
    const here = await start();
    const invite = `<https://discord.com/oauth2/authorize?client_id=${here.discord.applicationId}&scope=bot+applications.commands&permissions=309237746752>`;
    here.discord.addGuild({ name: 'Strict', members: [here.ana], botPermissions: READ_HISTORY, everyonePermissions: 0n });
    const text = await textOf(here, here.discord.owner);
    expect(text).toContain(`or invite it again: ${invite}`);
    expect(text.split('\n').at(-1)).toBe(`-# To invite me elsewhere: ${invite}`);
    expect(await textOf(here, here.bo)).not.toContain('oauth2');
  });

  it('names no model that nobody has a name for', async () => {
    const here = await start({ environment: { BEDROCK_MODEL_ID: 'maker.unheard-of' } });
    expect(await textOf(here, here.ana)).toContain('Answers come from a model on Amazon Bedrock.');
  });

  it('shows the owner what the doctor finds, what is wrong first, and a cure', async () => {
    const key = shortTermKey({ madeAt: Date.now() - 11.5 * 3_600_000 });
    const here = await start({ environment: { AWS_BEARER_TOKEN_BEDROCK: key }, bedrock: { keys: [key] } });
    here.discord.setPublicBot(false);
    const text = await textOf(here, here.discord.owner);
    const lines = text.split('\n');
    expect(lines.slice(0, 2)).toEqual(['**Up.** All is well.', 'Answers come from Claude Haiku 5.5. Nobody is waiting. Up to 64 can be written at a time.']);
    expect(lines[2]).toMatch(/^⚠️ It is a short-term key for us-east-1, good for \d+ min at most\.$/u);
    expect(lines[3]).toMatch(/^-# Make a new one in the Amazon Bedrock console/u);
    for (const told of ['✅ Discord takes the token', '✅ The store memory://', '✅ A call of one token took', '✅ On one server']) {
      expect(text.replaceAll('\\', '')).toContain(told.replace('The store memory://', 'The store is in memory'));
    }
    expect(text).not.toContain('bedrock-api-key-');
  });

  it('shows who manages a server the same, but not the other servers and the host; and asks Bedrock once', async () => {
    const here = await start();
    const role = here.guild.addRole({ name: 'managers', permissions: MANAGE_GUILD });
    here.guild.setMember(here.ana, { roles: [role] });
    const text = await textOf(here, here.ana);
    expect(text).toContain('✅ A call of one token took');
    expect(text).toContain('✅ All permissions that are needed are there in this channel.');
    expect(text).not.toMatch(/store|server/iu);
    const calls = here.bedrock.requestCount;
    await textOf(here, here.ana);
    expect(here.bedrock.requestCount).toBe(calls);
  });

  it('names the permission that is missing in the channel', async () => {
    const here = await start({ environment: { OWNER_IDS: '100000000000000001' } });
    here.channel.denyBot(READ_HISTORY);
    const text = await textOf(here, here.discord.owner);
    expect(text).toContain('❌ In this channel I lack: Read Message History.');
  });

  it('takes whom OWNER_IDS names for an owner, in direct messages too', async () => {
    const here = await start();
    const { ana, discord } = here;
    const before = ana.runCommand(ana.dm, 'status');
    await discord.waitFor(() => before.response?.content);
    expect(before.response?.content).not.toContain('✅');
    const after = discord.owner.runCommand(discord.owner.dm, 'status');
    await discord.waitFor(() => after.response?.content, 10_000);
    expect(after.response?.content).toContain('✅ On one server');
  });
});
