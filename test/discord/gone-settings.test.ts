import { PermissionFlagsBits } from 'discord.js';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runDoctor } from '../../src/run-doctor.ts';
import { TEST_KEY } from '../simulators/bedrock.ts';
import { decide } from './deciding.ts';
import { freshChannel } from './fresh-channel.ts';
import { runCommand } from './settings-panel.ts';
import { shareWorld } from './shared-world.ts';
import type { Finding } from '../../src/operations/finding.ts';
import type { SimulatedRole, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const NOVA = 'us.amazon.nova-2-lite-v1:0';

let world: World;
let url: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});
let role: SimulatedRole;
let [roleId, channelId]: string[] = [];
beforeAll(() => {
  const { guild, discord, ana } = world;
  guild.setMember(ana, { roles: [guild.addRole({ name: 'admins', permissions: PermissionFlagsBits.ManageGuild })] });
  guild.addMember(discord.owner);
});
beforeEach(async () => {
  const { guild } = world;
  const channel = freshChannel(world);
  role = guild.addRole({ name: 'helpers' });
  [roleId, channelId] = [role.id, channel.id];
  await decide(url, guild.id, { server: { managerRole: role.id, model: NOVA }, channels: { [channel.id]: { footer: 'model' } } });
  await decide(url, '123456789012345678', { server: { managerRole: '123456789012345679' } });
  await world.restart();
});

/** What the doctor finds, beside the running bot. */
const doctor = async (): Promise<{ found: readonly Finding[]; all: readonly Finding[]; exitCode: number }> => {
  let output = '';
  const out = { write: (text: string) => (output += text) !== '', isTTY: false };
  const { discord, bedrock } = world;
  const env = { DISCORD_TOKEN: discord.token, AWS_BEARER_TOKEN_BEDROCK: TEST_KEY, DISCORD_API_URL: discord.apiUrl, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url, AWS_ENDPOINT_URL_BEDROCK: bedrock.url, STORE_URL: url };
  const exitCode = await runDoctor({ env, argv: ['node', 'main.ts', 'doctor', '--json'], stdout: out, stderr: out } as never);
  const { findings } = JSON.parse(output) as { findings: readonly Finding[] };
  return { found: findings.filter(({ check }) => check === 'places.gone'), all: findings, exitCode };
};
const statusOf = async (user: SimulatedUser): Promise<string> => {
  const asked = user.runCommand(world.channel, 'status');
  await world.discord.waitFor(() => asked.response?.content, 10_000);
  return asked.response?.content ?? '';
};

describe('settings that name what is gone', () => {
  it('are told by nobody as long as all of it is there, nor for a server that the bot has left', async () => {
    expect(await doctor()).toMatchObject({ found: [{ check: 'places.gone', state: 'good', says: 'What one server has in /settings names only what there is.' }], exitCode: 0 });
    expect(await statusOf(world.ana)).not.toContain('gone');
  });

  it('are told by the doctor and to the owner with their server, to a manager of that server, and to no member', async () => {
    role.delete();
    world.guild.channels.find(({ id }) => id === channelId)?.delete();
    // What was looked at counts for half a minute.
    await world.restart();
    const { found, exitCode } = await doctor();
    expect(found.map(({ says }) => says)).toEqual([
      `On Test server, managerRole of the whole server names the role ${roleId}, which is gone.`,
      `On Test server, the channel ${channelId} has settings, and is gone.`,
    ]);
    expect(found[0]).toMatchObject({ state: 'warning', cure: expect.stringContaining('/settings panel') as string });
    expect(exitCode).toBe(0);
    const ofManager = await statusOf(world.ana);
    expect(ofManager).toContain(`⚠️ Here, managerRole of the whole server names the role ${roleId}, which is gone.`);
    expect(ofManager).toContain(`⚠️ Here, the channel ${channelId} has settings, and is gone.`);
    const ofOwner = await statusOf(world.discord.owner);
    expect(ofOwner).toContain(`⚠️ On Test server, managerRole of the whole server names the role ${roleId}, which is gone.`);
    expect(ofOwner).not.toContain('Here, ');
    expect(await statusOf(world.bo)).not.toContain('gone');
    expect((await runCommand(world.ana, world.channel, 'settings panel')).response).toBeDefined();
  });
});

describe('what was used today, and the limits in force', () => {
  it('are told to a manager of their server, to the owner of everything and by the doctor, and to no member', async () => {
    const channel = freshChannel(world);
    world.bedrock.respond({ text: 'Certainly.', usage: { inputTokens: 1_000, outputTokens: 10 } });
    await decide(url, world.guild.id, { server: { limits: 'server: 50 questions a day' } });
    await world.restart({ LIMITS: 'bot: 900 questions a day' });
    await world.ask(world.bo, 'hello', channel);
    await world.ask(world.bo, 'hello', world.bo.dm);
    const ofManager = await statusOf(world.ana);
    expect(ofManager).toMatch(/✅ Today here: \$[\d.]+ for 1 call, 1,010 tokens\./u);
    expect(ofManager).toMatch(/✅ Limits here: .*50 questions a day of the server \(49 left\)/u);
    expect(ofManager).not.toContain('everywhere');
    const ofOwner = await statusOf(world.discord.owner);
    expect(ofOwner).toMatch(/✅ Today everywhere: \$[\d.]+ for \d+ calls, [\d,]+ tokens\./u);
    expect(ofOwner).toContain('Limits that hold everywhere: bot: 900 questions a day.');
    expect(await statusOf(world.bo)).not.toMatch(/Today|Limits/u);
    const { all } = await doctor();
    expect(all.filter(({ check }) => check === 'places.today').map(({ says }) => says)).toEqual([expect.stringMatching(/^Today everywhere: \$[\d.]+ for \d+ calls/u), expect.stringContaining('member: 10 questions a minute')]);
  });
});
