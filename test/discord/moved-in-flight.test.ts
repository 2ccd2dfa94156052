import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { freshChannel as anyChannel } from './fresh-channel.ts';
import { askIn, letAnswer, saidIn, sayIn, threadAt, toldLast, wordsIn } from './in-threads.ts';
import { letModerate } from './moderating.ts';
import { press } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld({ environment: { DISCORD_MESSAGE_CONTENT: 'true' }, discord: { rateLimits: 'off', messageContentIntent: true } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

const freshChannel = (): SimulatedChannel => {
  const place = anyChannel(world);
  letModerate(world.ana, place);
  return place;
};
const said = (used: SimulatedInteraction): string => used.response?.content ?? '';
/** Resolves when the thread is there. */
const beginThread = async (place: SimulatedChannel): Promise<{ readonly used: SimulatedInteraction; readonly thread: SimulatedChannel }> => {
  const used = world.ana.runCommand(place, 'thread', {});
  await world.discord.waitFor(() => used.response !== undefined && world.discord.channel(used.response.id) !== undefined);
  return { used, thread: threadAt(world, used.response as SimulatedMessage) };
};
const moved = (used: SimulatedInteraction, what: string): Promise<unknown> => world.discord.waitFor(() => said(used).includes(what));
const mention = (text: string): string => `${world.discord.botUser.mention} ${text}`;

describe('/thread while a question of the conversation is in flight', () => {
  it('takes along what is being answered, and what waits behind that, when both have been answered', async () => {
    const place = freshChannel();
    await askIn(world, place, 'my cat is Tom', 'A fine name.');
    const stream = manualStream();
    letAnswer(world, [stream.responder, { text: 'A good dog.' }]);
    const first = world.ana.say(place, mention('a long story'));
    await stream.request;
    await stream.text('Once upon');
    await world.discord.waitFor(() => wordsIn(place).some((words) => words.includes('Once upon')));
    const waiting = world.bo.say(place, mention('my dog is Rex'));
    const { used, thread } = await beginThread(place);
    expect(said(used)).toBe('A thread for this conversation begins here.');
    await stream.text(' a time.');
    await stream.finish();
    await Promise.all([first, waiting].map(({ id }) => world.outcome(id)));
    await moved(used, 'goes on in this thread, where I remember its 3 questions');
    expect(wordsIn(place)).toEqual(expect.arrayContaining(['Once upon a time.', 'A good dog.']));
    expect(wordsIn(thread)).toEqual([]);
    await sayIn(world, thread, 'my pets?', 'Tom and Rex.');
    expect(toldLast(world)).toEqual(['my cat is Tom', 'A fine name.', 'a long story', 'Once upon a time.', 'my dog is Rex', 'A good dog.', 'my pets?']);
    await askIn(world, place, 'and here?', 'Nothing.');
    expect(toldLast(world)).toEqual(['and here?']);
  });

  it('is heard in the thread only when all of it is there: what is asked there waits for that', async () => {
    const place = freshChannel();
    await askIn(world, place, 'my cat is Tom', 'A fine name.');
    const stream = manualStream();
    letAnswer(world, [stream.responder, { text: 'Tom and Rex.' }]);
    const first = world.ana.say(place, mention('my dog is Rex'));
    await stream.request;
    const { used, thread } = await beginThread(place);
    const early = world.ana.say(thread, 'my pets?');
    await stream.text('A good dog.');
    await stream.finish();
    await Promise.all([first, early].map(({ id }) => world.outcome(id)));
    expect(toldLast(world)).toEqual(['my cat is Tom', 'A fine name.', 'my dog is Rex', 'A good dog.', 'my pets?']);
    expect(wordsIn(thread)).toEqual(['Tom and Rex.']);
    await moved(used, 'its 2 questions');
  });

  it('takes along an answer whose end is being shown', async () => {
    const place = freshChannel();
    await askIn(world, place, 'my cat is Tom', 'A fine name.');
    world.discord.faults.add({ route: 'POST /channels/:id/messages', times: 1, does: { delayMs: 600, when: 'after' } });
    letAnswer(world, [{ text: 'A good dog.' }]);
    const calls = world.bedrock.requestCount;
    const question = world.ana.say(place, mention('my dog is Rex'));
    await world.discord.waitFor(() => world.bedrock.requestCount > calls);
    const { used, thread } = await beginThread(place);
    await world.outcome(question.id);
    await moved(used, 'its 2 questions');
    expect(wordsIn(place)).toContain('A good dog.');
    await sayIn(world, thread, 'my pets?', 'Tom and Rex.');
    expect(toldLast(world)).toContain('A good dog.');
    // Its buttons, which were written down around that time, are about what is in the thread.
    const answer = saidIn(place).find(({ content }) => content === 'A good dog.') as SimulatedMessage;
    letAnswer(world, [{ text: 'The best of dogs.' }]);
    await world.outcome((await press(world.ana, answer, 'Regenerate')).id);
    await sayIn(world, thread, 'and my dog?', 'Rex.');
    expect(toldLast(world)).toContain('The best of dogs.');
  });

  it('asks by a button of an answer, which waits behind it, where that answer is now', async () => {
    const place = freshChannel();
    await askIn(world, place, 'my cat is Tom', 'A fine name.');
    const [answer] = saidIn(place);
    const stream = manualStream();
    letAnswer(world, [stream.responder, { text: 'The finest of names.' }]);
    const first = world.ana.say(place, mention('my dog is Rex'));
    await stream.request;
    const { used, thread } = await beginThread(place);
    const pressed = await press(world.ana, answer as SimulatedMessage, 'Regenerate');
    await stream.text('A good dog.');
    await stream.finish();
    await world.outcome(first.id);
    await world.outcome(pressed.id);
    await moved(used, 'its 2 questions');
    await sayIn(world, thread, 'my pets?', 'Tom and Rex.');
    expect(toldLast(world)).toEqual(['my cat is Tom', 'The finest of names.', 'my dog is Rex', 'A good dog.', 'my pets?']);
    await askIn(world, place, 'and here?', 'Nothing.');
    expect(toldLast(world)).toEqual(['and here?']);
  });

  it('forgets in the thread what is deleted in the channel while it moves', async () => {
    const place = freshChannel();
    const cat = await askIn(world, place, 'my cat is Tom', 'A fine name.');
    const stream = manualStream();
    letAnswer(world, [stream.responder]);
    const first = world.ana.say(place, mention('my dog is Rex'));
    await stream.request;
    const { used, thread } = await beginThread(place);
    world.ana.delete(cat);
    await stream.text('A good dog.');
    await stream.finish();
    await world.outcome(first.id);
    await moved(used, 'goes on in this thread');
    await world.discord.waitFor(() => !wordsIn(place).includes('A fine name.'));
    await sayIn(world, thread, 'my pets?', 'Rex.');
    expect(toldLast(world)).toEqual(['my dog is Rex', 'A good dog.', 'my pets?']);
  });
});

it('forgets in the thread what is deleted in the channel later, also where nothing but the ledger knows of its answer', async () => {
  const place = freshChannel();
  const cat = await askIn(world, place, 'my cat is Tom', 'A fine name.');
  await askIn(world, place, 'my dog is Rex', 'A good dog.');
  const { used, thread } = await beginThread(place);
  await moved(used, 'its 2 questions');
  const file = new DatabaseSync(url.slice('sqlite://'.length));
  file.exec("PRAGMA busy_timeout = 5000; DELETE FROM keyv WHERE key LIKE 'answer:%'");
  file.close();
  world.ana.delete(cat);
  await world.discord.waitFor(() => !wordsIn(place).includes('A fine name.'));
  await sayIn(world, thread, 'my pets?', 'Rex.');
  expect(toldLast(world)).toEqual(['my dog is Rex', 'A good dog.', 'my pets?']);
});
