import { PermissionFlagsBits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/store/open-store.ts';
import { manualStream } from '../../simulators/bedrock.ts';
import { ledgerRow } from '../ledger-row.ts';
import { restartMuchLater } from './much-later.ts';
import { beginAnswer } from '../begin-answer.ts';
import { shareWorld } from '../shared-world.ts';
import { withoutQuestion } from '../pressing.ts';
import { freshChannel } from '../fresh-channel.ts';
import { whereAsked } from '../../../src/discord/texts/answer-texts.ts';
import type { SimulatedChannel, SimulatedMessage } from '../../simulators/discord.ts';
import type { World } from '../../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({}, (opened, url) => {
  world = opened;
  storeUrl = url;
});

const rowOf = (questionId: string): Promise<string | undefined> => ledgerRow(storeUrl, questionId);

/** The message with the button; from when on the button works. */
const noticeIn = async (place: SimulatedChannel, questionId: string): Promise<SimulatedMessage> => {
  const notice = await world.discord.waitFor(() => place.fromBot.find(({ content }) => content.includes('Try again')));
  await expect.poll(() => rowOf(questionId)).toContain('"interrupted"');
  return notice;
};

const retryId = (message: SimulatedMessage | undefined): string => {
  const found = /"custom_id":"(retry:[^"]+)"/u.exec(JSON.stringify(message?.components ?? []))?.[1];
  if (found === undefined) throw new Error('The message has no Try again button');
  return found;
};

/** So many processes try a question. */
const MAX_ATTEMPTS = 5;

const interruptAsk = async (place: SimulatedChannel, options: Record<string, string | boolean> = {}, asker = world.ana) => {
  const stream = manualStream();
  world.bedrock.respondOnce(stream.responder);
  const interaction = asker.runCommand(place, 'ask', { prompt: 'a long story', ...options });
  await stream.request;
  await world.discord.waitFor(() => interaction.acknowledged);
  return interaction;
};

describe('a question that nobody answered in time', () => {
  it('ends with one honest message in the place of its draft, and Try again answers it there', async () => {
    const place = freshChannel(world);
    const { question } = await beginAnswer(world, place);
    const calls = world.bedrock.requestCount;
    await restartMuchLater(world, storeUrl);
    const notice = await noticeIn(place, question.id);
    expect(place.fromBot).toEqual([notice]);
    expect(notice.referenceId).toBe(question.id);
    expect(notice.content).toBe('I was interrupted before I could answer this. Press **Try again**, and I will.');
    expect(world.bedrock.requestCount).toBe(calls);
    // One name for all such buttons; the id is what buttons of older versions, called otherwise, have too.
    expect(JSON.stringify(notice.components)).toContain('"label":"Try again"');
    expect(retryId(notice)).toBe(`retry:${question.id}`);

    const stranger = world.bo.click(notice, retryId(notice));
    await stranger.settled();
    expect(stranger.ephemeral).toBe(true);
    expect(world.bedrock.requestCount).toBe(calls);

    await world.restart();
    const first = world.ana.click(notice, retryId(notice));
    const second = world.ana.click(notice, retryId(notice));
    await Promise.all([first.settled(), second.settled()]);
    await world.outcome(question.id);
    expect(place.visible(world.discord.owner).filter(({ author }) => author.bot).map(({ id }) => id)).toEqual([notice.id]);
    expect(notice.content).toBe('Certainly.');
    expect(JSON.stringify(notice.components)).not.toContain('retry:');
    expect(world.bedrock.requestCount).toBe(calls + 1);
  });

  it('is answered by Try again once, and nothing else is said, where Discord refuses to hear that it was pressed', async () => {
    const place = freshChannel(world);
    const { question } = await beginAnswer(world, place);
    await restartMuchLater(world, storeUrl);
    const notice = await noticeIn(place, question.id);
    const fault = world.discord.faults.add({ route: 'POST /interactions/:id/:token/callback', does: { status: 400, code: 0 }, times: 1 });
    const pressed = world.ana.click(notice, retryId(notice));
    await world.outcome(question.id);
    expect(fault.hits).toBe(1);
    expect(place.fromBot).toEqual([notice]);
    expect(notice.content).toBe('Certainly.');
    expect([pressed.response, ...pressed.followUps]).toEqual([undefined]);
  });

  it('asked by a command names its asker in the channel without a ping, and Try again answers it there', async () => {
    const place = freshChannel(world);
    const interaction = await interruptAsk(place);
    const pings = world.discord.pings.length;
    await restartMuchLater(world, storeUrl);
    const notice = await noticeIn(place, interaction.id);
    expect(notice.content).toContain(world.ana.mention);
    expect(world.discord.pings.length).toBe(pings);
    world.ana.click(notice, retryId(notice));
    await world.outcome(interaction.id);
    expect(withoutQuestion(notice.content)).toBe('Certainly.');
    expect(world.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content.at(-1)).toEqual({ text: 'a long story' });
  });

  it('asked in private is told to its asker alone, and nothing in public says that it was asked', async () => {
    const place = freshChannel(world);
    const dana = world.discord.addUser({ name: 'dana' });
    world.guild.addMember(dana);
    const interaction = await interruptAsk(place, { private: true }, dana);
    await restartMuchLater(world, storeUrl);
    const told = await world.discord.waitFor(() => dana.dm.fromBot[0]);
    expect(told.content).toBe(`I was interrupted before I could answer what you asked in ${whereAsked(place.id, interaction.id)}. Please ask it again.`);
    await expect.poll(() => rowOf(interaction.id)).toContain('"interrupted"');
    expect(place.visible(world.bo).filter(({ author }) => author.bot)).toEqual([]);
  });

  it('asked in private, and with every process that ended since, is told in its response, and Try again answers it there', async () => {
    const place = freshChannel(world);
    const interaction = await interruptAsk(place, { private: true });
    const notice = interaction.response as SimulatedMessage;
    for (let attempts = 1; attempts < MAX_ATTEMPTS; attempts += 1) {
      const stream = manualStream();
      world.bedrock.respondOnce(stream.responder);
      await world.restart({}, 0);
      await stream.request;
    }
    await world.restart({}, 0);
    world.bedrock.respondOnce({ text: 'Once upon a time.' });
    await world.discord.waitFor(() => notice.content.includes('Try again'));
    await expect.poll(() => rowOf(interaction.id)).toContain('"interrupted"');
    const pressed = world.ana.click(notice, retryId(notice));
    await world.outcome(interaction.id);
    expect(notice.content).toBe('Once upon a time.');
    expect(JSON.stringify(notice.components)).not.toContain('retry:');
    expect([notice.ephemeral, notice.deleted, pressed.followUps]).toEqual([true, false, []]);
    expect(place.fromBot).toEqual([notice]);
  });

  it('is answered all the same where Discord only failed for as long, and it is not too late', async () => {
    const place = freshChannel(world);
    const { question, draft } = await beginAnswer(world, place);
    const outage = world.discord.faults.add({ method: 'GET', route: /channels\/:id\/messages/u, does: { status: 503 } });
    const calls = world.bedrock.requestCount;
    for (let attempts = 0; attempts <= MAX_ATTEMPTS; attempts += 1) {
      await world.restart({}, 0);
      await expect.poll(() => world.log.some(({ message, questionId }) => message === 'an interrupted question could not be settled' && questionId === question.id)).toBe(true);
    }
    outage.remove();
    world.bedrock.respondOnce({ text: 'Once upon a time.' });
    await world.restart({}, 0);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect([draft.content, place.fromBot, world.bedrock.requestCount]).toEqual(['Once upon a time.', [draft], calls + 1]);
  });

  it.each([
    ['404 with code 0', { status: 404, code: 0 }],
    ['403 with HTML', { status: 403, html: '<html>no</html>' }],
    ['400 with code 50035', { status: 400, code: 50_035 }],
  ])('is told where it was asked even when reading there is refused with %s', async (_name, does) => {
    const place = freshChannel(world);
    const { question } = await beginAnswer(world, place);
    await world.parley.stop(0);
    world.discord.faults.add({ method: 'GET', route: /channels\/:id\/messages/u, does });
    await world.restart();
    const notice = await noticeIn(place, question.id);
    expect(place.fromBot).toEqual([notice]);
  });

  it.each([
    ['404 with code 0', { status: 404, code: 0 }],
    ['400 with code 50035', { status: 400, code: 50_035 }],
  ])('is told below its draft when that takes no edits for an unknown reason: %s', async (_name, does) => {
    const place = freshChannel(world);
    const { question } = await beginAnswer(world, place);
    world.discord.faults.add({ method: 'PATCH', route: /channels\/:id\/messages/u, does });
    await restartMuchLater(world, storeUrl);
    const notice = await noticeIn(place, question.id);
    await expect.poll(() => place.fromBot.filter(({ deleted }) => !deleted)).toEqual([notice]);
  });

  it('asked by a command whose response cannot be read for an unknown reason is told in the channel', async () => {
    const place = freshChannel(world);
    const interaction = await interruptAsk(place);
    await world.parley.stop(0);
    world.discord.faults.add({ method: 'GET', route: /webhooks/u, does: { status: 400, code: 0 } });
    await world.restart();
    await world.discord.waitFor(() => place.fromBot.some(({ content }) => content.includes('Try again')), 50_000);
    const notice = await noticeIn(place, interaction.id);
    expect(notice.content).toContain(world.ana.mention);
    // Nothing "thinks" beside it.
    await expect.poll(() => place.fromBot.filter(({ thinking, deleted }) => thinking && !deleted)).toEqual([]);
  });

  it('asked by a command whose response cannot be read once is answered in it', async () => {
    const place = freshChannel(world);
    const interaction = await interruptAsk(place);
    await world.parley.stop(0);
    const fault = world.discord.faults.add({ method: 'GET', route: /webhooks/u, does: { status: 400, code: 0 }, times: 1 });
    await world.restart();
    await world.discord.waitFor(() => place.fromBot.some(({ content }) => content.endsWith('Certainly.')), 50_000);
    expect(fault.hits).toBe(1);
    expect(place.fromBot.map(({ interactionId }) => interactionId)).toEqual([interaction.id]);
  });

  it('asked by a command in a direct message ends there, and Try again answers it', async () => {
    const place = world.ana.dm;
    const interaction = await interruptAsk(place);
    await restartMuchLater(world, storeUrl);
    const notice = await noticeIn(place, interaction.id);
    world.ana.click(notice, retryId(notice));
    await world.outcome(interaction.id);
    expect(withoutQuestion(notice.content)).toBe('Certainly.');
  });

  it('asked where I may not write is told directly to its asker, who is told once', async () => {
    const place = freshChannel(world);
    place.denyBot(PermissionFlagsBits.SendMessages);
    const carl = world.discord.addUser({ name: 'carl' });
    world.guild.addMember(carl);
    const interaction = await interruptAsk(place, {}, carl);
    world.discord.faults.add({ route: 'POST /channels/:id/messages', does: 'apply-then-502', times: 1 });
    await restartMuchLater(world, storeUrl);
    const told = await world.discord.waitFor(() => carl.dm.fromBot[0]);
    expect(told.content).toContain(place.mention);
    await expect.poll(() => rowOf(interaction.id)).toContain('"interrupted"');
    await world.restart();
    await world.ask(world.bo, 'and now?', freshChannel(world));
    expect(carl.dm.fromBot).toEqual([told]);
  });

  it('asked where I may not write is told directly, once, as soon as Discord does not fail to take that any more', async () => {
    const place = freshChannel(world);
    place.denyBot(PermissionFlagsBits.SendMessages);
    const eva = world.discord.addUser({ name: 'eva' });
    world.guild.addMember(eva);
    const interaction = await interruptAsk(place, {}, eva);
    const fault = world.discord.faults.add({ route: 'POST /users/@me/channels', does: { status: 503 } });
    await restartMuchLater(world, storeUrl);
    await expect.poll(() => rowOf(interaction.id), { timeout: 60_000 }).toContain('"held up"');
    expect(await rowOf(interaction.id)).toContain('"owner":null');
    fault.remove();
    await expect.poll(() => eva.dm.fromBot.map(({ content }) => content), { timeout: 60_000 }).toEqual([expect.stringContaining(place.mention)]);
    await expect.poll(() => rowOf(interaction.id)).toContain('"interrupted"');
  });

  it('asked where I may not write is told directly although Discord refuses that a few times, for a reason that nobody knows', async () => {
    const place = freshChannel(world);
    place.denyBot(PermissionFlagsBits.SendMessages);
    const interaction = await interruptAsk(place, {}, world.bo);
    const before = world.bo.dm.fromBot.length;
    const fault = world.discord.faults.add({ route: 'POST /users/@me/channels', does: { status: 403, code: 40_333, message: 'not now' }, times: 2 });
    await restartMuchLater(world, storeUrl);
    await expect.poll(() => world.bo.dm.fromBot.length).toBe(before + 1);
    expect(fault.hits).toBe(2);
    expect(world.bo.dm.fromBot.at(-1)?.content).toContain(place.mention);
    await expect.poll(() => rowOf(interaction.id)).toContain('"interrupted"');
  });

  it('asked where I may not write by somebody who takes no direct messages is a line in the log', async () => {
    const place = freshChannel(world);
    place.denyBot(PermissionFlagsBits.SendMessages);
    world.bo.blockBot();
    const interaction = await interruptAsk(place, {}, world.bo);
    await restartMuchLater(world, storeUrl);
    await expect.poll(() => rowOf(interaction.id)).toContain('"nobody can be told"');
    const line = world.log.find(({ questionId, level }) => questionId === interaction.id && level === 'warn');
    expect(line).toMatchObject({ channelId: place.id, message: 'an interrupted question ends without a word' });
    expect(JSON.stringify(line)).not.toContain(interaction.token);
    world.bo.blockBot(false);
  });

  it('keeps the token of an interaction unreadable in the store, and nothing of it once it has ended', async () => {
    const place = freshChannel(world);
    const interaction = await interruptAsk(place);
    await world.parley.stop(0);
    const store = openStore(storeUrl, { table: 'ledger' });
    const before = await store.get(`question:${interaction.id}`);
    expect(before).toContain('"token"');
    expect(before).not.toContain(interaction.token);
    await world.restart();
    await world.outcome(interaction.id);
    await expect.poll(() => store.get(`question:${interaction.id}`)).toContain('"delivered"');
    const after = await store.get(`question:${interaction.id}`);
    expect(after).not.toContain('token');
    expect(after).not.toContain('long story');
    await store.close();
  });

  it('is told where it was asked where its text may not be read any more, without a button that would do nothing', async () => {
    const place = freshChannel(world);
    const { question } = await beginAnswer(world, place);
    await world.parley.stop(0);
    world.discord.faults.add({ route: 'GET /channels/:id/messages', does: { status: 200, body: [] } });
    world.discord.faults.add({ route: 'GET /channels/:id/messages/:id', does: { status: 403, code: 50001, message: 'Missing Access' } });
    await world.restart();
    await expect.poll(() => rowOf(question.id)).toContain('"interrupted"');
    expect(place.fromBot.map(({ content }) => content)).toEqual(['I was interrupted before I could answer this, and may not read it any more. Please ask it again.']);
    // A press could not read it either.
    expect(place.fromBot[0]?.components).toEqual([]);
    expect(await rowOf(question.id)).not.toContain('"canRetry":true');
  });
});
