import { PermissionFlagsBits as Permission } from 'discord-api-types/v10';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { startWorld } from '../start-parley.ts';
import { beginAnswer, beginCommand } from './begin-answer.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { buttonsOf, withoutQuestion } from './pressing.ts';
import type { FaultOutcome, SimulatedChannel } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => {
  world.bedrock.respond({ text: 'Certainly.' });
});
afterEach(() => {
  world.discord.faults.clear();
});
afterAll(async () => {
  expect(world.discord.unexpectedRequests).toEqual([]);
  await world.close();
});

const CREATE = 'POST /channels/:id/messages';
const EDIT = 'PATCH /channels/:id/messages/:id';
const REMOVE = 'DELETE /channels/:id/messages/:id';

const contents = (place: SimulatedChannel): string[] => place.fromBot.map(({ content }) => content);
const requestsTo = (place: SimulatedChannel, method: string) =>
  world.discord.requests.filter((request) => request.method === method && request.path.includes(place.id) && !request.path.endsWith('/typing'));

/** For what leaves no trace in a channel. */
const eventually = (condition: () => boolean): Promise<void> => vi.waitFor(() => expect(condition()).toBe(true), { timeout: 10_000, interval: 5 });

/** A question whose answer has begun to show, and the hand that writes on. */
const begun = async (place = freshChannel(world)) => ({ place, ...(await beginAnswer(world, place, { words: 'The beginning' })) });

describe('a rate limit that nobody announced', () => {
  const scopes = ['user', 'shared', 'global'] as const;

  it.each(scopes)('of scope %s on a new message: the answer comes once, a little later', async (scope) => {
    const place = freshChannel(world);
    world.discord.faults.add({ route: CREATE, times: 1, does: { rateLimit: { scope, retryAfter: 0.3 } } });
    const question = world.ana.say(place, `${world.discord.botUser.mention} hello`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual(['Certainly.']);
  });

  it.each(scopes)('of scope %s on an edit: the newest text comes next, never the refused one', async (scope) => {
    const { place, stream, finish } = await begun();
    world.discord.faults.add({ route: EDIT, times: 1, does: { rateLimit: { scope, retryAfter: 0.3 } } });
    await stream.text(', more');
    await eventually(() => requestsTo(place, 'PATCH').length > 0);
    await stream.text(', and more');
    expect(await finish(', and the end.')).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual(['The beginning, more, and more, and the end.']);
    expect(requestsTo(place, 'PATCH').filter(({ body }) => (body as { content: string }).content === 'The beginning, more')).toHaveLength(1);
  });
});

describe('a Discord that fails', () => {
  const faults: readonly [string, FaultOutcome][] = [
    ['502 after the fact', 'apply-then-502'],
    ['a cut after the fact', 'apply-then-reset'],
    ['503', { status: 503 }],
    ['a cut', 'reset'],
  ];

  it.each([...faults, ['silence after the fact', 'apply-then-timeout']] as typeof faults)('with %s on a new message: the answer is there once', async (_name, does) => {
    const place = freshChannel(world);
    world.discord.faults.add({ route: CREATE, times: 1, does });
    const question = world.ana.say(place, `${world.discord.botUser.mention} hello`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual(['Certainly.']);
    expect(place.messages.filter(({ author }) => author.bot)).toHaveLength(1);
  });

  it.each([...faults, ['silence', 'timeout']] as typeof faults)('with %s on the last edit: the end is exact', async (_name, does) => {
    const { place, finish } = await begun();
    world.discord.faults.add({ route: EDIT, times: 1, does });
    expect(await finish(', and the end.')).toMatchObject({ outcome: 'delivered' });
    expect(contents(place).map(withoutQuestion)).toEqual(['The beginning, and the end.']);
  });

  it('for longer is tried again and again, until the answer is there', async () => {
    const place = freshChannel(world);
    const outage = world.discord.faults.add({ route: CREATE, does: { status: 503 } });
    const question = world.ana.say(place, `${world.discord.botUser.mention} hello`);
    await eventually(() => outage.hits > 8);
    outage.remove();
    await world.outcome(question.id);
    expect(contents(place)).toEqual(['Certainly.']);
  });
});

describe('a message that Discord made without saying so', () => {
  it('does not keep the buttons of the draft that it was', async () => {
    const place = freshChannel(world);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    // As often as discord.js itself repeats a request: nothing tells of the message but the same once more.
    const fault = world.discord.faults.add({ route: CREATE, does: 'apply-then-reset', times: 4 });
    const question = world.ana.say(place, `${world.discord.botUser.mention} tell me`);
    await stream.request;
    world.discord.gateway.setDispatching(false);
    await stream.text('All of it.');
    await eventually(() => fault.hits === 4);
    world.discord.gateway.setDispatching(true);
    const [message] = place.fromBot;
    expect(buttonsOf(message!)).toEqual(['Stop']);
    await stream.finish();
    await world.outcome(question.id);
    expect(place.fromBot).toEqual([message]);
    expect(message).toMatchObject({ content: 'All of it.' });
    expect(buttonsOf(message!)).toEqual(['Regenerate']);
  });
});

describe('a draft that Discord made without saying so', () => {
  it('goes where the answer is said directly in the end', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    // Of one that discord.js repeats by itself, nobody here hears but the last word, where no event tells of it.
    world.discord.faults.add({ route: CREATE, does: 'apply-then-502', times: 1 });
    const isHere = ({ path }: { path: string }): boolean => path.startsWith(`/channels/${place.id}/`);
    const refusal = world.discord.faults.add({ method: 'POST', does: { status: 409, code: 12 }, when: isHere });
    const question = asker.say(place, `${world.discord.botUser.mention} tell me`);
    await stream.request;
    world.discord.gateway.setDispatching(false);
    await stream.text('The beginning');
    await eventually(() => refusal.hits >= 2);
    world.discord.gateway.setDispatching(true);
    await stream.text(', and the end.');
    await stream.finish();
    await world.outcome(question.id);
    expect(contents(place)).toEqual([]);
    expect(contents(asker.dm)).toEqual([expect.stringContaining('The beginning, and the end.')]);
  });
});

describe('an answer that cannot be seen any more', () => {
  const cases: readonly [string, (place: SimulatedChannel) => void, RegExp][] = [
    ['its message was deleted (10008)', (place) => place.bulkDelete([...place.fromBot]), /10008/u],
    ['the channel was hidden (50001)', (place) => place.denyBot(Permission.ViewChannel), /50001/u],
    ['the channel was deleted (10003)', (place) => place.delete(), /10003/u],
  ];

  it.each(cases)('because %s costs no more, and nothing is tried twice', async (_name, happens, code) => {
    const { place, call, stream, question } = await begun();
    happens(place);
    await stream.text(' and more');
    const line = await world.outcome(question.id);
    expect(line).toMatchObject({ outcome: 'failed' });
    await call.closed;
    expect(call.closedByClient).toBe(true);
    const refused = requestsTo(place, 'PATCH').filter(({ status }) => status >= 400);
    expect(refused.map(({ code: told }) => String(told))).toEqual([expect.stringMatching(code)]);
    expect(requestsTo(place, 'POST')).toHaveLength(1);
    expect(place.fromBot.filter(({ content }) => content !== 'The beginning')).toEqual([]);
  });

  it('because the bot may not write there (50013) is given up at once, and the asker is told elsewhere, once', async () => {
    const place = freshChannel(world);
    place.denyBot(Permission.SendMessages);
    const before = world.ana.dm.fromBot.length;
    for (const text of ['hello', 'hello?']) {
      const question = world.ana.say(place, `${world.discord.botUser.mention} ${text}`);
      expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed' });
    }
    expect(requestsTo(place, 'POST')).toHaveLength(2);
    expect(contents(world.ana.dm).slice(before)).toEqual([expect.stringContaining(`I may not write in <#${place.id}>`)]);
  });

  it('because neither the channel nor the asker takes messages ends in the log alone', async () => {
    const place = freshChannel(world);
    place.denyBot(Permission.SendMessages);
    world.bo.blockBot();
    const question = world.bo.say(place, `${world.discord.botUser.mention} hello`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed' });
    await eventually(() => world.discord.requests.some(({ code }) => code === 50_007));
    world.bo.blockBot(false);
    expect(world.bo.dm.fromBot).toEqual([]);
  });
});

describe('an answer that finds another way', () => {
  it('goes on in a thread that was archived meanwhile (50083), and opens it again', async () => {
    const thread = world.ana.startThread(freshChannel(world), { name: 'aside' });
    const { stream, finish } = await begun(thread);
    thread.archive();
    await stream.text(', more');
    await eventually(() => requestsTo(thread, 'PATCH').some(({ code }) => code === 50_083));
    expect(await finish(', and the end.')).toMatchObject({ outcome: 'delivered' });
    expect(contents(thread)).toEqual(['The beginning, more, and the end.']);
    expect(thread.archived).toBe(false);
  });

  it('is given up in a thread that was locked', async () => {
    const thread = world.ana.startThread(freshChannel(world), { name: 'aside' });
    const { finish } = await begun(thread);
    thread.archive({ locked: true });
    expect(await finish(', and the end.')).toMatchObject({ outcome: 'failed', kind: expect.stringMatching(/^(?:stopped|undeliverable)$/u) });
  });

  it('is a plain message where replies are not allowed (160002)', async () => {
    const place = freshChannel(world);
    place.denyBot(Permission.ReadMessageHistory);
    const question = world.ana.say(place, `${world.discord.botUser.mention} hello`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(place.fromBot.map(({ content, referenceId }) => [content, referenceId])).toEqual([[`${world.ana.mention}\nCertainly.`, undefined]]);
  });

  it('is a plain message where the question is unknown, whatever was asked (50035)', async () => {
    const place = freshChannel(world);
    const errors = { message_reference: { _errors: [{ code: 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE', message: 'Unknown message' }] } };
    world.discord.faults.add({ route: CREATE, times: 1, does: { status: 400, body: { code: 50_035, message: 'Invalid Form Body', errors } } });
    const question = world.ana.say(place, `${world.discord.botUser.mention} hello`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(place.fromBot.map(({ content, referenceId }) => [content, referenceId])).toEqual([[`${world.ana.mention}\nCertainly.`, undefined]]);
  });

  it('is a new message where Discord takes no edits of the old one (30046)', async () => {
    const { place, finish } = await begun();
    const text = 'Maximum number of edits to messages older than 1 hour reached. Try again later.';
    const body = { message: text, code: 30_046, retry_after: 6, global: false };
    world.discord.faults.add({ route: EDIT, does: { status: 429, body, headers: { 'retry-after': '6' } } });
    expect(await finish(', and the end.')).toMatchObject({ outcome: 'delivered' });
    expect(contents(place).map(withoutQuestion)).toEqual(['The beginning, and the end.']);
  });

  it('says that the server blocked it (200000), and remembers nothing', async () => {
    world.guild.blockWords(['forbidden']);
    const { place, finish } = await begun();
    expect(await finish(', and the forbidden word.')).toMatchObject({ outcome: 'failed' });
    world.guild.blockWords([]);
    expect(contents(place)).toEqual(["The answer was blocked by this server's filter."]);
    await world.ask(world.ana, 'and now?', place);
    expect(world.bedrock.requests.at(-1)?.body?.messages).toHaveLength(1);
  });
});

describe('a channel that moved on', () => {
  it('gets the end of the answer at its own end, and the draft goes only then', async () => {
    const { place, question, draft, finish } = await begun();
    const chatter = world.bo.say(place, 'by the way');
    await finish(', and the end.');
    const [answer] = place.fromBot;
    expect(contents(place).map(withoutQuestion)).toEqual(['The beginning, and the end.']);
    expect(answer?.referenceId).toBe(question.id);
    expect(BigInt(answer?.id ?? 0) > BigInt(chatter.id)).toBe(true);
    expect(draft.deleted).toBe(true);
    expect(draft.deletedAt ?? 0).toBeGreaterThan(answer?.createdAt ?? Infinity);
    expect(world.discord.pings.filter(({ messageId }) => messageId === answer?.id)).toEqual([]);
  });

  it('is never left without the answer, nor with two', async () => {
    const { place, draft, finish } = await begun();
    world.bo.say(place, 'by the way');
    world.discord.faults.add({ route: CREATE, times: 1, does: 'apply-then-502' });
    world.discord.faults.add({ route: REMOVE, times: 1, does: 'apply-then-502' });
    await finish(', and the end.');
    expect(contents(place).map(withoutQuestion)).toEqual(['The beginning, and the end.']);
    expect(draft.deleted).toBe(true);
  });

  it('gets the end of an /ask as a message of its own, and the first response goes', async () => {
    const place = freshChannel(world);
    const { interaction, finish } = await beginCommand(world, place, {}, 'The beginning');
    world.bo.say(place, 'by the way');
    await finish(', and the end.');
    expect(contents(place).map(withoutQuestion)).toEqual(['The beginning, and the end.']);
    expect(interaction.response?.deleted).toBe(true);
  });

  it('leaves a private answer where it is', async () => {
    const place = freshChannel(world);
    const { interaction, finish } = await beginCommand(world, place, { private: true }, 'The beginning');
    world.bo.say(place, 'by the way');
    await finish(', and the end.');
    expect(withoutQuestion(interaction.response?.content)).toBe('The beginning, and the end.');
    expect(interaction.response?.deleted).toBe(false);
    expect(place.visible(world.bo).filter(({ author }) => author.bot)).toEqual([]);
  });
});

describe('an interaction whose token dies after 15 minutes', () => {
  it.each([['while the answer grows', true], ['before there is anything to read', false]])('%s: the answer goes on in the channel', async (_name, hasBegun) => {
    const place = freshChannel(world);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'tell me' });
    await interaction.settled();
    await stream.request;
    if (hasBegun) {
      await stream.text('The beginning');
      await world.discord.waitFor(() => withoutQuestion(interaction.response?.content) === 'The beginning');
    }
    world.discord.advance(15 * 60_000 + 1);
    await stream.text(hasBegun ? ', and the end.' : 'The beginning, and the end.');
    await stream.finish();
    expect(await world.outcome(interaction.id)).toMatchObject({ outcome: 'delivered' });
    expect(contents(place).map(withoutQuestion)).toContain('The beginning, and the end.');
    expect(contents(place).filter((content) => content !== '')).toHaveLength(1);
  });
});
