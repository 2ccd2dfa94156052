import { expect, it } from 'vitest';
import { openStore } from '../../../src/store/open-store.ts';
import { DIRECT_CUT_OFF_TEXT } from '../../../src/discord/texts/answer-texts.ts';
import { shareWorld } from '../shared-world.ts';
import type { SimulatedChannel } from '../../simulators/discord.ts';
import type { World } from '../../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

let number = 0;
const contents = (place: SimulatedChannel): string[] => place.fromBot.filter(({ deleted }) => !deleted).map(({ content }) => content);

/** An answer that its place does not take, and that goes to its asker; its process is gone before its row is closed. */
const dieBehindTelling = async (isTaken: boolean, text = 'A whole answer.') => {
  const { discord, guild, bedrock } = world;
  const place = guild.addChannel({ name: `direct-${(number += 1)}` });
  const asker = discord.addUser({ name: `direct${number}` });
  guild.addMember(asker);
  bedrock.respondOnce({ text });
  discord.faults.add({ does: { status: 418, body: {} }, when: ({ path }) => path.startsWith(`/channels/${place.id}/messages`) });
  if (!isTaken) discord.faults.add({ does: { status: 403, code: 50_007, message: 'Cannot send messages to this user' }, when: ({ path }) => path === `/channels/${asker.dm.id}/messages` });
  const question = asker.say(place, `${discord.botUser.mention} hello`);
  expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed', kind: 'undeliverable' });
  discord.faults.clear();
  await world.parley.stop(0);
  const store = openStore(storeUrl, { table: 'ledger' });
  const key = `question:${question.id}`;
  const row = JSON.parse((await store.get(key)) ?? '') as Record<string, unknown>;
  expect(row).toMatchObject({ state: 'failed', isDirect: true });
  const { reason: _, ...open } = row;
  await store.set(key, JSON.stringify({ ...open, state: 'running' }), 60_000);
  await store.set(`open:${question.id}`, place.id, 60_000);
  await store.close();
  return { place, asker, key };
};

const endOf = async (key: string): Promise<string> => {
  const store = openStore(storeUrl, { table: 'ledger' });
  try {
    return await expect.poll(async () => JSON.parse((await store.get(key)) ?? '{}') as { state?: string }).not.toMatchObject({ state: 'running' }).then(async () => (await store.get(key)) ?? '');
  } finally {
    await store.close();
  }
};

it('an answer that its asker has already is not said once more in its place', async () => {
  const { place, asker, key } = await dieBehindTelling(true);
  const calls = world.bedrock.requestCount;
  await world.restart();
  expect(await endOf(key)).toContain('told by direct message');
  expect(contents(place)).toEqual([]);
  expect(contents(asker.dm)).toHaveLength(1);
  expect(world.bedrock.requestCount).toBe(calls);
});

it.each([
  ['all of it', (count: number) => count],
  ['all but the last', (count: number) => count - 1],
  ['nothing but the first', () => 1],
])('a long one of which its asker has %s goes to its end, and no further', async (_what, keptOf) => {
  const { place, asker, key } = await dieBehindTelling(true, 'A long answer. '.repeat(300).trim());
  const parts = asker.dm.fromBot;
  expect(parts.length).toBeGreaterThan(2);
  expect(parts.map(({ referenceId }) => referenceId)).toEqual([undefined, ...parts.slice(1).map(() => parts[0]?.id)]);
  // As if the process had been killed before that.
  const kept = keptOf(parts.length);
  if (kept < parts.length) asker.dm.bulkDelete(parts.slice(kept));
  const calls = world.bedrock.requestCount;
  await world.restart();
  expect(await endOf(key)).toContain('told by direct message');
  expect(contents(place)).toEqual([]);
  expect(world.bedrock.requestCount).toBe(calls);
  const shown = asker.dm.fromBot.filter(({ deleted }) => !deleted);
  expect(shown).toHaveLength(kept === parts.length ? kept : kept + 1);
  if (kept < parts.length) expect(shown.at(-1)).toMatchObject({ content: DIRECT_CUT_OFF_TEXT, referenceId: parts[0]?.id });
});

it('one that was only about to be told is answered in its place', async () => {
  const { place, asker, key } = await dieBehindTelling(false);
  world.bedrock.respondOnce({ text: 'A whole answer.' });
  await world.restart();
  await endOf(key);
  expect(contents(place)).toEqual(['A whole answer.']);
  expect(contents(asker.dm)).toEqual([]);
});

it('one whose asker could only be told directly, while Discord failed, is told so later', async () => {
  const { discord, guild, bedrock } = world;
  const place = guild.addChannel({ name: `direct-${(number += 1)}` });
  const asker = discord.addUser({ name: `direct${number}` });
  guild.addMember(asker);
  bedrock.respond({ text: 'A whole answer.' });
  discord.faults.add({ does: { status: 418, body: {} }, when: ({ path }) => path.startsWith(`/channels/${place.id}/messages`) });
  const outage = { status: 503, body: 'upstream connect error' };
  discord.faults.add({ does: outage, when: ({ path }) => path === `/channels/${asker.dm.id}/messages` || path === '/users/@me/channels' });
  const question = asker.say(place, `${discord.botUser.mention} hello`);
  await expect.poll(() => world.log.some(({ questionId, message }) => questionId === question.id && message === 'an answer is left for later')).toBe(true);
  discord.faults.clear();
  discord.faults.add({ does: { status: 418, body: {} }, when: ({ path }) => path.startsWith(`/channels/${place.id}/messages`) });
  await world.restart();
  await discord.waitFor(() => contents(asker.dm).length > 0, 20_000);
  // The answer, or that Discord took it too late.
  expect(contents(asker.dm)).toEqual([expect.stringMatching(/A whole answer\.|could not reach Discord in time/u)]);
  expect(contents(place)).toEqual([]);
});

it('two questions of one member in one channel are told apart: one that was told says nothing of the other', async () => {
  const { discord, guild, bedrock, ana } = world;
  const place = guild.addChannel({ name: `direct-${(number += 1)}` });
  const told = ana.dm.fromBot.length;
  bedrock.respondOnce({ text: 'The first answer.' }, { text: 'The second answer.' });
  const closed = discord.faults.add({ does: { status: 418, body: {} }, when: ({ path }) => path.startsWith(`/channels/${place.id}/messages`) });
  const ask = async (text: string): Promise<string> => {
    const question = ana.say(place, `${discord.botUser.mention} ${text}`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed', kind: 'undeliverable' });
    // Ids are times.
    discord.advance(1_000);
    return question.id;
  };
  const ids = [await ask('one'), await ask('two')];
  expect(ana.dm.fromBot.slice(told).map(({ content }) => content.split('\n')[1])).toEqual(['The first answer.', 'The second answer.']);
  // As if the process had been killed before it wrote the second.
  ana.dm.bulkDelete(ana.dm.fromBot.slice(told + 1));
  closed.remove();
  await world.parley.stop(0);
  const store = openStore(storeUrl, { table: 'ledger' });
  for (const id of ids) {
    const { reason: _, ...open } = JSON.parse((await store.get(`question:${id}`)) ?? '') as Record<string, unknown>;
    await store.set(`question:${id}`, JSON.stringify({ ...open, state: 'running' }), 60_000);
    await store.set(`open:${id}`, place.id, 60_000);
  }
  await store.close();
  bedrock.respondOnce({ text: 'The second answer.' });
  await world.restart();
  expect(await endOf(`question:${ids[0]}`)).toContain('told by direct message');
  expect(await endOf(`question:${ids[1]}`)).toContain('delivered');
  expect(contents(place)).toEqual(['The second answer.']);
  expect(contents(ana.dm).slice(told)).toHaveLength(1);
});
