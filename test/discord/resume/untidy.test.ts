import { describe, expect, it } from 'vitest';
import { manualStream } from '../../simulators/bedrock.ts';
import { freshChannel } from '../fresh-channel.ts';
import { freshMember } from '../fresh-member.ts';
import { ledgerRow } from '../ledger-row.ts';
import { buttonsOf, press } from '../pressing.ts';
import { shareWorld } from '../shared-world.ts';
import { restartTooLate } from './much-later.ts';
import type { SimulatedInteraction, SimulatedUser } from '../../simulators/discord.ts';
import type { World } from '../../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

const ORIGINAL = '/webhooks/:id/:token/messages/@original';
const NO = { status: 405, code: 40_333, message: 'This server says no' } as const;
/** Longer than a response is taken back at first, and until it is looked for what is left. */
const LATER_MS = 60_000;

/** A private answer that its asker had directly, while Discord refuses to take the response back. */
const answeredDirectly = async (asker: SimulatedUser): Promise<SimulatedInteraction> => {
  const { discord, bedrock } = world;
  // The first question of all takes longer than Discord waits for a response, where the machine is slow.
  await world.ask(asker, 'hello', freshChannel(world));
  const stream = manualStream();
  bedrock.respondOnce(stream.responder);
  const interaction = asker.runCommand(freshChannel(world), 'ask', { prompt: 'tell me', private: true });
  await stream.request;
  await discord.waitFor(() => interaction.response?.thinking === true);
  for (const route of [`PATCH ${ORIGINAL}`, 'POST /webhooks/:id/:token', `DELETE ${ORIGINAL}`]) discord.faults.add({ route, does: NO });
  await stream.text('Certainly.');
  await stream.finish();
  await expect.poll(() => ledgerRow(storeUrl, interaction.id), { timeout: LATER_MS }).toContain('"isUntidy":true');
  expect(interaction.response).toMatchObject({ thinking: true, deleted: false });
  return interaction;
};

const expectTidied = async (asker: SimulatedUser, interaction: SimulatedInteraction): Promise<void> => {
  await expect.poll(() => interaction.response?.deleted, { timeout: LATER_MS }).toBe(true);
  await expect.poll(() => ledgerRow(storeUrl, interaction.id), { timeout: LATER_MS }).not.toContain('isUntidy');
  // By nothing that could still write in somebody's name.
  expect(await ledgerRow(storeUrl, interaction.id)).not.toContain('"token"');
  expect(asker.dm.fromBot.map(({ content }) => content)).toEqual([expect.stringContaining('Certainly.')]);
};

describe('a response that "thinks" beside its answer, and that Discord refuses to take back for long,', () => {
  it('goes as soon as it may', { timeout: 3 * LATER_MS }, async () => {
    const asker = freshMember(world);
    const interaction = await answeredDirectly(asker);
    world.discord.faults.clear();
    await expectTidied(asker, interaction);
  });

  it('goes by the next process, where this one dies meanwhile, and nothing is said once more', { timeout: 3 * LATER_MS }, async () => {
    const asker = freshMember(world);
    const interaction = await answeredDirectly(asker);
    await world.restart({}, 0);
    world.discord.faults.clear();
    await expectTidied(asker, interaction);
  });
});

describe('a response that "thinks" beside a message with Try again', () => {
  it('goes as soon as it may, and the button works', { timeout: 5 * LATER_MS }, async () => {
    const asker = freshMember(world);
    const place = freshChannel(world);
    await world.ask(asker, 'hello', freshChannel(world));
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const interaction = asker.runCommand(place, 'ask', { prompt: 'tell me' });
    await stream.request;
    await world.discord.waitFor(() => interaction.acknowledged);
    for (const method of ['PATCH', 'DELETE']) world.discord.faults.add({ method, does: NO, when: ({ path }) => path.includes(interaction.token) });
    await restartTooLate(world, storeUrl);
    const notice = await world.discord.waitFor(() => place.fromBot.find(({ content }) => content.includes('Try again')), LATER_MS);
    await expect.poll(() => ledgerRow(storeUrl, interaction.id), { timeout: 3 * LATER_MS }).toContain('"isUntidy":true');
    const announced = interaction.response;
    expect(announced).toMatchObject({ deleted: false });
    world.discord.faults.clear();
    await expect.poll(() => interaction.response?.deleted, { timeout: LATER_MS }).toBe(true);
    await expect.poll(() => ledgerRow(storeUrl, interaction.id), { timeout: LATER_MS }).not.toContain('isUntidy');
    expect(await ledgerRow(storeUrl, interaction.id)).not.toContain('"token"');
    expect(buttonsOf(notice)).toEqual(['Try again']);
    await press(asker, notice, 'Try again');
    await world.discord.waitFor(() => notice.content.endsWith('Certainly.'));
    expect(place.fromBot.filter(({ deleted }) => !deleted)).toEqual([notice]);
  });
});
