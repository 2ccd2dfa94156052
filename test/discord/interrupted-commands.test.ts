import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manualStream, startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { freshFolder, startProcess } from '../parley-process.ts';
import { letModerate } from './moderating.ts';
import { buttonId as labelled, buttonsOf } from './pressing.ts';
import { buttonId, has, press, wordsOn } from './settings-panel.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';
import type { DiscordSimulator, FaultRule, SimulatedChannel, SimulatedGuild, SimulatedInteraction, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { ParleyProcess } from '../parley-process.ts';

let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
let guild: SimulatedGuild;
let ana: SimulatedUser;
beforeAll(async () => {
  [discord, bedrock] = await Promise.all([startDiscordSimulator({ rateLimits: 'off', maxConcurrency: 100 }), startBedrockSimulator()]);
  ana = discord.addUser({ name: 'ana', globalName: 'Ana' });
  guild = discord.addGuild({ name: 'Test server', members: [ana] });
});
afterAll(async () => {
  expect(discord.unexpectedRequests).toEqual([]);
  await Promise.all([discord.close(), bedrock.close()]);
});

let folder: string;
let parley: ParleyProcess;
let place: SimulatedChannel;
const start = async (): Promise<void> => {
  parley = startProcess({ discord, bedrock }, folder);
  await parley.ready();
};
const kill = async (): Promise<void> => {
  parley.child.kill('SIGKILL');
  await parley.ended;
  discord.faults.clear();
};
beforeEach(async () => {
  folder = freshFolder();
  bedrock.respond({ text: 'Certainly.' });
  place = guild.addChannel({ name: 'tea' });
  letModerate(ana, place);
  await start();
});
afterEach(kill);

const ask = async (text: string): Promise<void> => {
  const question = ana.say(place, `${discord.botUser.mention} ${text}`);
  await discord.waitFor(() => place.fromBot.find(({ referenceId, content }) => referenceId === question.id && content === 'Certainly.'), 20_000);
};

const LATE_MS = 30_000;
const INTERRUPTED = 'I was interrupted before I had finished this. Please try it again.';
const MAY_NOT_BE_DONE = 'I was interrupted while I did this, so it may not be done. Please look, and try it again where it is not.';
/** All that comes behind an acknowledgement. */
const END: FaultRule = { method: 'PATCH', route: /\/webhooks\//u, does: { delayMs: LATE_MS, when: 'before' } };

/** Kills the process while it is about to tell how a command or press went. */
const killWithin = async (begin: () => SimulatedInteraction, fault: FaultRule = END): Promise<SimulatedInteraction> => {
  const late = discord.faults.add(fault);
  const interaction = begin();
  await expect.poll(() => late.hits, { timeout: 20_000, interval: 10 }).toBeGreaterThan(0);
  await kill();
  return interaction;
};

describe('a command whose process is killed before it has told how it went', () => {
  const commands: readonly (readonly [name: string, user: () => SimulatedUser])[] = [
    ['memory', () => ana],
    ['reset', () => ana],
    ['usage', () => ana],
    ['status', () => discord.owner],
    ['settings export', () => discord.owner],
    ['thread', () => ana],
  ];
  it.each(commands)('/%s is told so by the next one, and works again', async (command, user) => {
    await ask('what is tea?');
    const interaction = await killWithin(() => user().runCommand(place, command));
    expect(interaction.response?.thinking).toBe(true);
    await start();
    await discord.waitFor(() => interaction.response?.thinking === false, 20_000);
    expect([interaction.response?.content, interaction.followUps]).toEqual([INTERRUPTED, []]);
    const again = user().runCommand(place, command);
    await discord.waitFor(() => again.response !== undefined && !again.response.thinking, 20_000);
    expect(again.response?.content).not.toBe(INTERRUPTED);
  }, 120_000);

  it('/thread does not announce a thread for good that nobody has begun', async () => {
    await ask('my cat is Tom');
    const interaction = await killWithin(() => ana.runCommand(place, 'thread', { title: 'Pets' }), { route: 'POST /channels/:id/messages/:id/threads', does: { delayMs: LATE_MS, when: 'before' } });
    expect(interaction.response?.content).toContain('begins here');
    await start();
    await discord.waitFor(() => interaction.response?.content === INTERRUPTED, 20_000);
    expect(discord.channel(interaction.response?.id ?? '')).toBeUndefined();
  }, 120_000);

  it('is left as it is where its end was said already', async () => {
    await ask('what is tea?');
    const interaction = await killWithin(() => ana.runCommand(place, 'memory'), { ...END, does: { delayMs: LATE_MS, when: 'after' } });
    const panel = wordsOn(interaction.response!);
    expect(panel).toContain('1 question');
    await start();
    await ask('and coffee?');
    expect([wordsOn(interaction.response!), interaction.response?.content, interaction.followUps]).toEqual([panel, '', []]);
  }, 120_000);

  it('is told so where Discord fails for a while, whoever goes on living', async () => {
    await ask('what is tea?');
    const [edits, directly] = [discord.faults.add({ route: /\/webhooks\//u, does: { status: 503 } }), discord.faults.add({ route: 'POST /users/@me/channels', does: { status: 503 } })];
    const interaction = ana.runCommand(place, 'memory');
    await expect.poll(() => parley.output(), { timeout: 60_000 }).toContain('a command, button or form failed');
    expect(interaction.response?.thinking).toBe(true);
    edits.remove();
    directly.remove();
    await discord.waitFor(() => interaction.response?.content === INTERRUPTED, 60_000);
    expect(interaction.followUps).toEqual([]);
  }, 180_000);
});

describe('a command that is being handled when its process is asked to end', () => {
  it('comes to its own end first', async () => {
    await ask('what is tea?');
    const late = discord.faults.add({ ...END, does: { delayMs: 1_000, when: 'before' } });
    const interaction = ana.runCommand(place, 'memory');
    await expect.poll(() => late.hits, { timeout: 20_000, interval: 10 }).toBeGreaterThan(0);
    parley.child.kill('SIGTERM');
    expect(await parley.ended).toBe(0);
    expect(wordsOn(interaction.response!)).toContain('1 question');
    late.remove();
    await start();
    await ask('and coffee?');
    expect([interaction.response?.content, interaction.followUps]).toEqual(['', []]);
  }, 120_000);
});

describe('a press on a panel whose process is killed before it has told how it went', () => {
  const open = async (): Promise<SimulatedMessage> => {
    const { response } = await ended(ana.runCommand(place, 'memory'));
    return response!;
  };
  const ended = async (interaction: SimulatedInteraction): Promise<SimulatedInteraction> => {
    await discord.waitFor(() => interaction.response !== undefined && !interaction.response.thinking, 20_000);
    return interaction;
  };

  it.each(['Forget it all', 'Undo last'])('is told so beside it by the next one: %s', async (label) => {
    await ask('what is tea?');
    const panel = await open();
    if (!has(panel, label)) await press(ana, panel, buttonId(panel, 'Forget'));
    const pressed = await killWithin(() => ana.click(panel, buttonId(panel, label)));
    await start();
    await discord.waitFor(() => pressed.followUps.length > 0, 20_000);
    expect(pressed.followUps.map(({ content, ephemeral }) => [content, ephemeral])).toEqual([[MAY_NOT_BE_DONE, true]]);
    // And not once more by the one after that.
    await kill();
    await start();
    await ask('and coffee?');
    expect(pressed.followUps).toHaveLength(1);
  }, 120_000);

  it('an export is told so in its place', async () => {
    await ask('what is tea?');
    const panel = await open();
    const pressed = await killWithin(() => ana.click(panel, buttonId(panel, 'Export to read')));
    await start();
    await discord.waitFor(() => pressed.response?.content === INTERRUPTED, 20_000);
    expect([pressed.followUps, has(panel, 'Export to read')]).toEqual([[], true]);
  }, 120_000);
});

describe('a press below an answer whose process is killed right behind its acknowledgement', () => {
  const ACKNOWLEDGED: FaultRule = { route: /\/callback$/u, does: { delayMs: LATE_MS, when: 'after' } };
  const answerTo = async (text: string): Promise<SimulatedMessage> => {
    await ask(text);
    return place.fromBot.at(-1)!;
  };

  it('is told so where it asked nothing yet', async () => {
    const answer = await answerTo('what is tea?');
    const pressed = await killWithin(() => ana.click(answer, labelled(answer, 'Regenerate')), ACKNOWLEDGED);
    await start();
    await discord.waitFor(() => pressed.followUps.length > 0, 20_000);
    expect(pressed.followUps.map(({ content, ephemeral }) => [content, ephemeral])).toEqual([[MAY_NOT_BE_DONE, true]]);
    expect(place.fromBot.filter(({ ephemeral }) => !ephemeral)).toEqual([answer]);
  }, 120_000);

  it('is told nothing where it asked something, which is answered', async () => {
    const answer = await answerTo('what is tea?');
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const pressed = ana.click(answer, labelled(answer, 'Regenerate'));
    await stream.request;
    await kill();
    await start();
    await discord.waitFor(() => answer.deleted, 20_000);
    await ask('and coffee?');
    expect(pressed.followUps).toEqual([]);
  }, 120_000);

  it('is told so where it turned to another answer', async () => {
    const first = await answerTo('what is tea?');
    ana.click(first, labelled(first, 'Regenerate'));
    await discord.waitFor(() => first.deleted && place.fromBot.length === 1, 20_000);
    const answer = place.fromBot[0]!;
    await discord.waitFor(() => buttonsOf(answer).includes('‹'), 20_000);
    const pressed = await killWithin(() => ana.click(answer, labelled(answer, '‹')), ACKNOWLEDGED);
    await start();
    await discord.waitFor(() => pressed.followUps.length > 0, 20_000);
    expect(pressed.followUps.map(({ content }) => content)).toEqual([MAY_NOT_BE_DONE]);
  }, 120_000);
});
