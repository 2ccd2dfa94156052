import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { startWorld } from '../start-parley.ts';
import { freshChannel } from './fresh-channel.ts';
import { withoutQuestion } from './pressing.ts';
import type { Parley } from '../../src/parley.ts';
import type { World } from '../start-parley.ts';

const STORE_URL = `sqlite://${join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite')}`;

let world: World;
beforeAll(async () => {
  world = await startWorld({ environment: { STORE_URL } });
  world.bedrock.respond({ text: 'Certainly.' });
});
let second: Parley | undefined;
afterEach(async () => {
  await second?.stop(0);
  second = undefined;
});
afterAll(() => world.close());

const row = async (questionId: string): Promise<Record<string, unknown>> => {
  const store = openStore(STORE_URL, { table: 'ledger' });
  const text = await store.get(`question:${questionId}`);
  await store.close();
  return JSON.parse(text ?? '{}') as Record<string, unknown>;
};

/** The event of a message, as the gateway sends it. */
const eventOf = (question: { readonly id: string; readonly content: string }, channelId: string) => ({
  id: question.id,
  channel_id: channelId,
  guild_id: world.guild.id,
  author: { id: world.ana.id, username: 'ana', discriminator: '0', avatar: null, global_name: 'Ana' },
  member: { roles: [], joined_at: '2026-01-01T00:00:00.000Z', deaf: false, mute: false, flags: 0 },
  content: question.content,
  timestamp: new Date().toISOString(),
  edited_timestamp: null,
  tts: false,
  mention_everyone: false,
  mentions: [{ id: world.discord.botUser.id, username: 'Parley', discriminator: '0', avatar: null, bot: true }],
  mention_roles: [],
  attachments: [],
  embeds: [],
  pinned: false,
  type: 0,
});

describe('a question', () => {
  it('has one row in the ledger, which tells what became of it', async () => {
    const place = freshChannel(world);
    const answer = await world.ask(world.ana, 'how are you?', place);
    const questionId = answer.referenceId ?? '';
    await expect.poll(async () => (await row(questionId))['state']).toBe('delivered');
    expect(await row(questionId)).toMatchObject({ messageIds: [answer.id], attempts: 1, askerId: world.ana.id, place: { channelId: place.id } });
    expect(JSON.stringify(await row(questionId))).not.toContain('how are you');
  });

  it('that asks nothing is refused once, and its row says so', async () => {
    const place = freshChannel(world);
    const question = world.ana.say(place, world.discord.botUser.mention);
    await world.discord.waitFor(() => place.fromBot.length === 1);
    await expect.poll(() => row(question.id)).toMatchObject({ state: 'refused', reason: 'nothing to answer' });
  });

  it('is answered once, however often its event comes, and after a restart too', async () => {
    const place = freshChannel(world);
    const question = world.ana.say(place, `${world.discord.botUser.mention} once?`);
    world.discord.gateway.dispatch('MESSAGE_CREATE', eventOf(question, place.id));
    await world.outcome(question.id);
    const calls = world.bedrock.requestCount;
    await world.restart();
    world.discord.gateway.dispatch('MESSAGE_CREATE', eventOf(question, place.id));
    await world.ask(world.ana, 'and this?', freshChannel(world));
    expect(place.fromBot).toHaveLength(1);
    expect(world.bedrock.requestCount).toBe(calls + 1);
  });

  it('is answered once by two processes on the same store, by every door', async () => {
    world.discord.advance(5_000);
    second = await world.startSecond();
    const calls = world.bedrock.requestCount;
    const channels = Array.from({ length: 20 }, () => freshChannel(world));
    const questions = channels.map((place) => world.ana.say(place, `${world.discord.botUser.mention} who of you?`));
    const interactions = channels.map((place) => world.bo.runCommand(place, 'ask', { prompt: 'who of you?' }));
    await Promise.all([...questions, ...interactions].map(({ id }) => world.outcome(id)));
    expect(world.bedrock.requestCount).toBe(calls + 40);
    for (const place of channels) expect(place.fromBot.map(({ content }) => withoutQuestion(content))).toEqual(['Certainly.', 'Certainly.']);
  });
});
