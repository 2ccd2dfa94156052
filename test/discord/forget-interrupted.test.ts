import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { ledgerRow } from './ledger-row.ts';
import { letModerate } from './moderating.ts';
import { press, buttonsOf, privateReplies } from './pressing.ts';
import { restartMuchLater } from './resume/much-later.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off', maxConcurrency: 100 } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

let places = 0;
/** A word that is said nowhere else. */
let secret: string;
const freshChannel = (): SimulatedChannel => {
  places += 1;
  secret = `SECRET-${places}-`;
  const place = world.guild.addChannel({ name: `interrupted-${places}` });
  letModerate(world.ana, place);
  return place;
};

const noticeIn = (place: SimulatedChannel): Promise<SimulatedMessage> => world.discord.waitFor(() => place.fromBot.find(({ content }) => content.includes('Try again')));

/** What nobody answered in time, with its Try again button. */
const interrupted = async (place: SimulatedChannel, ask: () => SimulatedInteraction | SimulatedMessage): Promise<{ id: string; notice: SimulatedMessage }> => {
  const stream = manualStream();
  world.bedrock.respondOnce(stream.responder);
  const question = ask();
  await stream.request;
  await stream.text('Once upon');
  await world.discord.waitFor(() => place.fromBot.some(({ content }) => content.includes('Once upon')));
  await restartMuchLater(world, storeUrl);
  const notice = await noticeIn(place);
  await expect.poll(() => ledgerRow(storeUrl, question.id)).toContain('"interrupted"');
  return { id: question.id, notice };
};
const byCommand = (place: SimulatedChannel) => interrupted(place, () => world.bo.runCommand(place, 'ask', { prompt: `${secret} story` }));
const byMention = (place: SimulatedChannel) => interrupted(place, () => world.bo.say(place, `${world.discord.botUser.mention} ${secret} story`));

const saidBy = (interaction: SimulatedInteraction): Promise<string> => world.discord.waitFor(() => (interaction.response?.content ?? '') || undefined);
const secretsStored = (): number => {
  const path = storeUrl.slice('sqlite://'.length);
  return ['', '-wal'].reduce((sum, end) => sum + (existsSync(path + end) ? readFileSync(path + end, 'latin1').split(secret).length - 1 : 0), 0);
};

describe('an interrupted question that could still be tried again', () => {
  it('is forgotten by /reset, where it was asked by a command: no byte of it is stored, and its button goes', async () => {
    const place = freshChannel();
    const { id, notice } = await byCommand(place);
    expect(secretsStored()).toBeGreaterThan(0);
    expect(await saidBy(world.ana.runCommand(place, 'reset'))).toContain('I have forgotten this conversation');
    expect(await ledgerRow(storeUrl, id)).not.toContain(secret);
    await expect.poll(secretsStored).toBe(0);
    await expect.poll(() => buttonsOf(notice)).toEqual([]);
    // A replay of the command is still no new question.
    expect(await ledgerRow(storeUrl, id)).toContain('"failed"');
  });

  it.each(['command', 'mention'] as const)('says so where Discord keeps the button, and asks nothing: by a %s', async (how) => {
    const place = freshChannel();
    const { notice } = await (how === 'command' ? byCommand(place) : byMention(place));
    const refused = world.discord.faults.add({ method: 'PATCH', route: 'PATCH /channels/:id/messages/:id', does: { status: 403, code: 50_013 } });
    await saidBy(world.ana.runCommand(place, 'reset'));
    await expect.poll(() => refused.hits).toBeGreaterThan(0);
    world.discord.faults.clear();
    const calls = world.bedrock.requestCount;
    const pressed = await press(world.bo, notice, 'Try again');
    await world.discord.waitFor(() => privateReplies(pressed).length > 0);
    expect(privateReplies(pressed)).toEqual(['I no longer remember this question. Please ask it again.']);
    expect(buttonsOf(notice)).toEqual([]);
    expect(world.bedrock.requestCount).toBe(calls);
  });

  it('stays where the conversation is another', async () => {
    const [place, other] = [freshChannel(), freshChannel()];
    const { notice } = await byCommand(place);
    await world.outcome(world.bo.runCommand(place, 'ask', { prompt: 'something else', private: true }).id);
    await saidBy(world.ana.runCommand(other, 'reset'));
    await saidBy(world.bo.runCommand(place, 'reset', { private: true }));
    expect(buttonsOf(notice)).toEqual(['Try again']);
    world.bedrock.respondOnce({ text: 'The end.' });
    await press(world.bo, notice, 'Try again');
    await world.discord.waitFor(() => notice.content.endsWith('The end.'));
    expect(world.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content.at(-1)?.text).toBe(`${secret} story`);
  });

  it('is forgotten where its message is taken away by its menu, by whoever asked and by nobody else', async () => {
    const place = freshChannel();
    const { notice } = await byCommand(place);
    const dana = world.discord.addUser({ name: 'dana' });
    world.guild.addMember(dana);
    expect(await saidBy(dana.runMessageCommand(place, 'Delete this answer', notice))).toContain('Only whoever asked');
    expect(notice.deleted).toBe(false);
    expect(await saidBy(world.bo.runMessageCommand(place, 'Delete this answer', notice))).toBe('Done: the answer is gone, and I have forgotten what was asked.');
    expect(notice.deleted).toBe(true);
    await expect.poll(secretsStored).toBe(0);
  });

  it('is forgotten with its channel', async () => {
    const place = freshChannel();
    await byCommand(place);
    place.delete();
    await expect.poll(secretsStored).toBe(0);
  });
});

describe('a question by a command that waits for Discord', () => {
  const WORDS = 'This conversation was reset before I could answer this. Please ask it again.';

  it.each([
    ['in its response', undefined, (_place: SimulatedChannel, asked: SimulatedInteraction) => asked.response?.content],
    ['in the channel, where its token has died', 16 * 60_000, (place: SimulatedChannel) => place.fromBot.find(({ content }) => content.includes('was reset before'))?.content],
  ] as const)('is forgotten by /reset, and its asker is told so %s', async (_where, advance, seen) => {
    const place = freshChannel();
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const asked = world.bo.runCommand(place, 'ask', { prompt: `${secret} story` });
    await stream.request;
    await world.discord.waitFor(() => asked.acknowledged);
    await world.parley.stop(0);
    // Nobody is told what the response shows.
    world.discord.faults.add({ route: 'GET /webhooks/:id/:token/messages/@original', does: { status: 503 }, when: ({ path }) => path.includes(asked.token) });
    await world.restart();
    await expect.poll(() => ledgerRow(storeUrl, asked.id)).toContain('"reason":"held up"');
    expect(secretsStored()).toBeGreaterThan(0);
    const calls = world.bedrock.requestCount;
    expect(await saidBy(world.ana.runCommand(place, 'reset'))).toContain('There was nothing to forget');
    await expect.poll(secretsStored).toBe(0);
    if (advance !== undefined) world.discord.advance(advance);
    world.discord.faults.clear();
    await expect.poll(() => seen(place, asked)).toContain(WORDS);
    await expect.poll(() => ledgerRow(storeUrl, asked.id)).toContain('"failed"');
    expect(await ledgerRow(storeUrl, asked.id)).toContain('"reason":"forgotten"');
    expect(place.fromBot.filter(({ deleted, content }) => !deleted && content.includes('Try again'))).toEqual([]);
    expect(world.bedrock.requestCount).toBe(calls);
    expect(world.bo.dm.fromBot).toEqual([]);
  });
});
