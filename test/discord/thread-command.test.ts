import { PermissionFlagsBits } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import { decide } from './deciding.ts';
import { freshChannel as anyChannel } from './fresh-channel.ts';
import { askIn, letAnswer, saidIn, sayIn, threadAt, toldLast, wordsIn } from './in-threads.ts';
import { letModerate } from './moderating.ts';
import { press } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { ServerSettings } from '../../src/policy/server-settings.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld({ environment: { DISCORD_MESSAGE_CONTENT: 'true' }, discord: { rateLimits: 'off', messageContentIntent: true } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});
const settled = async (settings: Partial<ServerSettings>): Promise<void> => {
  await decide(url, world.guild.id, settings);
  await world.restart();
};
afterEach(() => decide(url, world.guild.id, {}));

/** In which Ana manages messages. */
const freshChannel = (of: World): SimulatedChannel => {
  const place = anyChannel(of);
  letModerate(of.ana, place);
  return place;
};
const THREADS_ROUTE = 'POST /channels/:id/messages/:id/threads';
const threadIn = async (place: SimulatedChannel, user = world.ana, options: Readonly<Record<string, string>> = {}): Promise<SimulatedInteraction> => {
  const used = user.runCommand(place, 'thread', options);
  await world.discord.waitFor(() => used.response !== undefined && !/begins here\.$|^$/u.test(used.response.content));
  return used;
};
const begun = (used: SimulatedInteraction): SimulatedChannel => threadAt(world, used.response as SimulatedMessage);

describe('/thread', () => {
  it('lets the conversation of a channel go on in a thread, and begin anew in the channel', async () => {
    const place = freshChannel(world);
    await askIn(world, place, 'my cat is Tom', 'A fine name.');
    await askIn(world, place, 'my dog is Rex', 'A good dog.');
    const used = await threadIn(place);
    expect(used.response?.content).toBe('This conversation goes on in this thread, where I remember its 2 questions and their answers. In the channel it begins anew.');
    expect(used.response?.ephemeral).toBe(false);
    const thread = begun(used);
    expect(thread.name).toBe('my dog is Rex');
    await sayIn(world, thread, 'my pets?', 'Tom and Rex.', world.bo);
    expect(toldLast(world)).toEqual(['my cat is Tom', 'A fine name.', 'my dog is Rex', 'A good dog.', 'my pets?']);
    await askIn(world, place, 'my pets?', 'None.');
    expect(toldLast(world)).toEqual(['my pets?']);
  });

  it('takes a title, and one conversation of several where each person has their own', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { scope: 'user' } } });
    await askIn(world, place, 'my cat is Tom', 'A fine name.');
    await askIn(world, place, 'my dog is Rex', 'A good dog.', world.bo);
    const thread = begun(await threadIn(place, world.bo, { title: 'All of my **pets**' }));
    expect(thread.name).toBe('All of my pets');
    await sayIn(world, thread, 'my pets?', 'Rex.', world.bo);
    expect(toldLast(world)).toEqual(['my dog is Rex', 'A good dog.', 'my pets?']);
    await sayIn(world, thread, 'mine?', 'None.', world.ana);
    expect(toldLast(world)).toEqual(['mine?']);
    await askIn(world, place, 'and mine?', 'Tom.');
    expect(toldLast(world)).toEqual(['my cat is Tom', 'A fine name.', 'and mine?']);
  });

  it('takes files along, and the buttons of answers stay with what they are about', async () => {
    const place = freshChannel(world);
    letAnswer(world, [{ text: 'A file.' }]);
    const question = world.ana.say(place, `${world.discord.botUser.mention} what is it?`, { attachments: [{ name: 'a.pdf', bytes: Buffer.from('%PDF-1.4\n%%EOF') }] });
    await world.outcome(question.id);
    const thread = begun(await threadIn(place));
    await sayIn(world, thread, 'sure?', 'Yes.');
    expect(JSON.stringify(world.bedrock.requests.at(-1)?.body?.messages[0])).toContain('"document"');
    const [answer] = saidIn(place);
    letAnswer(world, [{ text: 'Another file.' }]);
    await world.outcome((await press(world.ana, answer as SimulatedMessage, 'Regenerate')).id);
    await sayIn(world, thread, 'and now?', 'Yes.');
    expect(toldLast(world)).toContain('Another file.');
    world.ana.delete(question);
    await world.discord.waitFor(() => wordsIn(place).every((words) => !words.includes('file.')));
    await sayIn(world, thread, 'what was it?', 'Nothing.');
    expect(toldLast(world)).not.toContain('Another file.');
  });

  it('takes along what a question says since it was edited, to be asked and forgotten there', async () => {
    const place = freshChannel(world);
    const question = await askIn(world, place, 'my cat is Tim', 'A fine name.');
    world.ana.edit(question, `${world.discord.botUser.mention} my cat is Tom`);
    await world.discord.waitFor(() => JSON.stringify(saidIn(place)[0]?.components).includes('edited'));
    const thread = begun(await threadIn(place));
    letAnswer(world, [{ text: 'A finer name.' }]);
    await world.outcome((await press(world.ana, saidIn(place)[0] as SimulatedMessage, 'Regenerate with the edited question')).id);
    expect(toldLast(world)).toEqual(['my cat is Tom']);
    await sayIn(world, thread, 'my cat?', 'Tom.');
    expect(toldLast(world)).toEqual(['my cat is Tom', 'A finer name.', 'my cat?']);
  });

  it('begins an empty one where nothing was asked', async () => {
    const used = await threadIn(freshChannel(world));
    expect(used.response?.content).toMatch(/^A new conversation begins/u);
    await sayIn(world, begun(used), 'are you there?', 'I am.');
    expect(wordsIn(begun(used))).toEqual(['I am.']);
  });
});

describe('/thread says in private why it begins none', () => {
  const refused = async (place: SimulatedChannel, why: RegExp, user = world.ana): Promise<void> => {
    const used = await threadIn(place, user);
    expect(used.response).toMatchObject({ ephemeral: true });
    expect(used.response?.content).toMatch(why);
  };

  it('to whoever may not take it away from all others', () => refused(freshChannel(world), /only those who manage messages/u, world.bo));

  it('in a thread, and in a direct message', async () => {
    await refused(world.ana.startThread(freshChannel(world), { name: 'aside' }), /there are none/u);
    await refused(world.ana.dm, /there are none/u);
  });

  it('without the permissions for it', async () => {
    const place = freshChannel(world);
    place.denyBot(PermissionFlagsBits.CreatePublicThreads);
    await refused(place, /I lack "Create Public Threads"/u);
  });

  it('where chains of replies are conversations, and where nobody may ask', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { scope: 'reply' } } });
    await refused(place, /^Each chain of replies/u);
    const quiet = freshChannel(world);
    await settled({ channels: { [quiet.id]: { questions: 'forbidden' } } });
    await refused(quiet, /./u);
  });
});

it('/thread leaves the conversation where it is where Discord refuses the thread', async () => {
  const place = freshChannel(world);
  await askIn(world, place, 'my cat is Tom', 'A fine name.');
  world.discord.faults.add({ route: THREADS_ROUTE, does: { status: 400, body: { code: 160_006, message: 'Maximum number of active threads reached' } } });
  const used = await threadIn(place);
  expect(used.response?.content).toMatch(/stays in this channel/u);
  await askIn(world, place, 'and my cat?', 'Tom.');
  expect(toldLast(world)).toEqual(['my cat is Tom', 'A fine name.', 'and my cat?']);
});
