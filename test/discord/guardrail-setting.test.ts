import { PermissionFlagsBits } from 'discord.js';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decide } from './deciding.ts';
import { freshChannel } from './fresh-channel.ts';
import { buttonId, changeId, fill, openPanel, press, runCommand, selectId, wordsOn } from './settings-panel.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld({ environment: { BEDROCK_GUARDRAIL_ID: 'envs0', BEDROCK_GUARDRAIL_VERSION: '1' }, discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

/** Ana manages the server, the owner of the bot does not. */
let owner: SimulatedUser;
beforeAll(() => {
  owner = world.discord.owner;
  world.guild.addMember(owner);
  world.guild.setMember(world.ana, { roles: [world.guild.addRole({ name: 'admins', permissions: PermissionFlagsBits.ManageGuild })] });
});
beforeEach(async () => {
  await decide(url, world.guild.id, {});
  await world.restart();
});

const settled = async (settings: Parameters<typeof decide>[2]): Promise<void> => {
  await decide(url, world.guild.id, settings);
  await world.restart();
};

/** The guardrail of the call for a question in a place. */
const guardrailIn = async (place: SimulatedChannel): Promise<unknown> => {
  await world.ask(world.bo, 'hello', place);
  return world.bedrock.requests.at(-1)?.body?.guardrailConfig;
};
const panelOf = async (user: SimulatedUser): Promise<SimulatedMessage> => {
  const panel = await openPanel(user, world.channel);
  await press(user, panel, buttonId(panel, 'What is checked'));
  return panel;
};
const set = async (user: SimulatedUser, value: string, place?: SimulatedChannel): Promise<string> => {
  const panel = await panelOf(user);
  if (place !== undefined) await press(user, panel, selectId(panel), [place.id]);
  await fill(user, panel, await press(user, panel, changeId(panel, 'Guardrail')), value);
  return wordsOn(panel);
};
const importing = async (user: SimulatedUser, text: string): Promise<string> => {
  const { response } = await runCommand(user, world.channel, 'settings import', { file: { name: 'settings.yaml', bytes: Buffer.from(text) } });
  return response?.content ?? '';
};

describe('the guardrail of a place', () => {
  it('takes the place of the environment\'s, where an owner of the bot has named one, or none', async () => {
    const [own, none] = [freshChannel(world), freshChannel(world)];
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:guardrail/theirs1';
    expect(await guardrailIn(own)).toEqual({ guardrailIdentifier: 'envs0', guardrailVersion: '1', trace: 'enabled' });
    expect(await set(owner, `${arn}:DRAFT`)).toContain(`**Guardrail:** \`${arn}:DRAFT\`\n-# set for the server`);
    expect(await set(owner, 'abc123:12', own)).toContain('**Guardrail:** `abc123:12`\n-# set for the channel');
    expect(await set(owner, 'off', none)).toContain('**Guardrail:** None\n-# set for the channel');
    expect(await guardrailIn(freshChannel(world))).toEqual({ guardrailIdentifier: arn, guardrailVersion: 'DRAFT', trace: 'enabled' });
    expect(await guardrailIn(own)).toEqual({ guardrailIdentifier: 'abc123', guardrailVersion: '12', trace: 'enabled' });
    expect(await guardrailIn(none)).toBeUndefined();
  });

  it.each(['abc123', 'abc123:', 'abc123:0', 'ABC:1', ':1', 'none', 'abc123:1 or so', 'arn:aws:bedrock:us-east-1:12:guardrail/x:1'])('is not %s', async (value) => {
    const words = await set(owner, value);
    expect(words).toContain("⚠️ Guardrail must be a guardrail's id or ARN, a colon and its version, for example abc123def456:1, or off. Nothing was changed.");
    expect(words).toContain('**Guardrail:** `envs0:1`\n-# by default');
  });

  it('that masks leaves an answer, also where only the place has one', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { guardrail: 'theirs1:1' } } });
    world.bedrock.respond({ text: 'Write to {EMAIL}.', stopReason: 'guardrail_intervened' });
    expect((await world.ask(world.bo, 'how?', place)).content).toBe('Write to {EMAIL}.\n-# A guardrail masked parts of the answer.');
  });
});

describe('a manager who is no owner of the bot', () => {
  it('sees it, and cannot press its button; one who presses it all the same is told', async () => {
    await settled({ server: { guardrail: 'theirs1:1' } });
    const panel = await panelOf(world.ana);
    expect(wordsOn(panel)).toContain('**Guardrail:** `theirs1:1`\n-# set for the server');
    expect(JSON.stringify(panel.components)).toMatch(/"label":"Owners alone"[^}]*"disabled":true/u);
    for (const action of ['edit', 'form', 'unset', 'sure']) {
      const id = buttonId(panel, 'Owners alone').replace('edit', action);
      const pressed = world.ana.replay(panel, action === 'sure' ? `${id}off` : id);
      await world.discord.waitFor(() => wordsOn(panel).includes('⚠️ Guardrail can be changed by an owner of the bot alone. Nothing was changed.'));
      expect(pressed.modal).toBeUndefined();
    }
    expect(await guardrailIn(freshChannel(world))).toMatchObject({ guardrailIdentifier: 'theirs1' });
  });

  it('takes back all that is set for a place, but not that', async () => {
    await settled({ server: { guardrail: 'theirs1:1', footer: 'model' } });
    const panel = await panelOf(world.ana);
    await press(world.ana, panel, buttonId(panel, 'Take back all settings here'));
    await press(world.ana, panel, buttonId(panel, 'Yes, do it'));
    expect(wordsOn(panel)).toContain('✅ Only what owners of the bot alone change is set for the whole server any more.');
    expect(wordsOn(await panelOf(world.ana))).toContain('**Guardrail:** `theirs1:1`\n-# set for the server');
  });

  it('imports a file that has it as it is, or not at all, and none that has another', async () => {
    await settled({ server: { guardrail: 'theirs1:1', footer: 'model' } });
    const refusal = '- line 4: `guardrail can be changed by an owner of the bot alone`';
    expect(await importing(world.ana, 'version: 1\nserver:\n  footer: cost\n  guardrail: off\n')).toContain(refusal);
    expect(await importing(world.ana, 'version: 1\nserver:\n  footer: cost\n  guardrail: theirs1:1\n')).toBe('✅ Done: 1 value is changed.');
    expect(await importing(world.ana, 'version: 1\nserver:\n  footer: off\n')).toBe('✅ Done: 1 value is changed.');
    expect(await importing(owner, 'version: 1\nserver:\n  footer: off\n')).toBe('✅ Done: 1 value is changed.');
    expect(await guardrailIn(freshChannel(world))).toMatchObject({ guardrailIdentifier: 'envs0' });
  });

  it('takes back no change of it', async () => {
    await set(owner, 'theirs1:1');
    const panel = await panelOf(world.ana);
    await press(world.ana, panel, buttonId(panel, 'What was changed'));
    await press(world.ana, panel, selectId(panel), [JSON.stringify(panel.components).match(/"value":"([^"]+)"/u)![1]!]);
    expect(wordsOn(panel)).toContain('⚠️ Guardrail can be changed by an owner of the bot alone. Nothing was changed.');
  });
});
