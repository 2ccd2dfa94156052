import { PermissionFlagsBits } from 'discord-api-types/v10';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { FIVE_A_MINUTE, NOVA, limiting } from './limiting.ts';
import { changeId, done, openPanel, buttonId as panelButton, press as pressPanel, wordsOn } from './settings-panel.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld(FIVE_A_MINUTE, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

let place: SimulatedChannel;
let member: SimulatedUser;
beforeEach(() => {
  [place, member] = [freshChannel(world), freshMember(world)];
});
const { allow, ask, taken } = limiting(() => ({ world, url, place, member }));

describe('what admins and members see of limits', () => {
  let manager: SimulatedUser;
  beforeAll(() => {
    manager = freshMember(world);
    world.guild.setMember(manager, { roles: [world.guild.addRole({ name: 'managers', permissions: PermissionFlagsBits.ManageGuild })] });
  });

  it('the panel takes them a line each, applies them at once, and says what is wrong with a line', async () => {
    await allow('');
    const panel = await openPanel(manager, place);
    const write = async (text: string): Promise<string> => {
      const opened = await pressPanel(manager, panel, changeId(panel, 'Limits'));
      const before = JSON.stringify(panel.components);
      await done(manager.submitModal(opened, { value: text }), () => JSON.stringify(panel.components) !== before);
      return wordsOn(panel);
    };
    await pressPanel(manager, panel, panelButton(panel, 'Who may ask, and how much'));
    expect(wordsOn(panel)).toContain('**Limits:** none of its own');
    expect(await write('member: 1 question an hour\n\nmember: 2 at once')).toContain('**Limits:** `member: 1 question an hour; member: 2 at once`\n-# set for the server');
    expect(await taken(2)).toBe(1);
    expect(await write('member: 1 question an hour\nmember: lots')).toContain('⚠️ Limits cannot be: line 2 says nothing that I can count; write it like "member: 20 questions an hour"');
    expect(await write('role 123456789012345678: 5 questions an hour')).toContain('⚠️ Limits name a role that is not on this server, or not any more. Nothing was changed.');
    expect(await write('server: $5 a day, then use made.up-model')).toContain('⚠️ Limits name a model that is not among those that can be called from my region');
    expect(await write('bot: $5 a day')).toContain('⚠️ Limits cannot have a limit of the bot');
    expect(await taken(1)).toBe(0);
    expect(await write('')).toContain('**Limits:** none of its own');
    expect(await taken(1)).toBe(1);
  });

  it('/why names those in force for a member, with what is left', async () => {
    await allow('member: 3 questions an hour\nserver: $5 a month, then warn', `channel: 40,000 tokens a day, then use ${NOVA}`);
    world.bedrock.respond({ text: 'word '.repeat(400) });
    await ask(member, 'one');
    const why = async (): Promise<string> => {
      const asked = member.runCommand(place, 'why', {});
      await world.discord.waitFor(() => asked.response?.content.includes('Limit'));
      return asked.response?.content ?? '';
    };
    const words = await why();
    expect(words).toContain('**would be answered**');
    expect(words).toContain('**Limit of each member:** 3 questions an hour, 2 left\n-# set for the server');
    expect(words).toMatch(/\*\*Limit of the channel:\*\* 40,000 tokens a day, 39,\d+ left; then .*Nova.* answers\n-# set for the channel/u);
    expect(words).toMatch(/\*\*Limit of the server:\*\* \$5 a month, \$4\.99\d* left; then a line below the answer says so/u);
    expect(words).toContain('**Limit of each member:** 5 questions a minute, 4 left\n-# set by whoever runs me');
    await taken(2);
    expect(await why()).toMatch(/\*\*would not be answered\*\*: nothing is left of the limit of 3 questions an hour\. It opens again <t:\d+:R>\./u);
  });
});
