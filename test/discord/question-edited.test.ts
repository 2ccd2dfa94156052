import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { answered } from './asking-again.ts';
import { beginAnswer } from './begin-answer.ts';
import { freshChannel } from './fresh-channel.ts';
import { shareWorld } from './shared-world.ts';
import { buttonsOf, press, turnsOf } from './pressing.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' }, environment: { MAX_CONCURRENT_CALLS: '4' } }, (opened) => {
  world = opened;
});

const say = (place: SimulatedChannel, text: string): SimulatedMessage => world.ana.say(place, `${world.discord.botUser.mention} ${text}`);
const edit = (question: SimulatedMessage, text: string): void => world.ana.edit(question, `${world.discord.botUser.mention} ${text}`);
const OFFER = 'Regenerate with the edited question';

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
    await world.ask(world.bo, 'elsewhere', freshChannel(world));
  };
  const answersTo = (place: SimulatedChannel, { id }: SimulatedMessage): string[] => place.fromBot.filter(({ referenceId }) => referenceId === id).map(({ content }) => content);

  it('is asked as it reads now, and remembered so', async () => {
    const place = freshChannel(world);
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

  it('is asked with the card that Discord shows below its link since', async () => {
    const place = freshChannel(world);
    const goOn = await busy(place);
    const question = say(place, 'what is https://example.com about?');
    await heard();
    world.discord.unfurl(question, 'https://example.com');
    await heard();
    await goOn();
    await world.outcome(question.id);
    expect(JSON.stringify(world.bedrock.requests.at(-1)?.body?.messages.at(-1))).toContain('Card below the message: A preview');
    expect(answersTo(place, question)).toEqual(['Certainly.']);
  });

  it('is asked so after more than two minutes, too, with its files', async () => {
    const place = freshChannel(world);
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
    const others = streams.map(() => say(freshChannel(world), 'busy'));
    await Promise.all(streams.map(({ request }) => request));
    const place = freshChannel(world);
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
    const place = freshChannel(world);
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
    const place = freshChannel(world);
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
    const place = freshChannel(world);
    const { question, answer } = await answered(world, place, 'a color?');
    // A process that has just started may still look into other channels.
    const edits = (): number => discord.requests.filter(({ path }) => path.includes(place.id) && !path.endsWith('/typing')).length;
    const before = edits();
    edit(question, 'a colour?');
    await discord.waitFor(() => buttonsOf(answer).includes(OFFER));
    expect(edits() - before).toBe(1);
    expect(answer.content).toBe('Certainly.');
    bedrock.respondOnce({ text: 'blue' });
    await world.outcome((await press(ana, answer, OFFER)).id);
    await discord.waitFor(() => answer.deleted);
    const anew = place.fromBot.at(-1) as SimulatedMessage;
    expect(anew.content).toBe('blue');
    expect(buttonsOf(anew)).toEqual(['‹', '2/2', '›', 'Regenerate']);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([['user', 'a colour?']]);
    await world.ask(ana, 'and then?', place);
    expect(turnsOf(bedrock.requests.at(-1))[0]).toEqual(['user', 'a colour?']);
  });

  it('while it is answered is offered with the end of the answer, at no cost', async () => {
    const { bedrock, ana } = world;
    const place = freshChannel(world);
    const { question, draft, finish } = await beginAnswer(world, place, { text: 'a color?', words: 'red' });
    edit(question, 'a colour?');
    // What comes later through the gateway shows that the edit has been heard.
    const stranger = await press(world.bo, draft, 'Stop');
    expect(stranger.ephemeral).toBe(true);
    await finish(' of course');
    expect(buttonsOf(draft)).toEqual([OFFER]);
    await world.outcome((await press(ana, draft, OFFER)).id);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([['user', 'a colour?']]);
  });

  it('is left alone after two minutes, when only a preview came, or when the words stayed', async () => {
    const { discord, ana } = world;
    const place = freshChannel(world);
    const early = await answered(world, place, 'a colour?');
    discord.unfurl(early.question, 'https://example.org');
    edit(early.question, 'a colour?');
    discord.advance(2 * 60 * 1000 + 1);
    edit(early.question, 'too late');
    await world.ask(ana, 'and then?', place);
    expect(buttonsOf(early.answer)).toEqual(['Regenerate']);
  });

  it('is offered to be answered anew although others went on', async () => {
    const { discord, bedrock, ana, bo } = world;
    const place = freshChannel(world);
    const { question, answer } = await answered(world, place, 'a color?');
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
    const place = freshChannel(world);
    bedrock.respondOnce({ text: 'One, two,', stopReason: 'max_tokens' });
    const question = say(place, 'cuont');
    await world.outcome(question.id);
    const answer = place.fromBot[0] as SimulatedMessage;
    edit(question, 'coutn');
    await discord.waitFor(() => buttonsOf(answer).includes(OFFER));
    expect(buttonsOf(answer)).toEqual([OFFER, 'Continue']);
    edit(question, 'count');
    await world.ask(ana, 'elsewhere', freshChannel(world));
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
