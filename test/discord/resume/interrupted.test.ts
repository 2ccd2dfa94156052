import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/store/open-store.ts';
import { manualStream } from '../../simulators/bedrock.ts';
import { press, withoutQuestion } from '../pressing.ts';
import { beginAnswer } from '../begin-answer.ts';
import { shareWorld } from '../shared-world.ts';
import { freshChannel } from '../fresh-channel.ts';
import { ledgerRow } from '../ledger-row.ts';
import { SUPERSEDED_TEXT } from '../../../src/discord/texts/answer-texts.ts';
import type { SimulatedChannel } from '../../simulators/discord.ts';
import type { World } from '../../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({}, (opened, url) => {
  world = opened;
  storeUrl = url;
});

/** Of a draft in three messages. */
const LONG = 'All is well that ends well. '.repeat(150);

describe('an answer that the end of a process interrupts', () => {
  it('is finished in the message in which it was begun', async () => {
    const place = freshChannel(world);
    const { question, draft } = await beginAnswer(world, place);
    world.bedrock.respond({ text: 'All of the story.' });
    await world.restart({}, 0);
    expect(draft.content).not.toContain('Stopped');
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(place.fromBot).toEqual([draft]);
    expect(draft.content).toBe('All of the story.');
    expect(JSON.stringify(draft.components)).not.toContain('stop:');
  });

  it('is finished in the message whose id nobody could write down any more', async () => {
    const place = freshChannel(world);
    world.discord.faults.add({ route: 'POST /channels/:id/messages', does: 'apply-then-timeout', times: 1 });
    const { question, draft } = await beginAnswer(world, place);
    world.bedrock.respond({ text: 'All of the story.' });
    await world.restart({}, 0);
    await world.outcome(question.id);
    expect(place.fromBot).toEqual([draft]);
    expect(draft.content).toBe('All of the story.');
  });

  it('takes its further messages away where the whole answer needs fewer', async () => {
    const place = freshChannel(world);
    const { question } = await beginAnswer(world, place, { words: LONG });
    await world.discord.waitFor(() => place.fromBot.length === 3);
    world.bedrock.respond({ text: 'In short: yes.' });
    await world.restart({}, 0);
    await world.outcome(question.id);
    await world.discord.waitFor(() => place.fromBot.length === 1);
    expect(place.fromBot[0]?.content).toBe('In short: yes.');
  });

  it('stands in its order, where the beginning of it comes anew below what the earlier process left', async () => {
    const place = freshChannel(world);
    const story = Array.from({ length: 100 }, (_, number) => `This is sentence ${number} of the story.`).join(' ');
    const first = manualStream();
    world.bedrock.respondOnce(first.responder);
    const question = world.ana.say(place, `${world.discord.botUser.mention} a long story`);
    await first.request;
    await first.text(story);
    await world.discord.waitFor(() => place.fromBot.length === 2);
    const second = manualStream();
    world.bedrock.respondOnce(second.responder);
    await world.restart({}, 0);
    await second.request;
    await second.text(story.slice(0, 32));
    await world.discord.waitFor(() => place.fromBot[0]?.content === story.slice(0, 32));
    const limited = world.discord.faults.add({ route: 'PATCH /channels/:id/messages/:id', does: { rateLimit: { scope: 'user', retryAfter: 5 } }, times: 1 });
    await second.text(story.slice(32, 100));
    await expect.poll(() => limited.hits).toBe(1);
    await second.text(story.slice(100));
    await second.finish();
    await world.outcome(question.id);
    await world.discord.waitFor(() => place.fromBot.length === 2, 15_000);
    expect(place.fromBot.map(({ content }) => content).join(' ')).toBe(story);
  });

  it('stays where it came anew, as it had already by the earlier process, which could not take its draft away any more', async () => {
    const place = freshChannel(world);
    const first = manualStream();
    world.bedrock.respondOnce(first.responder);
    const question = world.ana.say(place, `${world.discord.botUser.mention} a long story`);
    await first.request;
    await first.text('Once upon');
    const draft = await world.discord.waitFor(() => place.fromBot[0]);
    world.ana.say(place, 'so many of us here');
    const refused = world.discord.faults.add({ route: 'DELETE /channels/:id/messages/:id', does: { status: 503 } });
    await first.text(' a time.');
    await first.finish();
    await expect.poll(() => refused.hits).toBeGreaterThan(0);
    const anew = await world.discord.waitFor(() => place.fromBot[1]);
    const second = manualStream();
    world.bedrock.respondOnce(second.responder);
    await world.restart({}, 0);
    await second.request;
    await second.text('All of');
    await world.discord.waitFor(() => draft.content === 'All of');
    world.ana.say(place, 'and they still write');
    world.discord.faults.clear();
    await second.text(' the story.');
    await second.finish();
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    // Whatever is done behind an answer has been done when a process has ended.
    await world.restart({}, 20_000);
    expect(place.fromBot.filter(({ deleted }) => !deleted)).toEqual([anew]);
    expect(anew.content).toBe('All of the story.');
    expect(JSON.parse((await ledgerRow(storeUrl, question.id)) ?? '')).toMatchObject({ state: 'delivered', messageIds: [anew.id] });
  });

  it('leaves none of them that looks like a part of it where Discord says of one that it may not be deleted', async () => {
    const place = freshChannel(world);
    const { question } = await beginAnswer(world, place, { words: LONG });
    await world.discord.waitFor(() => place.fromBot.length === 3);
    const [, stays, goes] = place.fromBot;
    world.bedrock.respond({ text: 'In short: yes.' });
    world.discord.faults.add({ route: 'DELETE /channels/:id/messages/:id', when: ({ path }) => path.endsWith(`/${stays?.id}`), does: { status: 403, code: 50_013 } });
    await world.restart({}, 0);
    await world.outcome(question.id);
    await world.discord.waitFor(() => goes?.deleted === true && stays?.content === SUPERSEDED_TEXT, 15_000);
    expect(place.fromBot.map(({ content }) => content)).toEqual(['In short: yes.', SUPERSEDED_TEXT]);
  });

  it('takes the others away where one of them can be neither deleted nor edited', async () => {
    const place = freshChannel(world);
    const { question } = await beginAnswer(world, place, { words: LONG });
    await world.discord.waitFor(() => place.fromBot.length === 3);
    const [, stays, goes] = place.fromBot;
    world.bedrock.respond({ text: 'In short: yes.' });
    const refused = world.discord.faults.add({ when: ({ method, path }) => method !== 'GET' && path.endsWith(`/${stays?.id}`), does: { status: 403, code: 50_013 } });
    await world.restart({}, 0);
    await world.outcome(question.id);
    await world.discord.waitFor(() => goes?.deleted === true, 15_000);
    expect(refused.hits).toBeGreaterThan(1);
  });

  it('takes them away although Discord refuses to for a while', async () => {
    const place = freshChannel(world);
    const { question } = await beginAnswer(world, place, { words: LONG });
    await world.discord.waitFor(() => place.fromBot.length === 3);
    world.bedrock.respond({ text: 'In short: yes.' });
    const refusals = world.discord.faults.add({ route: 'DELETE /channels/:id/messages/:id', does: { status: 503 }, times: 6 });
    await world.restart({}, 0);
    await world.outcome(question.id);
    await world.discord.waitFor(() => place.fromBot.length === 1, 15_000);
    expect(refusals.hits).toBe(6);
    expect(place.fromBot[0]?.content).toBe('In short: yes.');
  });

  it('has buttons that work when its process ended between remembering it and keeping what they need', async () => {
    const place = freshChannel(world);
    const answer = await world.ask(world.ana, 'a long story', place);
    await world.parley.stop(0);
    const [ledger, store] = [openStore(storeUrl, { table: 'ledger' }), openStore(storeUrl)];
    const key = `question:${answer.referenceId}`;
    await ledger.set(key, JSON.stringify({ ...(JSON.parse((await ledger.get(key)) ?? '') as object), state: 'running', owner: null }), 60_000);
    await ledger.set(`open:${answer.referenceId}`, '1', 60_000);
    const shown = await Array.fromAsync(store.entries('answer:'));
    expect(shown.length).toBeGreaterThan(0);
    for (const [shownKey] of shown) await store.delete(shownKey);
    await world.restart({}, 0);
    await expect.poll(() => ledger.get(key)).toContain('"delivered"');
    await Promise.all([ledger.close(), store.close()]);
    world.bedrock.respond({ text: 'Another story.' });
    await press(world.ana, answer, 'Regenerate');
    await world.discord.waitFor(() => place.fromBot.at(-1)?.content === 'Another story.');
  });

  it('keeps its new answer when it was asked anew, answered, and not tidied up', async () => {
    const place = freshChannel(world);
    const first = await world.ask(world.ana, 'a long story', place);
    world.bedrock.respond({ text: 'Another story.' });
    const pressed = await press(world.ana, first, 'Regenerate');
    await world.discord.waitFor(() => first.deleted && place.fromBot.at(-1)?.content === 'Another story.');
    const calls = world.bedrock.requestCount;
    await world.parley.stop(0);
    const store = openStore(storeUrl, { table: 'ledger' });
    const key = `question:${pressed.id}`;
    await store.set(key, JSON.stringify({ ...(JSON.parse((await store.get(key)) ?? '') as object), state: 'running', owner: null }), 60_000);
    await store.set(`open:${pressed.id}`, '1', 60_000);
    await world.restart({}, 0);
    await expect.poll(() => store.get(key)).toContain('"delivered"');
    await store.close();
    expect(world.bedrock.requestCount).toBe(calls);
    expect(place.fromBot.map(({ content }) => content)).toEqual(['Another story.']);
  });

  it('keeps its answer, and loses the drafts that its row still names, when it was answered and not tidied up', async () => {
    const place = freshChannel(world);
    const draft = await world.ask(world.ana, 'this answer plays the draft', place);
    const answer = await world.ask(world.ana, 'a long story', place);
    const calls = world.bedrock.requestCount;
    await world.parley.stop(0);
    const store = openStore(storeUrl, { table: 'ledger' });
    const key = `question:${answer.referenceId}`;
    const row = JSON.parse((await store.get(key)) ?? '') as { messageIds: string[] };
    await store.set(key, JSON.stringify({ ...row, state: 'running', owner: null, messageIds: [draft.id, ...row.messageIds] }), 60_000);
    await store.set(`open:${answer.referenceId}`, '1', 60_000);
    world.discord.faults.add({ route: 'DELETE /channels/:id/messages/:id', does: { status: 503 }, times: 5 });
    await world.restart({}, 0);
    await world.discord.waitFor(() => place.fromBot.length === 1, 15_000);
    expect(place.fromBot).toEqual([answer]);
    await expect.poll(() => store.get(key)).toContain('"delivered"');
    await store.close();
    expect(world.bedrock.requestCount).toBe(calls);
  });

  /** By a command; the model has the question and says nothing yet. */
  const askForStory = async () => {
    const place = freshChannel(world);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'a long story' });
    await stream.request;
    return { place, stream, interaction };
  };

  it('is finished in its response when it was asked by a command', async () => {
    const { place, interaction } = await askForStory();
    await world.discord.waitFor(() => interaction.acknowledged);
    world.bedrock.respond({ text: 'All of the story.' });
    await world.restart({}, 0);
    await world.outcome(interaction.id);
    expect(place.fromBot.map(({ content }) => withoutQuestion(content))).toEqual(['All of the story.']);
    expect(world.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content.at(-1)).toEqual({ text: 'a long story' });
  });

  it('stays in its response when the next process has to be waited for, too', async () => {
    const { place, stream, interaction } = await askForStory();
    await stream.text('Once upon');
    await world.discord.waitFor(() => withoutQuestion(place.fromBot[0]?.content) === 'Once upon');
    const slow = manualStream();
    world.bedrock.respondOnce(slow.responder);
    const callbacks = (): number => world.discord.requests.filter(({ path }) => path.startsWith(`/interactions/${interaction.id}/`)).length;
    await world.restart({}, 0);
    await slow.request;
    // It says that it is busy, which Discord refuses: something is there already.
    await world.discord.waitFor(() => callbacks() === 2);
    await slow.text('All of the story.');
    await slow.finish();
    await world.outcome(interaction.id);
    // Whatever is done behind an answer has been done when a process has ended.
    await world.restart({}, 20_000);
    expect(place.fromBot.map(({ content }) => withoutQuestion(content))).toEqual(['All of the story.']);
  });

  it('is looked for again at once where Discord does not show its response for a moment, not with the next look at all of them', async () => {
    const { interaction } = await askForStory();
    await world.discord.waitFor(() => interaction.acknowledged);
    await world.parley.stop(0);
    world.discord.faults.add({ route: 'GET /webhooks/:id/:token/messages/@original', does: { status: 503, body: 'upstream connect error' }, times: 4 });
    await world.restart();
    expect(await world.outcome(interaction.id)).toMatchObject({ outcome: 'delivered' });
    expect(interaction.response?.content).toContain('Certainly.');
    expect(world.log.some(({ message }) => message === 'an interrupted question could not be settled')).toBe(false);
  });

  const askWithFile = async (place: SimulatedChannel) => {
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'what is in it?' }, { attachments: { file: { name: 'tea.txt', bytes: 'Tea is a drink.' } } });
    await stream.request;
    await world.discord.waitFor(() => interaction.acknowledged);
    await world.parley.stop(0);
    return interaction;
  };

  it('is there once when its end came anew in the channel and nobody could write that down any more', async () => {
    const { place, stream, interaction } = await askForStory();
    await stream.text('Once upon');
    await world.discord.waitFor(() => withoutQuestion(place.fromBot[0]?.content) === 'Once upon');
    world.ana.say(place, 'I have to tell you something');
    world.discord.faults.add({ route: 'POST /channels/:id/messages', does: 'apply-then-timeout', times: 1 });
    await stream.text(' a time.');
    await stream.finish();
    await world.discord.waitFor(() => place.fromBot.length === 2);
    world.bedrock.respond({ text: 'All of the story.' });
    await world.restart({}, 0);
    await world.outcome(interaction.id);
    await world.discord.waitFor(() => place.fromBot.length === 1);
    expect(place.fromBot.map(({ content }) => withoutQuestion(content))).toEqual(['All of the story.']);
  });

  it('has the file that came with its command, whose address nobody can read in the store', async () => {
    const place = freshChannel(world);
    const interaction = await askWithFile(place);
    const store = openStore(storeUrl, { table: 'ledger' });
    const row = await store.get(`question:${interaction.id}`);
    expect(row).toContain('"filesAt"');
    expect(row).not.toMatch(/tea\.txt|attachments/u);
    await store.close();
    await world.restart({}, 0);
    await world.outcome(interaction.id);
    expect(JSON.stringify(world.bedrock.requests.at(-1)?.body)).toContain('Tea is a drink.');
    expect(place.fromBot.map(({ content }) => withoutQuestion(content))).toEqual(['Certainly.']);
  });

  it('says so when that file cannot be had any more', async () => {
    const place = freshChannel(world);
    const interaction = await askWithFile(place);
    await world.restart({ DISCORD_CDN_URL: 'http://127.0.0.1:9' }, 0);
    await world.outcome(interaction.id);
    expect(place.fromBot).toHaveLength(1);
    expect(place.fromBot[0]?.content).toMatch(/Certainly\.\n-# Without `tea\.txt`/u);
  });

  it('is cleared away when its question was deleted meanwhile', async () => {
    const place = freshChannel(world);
    const { question } = await beginAnswer(world, place);
    const calls = world.bedrock.requestCount;
    await world.parley.stop(0);
    world.ana.delete(question);
    await world.restart({}, 0);
    await world.discord.waitFor(() => place.fromBot.length === 0);
    expect(world.bedrock.requestCount).toBe(calls);
  });
});
