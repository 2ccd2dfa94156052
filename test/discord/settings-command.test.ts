import { DatabaseSync } from 'node:sqlite';
import { ChannelType, MessageFlags, PermissionFlagsBits } from 'discord.js';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decide } from './deciding.ts';
import { freshChannel } from './fresh-channel.ts';
import { buttonId, changeId, done, fill, has, openPanel, optionsOn, press, runCommand, selectId, wordsOn } from './settings-panel.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedInteraction, SimulatedMessage, SimulatedRole, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const NOVA = 'us.amazon.nova-2-lite-v1:0';
const HAIKU = 'us.anthropic.claude-haiku-5-5';

let world: World;
let url: string;
shareWorld({ environment: { SYSTEM_PROMPT: 'Be yourself.' }, discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

/** Ana manages the server; Mia is to be a manager by a role; Bo is nobody. */
let [mia, eve]: SimulatedUser[] = [];
let managers: SimulatedRole;
beforeAll(() => {
  [mia, eve] = ['mia', 'eve'].map((name) => world.discord.addUser({ name }));
  managers = world.guild.addRole({ name: 'managers' });
  const admin = world.guild.addRole({ name: 'admins', permissions: PermissionFlagsBits.ManageGuild });
  world.guild.setMember(world.ana, { roles: [admin] });
  world.guild.addMember(mia!, { roles: [managers] });
  world.guild.addMember(eve!, { roles: [admin] });
});
beforeEach(async () => {
  await decide(url, world.guild.id, {});
  await world.restart();
});

const run = (user: SimulatedUser, name: string, options = {}, place = world.channel): Promise<SimulatedInteraction> => runCommand(user, place, name, options);
const panelOf = (user: SimulatedUser, place = world.channel): Promise<SimulatedMessage> => openPanel(user, place);

const lastModel = (): string | undefined => world.bedrock.requests.at(-1)?.modelId;
const lastPersona = (): unknown => (world.bedrock.requests.at(-1)?.body?.system as { text: string }[] | undefined)?.[0]?.text;

describe('/settings panel', () => {
  it('shows a manager alone what holds on the server and where it comes from, within all of Discord\'s limits', async () => {
    const { response, ephemeral } = await run(world.ana, 'settings panel');
    expect(ephemeral).toBe(true);
    expect((response!.flags & MessageFlags.IsComponentsV2) !== 0).toBe(true);
    const words = wordsOn(response!);
    expect(words).toContain('Settings of the whole server');
    expect(words).toContain(`**Model:** Claude Haiku 5.5 (\`${HAIKU}\`)\n-# by default`);
    expect(words).toContain('**Persona:** `Be yourself.`\n-# by default');
    expect(words).toContain('**Managers:** nobody');
  });

  it('is refused to a stranger, and in direct messages there is none', async () => {
    const { response, ephemeral } = await run(world.bo, 'settings panel');
    expect(response?.content).toContain('Only those with "Manage Server"');
    expect(ephemeral).toBe(true);
    expect(() => world.ana.runCommand(world.ana.dm, 'settings panel', {})).toThrow();
  });

  it('changes a persona in a form: applied at once, kept, and shown in place', async () => {
    const panel = await panelOf(world.ana);
    const persona = `A pirate.\nSays ${'arr '.repeat(900)}`.slice(0, 4_000).trim();
    await fill(world.ana, panel, await press(world.ana, panel, changeId(panel, 'Persona')), persona);
    expect(wordsOn(panel)).toContain('✅ Persona of the whole server: changed.');
    expect(wordsOn(panel)).toContain('-# set for the server');
    await world.ask(world.bo, 'hello', freshChannel(world));
    expect(lastPersona()).toBe(persona);
    await world.restart();
    await world.ask(world.bo, 'hello', freshChannel(world));
    expect(lastPersona()).toBe(persona);
  });

  it('offers models with price and context, and takes a typed id only where it can be called', async () => {
    const panel = await panelOf(world.ana);
    await press(world.ana, panel, changeId(panel, 'Model'));
    expect(optionsOn(panel).find(({ value }) => value === NOVA)?.description).toMatch(/^\$[\d.]+ in, \$[\d.]+ out per million tokens · context \d+k · us\.amazon/u);
    await fill(world.ana, panel, await press(world.ana, panel, buttonId(panel, 'Type an id')), 'made.up-model');
    expect(wordsOn(panel)).toContain('⚠️ Model is not among those that can be called from my region. Nothing was changed.');
    await press(world.ana, panel, changeId(panel, 'Model'));
    await fill(world.ana, panel, await press(world.ana, panel, buttonId(panel, 'Type an id')), NOVA.slice(3));
    expect(wordsOn(panel)).toContain(`perhaps you mean ${NOVA}`);
    await press(world.ana, panel, changeId(panel, 'Model'));
    await press(world.ana, panel, selectId(panel), [NOVA]);
    await world.ask(world.bo, 'hello', freshChannel(world));
    expect(lastModel()).toBe(NOVA);
  });

  it('goes to a category or a channel, whose values are its own, and takes a value back', async () => {
    const category = world.guild.addChannel({ name: 'games', type: ChannelType.GuildCategory });
    const inside = world.guild.addChannel({ name: 'chess', parent: category });
    const panel = await panelOf(world.ana);
    await press(world.ana, panel, selectId(panel), [category.id]);
    expect(wordsOn(panel)).toContain(`Settings of <#${category.id}>`);
    expect(wordsOn(panel)).not.toContain('Managers');
    await press(world.ana, panel, changeId(panel, 'Footer'));
    await press(world.ana, panel, selectId(panel), ['model']);
    expect(wordsOn(panel)).toContain('**Footer:** The model\n-# set for the category');
    await press(world.ana, panel, selectId(panel), [inside.id]);
    expect(wordsOn(panel)).toContain('**Footer:** The model\n-# set for the category');
    expect((await world.ask(world.bo, 'hello', inside)).content).toContain('-# Claude Haiku 5.5');
    await press(world.ana, panel, selectId(panel), [category.id]);
    await press(world.ana, panel, changeId(panel, 'Footer'));
    await press(world.ana, panel, buttonId(panel, 'Leave it to what is above'));
    expect(wordsOn(panel)).toContain('**Footer:** Nothing\n-# by default');
    await press(world.ana, panel, buttonId(panel, 'Whole server'));
    expect(wordsOn(panel)).toContain('Settings of the whole server');
  });

  it('of a thread that is chosen goes to its channel', async () => {
    const channel = freshChannel(world);
    const thread = world.bo.startThread(channel, { name: 'aside' });
    const panel = await panelOf(world.ana);
    await press(world.ana, panel, selectId(panel), [thread.id]);
    expect(wordsOn(panel)).toContain(`Settings of <#${channel.id}>`);
  });

  it('takes no persona in which there is nothing to see', async () => {
    const panel = await panelOf(world.ana);
    await fill(world.ana, panel, await press(world.ana, panel, changeId(panel, 'Persona')), '\u200B\u2060');
    expect(wordsOn(panel)).toContain('⚠️ Persona must not be empty');
    expect(wordsOn(panel)).toContain('**Persona:** `Be yourself.`\n-# by default');
  });

  it.each([
    ['0', 'must be a whole number from 1 to 1000000'],
    ['-5', 'must be a whole number'],
    ['many', 'must be a whole number'],
  ])('refuses %s as a longest answer, and keeps what was', async (typed, reason) => {
    const panel = await panelOf(world.ana);
    await fill(world.ana, panel, await press(world.ana, panel, changeId(panel, 'Longest answer')), typed);
    expect(wordsOn(panel)).toContain(`⚠️ Longest answer ${reason}`);
    expect(wordsOn(panel)).toContain('**Longest answer:** 12,288 tokens\n-# by default');
  });

  it('keeps who changed what, and takes a change back', async () => {
    const panel = await panelOf(world.ana);
    for (const choice of ['model', 'cost']) {
      await press(world.ana, panel, changeId(panel, 'Footer'));
      await press(world.ana, panel, selectId(panel), [choice]);
    }
    await press(world.ana, panel, buttonId(panel, 'What was changed'));
    expect(wordsOn(panel)).toMatch(new RegExp(`<t:\\d+:R> <@${world.ana.id}>, the whole server: Footer from The model to The model, its tokens and what they cost\\n.*Footer from nothing to The model`, 'u'));
    await press(world.ana, panel, selectId(panel), [optionsOn(panel)[0]!.value]);
    expect(wordsOn(panel)).toContain('**Footer:** The model\n');
    await press(world.ana, panel, buttonId(panel, 'What was changed'));
    expect(wordsOn(panel)).toMatch(new RegExp(`<@${world.ana.id}>, the whole server: Footer from The model, its tokens and what they cost to The model\n`, 'u'));
  });

  it('asks before all of a place is taken back', async () => {
    const panel = await panelOf(world.ana);
    expect(has(panel, 'Take back all settings here')).toBe(false);
    await press(world.ana, panel, changeId(panel, 'Footer'));
    await press(world.ana, panel, selectId(panel), ['model']);
    await press(world.ana, panel, buttonId(panel, 'Take back all settings here'));
    expect(wordsOn(panel)).toContain('Are you sure?');
    await press(world.ana, panel, buttonId(panel, 'Back'));
    expect(wordsOn(panel)).toContain('**Footer:** The model\n');
    await press(world.ana, panel, buttonId(panel, 'Take back all settings here'));
    await press(world.ana, panel, buttonId(panel, 'Yes, do it'));
    expect(wordsOn(panel)).toContain('**Footer:** Nothing\n-# by default');
  });
});

describe('a role that the server names for it', () => {
  const nameManagers = async (): Promise<void> => {
    const panel = await panelOf(world.ana);
    await press(world.ana, panel, changeId(panel, 'Managers'));
    await press(world.ana, panel, selectId(panel), [managers.id]);
    expect(wordsOn(panel)).toContain(`**Managers:** <@&${managers.id}>`);
  };

  it('lets its members change settings, until they lose it: their old panel does nothing any more', async () => {
    await nameManagers();
    const panel = await panelOf(mia!);
    await press(mia!, panel, changeId(panel, 'Footer'));
    await press(mia!, panel, selectId(panel), ['model']);
    expect(wordsOn(panel)).toContain('✅ Footer');
    world.guild.setMember(mia!, { roles: [] });
    const before = JSON.stringify(panel.components);
    const pressed = await press(mia!, panel, changeId(panel, 'Footer'));
    expect(pressed.response?.content).toContain('Only those with "Manage Server"');
    expect(JSON.stringify(panel.components)).toBe(before);
    world.guild.setMember(mia!, { roles: [managers] });
  });

  it('is not given up by one of them without being asked', async () => {
    await nameManagers();
    const panel = await panelOf(mia!);
    await press(mia!, panel, changeId(panel, 'Managers'));
    await press(mia!, panel, buttonId(panel, 'Leave it to what is above'));
    expect(wordsOn(panel)).toContain('After this you could not any more');
    await press(mia!, panel, buttonId(panel, 'Back'));
    expect(wordsOn(panel)).toContain(`**Managers:** <@&${managers.id}>`);
    await press(mia!, panel, changeId(panel, 'Managers'));
    await press(mia!, panel, buttonId(panel, 'Leave it to what is above'));
    const last = mia!.click(panel, buttonId(panel, 'Yes, do it'));
    await done(last, () => wordsOn(panel).includes('✅'));
    expect((await run(mia!, 'settings panel')).response?.content).toContain('Only those with');
  });

  it('that was deleted is told, and can be replaced', async () => {
    await decide(url, world.guild.id, { server: { managerRole: '123456789012345678' } });
    const panel = await panelOf(world.ana);
    expect(wordsOn(panel)).toContain('⚠️ The role that may change these settings is not on this server any more.');
    expect((await run(mia!, 'settings panel')).response?.content).toContain('Only those with');
    await press(world.ana, panel, changeId(panel, 'Managers'));
    await press(world.ana, panel, selectId(panel), [managers.id]);
    expect(wordsOn(panel)).not.toContain('⚠️');
    expect(wordsOn(await panelOf(mia!))).toContain(`<@&${managers.id}>`);
  });

  it('is not everybody\'s', async () => {
    const panel = await panelOf(world.ana);
    await press(world.ana, panel, changeId(panel, 'Managers'));
    await press(world.ana, panel, selectId(panel), [world.guild.id]);
    expect(wordsOn(panel)).toContain('⚠️ Managers is a role that is not on this server');
  });
});

describe('a panel that is gone when its change is made', () => {
  it('has its change told all the same', async () => {
    const panel = await panelOf(world.ana);
    await press(world.ana, panel, changeId(panel, 'Footer'));
    world.discord.faults.add({ route: 'PATCH /webhooks/:id/:token/messages/@original', does: { status: 404, code: 10_008, message: 'Unknown Message' } });
    const pressed = world.ana.select(panel, selectId(panel), ['model']);
    await world.discord.waitFor(() => pressed.followUps[0]?.content);
    expect(pressed.followUps[0]?.content).toBe('✅ Footer of the whole server: changed.');
    world.discord.faults.clear();
    expect(wordsOn(await panelOf(world.ana))).toContain('**Footer:** The model\n');
  });
});

describe('with several processes', () => {
  it('a panel shows at once what another one has decided, and an old panel\'s change takes nothing else back', async () => {
    const panel = await panelOf(world.ana);
    await decide(url, world.guild.id, { server: { maxAnswerTokens: 77 } });
    await press(world.ana, panel, changeId(panel, 'Footer'));
    await press(world.ana, panel, selectId(panel), ['model']);
    expect(wordsOn(panel)).toContain('**Longest answer:** 77 tokens\n-# set for the server');
    expect(wordsOn(panel)).toContain('**Footer:** The model\n-# set for the server');
  });
});

describe('a store that somebody has locked', () => {
  it('keeps a change from being made, and whoever pressed is told', async () => {
    const panel = await panelOf(world.ana);
    await press(world.ana, panel, changeId(panel, 'Footer'));
    using other = new DatabaseSync(url.slice('sqlite://'.length));
    other.exec('BEGIN EXCLUSIVE');
    const pressed = world.ana.select(panel, selectId(panel), ['model']);
    await world.discord.waitFor(() => pressed.followUps.length > 0 || (pressed.response !== undefined && pressed.response !== panel), 15_000);
    expect((pressed.followUps[0] ?? pressed.response)?.content).toContain('I cannot reach my memory right now');
    other.exec('COMMIT');
    expect(wordsOn(await panelOf(world.ana))).toContain('**Footer:** Nothing\n-# by default');
  });
});

describe('an old panel\'s buttons, replayed', () => {
  it('by a stranger or by another manager do nothing, and they are told why', async () => {
    const panel = await panelOf(world.ana);
    await press(world.ana, panel, changeId(panel, 'Footer'));
    const before = JSON.stringify(panel.components);
    for (const [user, why] of [[world.bo, 'Only those with "Manage Server"'], [eve!, 'This panel is somebody else\'s']] as const) {
      const replayed = user.replay(panel, selectId(panel), ['model']);
      await done(replayed, () => replayed.response !== undefined);
      expect(replayed.response?.content).toContain(why);
      expect(replayed.ephemeral).toBe(true);
    }
    expect(JSON.stringify(panel.components)).toBe(before);
    expect(wordsOn(await panelOf(world.ana))).toContain('**Footer:** Nothing\n-# by default');
  });

  it('of a channel that is gone are told', async () => {
    const place = freshChannel(world);
    const panel = await panelOf(world.ana);
    await press(world.ana, panel, selectId(panel), [place.id]);
    place.delete();
    await world.discord.waitFor(() => !world.guild.channels.some(({ id }) => id === place.id));
    const pressed = await press(world.ana, panel, changeId(panel, 'Footer'));
    expect(pressed.response?.content).toContain('not on this server, or not any more');
  });
});

describe('a button whose words somebody has made up', () => {
  it.each(['settings:nonsense', 'settings:', 'settings:set.x.OWNER.footer.', 'settings:set.c99.OWNER.footer.', 'settings:set.s.OWNER.colour.', 'settings:edit.s.OWNER..', 'settings:revert-sure.s.OWNER..0'])(
    'does nothing that its presser could not do on the panel: %s',
    async (id) => {
      const customId = id.replace('OWNER', world.ana.id);
      const panel = await panelOf(world.ana);
      const pressed = world.ana.replay(panel, customId, ['model']);
      await pressed.settled();
      expect(pressed.failed).toBe(false);
      expect(wordsOn(await panelOf(world.ana))).toContain('**Footer:** Nothing\n-# by default');
    },
  );
});

describe('/settings model', () => {
  it('suggests with price and context while a manager types, and nothing to others', async () => {
    const suggest = async (user: SimulatedUser): Promise<readonly { name: string; value: unknown }[]> => {
      const typed = user.autocomplete(world.channel, 'settings model', { model: 'nova lite' }, { focused: 'model' });
      await typed.settled();
      return typed.choices ?? [];
    };
    const found = await suggest(world.ana);
    expect(found.map(({ value }) => value)).toContain(NOVA);
    expect(found[0]?.name).toMatch(/ · \$[\d.]+ in, /u);
    expect(await suggest(world.bo)).toEqual([]);
  });

  it('sets it for a channel, and refuses what cannot be called', async () => {
    const place = freshChannel(world);
    expect((await run(world.ana, 'settings model', { model: NOVA, channel: place })).response?.content).toBe(`✅ Model of <#${place.id}>: changed.`);
    await world.ask(world.bo, 'hello', place);
    expect(lastModel()).toBe(NOVA);
    expect((await run(world.ana, 'settings model', { model: 'no such' })).response?.content).toContain('⚠️ Model must be the id of a model');
    expect((await run(world.bo, 'settings model', { model: NOVA })).response?.content).toContain('Only those with');
  });
});

const file = (text: string): { name: string; bytes: Buffer } => ({ name: 'settings.yaml', bytes: Buffer.from(text) });

describe('/settings export and import', () => {
  it('give back what was, on another day', async () => {
    const place = freshChannel(world);
    const category = world.guild.addChannel({ name: 'aside', type: ChannelType.GuildCategory });
    const settings = {
      server: { model: NOVA, persona: 'Two lines:\n- "true" # and no comment', maxAnswerTokens: 500, managerRole: managers.id },
      categories: { [category.id]: { privateAnswers: false } },
      channels: { [place.id]: { persona: 'true', footer: 'cost' }, '123456789012345678': { footer: 'model' } },
    };
    await decide(url, world.guild.id, settings);
    await world.restart();
    const exported = (await run(world.ana, 'settings export')).response!.attachments[0]!.text();
    expect(exported).not.toContain('123456789012345678');
    await decide(url, world.guild.id, { server: { footer: 'model' } });
    await world.restart();
    expect((await run(world.ana, 'settings import', { file: file(exported) })).response?.content).toBe('✅ Done: 8 values are changed.');
    expect((await run(world.ana, 'settings export')).response!.attachments[0]!.text()).toBe(exported);
    expect((await run(world.ana, 'settings import', { file: file(exported) })).response?.content).toBe('It was like that already.');
    await world.ask(world.bo, 'hello', place);
    expect([lastModel(), lastPersona()]).toEqual([NOVA, 'true']);
  });

  it.each([
    ['a broken line', 'version: 1\nserver:\n  footer: model\n persona: x\n', /^- line 4: /mu],
    ['an unknown setting', 'version: 1\nserver:\n  footer: model\n  colour: red\n', /^- line 4: there is no setting "colour"/mu],
    ['a value out of bounds', 'version: 1\nserver:\n  footer: model\n  maxAnswerTokens: 0\n', /^- line 4: maxAnswerTokens must be a whole number/mu],
    ['4,001 characters', `version: 1\nserver:\n  footer: model\n  persona: ${'x'.repeat(4_001)}\n`, /^- line 4: persona must be no longer than 4000 characters/mu],
    ['an unknown model', 'version: 1\nserver:\n  footer: model\n  model: made.up\n', /^- line 4: model is not among those/mu],
    ['a role that is gone', 'version: 1\nserver:\n  footer: model\n  managerRole: "123456789012345678"\n', /^- line 4: managerRole is a role that is not on this server/mu],
    ['a channel that is gone', 'version: 1\nserver:\n  footer: model\nchannels:\n  123456789012345678:\n    footer: cost\n', /^- line 5: 123456789012345678 is no channel of this server/mu],
    ['a setting of another level', 'version: 1\ncategories:\n  123456789012345678:\n    managerRole: "1"\n', /^- line 4: managerRole cannot be set for a category/mu],
    ['an alias', 'version: 1\nserver:\n  persona: &one x\n  model: *one\n', /^- line 4: model must be a text, without an alias/mu],
    ['the same name twice', 'version: 1\nserver:\n  footer: model\n  footer: cost\n', /^- line 4: Map keys must be unique/mu],
    ['no version', 'server:\n  footer: model\n', /^- line 1: version: 1 is missing/mu],
    ['a list', '- 1\n- 2\n', /^- line 1: the file must begin with/mu],
    ['nothing', '\n', /^- line 1: the file must begin with/mu],
  ])('keep nothing of a file with %s, and say which line and why', async (_what, text, reason) => {
    const { response } = await run(world.ana, 'settings import', { file: file(text) });
    expect(response?.content).toMatch(/^Nothing of this file was kept:\n/u);
    expect(response?.content.replaceAll('`', '')).toMatch(reason);
    expect(wordsOn(await panelOf(world.ana))).toContain('**Footer:** Nothing\n-# by default');
  });

  it('say of a file in which much is wrong as much as a message holds', async () => {
    const text = `version: 1\nserver:\n${Array.from({ length: 30 }, (_, index) => `  ${'_*'.repeat(100)}${index}: x`).join('\n')}\n`;
    const { response } = await run(world.ana, 'settings import', { file: file(text) });
    expect(response?.content).toMatch(/^Nothing of this file was kept:\n- line 3: /u);
    expect(response?.content).toMatch(/\n- and 2\d more$/u);
  });

  it('ask before everything is taken back', async () => {
    await decide(url, world.guild.id, { server: { footer: 'model', maxAnswerTokens: 7 } });
    await world.restart();
    const empty = file('version: 1\n');
    expect((await run(world.ana, 'settings import', { file: empty })).response?.content).toContain('`sure: True`');
    expect((await run(world.ana, 'settings import', { file: empty, sure: true })).response?.content).toBe('✅ Done: 2 values are changed.');
  });

  it('read no file that is no text', async () => {
    const { response } = await run(world.ana, 'settings import', { file: { name: 'x.yaml', bytes: Buffer.from([0xff, 0xfe, 0x00, 0xd8]) } });
    expect(response?.content).toContain('I could not read this file');
  });
});

describe('/why', () => {
  it('says what holds in a channel, and where it comes from', async () => {
    const place = freshChannel(world);
    await decide(url, world.guild.id, { server: { model: NOVA }, channels: { [place.id]: { privateAnswers: false } } });
    await world.restart();
    const { response, ephemeral } = await run(world.bo, 'why', { channel: place });
    expect(ephemeral).toBe(true);
    expect(response?.content).toContain(`A question of <@${world.bo.id}> in <#${place.id}> **would be answered**.`);
    expect(response?.content).toMatch(/\*\*Model:\*\* Amazon Nova 2 Lite \(`us\.amazon\.nova-2-lite-v1:0`\)\n-# set for the server/u);
    expect(response?.content).toContain('**Private answers:** Forbidden\n-# set for the channel');
  });

  it('says of others only to managers, and why nothing would be answered', async () => {
    expect((await run(world.bo, 'why', { member: world.ana })).response?.content).toContain('Only those who may change my settings');
    const hidden = world.guild.addChannel({ name: 'hidden', overwrites: [{ target: world.guild.everyone, deny: PermissionFlagsBits.ViewChannel }] });
    expect((await run(world.ana, 'why', { member: world.bo, channel: hidden })).response?.content).toContain('**would not be answered**: they do not see this channel.');
    const mute = world.guild.addChannel({ name: 'mute', overwrites: [{ target: world.guild.everyone, deny: PermissionFlagsBits.SendMessages }, { target: world.guild.botRole!, deny: PermissionFlagsBits.SendMessages }] });
    expect((await run(world.ana, 'why', { channel: mute })).response?.content).toContain('I may not write there');
  });
});
