import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startWorld } from '../start-parley.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

/** How far the clock of Parley's machine is ahead of the real one, in milliseconds. */
let aheadMs = 0;
let world: World;
beforeAll(async () => {
  world = await startWorld({
    environment: { STORE_URL: `sqlite://${join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite')}` },
    now: () => Date.now() + aheadMs,
  });
  world.bedrock.respond({ text: 'Certainly.' });
});
afterEach(() => {
  world.discord.gateway.setAccepting(true);
});
afterAll(async () => {
  expect(world.discord.unexpectedRequests).toEqual([]);
  await world.close();
});

const mention = (place: SimulatedChannel, text: string): SimulatedMessage => world.ana.say(place, `${world.discord.botUser.mention} ${text}`);
const answersTo = ({ id, channelId }: SimulatedMessage): readonly SimulatedMessage[] =>
  (world.discord.channel(channelId)?.fromBot ?? []).filter(({ referenceId }) => referenceId === id);

/** Something of each kind that is missed, and something that is none of our business. */
const speak = (place: SimulatedChannel, thread: SimulatedChannel): { readonly ours: SimulatedMessage[]; readonly others: SimulatedMessage[] } => ({
  ours: [mention(place, 'one?'), mention(place, 'two?'), mention(thread, 'three?'), world.ana.say(world.ana.dm, 'four?')],
  others: [world.bo.say(place, 'not to you'), world.bo.say(place, '@everyone neither')],
});

/** Discord has forgotten the session in which direct messages were heard, and opens no direct channels. */
const nothingElseTells = (): void => {
  world.discord.advance(10 * 60_000);
  world.discord.faults.add({ route: 'POST /users/@me/channels', does: { status: 403, code: 50_007, message: 'Cannot send messages to this user' } });
};

const prepare = async () => {
  const place = freshChannel(world);
  const thread = world.ana.startThread(freshChannel(world), { name: 'a thread' });
  await world.ask(world.ana, 'hello', world.ana.dm);
  await world.ask(world.ana, 'hello', place);
  return { place, thread };
};

/** Of these channels alone: what an earlier test has left to be read may still be under way. */
const pagesRead = (...places: readonly SimulatedChannel[]): readonly string[] =>
  world.discord.requests
    .filter(({ route, path }) => route === 'GET /channels/:id/messages' && places.some(({ id }) => path.includes(id)))
    .map(({ path, query }) => `${path}?${query}`);

const expectAnswered = async ({ ours, others }: ReturnType<typeof speak>): Promise<void> => {
  await Promise.all(ours.map(({ id }) => world.outcome(id)));
  for (const question of ours) expect(answersTo(question).map(({ content }) => content)).toEqual(['Certainly.']);
  for (const message of others) expect(answersTo(message)).toEqual([]);
};

describe('what is said while nobody listens', () => {
  it('is answered once when the session goes on, after a lost connection and when Discord asks for a new one', async () => {
    const { place, thread } = await prepare();
    for (const cut of ['drop', 'requestReconnect'] as const) {
      const resumes = world.discord.gateway.resumes.length;
      world.discord.gateway[cut]();
      const said = speak(place, thread);
      await world.discord.waitFor(() => world.discord.gateway.resumes.length > resumes, 15_000);
      await expectAnswered(said);
    }
    expect(pagesRead(place, thread)).toEqual([]);
  });

  it('is found and answered once when the session has become invalid', async () => {
    const { place, thread } = await prepare();
    world.discord.advance(5_000);
    const identifies = world.discord.gateway.identifies.length;
    world.discord.gateway.setAccepting(false);
    world.discord.gateway.invalidate({ resumable: false });
    const said = speak(place, thread);
    world.discord.gateway.setAccepting(true);
    await world.discord.waitFor(() => world.discord.gateway.identifies.length > identifies, 20_000);
    await expectAnswered(said);
    const pages = pagesRead(place, thread);
    expect(pages.length).toBeGreaterThan(0);
    expect(new Set(pages).size).toBe(pages.length);
  });

  it('is found where it answers a message of ours that was deleted since', async () => {
    const { place } = await prepare();
    const answer = await world.ask(world.ana, 'hello again', place);
    world.discord.advance(5_000);
    const identifies = world.discord.gateway.identifies.length;
    world.discord.gateway.setAccepting(false);
    world.discord.gateway.invalidate({ resumable: false });
    const question = world.ana.say(place, 'and what else?', { replyTo: answer });
    place.bulkDelete([answer]);
    world.discord.gateway.setAccepting(true);
    await world.discord.waitFor(() => world.discord.gateway.identifies.length > identifies, 20_000);
    await world.outcome(question.id);
    expect(answersTo(question).map(({ content }) => content)).toEqual(['Certainly.']);
  });

  it('is found and answered by the next start', async () => {
    const { place, thread } = await prepare();
    await world.parley.stop(0);
    const said = speak(place, thread);
    await world.restart();
    await expectAnswered(said);
  });

  it('is found behind hundreds of lines of chat', async () => {
    const { place } = await prepare();
    await world.parley.stop(0);
    for (let line = 0; line < 250; line += 1) world.bo.say(place, `chat ${line}`);
    const middle = mention(place, 'in between?');
    for (let line = 0; line < 120; line += 1) world.bo.say(place, `more chat ${line}`);
    const last = mention(place, 'and at the end?');
    await world.restart();
    await Promise.all([middle, last].map(({ id }) => world.outcome(id)));
    for (const question of [middle, last]) expect(answersTo(question).map(({ content }) => content)).toEqual(['Certainly.']);
  });

  it.each([
    ['for a reason that nobody knows', { status: 404, code: 0 }],
    ['as if we might not read there', { status: 403, code: 50_001 }],
    ['as if nothing had been said', { status: 200, body: [] }],
    ['and sends something that is no page', { status: 200, body: { message: 'ok' } }],
  ])('is found where Discord does not show it once, %s', async (_name, does) => {
    const { place } = await prepare();
    await world.parley.stop(0);
    const question = mention(place, 'and me?');
    const fault = world.discord.faults.add({ method: 'GET', when: ({ path }) => path === `/channels/${place.id}/messages`, does, times: 1 });
    await world.restart();
    await expect.poll(() => answersTo(question).map(({ content }) => content)).toEqual(['Certainly.']);
    expect(fault.hits).toBe(1);
  });

  it('is found in a direct message, though Discord sends something once that is no page', async () => {
    await prepare();
    await world.parley.stop(0);
    nothingElseTells();
    const question = world.ana.say(world.ana.dm, 'and me?');
    const fault = world.discord.faults.add({ method: 'GET', when: ({ path }) => path === `/channels/${world.ana.dm.id}/messages`, does: { status: 200, body: { message: 'ok' } }, times: 1 });
    await world.restart();
    await expect.poll(() => answersTo(question).map(({ content }) => content), { timeout: 30_000 }).toEqual(['Certainly.']);
    expect(fault.hits).toBe(1);
    world.discord.faults.clear();
  });

  it('is found in direct messages, however long the channels of servers take', async () => {
    const places = await Promise.all(Array.from({ length: 12 }, () => prepare())).then((all) => all.map(({ place }) => place));
    await world.parley.stop(0);
    nothingElseTells();
    const slow = places.map((place) => mention(place, 'and me?'));
    const question = world.ana.say(world.ana.dm, 'and me?');
    const isSlow = ({ path }: { readonly path: string }): boolean => places.some(({ id }) => path === `/channels/${id}/messages`);
    const fault = world.discord.faults.add({ method: 'GET', when: isSlow, does: { delayMs: 10_000 } });
    await world.restart();
    await world.outcome(question.id);
    expect(slow.flatMap(answersTo)).toEqual([]);
    world.discord.faults.clear();
    expect(fault.hits).toBeGreaterThan(0);
    await expectAnswered({ ours: [question, ...slow], others: [] });
  });

  it('is found in any channel by processes that each come to a few of them', async () => {
    const places = await Promise.all(Array.from({ length: 12 }, () => prepare())).then((all) => all.map(({ place }) => place));
    await world.parley.stop(0);
    // Of no order it is among the first five.
    const [middle = world.channel, ...others] = [...places.slice(6), ...places.slice(0, 6)];
    const [question] = [middle, ...others].map((place) => mention(place, 'and me?'));
    if (question === undefined) throw new Error('No question');
    const fault = world.discord.faults.add({ method: 'GET', when: ({ path }) => others.some(({ id }) => path === `/channels/${id}/messages`), does: { delayMs: 60_000 } });
    const stuck = (): number => pagesRead(...places).length;
    for (let starts = 1; answersTo(question).length === 0; starts += 1) {
      expect(starts).toBeLessThan(50);
      const before = stuck();
      await world.restart({}, 0);
      await expect.poll(() => answersTo(question).length > 0 || stuck() >= before + 5).toBe(true);
    }
    fault.remove();
    // Who it was answered by may have ended before it said so.
    await expect.poll(() => answersTo(question).map(({ content }) => content)).toEqual(['Certainly.']);
  });

  it('is found without asking Discord for anything of what was answered before', async () => {
    const place = freshChannel(world);
    const asker = freshMember(world);
    await world.ask(asker, 'hello', place);
    await world.ask(asker, 'hello', asker.dm);
    await world.parley.stop(0);
    const question = mention(place, 'and me?');
    const before = world.discord.requests.length;
    await world.restart();
    await expectAnswered({ ours: [question], others: [] });
    await expect.poll(() => pagesRead(asker.dm).length).toBeGreaterThan(0);
    const asked = world.discord.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
    expect(asked.filter((request) => request.endsWith(`/members/${asker.id}`) || request === `GET /channels/${asker.dm.id}`)).toEqual([]);
  });

  it('is found without asking for whoever said something else', async () => {
    const { place } = await prepare();
    const others = Array.from({ length: 3 }, () => freshMember(world));
    await world.parley.stop(0);
    for (const other of others) other.say(place, 'not to you');
    const question = mention(place, 'and me?');
    const before = world.discord.requests.length;
    await world.restart();
    await expectAnswered({ ours: [question], others: [] });
    const asked = world.discord.requests.slice(before).filter(({ route }) => route === 'GET /guilds/:id/members/:id');
    expect(asked.filter(({ path }) => others.some(({ id }) => path.endsWith(id)))).toEqual([]);
  });

  it('is found behind a message that nobody can read', async () => {
    const { place } = await prepare();
    await world.parley.stop(0);
    const [odd, question] = [world.bo.say(place, 'something new'), mention(place, 'and me?')];
    const body = [question.toApi(), { ...(odd.toApi() as object), poll: { answers: {} } }];
    const fault = world.discord.faults.add({ method: 'GET', when: ({ path }) => path === `/channels/${place.id}/messages`, does: { status: 200, body } });
    await world.restart();
    await expectAnswered({ ours: [question], others: [odd] });
    fault.remove();
    expect(world.log.filter(({ messageId }) => messageId === odd.id)).toHaveLength(1);
  });

  it.each([10, -10, 60])('is found and answered when our clock is %i minutes ahead of Discord', async (minutes) => {
    const { place, thread } = await prepare();
    await world.parley.stop(0);
    const said = speak(place, thread);
    aheadMs = minutes * 60_000;
    await world.restart();
    await expectAnswered(said);
    aheadMs = 0;
  });

  it('stays unanswered when it is older than a quarter of an hour', async () => {
    const { place } = await prepare();
    await world.parley.stop(0);
    const old = mention(place, 'is anybody there?');
    world.discord.advance(40 * 60_000);
    await world.restart();
    const young = mention(place, 'and now?');
    await world.outcome(young.id);
    expect(answersTo(old)).toEqual([]);
  });
});
