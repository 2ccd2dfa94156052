import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PermissionFlagsBits } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { startWorld } from '../start-parley.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World, WorldOptions } from '../start-parley.ts';

const LONE = /^Too many questions are waiting for an answer already\. Please try again/u;
const GATHERED = /^<@(\d+)>: Too many questions are waiting for an answer already, so I did not accept (this one|these (\d+)) of yours: (.*)\. Please ask again <t:\d+:R>\.$/u;
const RUN = /^\[(\d+)\]\(https:\/\/discord\.com\/channels\/(?:\d+|@me)\/\d+\/(\d+)\)(?: to \[(\d+)\]\(https:\/\/discord\.com\/channels\/(?:\d+|@me)\/\d+\/(\d+)\))?$/u;

let world: World;
let folder: string;
const start = async (discord: WorldOptions['discord'] = {}): Promise<void> => {
  world = await startWorld({ discord, environment: { STORE_URL: `sqlite://${join(folder, 'parley.sqlite')}` } });
  world.bedrock.respond({ text: 'Certainly.' });
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-'));
});
afterEach(async () => {
  expect(world.discord.unexpectedRequests).toEqual([]);
  await world.close();
  rmSync(folder, { recursive: true });
});

const isGathered = ({ content }: SimulatedMessage): boolean => GATHERED.test(content);

/** The member's messages that it names, as somebody reads it who clicks on its links. */
const namedIn = (message: SimulatedMessage, place: SimulatedChannel): string[] => {
  const [, askerId, , count = '1', list = ''] = GATHERED.exec(message.content) ?? [];
  const asked = place.messages.filter(({ author, content }) => author.id === askerId && (place.guild === undefined || content.includes(world.discord.botUser.mention))).map(({ id }) => id);
  const named = list.split(', ').flatMap((run) => {
    const [, , first = '', , last = first] = RUN.exec(run) ?? [];
    return asked.slice(asked.indexOf(first), asked.indexOf(last) + 1);
  });
  expect(named).toHaveLength(Number(count));
  return named;
};

/** What people see of each question: its answer, its own refusal, or its place in a message about several. */
const outcomesOf = (questionId: string, place = world.channel): string[] =>
  place.fromBot.flatMap((message) => {
    if (isGathered(message)) return namedIn(message, place).filter((id) => id === questionId).map(() => 'named');
    return message.referenceId === questionId ? [LONE.test(message.content) ? 'refused' : message.content] : [];
  });

/** The bot has so many questions of one member in hand that it takes no more: one runs, and thirty wait. */
const flood = async (count: number, user = world.ana, place = world.channel): Promise<{ readonly ids: readonly string[]; readonly finish: () => Promise<void> }> => {
  const stream = manualStream();
  world.bedrock.respondOnce(stream.responder);
  const mention = place.guild === undefined ? '' : `${world.discord.botUser.mention} `;
  const ids = Array.from({ length: count }, (_, index) => user.say(place, `${mention}${index}`).id);
  await stream.request;
  const finish = async (): Promise<void> => {
    await stream.text('First.');
    await stream.finish();
  };
  return { ids, finish };
};

const haveAll = (ids: readonly string[], place = world.channel): Promise<unknown> =>
  world.discord.waitFor(() => ids.every((id) => outcomesOf(id, place).some((told) => !/before yours|next\.$/u.test(told))), 30_000);

describe('a member who floods a channel', () => {
  it('reads of each question once, in two messages for those that were not accepted', async () => {
    await start({ rateLimits: 'off' });
    const { bo, channel, discord, outcome } = world;
    const { ids, finish } = await flood(140);
    const other = bo.say(channel, `${discord.botUser.mention} hello`);
    await discord.waitFor(() => channel.fromBot.some(isGathered), 10_000);
    await finish();
    expect(await outcome(other.id)).toMatchObject({ outcome: 'delivered' });
    await haveAll([...ids, other.id]);
    for (const id of ids) expect(outcomesOf(id)).toHaveLength(1);
    const told = ids.map((id) => outcomesOf(id)[0]);
    expect(told.filter((one) => one === 'refused')).toHaveLength(1);
    expect(told.filter((one) => one === 'named')).toHaveLength(108);
    const gathered = channel.fromBot.filter(isGathered);
    expect(gathered).toHaveLength(1);
    expect(gathered[0]?.content).toContain('these 108 of yours');
    expect(gathered[0]?.components).toEqual([]);
    expect(gathered[0]?.referenceId).toBe(namedIn(gathered[0]!, channel)[0]);
  });

  it('keeps nobody else waiting', async () => {
    await start();
    const { bo, bedrock, channel, discord, guild, outcome } = world;
    const [cy, di] = ['cy', 'di'].map((name) => discord.addUser({ name }));
    for (const user of [cy!, di!]) guild.addMember(user);
    const { finish } = await flood(140);
    const others = [bo, cy!, di!].map((user) => user.say(channel, `${discord.botUser.mention} hello`));
    await finish();
    for (const { id } of others) expect(await outcome(id)).toMatchObject({ outcome: 'delivered' });
    // By turns: each of them comes before the second question that the flood had waiting.
    const asked = bedrock.requests.map(({ body }) => JSON.stringify(body));
    expect(asked.findLastIndex((body) => body.includes('hello'))).toBeLessThanOrEqual(4);
    // What stands in the channel before their answers: notices of waiting, and two messages about all that were not accepted.
    const answersOf = new Set(others.map(({ id }) => id));
    const last = channel.fromBot.findLastIndex(({ referenceId }) => answersOf.has(referenceId ?? ''));
    expect(last).toBeLessThanOrEqual(16);
  });

  it('reads of what comes later in the same message, and of what was accepted in between as accepted', async () => {
    await start({ rateLimits: 'off' });
    const { ana, channel, discord, outcome } = world;
    const { ids, finish } = await flood(40);
    const say = (): string => ana.say(channel, `${discord.botUser.mention} more`).id;
    await discord.waitFor(() => channel.fromBot.some(isGathered), 10_000);
    const late = [say(), say()];
    await haveAll(late);
    await finish();
    await outcome(ids[0]!);
    await outcome(ids[30]!);
    const accepted = say();
    expect(await outcome(accepted)).toMatchObject({ outcome: 'delivered' });
    const again = await flood(34);
    await haveAll(again.ids.slice(31));
    await again.finish();
    const all = [...ids, ...late, accepted, ...again.ids];
    await haveAll(all);
    for (const id of all) expect(outcomesOf(id)).toHaveLength(1);
    expect(channel.fromBot.filter(isGathered)).toHaveLength(1);
    expect(outcomesOf(accepted)).toEqual(['Certainly.']);
  });

  it('is told so in direct messages, too', async () => {
    await start({ rateLimits: 'off' });
    const { ana } = world;
    const { ids, finish } = await flood(50, ana, ana.dm);
    await finish();
    await haveAll(ids, ana.dm);
    for (const id of ids) expect(outcomesOf(id, ana.dm)).toHaveLength(1);
    expect(ana.dm.fromBot.filter(isGathered)).toHaveLength(1);
  });

  it('reads of each question once where the message about them was deleted meanwhile', async () => {
    await start({ rateLimits: 'off' });
    const { ana, bo, channel, discord } = world;
    const { ids, finish } = await flood(40);
    await discord.waitFor(() => channel.fromBot.some(isGathered), 10_000);
    channel.setOverwrite(bo, { allow: PermissionFlagsBits.ManageMessages });
    bo.delete(channel.fromBot.find(isGathered)!);
    const late = ana.say(channel, `${discord.botUser.mention} more`).id;
    await haveAll([late]);
    await finish();
    await haveAll(ids);
    for (const id of [...ids, late]) expect(outcomesOf(id)).toHaveLength(1);
  });
});

describe('a flood in the log', () => {
  it('is one line with its count, in words of an admin', async () => {
    await start({ rateLimits: 'off' });
    const { ids, finish } = await flood(60);
    await finish();
    await haveAll(ids);
    await world.parley.stop();
    const lines = world.log.filter(({ level }) => level === 'warn' || level === 'error');
    expect(lines).toEqual([expect.objectContaining({ level: 'warn', questions: 29, askerId: world.ana.id })]);
    expect(JSON.stringify(lines)).not.toMatch(/\blanes?\b/u);
  });
});

describe('questions that the model refuses in a flood', () => {
  it.each([
    ['filters', 'content_filtered', '', /content filter held the answer back|declined to answer/u],
    ['filters half-way', 'content_filtered', 'Half an answer.', /^Half an answer\.\n-# Part of the answer was held back/u],
    ['blocks', 'guardrail_intervened', '', /A guardrail stopped this answer/u],
  ] as const)('that it %s have their own outcome each, beside those that were not accepted', async (_name, stopReason, text, said) => {
    await start({ rateLimits: 'off' });
    world.bedrock.respond({ text, stopReason });
    const { ids, finish } = await flood(45);
    await world.discord.waitFor(() => world.channel.fromBot.some(isGathered), 10_000);
    await finish();
    await haveAll(ids);
    for (const id of ids) expect(outcomesOf(id)).toHaveLength(1);
    const told = ids.map((id) => outcomesOf(id)[0] ?? '');
    expect(told.filter((one) => said.test(one))).toHaveLength(30);
    expect(told.filter((one) => one === 'named' || one === 'refused')).toHaveLength(14);
    expect(told[0]).toBe('First.');
  });
});

describe('a process that ends in a flood', () => {
  const aboutGathered = ({ body }: { readonly body: unknown }): boolean => JSON.stringify(body).includes('so I did not accept');

  it('leaves those to the next one of which nothing was said', async () => {
    await start({ rateLimits: 'off' });
    const { discord } = world;
    const refused = discord.faults.add({ route: 'POST /channels/:id/messages', when: aboutGathered, does: { status: 503 } });
    const { ids } = await flood(45);
    await discord.waitFor(() => refused.hits > 0, 10_000);
    discord.faults.clear();
    await world.restart({}, 0);
    await haveAll(ids);
    for (const id of ids) expect(outcomesOf(id)).toHaveLength(1);
  });

  it.each([45, 170])('says nothing more of those of which it was said, although nobody could note that: %i of them', async (count) => {
    await start({ rateLimits: 'off' });
    const { channel, discord } = world;
    const unanswered = discord.faults.add({ route: 'POST /channels/:id/messages', when: aboutGathered, does: 'apply-then-timeout' });
    const { ids } = await flood(count);
    await discord.waitFor(() => channel.fromBot.some(isGathered) && unanswered.hits > 0, 10_000);
    const said = channel.fromBot.find(isGathered);
    const content = said?.content;
    discord.faults.clear();
    await world.restart({}, 0);
    await haveAll(ids);
    for (const id of ids) expect(outcomesOf(id)).toHaveLength(1);
    expect(said?.content).toBe(content);
    expect(ids.map((id) => outcomesOf(id)[0]).filter((told) => told === 'named')).toHaveLength(count - 32);
  });
});
