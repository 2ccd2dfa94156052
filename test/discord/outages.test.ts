import { PermissionFlagsBits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { freshChannel } from './fresh-channel.ts';
import { shareWorld } from './shared-world.ts';
import type { ManualStream } from '../simulators/bedrock.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

const LONG_MS = 30_000;

/** An answer whose first words are there, and whose rest is in our hands. */
const begin = async (place: SimulatedChannel): Promise<{ stream: ManualStream; question: SimulatedMessage; draft: SimulatedMessage }> => {
  const { discord, bedrock, ana } = world;
  const stream = manualStream();
  bedrock.respondOnce(stream.responder);
  const question = ana.say(place, place.guild === undefined ? 'talk' : `${discord.botUser.mention} talk`);
  await stream.request;
  await stream.text('The first words');
  const draft = await discord.waitFor(() => place.fromBot.find(({ referenceId }) => referenceId === question.id));
  return { stream, question, draft };
};

/** Goes on talking until the client has left; resolves when it has. */
const talkOn = async (stream: ManualStream): Promise<boolean> => {
  const request = await stream.request;
  const end = performance.now() + LONG_MS;
  while (!request.closedByClient && performance.now() < end) {
    await stream.text(' and on'.repeat(30));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return request.closedByClient;
};

const requestsTo = (place: SimulatedChannel): number => world.discord.requests.filter(({ path }) => path.includes(place.id)).length;

describe('Discord is down', () => {
  it('for some seconds: the answer is there afterwards, whole and once', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    bedrock.respond({ text: 'word '.repeat(60).trim(), deltas: { size: 20 }, deltaDelayMs: 10 });
    const outage = discord.faults.add({ does: { status: 503 } });
    const question = ana.say(place, `${discord.botUser.mention} talk`);
    await expect.poll(() => outage.hits, { timeout: LONG_MS }).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(place.fromBot).toEqual([]);
    outage.remove();
    await world.outcome(question.id);
    expect(place.fromBot.map(({ content }) => content)).toEqual(['word '.repeat(60).trim()]);
  });

  it('in the middle of an answer: the draft goes on where it was', async () => {
    const { discord } = world;
    const place = freshChannel(world);
    const { stream, question } = await begin(place);
    const outage = discord.faults.add({ does: { status: 500 } });
    await stream.text(' and more');
    await expect.poll(() => outage.hits, { timeout: LONG_MS }).toBeGreaterThan(0);
    await stream.finish();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    outage.remove();
    await world.outcome(question.id);
    expect(place.fromBot.map(({ content }) => content)).toEqual(['The first words and more']);
  });

  it('or only slow: there is one request at a time, and the end is exact', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    discord.faults.add({ route: /messages/u, does: { delayMs: 700, when: 'after' } });
    bedrock.respond({ text: 'word '.repeat(60).trim(), deltas: { size: 20 }, deltaDelayMs: 40 });
    const question = ana.say(place, `${discord.botUser.mention} talk`);
    await world.outcome(question.id);
    expect(place.fromBot.map(({ content }) => content)).toEqual(['word '.repeat(60).trim()]);
    const writes = discord.requests.filter(({ path, method }) => path.includes(`${place.id}/messages`) && method !== 'GET');
    for (const [index, write] of writes.entries()) if (index > 0) expect(write.at).toBeGreaterThanOrEqual(writes[index - 1]?.answeredAt ?? Infinity);
  });

  it('and has other channels in the meantime', async () => {
    const { discord, bedrock, ana } = world;
    const [down, up] = [freshChannel(world), freshChannel(world)];
    const outage = discord.faults.add({ does: { status: 503 }, when: ({ path }) => path.includes(down.id) });
    bedrock.respond({ text: 'Certainly.' });
    const lost = ana.say(down, `${discord.botUser.mention} here?`);
    await expect.poll(() => outage.hits, { timeout: LONG_MS }).toBeGreaterThan(0);
    expect((await world.ask(ana, 'there?', up)).content).toBe('Certainly.');
    outage.remove();
    await world.outcome(lost.id);
    expect(down.fromBot.map(({ content }) => content)).toEqual(['Certainly.']);
  });
});

describe('nobody can read the answer any more', () => {
  const endings: [string, (place: SimulatedChannel) => void][] = [
    ['the permission to write was taken', (place) => place.denyBot(PermissionFlagsBits.SendMessages | PermissionFlagsBits.ViewChannel)],
    ['the channel was deleted', (place) => place.delete()],
  ];
  for (const [what, make] of endings) {
    it(`because ${what}: the call to the model is ended, and the next question is answered`, async () => {
      const place = freshChannel(world);
      const { stream, question } = await begin(place);
      make(place);
      expect(await talkOn(stream)).toBe(true);
      expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed' });
      const before = requestsTo(place);
      await world.ask(world.ana, 'and here?', freshChannel(world));
      expect(requestsTo(place)).toBe(before);
    });
  }

  it('because a moderator deleted the answer: it is not written anew', async () => {
    const { discord } = world;
    const place = freshChannel(world);
    const { stream, question, draft } = await begin(place);
    place.bulkDelete([draft]);
    expect(await talkOn(stream)).toBe(true);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed' });
    await world.ask(world.ana, 'and now?', place);
    expect(place.fromBot.map(({ referenceId }) => referenceId)).not.toContain(question.id);
    expect(discord.message(draft.id)?.deleted).toBe(true);
  });

  it('because the thread was deleted', async () => {
    const { ana } = world;
    const thread = ana.startThread(freshChannel(world), { name: 'a thread' });
    const { stream, question } = await begin(thread);
    thread.delete();
    expect(await talkOn(stream)).toBe(true);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed' });
  });

  const closings: [string, (thread: SimulatedChannel) => void][] = [
    ['the thread was locked', (thread) => thread.lock()],
    ['the thread was locked and archived', (thread) => thread.archive({ locked: true })],
    ['the channel was hidden from the bot', ({ parent }) => parent?.denyBot(PermissionFlagsBits.ViewChannel)],
    ['a role was hidden the channel', ({ parent, guild }) => parent?.setOverwrite(guild!.everyone, { deny: PermissionFlagsBits.ViewChannel })],
    ['the bot was sent away', ({ guild }) => guild?.kickBot()],
  ];
  for (const [what, close] of closings) {
    for (const isSilent of [true, false]) {
      it(`because ${what}: the call to ${isSilent ? 'a model that says nothing yet' : 'the model'} is ended at once`, async () => {
        const { discord, bedrock, ana } = world;
        const guild = discord.addGuild({ members: [ana] });
        const thread = ana.startThread(guild.addChannel(), { name: 'a thread' });
        const stream = manualStream();
        bedrock.respondOnce(stream.responder);
        const question = ana.say(thread, `${discord.botUser.mention} talk`);
        const request = await stream.request;
        if (!isSilent) {
          await stream.text('The first words');
          await discord.waitFor(() => thread.fromBot.length > 0);
        }
        close(thread);
        await expect.poll(() => request.closedByClient, { timeout: LONG_MS }).toBe(true);
        expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed' });
      });
    }
  }

  it('goes on in a thread that was only archived: a new message opens it', async () => {
    const { ana } = world;
    const thread = ana.startThread(freshChannel(world), { name: 'a thread' });
    const { stream, question } = await begin(thread);
    thread.archive();
    await stream.text(', and all the others.');
    await stream.finish();
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(thread.fromBot.at(-1)?.content).toBe('The first words, and all the others.');
  });

  it("because the server's filter refuses it: that is said, and not tried in other words", async () => {
    const { discord, guild } = world;
    const place = freshChannel(world);
    const { stream, question, draft } = await begin(place);
    guild.blockWords(['forbidden']);
    await stream.text(' are forbidden');
    expect(await talkOn(stream)).toBe(true);
    await world.outcome(question.id);
    guild.blockWords([]);
    await discord.waitFor(() => /filter/u.test(draft.content), LONG_MS);
    expect(place.fromBot).toHaveLength(1);
    expect(draft.content).not.toContain('forbidden');
  });

  it('in a direct message, because its reader blocked the bot', async () => {
    const { ana } = world;
    const { stream, question } = await begin(ana.dm);
    ana.blockBot();
    expect(await talkOn(stream)).toBe(true);
    ana.blockBot(false);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed' });
  });
});
