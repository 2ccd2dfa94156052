import { PermissionFlagsBits } from 'discord.js';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decide } from './deciding.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { buttonId, changeId, done, press, selectId, wordsOn } from './settings-panel.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedInteraction, SimulatedMessage, SimulatedRole, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

/** Ana manages the server; Bo is nobody. */
let [staff, guests]: SimulatedRole[] = [];
beforeAll(() => {
  [staff, guests] = ['staff', 'guests'].map((name) => world.guild.addRole({ name }));
  world.guild.setMember(world.ana, { roles: [world.guild.addRole({ name: 'admins', permissions: PermissionFlagsBits.ManageGuild })] });
});
beforeEach(async () => {
  await decide(url, world.guild.id, {});
  await world.restart();
});

const run = async (user: SimulatedUser, name: string, options = {}): Promise<SimulatedInteraction> => {
  const interaction = user.runCommand(world.channel, name, options);
  await done(interaction, () => interaction.response !== undefined && (interaction.response.content !== '' || interaction.response.components.length > 0));
  return interaction;
};

const accessPanel = async (user: SimulatedUser): Promise<SimulatedMessage> => {
  const panel = (await run(user, 'settings panel')).response!;
  await press(user, panel, buttonId(panel, 'Who may ask, and how much'));
  return panel;
};
const choose = async (panel: SimulatedMessage, label: string, values: readonly string[]): Promise<void> => {
  await press(world.ana, panel, changeId(panel, label));
  await press(world.ana, panel, selectId(panel), values);
};
const becomes = async (user: SimulatedUser, place = freshChannel(world)): Promise<unknown> =>
  (await world.outcome(user.say(place, `${world.discord.botUser.mention} hello`).id))['outcome'];

const file = (text: string): { name: string; bytes: Buffer } => ({ name: 'settings.yaml', bytes: Buffer.from(text) });

describe('the part of the panel that says who may ask', () => {
  it('names roles and members, shows whoever is named already, and comes back to itself', async () => {
    const user = freshMember(world);
    const panel = await accessPanel(world.ana);
    expect(wordsOn(panel)).toContain('-# Who may ask');
    expect(wordsOn(panel)).toContain('**Roles that may ask:** none named\n-# by default');
    await choose(panel, 'Roles that may ask', [guests!.id, staff!.id]);
    expect(wordsOn(panel)).toContain('✅ Roles that may ask of the whole server: changed.');
    expect(wordsOn(panel)).toContain('-# Who may ask');
    expect(wordsOn(panel)).toMatch(new RegExp(`\\*\\*Roles that may ask:\\*\\* <@&${staff!.id}> <@&${guests!.id}>\\n-# set for the server`, 'u'));
    expect([await becomes(user), await becomes(world.bo)]).toEqual(['refused', 'refused']);
    await press(world.ana, panel, changeId(panel, 'Roles that may ask'));
    expect(JSON.stringify(panel.components)).toContain(JSON.stringify([{ id: staff!.id, type: 'role' }, { id: guests!.id, type: 'role' }]));
    await press(world.ana, panel, buttonId(panel, 'Back'));
    await choose(panel, 'Members who may ask', [user.id]);
    expect([await becomes(user), await becomes(world.bo)]).toEqual(['delivered', 'refused']);
    await choose(panel, 'Members who may not ask', [user.id]);
    expect(await becomes(user)).toBe('refused');
    // Nobody chosen is nobody named.
    await choose(panel, 'Members who may not ask', []);
    expect(wordsOn(panel)).toContain('**Members who may not ask:** none named\n-# by default');
    expect(await becomes(user)).toBe('delivered');
  });

  it('can take back a change, and leaves out a role that was deleted with the next one', async () => {
    await decide(url, world.guild.id, { server: { allowedRoles: `123456789012345678 ${staff!.id}` } });
    await world.restart();
    const panel = await accessPanel(world.ana);
    await press(world.ana, panel, changeId(panel, 'Roles that may ask'));
    expect(JSON.stringify(panel.components)).not.toContain('"id":"123456789012345678"');
    await press(world.ana, panel, selectId(panel), [staff!.id, guests!.id]);
    expect(wordsOn(panel)).not.toContain('123456789012345678');
    await press(world.ana, panel, buttonId(panel, 'What was changed'));
    expect(wordsOn(panel)).toContain(`Roles that may ask from <@&123456789012345678> <@&${staff!.id}> to <@&${staff!.id}> <@&${guests!.id}>`);
  });

  it('asks before nobody at all is answered, and lets everyone be allowed but not forbidden', async () => {
    const panel = await accessPanel(world.ana);
    await choose(panel, 'Questions', ['off']);
    expect(wordsOn(panel)).toContain('After this I answer nobody on this server but my owners.');
    expect(await becomes(world.bo)).toBe('delivered');
    await press(world.ana, panel, buttonId(panel, 'Yes, do it'));
    expect(wordsOn(panel)).toContain('✅ Questions of the whole server: changed.');
    expect(await becomes(world.bo)).toBe('refused');
    await choose(panel, 'Questions', ['allowed']);
    await choose(panel, 'Roles that may not ask', [world.guild.id]);
    expect(wordsOn(panel)).toContain('⚠️ Roles that may not ask cannot name everyone');
    await choose(panel, 'Roles that may ask', [world.guild.id]);
    expect(wordsOn(panel)).toContain('✅ Roles that may ask');
    expect(await becomes(world.bo)).toBe('delivered');
  });

  it('does nothing for a stranger who replays its buttons, nor for a manager who is none any more', async () => {
    const panel = await accessPanel(world.ana);
    await press(world.ana, panel, changeId(panel, 'Roles that may ask'));
    const id = selectId(panel);
    const replayed = world.bo.replay(panel, id, [staff!.id]);
    await done(replayed, () => replayed.response !== undefined);
    expect(replayed.response?.content).toContain('Only those with "Manage Server"');
    expect(await becomes(world.bo)).toBe('delivered');
    const roles = [world.guild.addRole({ name: 'admins of a while', permissions: PermissionFlagsBits.ManageGuild })];
    const eve = freshMember(world);
    world.guild.setMember(eve, { roles });
    const own = await accessPanel(eve);
    world.guild.setMember(eve, { roles: [] });
    const late = eve.click(own, changeId(own, 'Questions'));
    await done(late, () => late.response !== undefined && late.response !== own);
    expect(late.response?.content).toContain('Only those with "Manage Server"');
  });
});

describe('a file', () => {
  it('has lists, which are read as they were written, or as ids with commas in between', async () => {
    const settings = { server: { allowedRoles: [staff!.id, guests!.id].toSorted().join(' '), questions: 'off' }, channels: { [world.channel.id]: { questions: 'allowed', forbiddenMembers: world.bo.id } } };
    await decide(url, world.guild.id, settings);
    await world.restart();
    const exported = (await run(world.ana, 'settings export')).response!.attachments[0]!.text();
    expect(exported).toContain(`allowedRoles:\n    - "${[staff!.id, guests!.id].toSorted()[0]}"\n`);
    await decide(url, world.guild.id, {});
    await world.restart();
    expect((await run(world.ana, 'settings import', { file: file(exported) })).response?.content).toBe('✅ Done: 4 values are changed.');
    expect((await run(world.ana, 'settings export')).response!.attachments[0]!.text()).toBe(exported);
    const byHand = `version: 1\nserver:\n  allowedRoles: <@&${guests!.id}>, ${staff!.id}, ${staff!.id}\n  questions: off\nchannels:\n  ${world.channel.id}:\n    questions: allowed\n    forbiddenMembers: [<@${world.bo.id}>]\n`;
    expect((await run(world.ana, 'settings import', { file: file(byHand) })).response?.content).toBe('It was like that already.');
  });

  it.each([
    ['a role that is gone', 'server:\n  allowedRoles: ["123456789012345678"]', /^- line 3: allowedRoles names a role that is not on this server, or not any more: 123456789012345678$/mu],
    ['a name instead of an id', 'server:\n  forbiddenMembers: [bo]', /^- line 3: forbiddenMembers must be 1 to 25 ids of members$/mu],
    ['too many', `server:\n  forbiddenMembers: [${Array.from({ length: 26 }, (_, index) => `1234567890123456${String(index).padStart(2, '0')}`).join(', ')}]`, /^- line 3: forbiddenMembers must be 1 to 25/mu],
    ['nobody', 'server:\n  forbiddenMembers: []', /^- line 3: forbiddenMembers must be 1 to 25/mu],
    ['a list in a list', 'server:\n  forbiddenMembers: [[1]]', /^- line 3: forbiddenMembers must be a list of ids, without an alias$/mu],
    ['a list where one text belongs', 'server:\n  footer: [model]', /^- line 3: footer must be a text, without an alias$/mu],
  ])('with %s is not kept', async (_what, text, reason) => {
    const { response } = await run(world.ana, 'settings import', { file: file(`version: 1\n${text}\n`) });
    expect(response?.content).toMatch(/^Nothing of this file was kept:\n/u);
    expect(response?.content.replaceAll('`', '')).toMatch(reason);
  });

  it('that would switch everything off asks first', async () => {
    const { response } = await run(world.ana, 'settings import', { file: file('version: 1\nserver:\n  questions: forbidden\n') });
    expect(response?.content).toContain('After this I answer nobody');
    expect(response?.content).toContain('`sure: True`');
  });
});

describe('/why', () => {
  it('names the rule that decides, for oneself, and for others to managers', async () => {
    const place = freshChannel(world);
    const member = freshMember(world);
    world.guild.setMember(member, { roles: [staff!] });
    await decide(url, world.guild.id, { server: { allowedRoles: staff!.id }, channels: { [place.id]: { forbiddenMembers: member.id } } });
    await world.restart();
    const why = async (user: SimulatedUser, options: object): Promise<string> => (await run(user, 'why', options)).response?.content ?? '';
    expect(await why(world.bo, {})).toContain('**would not be answered**: only some members and roles may ask there, and they are not among them (set for the server).');
    expect(await why(member, {})).toContain('**would be answered**.');
    expect(await why(world.ana, { member, channel: place })).toContain('**would not be answered**: they are among those who may not ask (set for the channel).');
    expect(await why(world.ana, { member })).toContain(`**Roles that may ask:** <@&${staff!.id}>\n-# set for the server`);
    const { owner } = world.discord;
    world.guild.addMember(owner);
    expect(await why(owner, {})).toContain('**would be answered**.');
    await world.restart({ FORBIDDEN_CHANNELS: place.id });
    expect(await why(member, { channel: place })).toContain('questions are forbidden there (set by whoever runs me).');
  });

  it('says as much as a message holds, however much is set', async () => {
    const ids = Array.from({ length: 25 }, (_, index) => `1234567890123456${String(index).padStart(2, '0')}`).join(' ');
    await decide(url, world.guild.id, { server: { allowedRoles: ids, allowedMembers: ids, forbiddenRoles: ids, forbiddenMembers: ids, persona: '_*'.repeat(2_000) } });
    await world.restart();
    const { response } = await run(world.ana, 'why');
    expect(response?.content).toContain('would not be answered');
    expect(response?.content.length).toBeLessThanOrEqual(2_000);
    const panel = await accessPanel(world.ana);
    expect(wordsOn(panel)).toContain('and 13 more');
  });
});
