import { ChannelType, PermissionFlagsBits } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import { bedrockErrors, manualStream } from '../simulators/bedrock.ts';
import { decide } from './deciding.ts';
import { freshChannel } from './fresh-channel.ts';
import { askIn, beginInThread, isForTitle, letAnswer, saidIn, sayIn, threadAt, titleAt, toldLast, wordsIn } from './in-threads.ts';
import { press } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { ServerSettings } from '../../src/policy/server-settings.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld({ environment: { DISCORD_MESSAGE_CONTENT: 'true', THREADS: 'on_mention' }, discord: { rateLimits: 'off', messageContentIntent: true } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});
const settled = async (settings: Partial<ServerSettings>, environment?: Readonly<Record<string, string>>): Promise<void> => {
  await decide(url, world.guild.id, settings);
  await world.restart(environment);
};
afterEach(() => decide(url, world.guild.id, {}));

const THREADS_ROUTE = 'POST /channels/:id/messages/:id/threads';
const again = async (answer: SimulatedMessage | undefined, reply: string, label = 'Regenerate'): Promise<void> => {
  letAnswer(world, [{ text: reply }]);
  await world.outcome((await press(world.ana, answer as SimulatedMessage, label)).id);
};
const told = (): (string | undefined)[] => toldLast(world);

describe('a mention', () => {
  it('gets a thread that begins at it, with the answer in it and nothing besides in the channel', async () => {
    const place = freshChannel(world);
    const question = await askIn(world, place, 'what is tea?', 'A drink.');
    const thread = threadAt(world, question);
    expect(thread.parent).toBe(place);
    expect(titleAt(world, question)).toBe('what is tea?');
    expect(wordsIn(thread)).toEqual(['A drink.']);
    expect(saidIn(place)).toEqual([]);
  });

  it('names its thread by plain words alone, at most a hundred characters of them', async () => {
    const place = freshChannel(world);
    const { mention } = world.discord.botUser;
    const question = world.ana.say(place, `${mention} **who** is ${world.bo.mention}, <:smile:123456789012345678> and what is ||a secret|| in \`code\`?\n${'All is well. '.repeat(20)}`);
    await world.outcome(question.id);
    const name = titleAt(world, question) ?? '';
    expect(name).toMatch(/^who is @Bo, and what is … in code ?\? All is well\./u);
    expect(name).toMatch(/ is…$/u);
    expect(name.length).toBeLessThanOrEqual(100);
  });

  it('of nothing but a file gets a thread by the name of its asker', async () => {
    const place = freshChannel(world);
    const question = world.ana.say(place, world.discord.botUser.mention, { attachments: [{ name: 'a.txt', bytes: Buffer.from('All of it.') }] });
    await world.outcome(question.id);
    expect(titleAt(world, question)).toBe('A question by Ana');
  });

  it('is the beginning of a conversation in which nobody has to mention us, and which knows nothing of the channel', async () => {
    const place = freshChannel(world);
    await askIn(world, place, 'my cat is called Tom', 'A fine name.');
    const question = await askIn(world, place, 'my dog is called Rex', 'A good dog.');
    expect(told()).toEqual(['my dog is called Rex']);
    const thread = threadAt(world, question);
    const next = await sayIn(world, thread, 'what is it called?', 'Rex.', world.bo);
    expect(told()).toEqual(['my dog is called Rex', 'A good dog.', 'what is it called?']);
    expect(saidIn(thread).at(-1)).toMatchObject({ content: 'Rex.', referenceId: next.id });
    const other = world.bo.say(thread, `${world.ana.mention} lunch?`);
    const last = await askIn(world, thread, 'and now?', 'Nothing.');
    expect(saidIn(thread).some(({ referenceId }) => referenceId === other.id)).toBe(false);
    expect(saidIn(thread).at(-1)).toMatchObject({ content: 'Nothing.', referenceId: last.id });
    // Also after a restart, by which Discord tells of its threads.
    await world.restart();
    await sayIn(world, thread, 'sure?', 'Still Rex.');
    expect(wordsIn(thread).at(-1)).toBe('Still Rex.');
    expect(told()).toContain('A good dog.');
  });

  it('needs a mention in its thread, too, where admins have said that nothing else is answered', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { answersTo: 'mentions' } } });
    const thread = threadAt(world, await askIn(world, place, 'what is tea?'));
    const said = world.ana.say(thread, 'and coffee?');
    await askIn(world, thread, 'are you there?', 'I am.');
    expect(saidIn(thread).some(({ referenceId }) => referenceId === said.id)).toBe(false);
    // A process that is told otherwise would answer it: it looks a minute back.
    world.ana.delete(said);
  });

  it('that replies to an answer of the channel brings that answer along', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { threads: 'off' } } });
    const first = await askIn(world, place, 'tea or coffee?', 'Tea.');
    await settled({});
    const answer = saidIn(place).find(({ referenceId }) => referenceId === first.id) as SimulatedMessage;
    const question = world.bo.say(place, `${world.discord.botUser.mention} why?`, { replyTo: answer });
    await world.outcome(question.id);
    expect(world.bedrock.requests.map(({ body }) => JSON.stringify(body?.messages)).find((messages) => messages.includes('why?'))).toContain('Tea.');
    expect(wordsIn(threadAt(world, question))).toEqual(['Certainly.']);
  });

  it('that replies to an answer brings along what that answered, in each scope, and nothing of another person', async () => {
    const headerOf = (text: string): { readonly in_reply_to?: unknown } => {
      const asked = world.bedrock.requests.map(({ body }) => body?.messages.at(-1)?.content ?? []).find((content) => content.at(-1)?.text === text);
      return JSON.parse(asked?.[0]?.text ?? '{}') as { readonly in_reply_to?: unknown };
    };
    for (const scope of ['room', 'user', 'thread', 'reply'] as const) {
      const place = freshChannel(world);
      await settled({ channels: { [place.id]: { scope, threads: 'off' } } });
      await askIn(world, place, 'my dog is Rex', 'A good dog.');
      const first = await askIn(world, place, `tea or coffee, in ${scope}?`, 'Tea.');
      await settled({ channels: { [place.id]: { scope } } });
      const answer = saidIn(place).find(({ referenceId }) => referenceId === first.id) as SimulatedMessage;
      const [mine, theirs] = [`why, in ${scope}?`, `how, in ${scope}?`];
      const question = world.ana.say(place, `${world.discord.botUser.mention} ${mine}`, { replyTo: answer });
      await world.outcome(question.id);
      const quote = { author: { id: world.discord.botUser.id, name: world.discord.botUser.name }, text: 'Tea.' };
      const answers = { author: { id: world.ana.id, name: 'Ana' }, text: `tea or coffee, in ${scope}?` };
      expect(headerOf(mine).in_reply_to, scope).toEqual({ ...quote, answers });
      // It goes on with the conversation of the thread.
      const thread = threadAt(world, question);
      await sayIn(world, thread, 'and milk?');
      const inThread = world.bedrock.requests.findLast((request) => request.body?.messages.at(-1)?.content.at(-1)?.text === 'and milk?' && !isForTitle(request));
      expect(JSON.stringify(inThread?.body?.messages)).toContain(`tea or coffee, in ${scope}?`);
      const other = world.bo.say(place, `${world.discord.botUser.mention} ${theirs}`, { replyTo: answer });
      await world.outcome(other.id);
      const isShared = scope === 'room' || scope === 'reply';
      expect(headerOf(theirs).in_reply_to, scope).toEqual(isShared ? { ...quote, answers } : quote);
    }
  });

  it('that stands in code, and what only replies to us, is answered where it is, if at all', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { threads: 'off' } } });
    const first = await askIn(world, place, 'tea or coffee?', 'Tea.');
    await settled({});
    const answer = saidIn(place).find(({ referenceId }) => referenceId === first.id) as SimulatedMessage;
    const reply = world.ana.say(place, 'why?', { replyTo: answer });
    await world.outcome(reply.id);
    expect(saidIn(place).at(-1)).toMatchObject({ content: 'Certainly.', referenceId: reply.id });
    expect(world.discord.channel(reply.id)).toBeUndefined();
  });

  it('of which each scope has a conversation in its thread', async () => {
    for (const scope of ['user', 'thread', 'reply'] as const) {
      const place = freshChannel(world);
      await settled({ channels: { [place.id]: { scope } } });
      const question = await askIn(world, place, 'my cat is Tom', 'A fine name.');
      const thread = threadAt(world, question);
      const next = world.ana.say(thread, 'what is it called?');
      await world.outcome(next.id);
      expect([scope, ...told()]).toEqual([scope, 'my cat is Tom', 'A fine name.', 'what is it called?']);
      const theirs = world.bo.say(thread, 'and now?');
      await world.outcome(theirs.id);
      expect([scope, told().includes('my cat is Tom')]).toEqual([scope, scope === 'thread']);
    }
  });
});

describe('the name of a thread', () => {
  const TITLE = 'PATCH /channels/:id';

  it('is given by the model when it has answered, once, by a small call', async () => {
    const place = freshChannel(world);
    letAnswer(world, [{ text: 'A drink.' }], { 'what is green tea?': { text: '"Tea, <@1> and ||more||"\n' } });
    const question = world.ana.say(place, `${world.discord.botUser.mention} what is green tea?`);
    await world.outcome(question.id);
    const thread = threadAt(world, question);
    await world.discord.waitFor(() => thread.name === 'Tea, and …', 20_000);
    await world.outcome(world.ana.say(thread, 'and white tea?').id);
    await askIn(world, thread, 'and black tea?');
    // Threads of other tests may get their names meanwhile.
    const asked = world.bedrock.requests.filter((request) => isForTitle(request) && /(?:green|white|black) tea/u.test(JSON.stringify(request.body)));
    expect(asked).toHaveLength(1);
    expect(JSON.parse(asked[0]?.body?.messages[0]?.content[0]?.text ?? '')).toEqual({ question: 'what is green tea?', answer: 'A drink.' });
  });

  it.each([
    ['a limit', { rateLimit: { scope: 'user', retryAfter: 300 } }],
    ['no permission', { status: 403, body: { code: 50_013, message: 'Missing Permissions' } }],
    ['an outage', { status: 503 }],
  ] as const)('stays as it is where Discord says %s, which changes nothing else', async (_what, does) => {
    const place = freshChannel(world);
    world.discord.faults.add({ route: TITLE, does });
    const question = await askIn(world, place, 'what is tea?', 'A drink.');
    await expect.poll(() => world.log.some(({ threadId }) => threadId === question.id)).toBe(true);
    expect(threadAt(world, question).name).toBe('what is tea?');
    expect(wordsIn(threadAt(world, question))).toEqual(['A drink.']);
  });

  it('stays as it is where the model fails', async () => {
    const place = freshChannel(world);
    letAnswer(world, [{ text: 'A drink.' }], { 'what is red tea?': { error: bedrockErrors.accessDenied() } });
    const question = world.ana.say(place, `${world.discord.botUser.mention} what is red tea?`);
    await world.outcome(question.id);
    await expect.poll(() => world.log.some(({ message }) => String(message).startsWith("a call that was nobody's"))).toBe(true);
    expect(threadAt(world, question).name).toBe('what is red tea?');
  });
});

describe('where all questions have threads', () => {
  it('a reply to us and what is answered unasked have theirs', async () => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { threads: 'always', answersTo: 'everything' } } });
    const question = world.ana.say(place, 'what is tea?');
    await world.outcome(question.id);
    expect(wordsIn(threadAt(world, question))).toEqual(['Certainly.']);
    expect(saidIn(place)).toEqual([]);
  });
});

describe('/ask where all questions have threads', () => {
  const asking = async (): Promise<SimulatedChannel> => {
    const place = freshChannel(world);
    await settled({ channels: { [place.id]: { threads: 'always' } } });
    return place;
  };
  const pointer = (text: string): string => `-# ${world.ana.mention}: \`${text}\`\n-# I answer in the thread.`;

  it('shows what was asked, and is answered in a thread that begins there', async () => {
    const place = await asking();
    letAnswer(world, [{ text: 'A drink.' }]);
    const asked = world.ana.runCommand(place, 'ask', { prompt: 'what is tea?' });
    await world.outcome(asked.id);
    const thread = threadAt(world, asked.response as SimulatedMessage);
    expect(asked.response?.content).toBe(pointer('what is tea?'));
    expect(titleAt(world, asked.response as SimulatedMessage)).toBe('what is tea?');
    expect(wordsIn(thread)).toEqual(['A drink.']);
    await again(saidIn(thread)[0], 'Another drink.');
    await world.discord.waitFor(() => wordsIn(thread).join() === 'Another drink.');
    await sayIn(world, thread, 'and coffee?', 'A third.');
    expect(told()).toEqual(['what is tea?', 'Another drink.', 'and coffee?']);
    expect(place.fromBot).toHaveLength(1);
  });

  it('is answered in its response where there can be no thread, and where it is private', async () => {
    const place = await asking();
    world.discord.faults.add({ route: THREADS_ROUTE, does: { status: 400, body: { code: 160_006, message: 'Maximum number of active threads reached' } } });
    letAnswer(world, [{ text: 'A drink.' }, { text: 'A secret.' }]);
    const asked = world.ana.runCommand(place, 'ask', { prompt: 'what is tea?' });
    await world.outcome(asked.id);
    expect(asked.response?.content).toBe(`-# ${world.ana.mention}: \`what is tea?\`\nA drink.`);
    expect(place.fromBot).toHaveLength(1);
    world.discord.faults.clear();
    const secret = world.ana.runCommand(place, 'ask', { prompt: 'what is tea?', private: true });
    await world.outcome(secret.id);
    expect(secret.response?.content).toBe('A secret.');
    expect(place.threads).toEqual([]);
  });

  it('is finished in its draft by the next process', async () => {
    const place = await asking();
    const stream = manualStream();
    letAnswer(world, [stream.responder]);
    const asked = world.ana.runCommand(place, 'ask', { prompt: 'a long story' });
    await stream.request;
    await stream.text('Once upon');
    const draft = await world.discord.waitFor(() => saidIn(place.threads[0])[0]);
    letAnswer(world, [{ text: 'All of the story.' }]);
    await world.restart({}, 0);
    await world.outcome(asked.id);
    expect(saidIn(place.threads[0])).toEqual([draft]);
    expect(draft.content).toBe('All of the story.');
    expect(asked.response?.content).toBe(pointer('a long story'));
  });
});

describe('no thread is begun, and the answer is a reply in its place', () => {
  const plainly = async (place = freshChannel(world)): Promise<void> => {
    const question = await askIn(world, place, 'what is tea?', 'A drink.');
    expect(saidIn(place)).toMatchObject([{ content: 'A drink.', referenceId: question.id }]);
    expect(world.discord.channel(question.id)).toBeUndefined();
    // The conversation is the channel's.
    await askIn(world, place, 'and coffee?', 'Another.');
    expect(told()).toEqual(['what is tea?', 'A drink.', 'and coffee?']);
  };
  const requests = (): number => world.discord.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/threads')).length;

  it('without the permissions for it, which costs no request', async () => {
    const before = requests();
    for (const permission of [PermissionFlagsBits.CreatePublicThreads, PermissionFlagsBits.SendMessagesInThreads]) {
      const place = freshChannel(world);
      place.denyBot(permission);
      await plainly(place);
    }
    expect(requests()).toBe(before);
  });

  it('in threads, in the chat of voice channels, and in direct messages', async () => {
    const before = requests();
    const thread = world.ana.startThread(freshChannel(world), { name: 'aside' });
    await plainly(thread);
    await plainly(world.guild.addChannel({ name: 'voices', type: ChannelType.GuildVoice }));
    const forum = world.guild.addChannel({ name: 'forum', type: ChannelType.GuildForum });
    await plainly(world.ana.startThread(forum, { name: 'a post', content: 'first' }));
    const direct = world.ana.say(world.ana.dm, 'what is tea?');
    await world.outcome(direct.id);
    expect(wordsIn(world.ana.dm)).toEqual(['Certainly.']);
    expect(requests()).toBe(before);
  });

  it.each([
    ['too many threads', { status: 400, body: { code: 160_006, message: 'Maximum number of active threads reached' } }],
    ['no permission after all', { status: 403, body: { code: 50_013, message: 'Missing Permissions' } }],
    ['another kind of channel', { status: 400, body: { code: 50_024, message: 'Cannot execute action on this channel type' } }],
    ['a code that nobody knows', { status: 400, body: { code: 987_654, message: 'Not today' } }],
    ['a limit', { rateLimit: { scope: 'user', retryAfter: 200 } }],
    ['a shared limit', { rateLimit: { scope: 'shared', retryAfter: 20 } }],
    ['an outage', { status: 503 }],
  ] as const)('where Discord says %s', async (_what, does) => {
    world.discord.faults.add({ route: THREADS_ROUTE, does });
    await plainly();
  });

  it('where the title is refused, unless Discord takes another one', async () => {
    const place = freshChannel(world);
    world.discord.faults.add({ route: THREADS_ROUTE, times: 1, does: { status: 400, body: { code: 200_001, message: 'Title was blocked' } } });
    const question = await askIn(world, place, 'what is tea?', 'A drink.');
    expect(titleAt(world, question)).toBe('A question by Ana');
    expect(wordsIn(threadAt(world, question))).toEqual(['A drink.']);
  });
});

describe('a thread that is there all the same', () => {
  it('is used, where the answer to the request was lost', async () => {
    const place = freshChannel(world);
    world.discord.faults.add({ route: THREADS_ROUTE, times: 1, does: 'apply-then-timeout' });
    const question = await askIn(world, place, 'what is tea?', 'A drink.');
    expect(wordsIn(threadAt(world, question))).toEqual(['A drink.']);
    expect(saidIn(place)).toEqual([]);
  });

  it('is used, where somebody else has begun it, and is not, where Discord only says so', async () => {
    const [place, other] = [freshChannel(world), freshChannel(world)];
    world.discord.faults.add({ route: THREADS_ROUTE, times: 1, does: { status: 400, body: { code: 160_004, message: 'A thread has already been created for this message' } } });
    const question = await askIn(world, place, 'what is tea?', 'A drink.');
    expect(saidIn(place)).toMatchObject([{ content: 'A drink.', referenceId: question.id }]);
    const message = world.bo.say(other, 'how deep is the sea?');
    const thread = world.ana.startThread(other, { name: 'the sea', from: message });
    world.bo.edit(message, `${world.discord.botUser.mention} how deep is the sea?`);
    await world.outcome(message.id);
    expect(wordsIn(thread)).toEqual(['Certainly.']);
    expect(saidIn(other)).toEqual([]);
  });

  it('and takes nothing, leaves its answer to a reply in the channel', async () => {
    const place = freshChannel(world);
    const isInThread = ({ path }: { readonly path: string }): boolean => place.threads.some(({ id }) => path.includes(`/channels/${id}/`));
    world.discord.faults.add({ route: 'POST /channels/:id/messages', when: isInThread, does: { status: 400, body: { code: 160_005, message: 'Thread is locked' } } });
    const question = await askIn(world, place, 'what is tea?', 'A drink.');
    expect(wordsIn(threadAt(world, question))).toEqual([]);
    expect(saidIn(place)).toMatchObject([{ content: 'A drink.', referenceId: question.id }]);
  });
});

describe('an answer in its thread', () => {
  it('is finished in its draft by the next process', async () => {
    const place = freshChannel(world);
    const { question, thread, draft } = await beginInThread(world, place);
    letAnswer(world, [{ text: 'All of the story.' }]);
    await world.restart({}, 0);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(saidIn(thread)).toEqual([draft]);
    expect(draft.content).toBe('All of the story.');
    expect(saidIn(place)).toEqual([]);
    const next = world.ana.say(thread, 'and then?');
    await world.outcome(next.id);
    expect(told()).toContain('All of the story.');
  });

  it('is written by the next process where the thread was all that there was of it', async () => {
    const place = freshChannel(world);
    const stream = manualStream();
    letAnswer(world, [stream.responder]);
    const question = world.ana.say(place, `${world.discord.botUser.mention} a long story`);
    await world.discord.waitFor(() => world.discord.channel(question.id));
    letAnswer(world, [{ text: 'All of the story.' }]);
    await world.restart({}, 0);
    await world.outcome(question.id);
    expect(wordsIn(threadAt(world, question))).toEqual(['All of the story.']);
    expect(saidIn(place)).toEqual([]);
  });

  it('ends and goes with its question', async () => {
    const place = freshChannel(world);
    const { question, thread } = await beginInThread(world, place);
    world.ana.delete(question);
    await world.outcome(question.id);
    await world.discord.waitFor(() => saidIn(thread).length === 0);
    const done = await askIn(world, place, 'what is tea?', 'A drink.');
    world.ana.delete(done);
    await world.discord.waitFor(() => saidIn(threadAt(world, done)).length === 0);
    const next = world.ana.say(threadAt(world, done), 'what was it?');
    await world.outcome(next.id);
    expect(told()).toEqual(['what was it?']);
  });

  it('goes with a question that is deleted while nobody listens', async () => {
    const place = freshChannel(world);
    const question = await askIn(world, place, 'what is tea?', 'A drink.');
    await world.parley.stop();
    world.ana.delete(question);
    await world.restart();
    await world.discord.waitFor(() => saidIn(threadAt(world, question)).length === 0);
  });

  it('can be stopped, and made anew', async () => {
    const place = freshChannel(world);
    const { question, thread, draft } = await beginInThread(world, place);
    await press(world.ana, draft, 'Stop');
    await world.outcome(question.id);
    expect(saidIn(thread)).toHaveLength(1);
    const other = await askIn(world, place, 'what is tea?', 'A drink.');
    const answer = saidIn(threadAt(world, other))[0];
    await again(answer, 'Another drink.');
    await world.discord.waitFor(() => wordsIn(threadAt(world, other)).join() === 'Another drink.');
    expect(saidIn(place)).toEqual([]);
    await again(saidIn(threadAt(world, other))[0], 'A third.');
    await world.discord.waitFor(() => wordsIn(threadAt(world, other)).join() === 'A third.');
    world.ana.delete(other);
    await world.discord.waitFor(() => saidIn(threadAt(world, other)).length === 0);
  });

  it('is offered anew where its question is edited', async () => {
    const place = freshChannel(world);
    const question = await askIn(world, place, 'what is tee?', 'A letter.');
    world.ana.edit(question, `${world.discord.botUser.mention} what is tea?`);
    const [answer] = saidIn(threadAt(world, question));
    await world.discord.waitFor(() => JSON.stringify(answer?.components).includes('edited question'));
    await again(answer, 'A drink.', 'Regenerate with the edited question');
    await world.discord.waitFor(() => wordsIn(threadAt(world, question)).join() === 'A drink.');
  });

  it('stands beside its question where the thread is deleted meanwhile', async () => {
    const place = freshChannel(world);
    const { question, thread } = await beginInThread(world, place);
    thread.delete();
    await world.outcome(question.id);
    await world.discord.waitFor(() => saidIn(place).length === 1);
    expect(saidIn(place)).toMatchObject([{ referenceId: question.id }]);
  });
});
