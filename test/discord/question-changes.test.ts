import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { openStore } from '../../src/store/open-store.ts';
import { shareWorld } from './shared-world.ts';
import { buttonsOf, press, turnsOf } from './pressing.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

let places = 0;
const freshChannel = () => world.guild.addChannel({ name: `changes-${(places += 1)}` });
const say = (place: SimulatedChannel, text: string): SimulatedMessage => world.ana.say(place, `${world.discord.botUser.mention} ${text}`);
const edit = (question: SimulatedMessage, text: string): void => world.ana.edit(question, `${world.discord.botUser.mention} ${text}`);
const answered = async (place: SimulatedChannel, text: string, reply = 'Certainly.') => {
  world.bedrock.respondOnce({ text: reply });
  const question = say(place, text);
  await world.outcome(question.id);
  return { question, answer: place.fromBot.at(-1) as SimulatedMessage };
};
const OFFER = 'Regenerate with the edited question';

describe('a deleted question', () => {
  it('cancels its answer, and takes along what was written', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel();
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const question = say(place, 'tell me a story');
    await stream.request;
    await stream.text('Once upon');
    const draft = await discord.waitFor(() => place.fromBot[0]);
    ana.delete(question);
    expect((await (await stream.request).closed).closedByClient).toBe(true);
    await discord.waitFor(() => draft.deleted);
    await world.outcome(question.id);
    expect(place.fromBot).toEqual([]);
    expect(draft.revisions.map(({ content }) => content)).toEqual(['Once upon']);
  });

  it('before there is anything to read leaves nothing behind', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel();
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const question = say(place, 'tell me a story');
    await stream.request;
    ana.delete(question);
    expect(await world.outcome(question.id)).toMatchObject({ kind: 'stopped' });
    await world.ask(ana, 'and now?', place);
    expect(place.fromBot).toHaveLength(1);
    expect(discord.message(question.id)?.deleted).toBe(true);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([['user', 'and now?']]);
  });

  it('takes its answer along, all of its messages, and leaves the memory', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel();
    await answered(place, 'first', 'one');
    const { question } = await answered(place, 'second', 'word '.repeat(700).trim());
    await answered(place, 'third', 'three');
    expect(place.fromBot.length).toBeGreaterThan(3);
    ana.delete(question);
    await discord.waitFor(() => place.fromBot.length === 2);
    await world.ask(ana, 'fourth', place);
    expect(turnsOf(bedrock.requests.at(-1)).map(([, text]) => text)).toEqual(['first', 'one', 'third', 'three', 'fourth']);
  });

  it('takes along what it was regenerated and continued to', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel();
    const { question, answer } = await answered(place, 'count');
    bedrock.respondOnce({ text: 'One, two,', stopReason: 'max_tokens' });
    await world.outcome((await press(ana, answer, 'Regenerate')).id);
    await discord.waitFor(() => answer.deleted);
    await world.outcome((await press(ana, place.fromBot.at(-1) as SimulatedMessage, 'Continue')).id);
    expect(place.fromBot).toHaveLength(2);
    ana.delete(question);
    await discord.waitFor(() => place.fromBot.length === 0);
    await world.ask(ana, 'and now?', place);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([['user', 'and now?']]);
  });

  it('is also one of many that a moderator deletes', async () => {
    const { discord } = world;
    const place = freshChannel();
    const one = await answered(place, 'first');
    const two = await answered(place, 'second');
    place.bulkDelete([one.question, two.question]);
    await discord.waitFor(() => one.answer.deleted && two.answer.deleted);
  });

  it('that is being regenerated leaves neither answer', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel();
    const { question } = await answered(place, 'count');
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const pressed = await press(ana, place.fromBot.at(-1) as SimulatedMessage, 'Regenerate');
    await stream.request;
    await stream.text('One');
    await discord.waitFor(() => place.fromBot.length === 2);
    ana.delete(question);
    await world.outcome(pressed.id);
    await discord.waitFor(() => place.fromBot.length === 0);
  });

  it('that is being continued leaves neither part', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel();
    bedrock.respondOnce({ text: 'One, two,', stopReason: 'max_tokens' });
    const question = say(place, 'count');
    await world.outcome(question.id);
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const pressed = await press(ana, place.fromBot[0] as SimulatedMessage, 'Continue');
    await stream.request;
    await stream.text('three');
    await discord.waitFor(() => place.fromBot.length === 2);
    ana.delete(question);
    expect((await (await stream.request).closed).closedByClient).toBe(true);
    await world.outcome(pressed.id);
    await discord.waitFor(() => place.fromBot.length === 0);
    await world.ask(ana, 'and now?', place);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([['user', 'and now?']]);
  });

  it('that waits for its turn is never asked', async () => {
    const { discord, bedrock, ana, bo } = world;
    const place = freshChannel();
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const first = say(place, 'first');
    await stream.request;
    const second = bo.say(place, `${discord.botUser.mention} second`);
    await stream.text('one');
    await discord.waitFor(() => place.fromBot.length === 1);
    const before = bedrock.requestCount;
    bo.delete(second);
    await world.outcome(second.id);
    await stream.finish();
    await world.outcome(first.id);
    await world.ask(ana, 'third', place);
    expect(bedrock.requestCount).toBe(before + 1);
    expect(place.fromBot.map(({ content }) => content)).toEqual(['one', 'Certainly.']);
  });

  it('is nothing to us when it asked us nothing', async () => {
    const { ana } = world;
    const place = freshChannel();
    const { answer } = await answered(place, 'first');
    ana.delete(ana.say(place, 'just talking'));
    await answered(place, 'second');
    expect(answer.deleted).toBe(false);
  });
});

describe('a deleted place', () => {
  it.each([
    ['a thread', () => world.ana.startThread(freshChannel(), { name: 'aside' })],
    ['a channel', freshChannel],
  ])('%s ends what is written there, and nobody stays in the line for it', async (_name, open) => {
    const place = open();
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = say(place, 'tell me a story');
    await stream.request;
    await stream.text('Once upon');
    await world.discord.waitFor(() => place.fromBot[0]);
    place.delete();
    expect((await (await stream.request).closed).closedByClient).toBe(true);
    expect(await world.outcome(question.id)).toMatchObject({ kind: 'stopped' });
  });

  it('is forgotten, with what was said there in private; a channel takes its threads along', async () => {
    const { ana, discord } = world;
    const channel = freshChannel();
    const neighbour = freshChannel();
    const thread = ana.startThread(channel, { name: 'aside' });
    for (const place of [channel, neighbour, thread]) await answered(place, 'first');
    await world.outcome(ana.runCommand(channel, 'ask', { prompt: 'a secret', private: true }).id);
    const store = openStore(storeUrl);
    const remembered = async () => {
      const keys = await Array.fromAsync(store.entries('history:'), ([key]) => key.slice('history:'.length));
      return [channel, neighbour, thread].map(({ id }) => keys.filter((key) => key.split(':')[0] === id).length);
    };
    expect(await remembered()).toEqual([2, 1, 1]);
    channel.delete();
    await expect.poll(remembered).toEqual([0, 1, 0]);
    expect(discord.unexpectedRequests).toEqual([]);
    await store.close();
  });
});

describe('a question that is edited while it waits', () => {
  /** Somebody else's question is being answered in the same place, so that the next one waits for its turn. */
  const busy = async (place: SimulatedChannel) => {
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const first = world.bo.say(place, `${world.discord.botUser.mention} first`);
    await stream.request;
    const goOn = async (): Promise<void> => {
      await stream.text('one');
      await stream.finish();
      await world.outcome(first.id);
    };
    return goOn;
  };
  /** What comes later through the gateway shows that what came before has been heard. */
  const heard = async (): Promise<void> => {
    await world.ask(world.bo, 'elsewhere', freshChannel());
  };
  const answersTo = (place: SimulatedChannel, { id }: SimulatedMessage): string[] => place.fromBot.filter(({ referenceId }) => referenceId === id).map(({ content }) => content);

  it('is asked as it reads now, and remembered so', async () => {
    const place = freshChannel();
    const goOn = await busy(place);
    const question = say(place, 'a color?');
    await heard();
    edit(question, 'a colur?');
    edit(question, 'a colour?');
    await heard();
    await goOn();
    await world.outcome(question.id);
    expect(turnsOf(world.bedrock.requests.at(-1)).map(([, text]) => text)).toEqual(['first', 'one', 'a colour?']);
    expect(place.fromBot.map(buttonsOf).at(-1)).toEqual(['Regenerate']);
    await world.ask(world.ana, 'and then?', place);
    expect(turnsOf(world.bedrock.requests.at(-1)).map(([, text]) => text)).toEqual(['first', 'one', 'a colour?', 'Certainly.', 'and then?']);
  });

  it('is asked so after more than two minutes, too, with its files', async () => {
    const place = freshChannel();
    const goOn = await busy(place);
    const question = world.ana.say(place, `${world.discord.botUser.mention} what is this?`, { attachments: [{ name: 'a.txt', bytes: 'apples' }] });
    await heard();
    world.discord.advance(2 * 60 * 1000 + 1);
    edit(question, 'what is that?');
    await heard();
    await goOn();
    await world.outcome(question.id);
    const asked = world.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content.map(({ text }) => text);
    expect(asked?.at(-1)).toBe('what is that?');
    expect(JSON.stringify(asked)).toContain('apples');
  });

  it('is asked so where it waits for questions of other places', async () => {
    const streams = Array.from({ length: 4 }, manualStream);
    world.bedrock.respondOnce(...streams.map(({ responder }) => responder));
    const others = streams.map(() => say(freshChannel(), 'busy'));
    await Promise.all(streams.map(({ request }) => request));
    const place = freshChannel();
    const question = say(place, 'a color?');
    await world.discord.waitFor(() => place.fromBot.find(({ content }) => content === 'Your question is next.'));
    edit(question, 'a colour?');
    await press(world.bo, place.fromBot[0] as SimulatedMessage, 'Stop');
    for (const stream of streams) {
      await stream.text('done');
      await stream.finish();
    }
    await Promise.all([question, ...others].map(({ id }) => world.outcome(id)));
    expect(turnsOf(world.bedrock.requests.at(-1))).toEqual([['user', 'a colour?']]);
  });

  it.each([
    ['that calls nobody', () => 'never mind'],
    ['with nothing in it', () => world.discord.botUser.mention],
  ])('into one %s is not asked, and says so once', async (_name, text) => {
    const place = freshChannel();
    const goOn = await busy(place);
    const question = say(place, 'a color?');
    await heard();
    const calls = world.bedrock.requestCount;
    world.ana.edit(question, text());
    expect(await world.outcome(question.id)).toMatchObject({ level: 'info', kind: 'withdrawn' });
    await goOn();
    await world.ask(world.ana, 'and then?', place);
    expect(world.bedrock.requestCount).toBe(calls + 1);
    expect(answersTo(place, question)).toEqual([expect.stringContaining('asks me nothing any more')]);
    expect(turnsOf(world.bedrock.requests.at(-1)).map(([, said]) => said)).toEqual(['first', 'one', 'and then?']);
  });

  it('into one that calls nobody, while the process is away, is not asked either', async () => {
    const place = freshChannel();
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = say(place, 'a color?');
    await stream.request;
    await world.parley.stop(0);
    world.ana.edit(question, 'never mind');
    const calls = world.bedrock.requestCount;
    await world.restart();
    await world.discord.waitFor(() => answersTo(place, question).some((text) => text.includes('asks me nothing any more')));
    expect(answersTo(place, question)).toHaveLength(1);
    expect(world.bedrock.requestCount).toBe(calls);
  });
});

describe('an edited question', () => {
  it('is offered to be answered anew, at the cost of one request', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel();
    const { question, answer } = await answered(place, 'a color?');
    const before = discord.requests.length;
    edit(question, 'a colour?');
    await discord.waitFor(() => buttonsOf(answer).includes(OFFER));
    expect(discord.requests.length - before).toBe(1);
    expect(answer.content).toBe('Certainly.');
    bedrock.respondOnce({ text: 'blue' });
    await world.outcome((await press(ana, answer, OFFER)).id);
    await discord.waitFor(() => answer.deleted);
    const anew = place.fromBot.at(-1) as SimulatedMessage;
    expect(anew.content).toBe('blue');
    expect(buttonsOf(anew)).toEqual(['Regenerate']);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([['user', 'a colour?']]);
    await world.ask(ana, 'and then?', place);
    expect(turnsOf(bedrock.requests.at(-1))[0]).toEqual(['user', 'a colour?']);
  });

  it('while it is answered is offered with the end of the answer, at no cost', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel();
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const question = say(place, 'a color?');
    await stream.request;
    await stream.text('red');
    const draft = await discord.waitFor(() => place.fromBot[0]);
    edit(question, 'a colour?');
    // What comes later through the gateway shows that the edit has been heard.
    const stranger = await press(world.bo, draft, 'Stop');
    expect(stranger.ephemeral).toBe(true);
    await stream.text(' of course');
    await stream.finish();
    await world.outcome(question.id);
    expect(buttonsOf(draft)).toEqual([OFFER]);
    await world.outcome((await press(ana, draft, OFFER)).id);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([['user', 'a colour?']]);
  });

  it('is left alone after two minutes, when only a preview came, or when the words stayed', async () => {
    const { discord, ana } = world;
    const place = freshChannel();
    const early = await answered(place, 'a colour?');
    discord.unfurl(early.question, 'https://example.org');
    edit(early.question, 'a colour?');
    discord.advance(2 * 60 * 1000 + 1);
    edit(early.question, 'too late');
    await world.ask(ana, 'and then?', place);
    expect(buttonsOf(early.answer)).toEqual(['Regenerate']);
  });

  it('is offered to be answered anew although others went on', async () => {
    const { discord, bedrock, ana, bo } = world;
    const place = freshChannel();
    const { question, answer } = await answered(place, 'a color?');
    await world.ask(bo, 'tea?', place);
    edit(question, 'a colour?');
    await discord.waitFor(() => buttonsOf(answer).includes(OFFER));
    await world.outcome((await press(ana, answer, OFFER)).id);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([['user', 'a colour?']]);
    await world.ask(ana, 'and then?', place);
    expect(turnsOf(bedrock.requests.at(-1)).map(([, text]) => text)).toEqual(['a colour?', 'Certainly.', 'tea?', 'Certainly.', 'and then?']);
  });

  it('keeps Continue where it was offered, and is offered anew for each new wording', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel();
    bedrock.respondOnce({ text: 'One, two,', stopReason: 'max_tokens' });
    const question = say(place, 'cuont');
    await world.outcome(question.id);
    const answer = place.fromBot[0] as SimulatedMessage;
    edit(question, 'coutn');
    await discord.waitFor(() => buttonsOf(answer).includes(OFFER));
    expect(buttonsOf(answer)).toEqual([OFFER, 'Continue']);
    edit(question, 'count');
    await world.ask(ana, 'elsewhere', freshChannel());
    await world.outcome((await press(ana, answer, OFFER)).id);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([['user', 'count']]);
  });

  it('works in a direct message', async () => {
    const { discord } = world;
    const eve = discord.addUser({ name: 'eve' });
    const question = eve.say(eve.dm, 'a color?');
    await world.outcome(question.id);
    const answer = eve.dm.fromBot.at(-1) as SimulatedMessage;
    eve.edit(question, 'a colour?');
    await discord.waitFor(() => buttonsOf(answer).includes(OFFER));
  });
});
