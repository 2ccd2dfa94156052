import { PermissionFlagsBits } from 'discord-api-types/v10';
import { beforeAll, describe, expect, it } from 'vitest';
import { buttonsOf, turnsOf } from './pressing.ts';
import { buttonId, done, has, press, wordsOn } from './settings-panel.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedGuild, SimulatedInteraction, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

let foreign: SimulatedGuild;
let places = 0;
beforeAll(async () => {
  foreign = world.discord.addGuild({ name: 'Elsewhere', members: [world.ana, world.bo] });
  foreign.kickBot();
  await world.restart({ USER_INSTALL_MEMBERS: `${world.ana.id} ${world.bo.id}` });
});
const foreignChannel = (options = {}): SimulatedChannel => foreign.addChannel({ name: `away-${(places += 1)}`, ...options });
const freshGroup = (): SimulatedChannel => world.discord.addPrivateChannel([world.ana, world.bo, world.discord.addUser({ name: `friend-${(places += 1)}` })]);

const ask = async (user: SimulatedUser, place: SimulatedChannel, prompt: string, options = {}): Promise<SimulatedInteraction> => {
  const asked = user.runCommand(place, 'ask', { prompt, ...options }, { installedBy: 'user' });
  expect(await world.outcome(asked.id)).toMatchObject({ outcome: 'delivered' });
  return asked;
};
const open = async (user: SimulatedUser, place: SimulatedChannel, options = {}): Promise<SimulatedMessage> => {
  const interaction = user.runCommand(place, 'memory', options, { installedBy: 'user' });
  await done(interaction, () => interaction.response !== undefined && interaction.response.components.length > 0);
  expect(interaction.ephemeral).toBe(true);
  return interaction.response!;
};
const push = (user: SimulatedUser, panel: SimulatedMessage, label: string): Promise<SimulatedInteraction> => press(user, panel, buttonId(panel, label));
const told = (): (string | undefined)[] => turnsOf(world.bedrock.requests.at(-1)).map(([, text]) => text);
/** What was asked of Discord by the bot's own right, in a place where it is not. */
const trespasses = ({ id }: SimulatedChannel): readonly string[] => world.discord.requests.filter(({ path }) => path.startsWith(`/channels/${id}`)).map(({ route }) => route);
const NOTE = '-# I no longer remember this.';

describe('/memory of whoever has the app on their own account, on a server without the bot', () => {
  it('shows what they asked themselves there, whoever saw it, and nothing that others asked', async () => {
    const place = foreignChannel();
    await ask(world.ana, place, 'my tea');
    await ask(world.bo, place, 'his coffee');
    const panel = await open(world.ana, place);
    expect(wordsOn(panel)).toContain('This conversation is yours alone: everybody here has their own.');
    expect(wordsOn(panel)).not.toContain('in private');
    expect(wordsOn(panel)).toContain('**Remembered:** 1 question and its answer');
    expect(wordsOn(panel)).toContain('`my tea`');
    expect(wordsOn(panel)).not.toContain('his coffee');
    // What is asked in private there belongs to the same conversation.
    expect(wordsOn(await open(world.ana, place, { private: true }))).toContain('`my tea`');
    expect(trespasses(place)).toEqual([]);
  });

  it('is there for whoever may not read the history of messages: all of it is their own', async () => {
    const place = foreignChannel({ overwrites: [{ target: foreign.everyone, deny: PermissionFlagsBits.ReadMessageHistory }] });
    await ask(world.ana, place, 'my tea');
    const panel = await open(world.ana, place);
    expect(wordsOn(panel)).toContain('`my tea`');
    const pressed = await push(world.ana, panel, 'Export to read');
    const file = await world.discord.waitFor(() => pressed.response?.attachments[0]);
    expect(file.text()).toContain('\nmy tea\n');
  });

  it('has the last question undone, whose answer says so by its token, and all of it forgotten without telling others', async () => {
    const place = foreignChannel();
    await ask(world.ana, place, 'one');
    const asked = await ask(world.ana, place, 'two');
    const panel = await open(world.ana, place);
    await push(world.ana, panel, 'Undo last');
    expect(wordsOn(panel)).toContain('Done: I no longer remember');
    expect(wordsOn(panel)).toContain('`one`');
    await world.discord.waitFor(() => asked.response?.content.endsWith(NOTE));
    expect(buttonsOf(asked.response!)).toEqual([]);
    await ask(world.ana, place, 'three');
    expect(told()).toEqual(['one', 'Certainly.', 'three']);
    expect(trespasses(place)).toEqual([]);

    await push(world.ana, panel, 'Forget');
    const before = place.visible(world.bo).length;
    await push(world.ana, panel, 'Forget it all');
    expect(wordsOn(panel)).toBe('Done: I have forgotten your conversation here: 2 questions and their answers. Your next question starts afresh.');
    expect(place.visible(world.bo)).toHaveLength(before);
    await ask(world.ana, place, 'four');
    expect(told()).toEqual(['four']);
  });

  it('says the truth of an answer that cannot be changed any more', async () => {
    const place = foreignChannel();
    const asked = await ask(world.ana, place, 'one');
    world.discord.advance(20 * 60 * 1000);
    const panel = await open(world.ana, place);
    await push(world.ana, panel, 'Undo last');
    expect(wordsOn(panel)).toContain('Done: I no longer remember the last question and its answer.');
    await ask(world.ana, place, 'two');
    expect(told()).toEqual(['two']);
    expect(asked.response?.content).not.toContain(NOTE);
    expect(trespasses(place)).toEqual([]);
  });
});

it('an answer on a server without the bot is deleted by its menu, by the token that it was written with', async () => {
  const place = foreignChannel();
  const asked = await ask(world.ana, place, 'one');
  const deleting = world.ana.runMessageCommand(place, 'Delete this answer', asked.response!, { installedBy: 'user' });
  await world.discord.waitFor(() => (deleting.response?.content ?? '') !== '');
  expect(deleting.response?.content).toBe('Done: the answer is gone, and I have forgotten what was asked.');
  expect(asked.response?.deleted).toBe(true);
});

describe('/memory in a direct message of several people', () => {
  it('tells what all of them share; each may have it undone, exported and forgotten, and the others are told', async () => {
    const place = freshGroup();
    await ask(world.ana, place, 'one');
    const asked = await ask(world.bo, place, 'two');
    const panel = await open(world.ana, place);
    expect(wordsOn(panel)).toContain('All in this group share this conversation.');
    expect(wordsOn(panel)).toContain('**Remembered:** 2 questions and their answers');
    expect(place.visible(world.bo).some(({ id }) => id === panel.id)).toBe(false);
    const pressed = await push(world.ana, panel, 'Export to read');
    const file = await world.discord.waitFor(() => pressed.response?.attachments[0]);
    expect(file.text()).toContain('All in this group share this conversation.');
    expect(file.text()).toMatch(/## `Ana`.*\n\n```text\none\n```[^]*## `Bo`.*\n\n```text\ntwo\n/u);

    await push(world.ana, panel, 'Undo last');
    await world.discord.waitFor(() => asked.response?.content.endsWith(NOTE));
    expect(wordsOn(panel)).toContain('`one`');
    await push(world.ana, panel, 'Forget');
    await push(world.ana, panel, 'Forget it all');
    expect(wordsOn(panel)).toBe('Done: I have forgotten this conversation: 1 question and its answer, which everybody here shared. The next question starts afresh.');
    await world.discord.waitFor(() => place.visible(world.bo).some(({ content }) => content === wordsOn(panel)));
    await ask(world.bo, place, 'three');
    expect(told()).toEqual(['three']);
    expect(trespasses(place)).toEqual([]);
  });

  it('keeps apart what somebody asked in private there', async () => {
    const place = freshGroup();
    await ask(world.ana, place, 'in the open');
    await ask(world.ana, place, 'a secret', { private: true });
    expect(wordsOn(await open(world.ana, place))).toContain('1 question that you asked in private here');
    expect(wordsOn(await open(world.bo, place))).not.toContain('in private');
    const panel = await open(world.ana, place, { private: true });
    expect(wordsOn(panel)).toContain('This is what you asked me in private here.');
    expect(wordsOn(panel)).not.toContain('in the open');
    await push(world.ana, panel, 'Forget');
    await push(world.ana, panel, 'Forget it all');
    expect(wordsOn(panel)).toContain('I have forgotten our private conversation here');
    await ask(world.bo, place, 'and now?');
    expect(told()).toEqual(['in the open', 'Certainly.', 'and now?']);
  });

  it('is closed where nobody is served any more, and says so', async () => {
    const place = freshGroup();
    await ask(world.ana, place, 'one');
    const panel = await open(world.ana, place);
    expect(has(panel, 'Forget')).toBe(true);
    await world.restart();
    const pressed = await world.ana.click(panel, buttonId(panel, 'Undo last')).settled();
    const said = await world.discord.waitFor(() => (pressed.response === panel ? pressed.followUps[0] : pressed.response));
    expect(said.content).toBe('I answer only on servers that have added me, and in direct messages to me.');
    expect(said.ephemeral).toBe(true);
    await world.restart({ USER_INSTALL_MEMBERS: `${world.ana.id} ${world.bo.id}` });
    await ask(world.ana, place, 'two');
    expect(told()).toEqual(['one', 'Certainly.', 'two']);
  });
});
