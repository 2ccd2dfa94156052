import { PermissionFlagsBits } from 'discord.js';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { freshChannel } from './fresh-channel.ts';
import { runCommand } from './settings-panel.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
const OWNER = '190000000000000001';
shareWorld({ environment: { OWNER_IDS: OWNER }, discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

/** Ana manages the server, Bo is a member, the owner is somebody else. */
let owner: SimulatedUser;
let channel: SimulatedChannel;
beforeAll(async () => {
  owner = world.discord.addUser({ id: OWNER, name: 'owner' });
  world.guild.addMember(owner);
  world.guild.setMember(world.ana, { roles: [world.guild.addRole({ name: 'admins', permissions: PermissionFlagsBits.ManageGuild })] });
  channel = freshChannel(world);
  world.bedrock.respond({ text: 'Certainly.', usage: { inputTokens: 1_000, outputTokens: 10 } });
  await world.ask(world.ana, 'one', channel);
  await world.ask(world.bo, 'two', channel);
  await world.ask(world.bo, 'three', channel);
  await world.ask(world.bo, 'four', world.bo.dm);
});

const usage = (user: SimulatedUser, options = {}, place = channel): Promise<SimulatedInteraction> => runCommand(user, place, 'usage', options);
const files = ({ response }: SimulatedInteraction) => response?.attachments.map(({ name }) => name);
const tableOf = ({ response }: SimulatedInteraction): string => Buffer.from(response?.attachments.find(({ name }) => name === 'usage.csv')?.bytes ?? []).toString();

describe('/usage', () => {
  it('shows a member what they used themselves, wherever, in private', async () => {
    const shown = await usage(world.bo);
    expect(shown.ephemeral).toBe(true);
    const text = shown.response?.content ?? '';
    expect(text).toContain('**Your usage**');
    expect(text).toContain('for 3 calls of 1 model: 3,000 tokens in, 30 out.');
    expect(text).toContain('Claude Haiku 5.5: $');
    expect(text).toContain('1. `Test server`: ');
    expect(text).toContain('2. Direct messages: ');
    expect(text).toContain('Prices by model and geography, as of 20');
    expect(text).not.toContain('**Who**');
    expect(tableOf(shown)).not.toContain(world.ana.id);
  });

  it('shows a manager what the server used, by whom and where, as words, picture and table', async () => {
    const shown = await usage(world.ana);
    const text = shown.response?.content ?? '';
    expect(text).toContain('**Usage of this server**');
    expect(text).toContain('for 3 calls of 1 model: 3,000 tokens in, 30 out.');
    expect(text).toContain(`**Who**\n1. <@${world.bo.id}>: $`);
    expect(text).toContain(`**Where**\n1. <#${channel.id}>: $`);
    expect(text.length).toBeLessThan(2_000);
    expect(files(shown)).toEqual(['usage.png', 'usage.csv']);
    const [picture] = shown.response?.attachments ?? [];
    expect((await sharp(Buffer.from(picture?.bytes ?? [])).metadata()).width).toBe(720);
    expect(picture?.description).toMatch(/^Bar charts: Usage of this server, .*Claude Haiku 5\.5 \$.*2 members, 1 place\.$/u);
    const table = tableOf(shown);
    expect(table).toContain(`member,,"${world.bo.id}","Bo",2,2000,20,`);
    expect(table).toContain(`channel,,"${channel.id}","#${channel.name}",3,3000,30,`);
  });

  it('shows an owner everything, and anybody less where they ask for it', async () => {
    expect((await usage(owner, { days: 7 })).response?.content).toMatch(/^\*\*Usage of everybody\*\*.*\n\S+ for 4 calls of 1 model: 4,000 tokens in, 40 out/u);
    expect((await usage(owner, { of: 'server', theme: 'light' })).response?.content).toContain('**Usage of this server**');
    const own = await usage(owner, { of: 'me' });
    expect(own.response?.content).toMatch(/\nNothing was asked\.$/u);
    expect(files(own)).toEqual([]);
    expect((await usage(world.ana, { of: 'me' })).response?.content).toContain('for 1 call of 1 model');
  });

  it('is refused to a stranger who asks for more than their own', async () => {
    for (const [user, of, words] of [[world.bo, 'server', 'Only those who may change the settings'], [world.bo, 'all', 'Only my owners'], [world.ana, 'all', 'Only my owners']] as const) {
      const shown = await usage(user, { of });
      expect(shown.response?.content).toContain(words);
      expect(shown.ephemeral).toBe(true);
      expect(files(shown)).toEqual([]);
    }
  });

  it('shows the same in a direct message, where nobody manages anything', async () => {
    expect((await usage(world.bo, {}, world.bo.dm)).response?.content).toContain('for 3 calls');
    expect((await usage(world.bo, { of: 'server' }, world.bo.dm)).response?.content).toContain('Only those who may change the settings');
  });
});
