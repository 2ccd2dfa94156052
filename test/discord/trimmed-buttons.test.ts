import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { manualStream } from '../simulators/bedrock.ts';
import { buttonsOf, press, privateReplies } from './pressing.ts';
import { restartHourly } from './restart-hourly.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
/** Three questions of this length and their answers are remembered. */
shareWorld({ discord: { rateLimits: 'off', maxConcurrency: 100 }, environment: { HISTORY_MAX_TOKENS: '1000' } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

const LONG = 'and so on '.repeat(100);

let places = 0;
const freshChannel = (): SimulatedChannel => world.guild.addChannel({ name: `trimmed-${(places += 1)}` });
const buttonsIn = (place: SimulatedChannel): (readonly (string | undefined)[])[] => place.fromBot.map(buttonsOf);

/** Asks until the oldest answer leaves the history: all answers. */
const askUntilTrimmed = async (place: SimulatedChannel, ...before: SimulatedMessage[]): Promise<readonly SimulatedMessage[]> => {
  const answers = [...before];
  for (let turns = 2 * answers.length; turns >= 2 * answers.length - 1; ) {
    if (answers.length > 20) throw new Error('Nothing is trimmed');
    answers.push(await world.ask(world.ana, `${answers.length} ${LONG}`, place));
    turns = world.bedrock.requests.at(-1)?.body?.messages.length ?? 0;
  }
  return answers;
};

describe('buttons of answers that leave a history for lack of room', () => {
  it('go by themselves; those of what is remembered stay and work', async () => {
    const place = freshChannel();
    const answers = await askUntilTrimmed(place);
    const remembered = ((world.bedrock.requests.at(-1)?.body?.messages.length ?? 0) + 1) / 2;
    expect(remembered).toBeLessThan(answers.length);
    const left = answers.slice(0, -remembered);
    await expect.poll(() => left.map(buttonsOf)).toEqual(left.map(() => []));
    expect(answers.slice(-remembered).map(buttonsOf)).toEqual(answers.slice(-remembered).map(() => ['Regenerate']));
    expect(left.map(({ content }) => content)).toEqual(left.map(() => 'Certainly.'));
    world.bedrock.respondOnce({ text: 'Again.' });
    await world.outcome((await press(world.ana, answers.at(-remembered) as SimulatedMessage, 'Regenerate')).id);
    await expect.poll(() => place.fromBot.map(({ content }) => content)).toContain('Again.');
  });

  it('go also below one that could be continued, and a press that comes before is told why', async () => {
    const place = freshChannel();
    world.bedrock.respondOnce({ text: 'One, two,', stopReason: 'max_tokens' });
    const first = await world.ask(world.ana, `count ${LONG}`, place);
    const refused = world.discord.faults.add({ method: 'PATCH', route: 'PATCH /channels/:id/messages/:id', does: { status: 403, code: 50_013 } });
    await askUntilTrimmed(place, first);
    await expect.poll(() => refused.hits).toBeGreaterThan(0);
    expect(buttonsOf(first)).toEqual(['Regenerate', 'Continue']);
    world.discord.faults.clear();
    const pressed = await press(world.ana, first, 'Continue');
    await world.discord.waitFor(() => privateReplies(pressed).length > 0);
    expect(privateReplies(pressed)).toEqual(['I no longer remember this question. Please ask it again.']);
    expect(buttonsOf(first)).toEqual([]);
  });

  it('stay where the question was edited, and can be asked as it reads now', async () => {
    const place = freshChannel();
    const first = await world.ask(world.ana, `one ${LONG}`, place);
    const question = world.discord.message(first.referenceId ?? '') as SimulatedMessage;
    world.ana.edit(question, `${world.discord.botUser.mention} another`);
    await expect.poll(() => buttonsOf(first)).not.toEqual(['Regenerate']);
    const edited = buttonsOf(first);
    const answers = await askUntilTrimmed(place, first);
    for (let more = 0; more < 3; more += 1) await world.ask(world.ana, `more ${LONG}`, place);
    await expect.poll(() => buttonsOf(answers[1] as SimulatedMessage)).toEqual([]);
    expect(buttonsOf(first)).toEqual(edited);
    await world.outcome((await press(world.ana, first, edited[0] ?? '')).id);
    expect(world.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content.at(-1)?.text).toBe('another');
  });

  it('wait for whoever is answered there, and go at the next start where the process ended meanwhile', async () => {
    const place = freshChannel();
    const stream = manualStream();
    const first = await world.ask(world.ana, `one ${LONG}`, place);
    const answers = await askUntilTrimmed(place, first);
    world.bedrock.respondOnce(stream.responder);
    const question = world.ana.runCommand(place, 'ask', { prompt: 'and in private?', private: true });
    await stream.request;
    await world.discord.waitFor(() => question.acknowledged);
    const store = openStore(storeUrl);
    const noted = async (): Promise<number> => (await Array.fromAsync(store.entries('dead:'))).length;
    await expect.poll(noted).toBeGreaterThan(0);
    const before = buttonsIn(place);
    await world.parley.stop(0);
    expect(buttonsIn(place)).toEqual(before);
    await world.restart({}, 0);
    await world.outcome(question.id);
    await expect.poll(() => buttonsOf(answers[0] as SimulatedMessage)).toEqual([]);
    await expect.poll(noted).toBe(0);
    await store.close();
    expect(buttonsOf(answers.at(-1) as SimulatedMessage)).toEqual(['Regenerate']);
  });

  it('go where the process ended before it could note them', async () => {
    const place = freshChannel();
    const answers = await askUntilTrimmed(place);
    const last = answers.at(-1)?.referenceId ?? '';
    await world.parley.stop(0);
    const [ledger, store] = [openStore(storeUrl, { table: 'ledger' }), openStore(storeUrl)];
    for await (const [key] of store.entries('dead:')) await store.delete(key);
    const key = `question:${last}`;
    await ledger.set(key, JSON.stringify({ ...(JSON.parse((await ledger.get(key)) ?? '') as object), state: 'running', owner: null }), 60_000);
    await ledger.set(`open:${last}`, '1', 60_000);
    await Promise.all([ledger.close(), store.close()]);
    await world.restart({}, 0);
    await expect.poll(() => buttonsOf(answers[0] as SimulatedMessage)).toEqual([]);
    expect(buttonsOf(answers.at(-1) as SimulatedMessage)).toEqual(['Regenerate']);
  });

  it('are tried again after an hour where Discord could not take them away', async () => {
    const hourly = await restartHourly(world);
    const place = freshChannel();
    const tooMany = { status: 400, code: 30_046, message: 'Maximum number of edits to messages older than 1 hour reached. Try again later.' };
    const refused = world.discord.faults.add({ method: 'PATCH', route: 'PATCH /channels/:id/messages/:id', does: tooMany });
    const [first] = await askUntilTrimmed(place);
    await expect.poll(() => refused.hits).toBeGreaterThan(0);
    world.discord.faults.clear();
    hourly();
    await expect.poll(() => buttonsOf(first as SimulatedMessage)).toEqual([]);
  });
});
