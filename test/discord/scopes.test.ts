import { afterEach, describe, expect, it } from 'vitest';
import { bedrockErrors, manualStream } from '../simulators/bedrock.ts';
import { FAILING, answerTo, askAgain } from './asking-again.ts';
import { decide } from './deciding.ts';
import { freshChannel } from './fresh-channel.ts';
import { letModerate } from './moderating.ts';
import { press, turnsOf } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { Scope } from '../../src/conversation/scope.ts';
import type { SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});
const scopeIs = async (place: SimulatedChannel, scope: Scope): Promise<void> => {
  await decide(url, world.guild.id, { channels: { [place.id]: { scope } } });
  await world.restart();
};
const channelWith = async (scope: Scope): Promise<SimulatedChannel> => {
  const place = freshChannel(world);
  await scopeIs(place, scope);
  return place;
};
afterEach(() => decide(url, world.guild.id, {}));

/** What the model was told last, the newest question included, without what is quoted. */
const told = (): (string | undefined)[] => turnsOf(world.bedrock.requests.at(-1)).map(([, text]) => text);
const wholeRequest = (): string => JSON.stringify(world.bedrock.requests.at(-1)?.body?.messages);

/** Replies to a message of ours, which is a call by itself. */
const replyTo = async (user: SimulatedUser, place: SimulatedChannel, to: SimulatedMessage, text: string, reply = 'Certainly.'): Promise<SimulatedMessage> => {
  world.bedrock.respondOnce({ text: reply });
  const question = user.say(place, `${world.discord.botUser.mention} ${text}`, { replyTo: to });
  await world.outcome(question.id);
  return place.fromBot.findLast(({ referenceId }) => referenceId === question.id) as SimulatedMessage;
};

describe('where each person has a conversation of their own', () => {
  it('nobody hears of what others said, in a channel or in a thread, by a message or by a command', async () => {
    const place = await channelWith('user');
    const thread = world.ana.startThread(place, { name: 'aside' });
    const { ana, bo } = world;
    await answerTo(world, 'my cat is Tom', place, 'A fine cat.');
    await answerTo(world, 'my dog is Rex', place, 'A fine dog.', bo);
    await answerTo(world, 'which pet?', place, 'Tom.');
    expect(told()).toEqual(['my cat is Tom', 'A fine cat.', 'which pet?']);
    await answerTo(world, 'and mine?', place, 'Rex.', bo);
    expect(told()).toEqual(['my dog is Rex', 'A fine dog.', 'and mine?']);
    for (const user of [ana, bo]) {
      await answerTo(world, 'here, too?', thread, 'No.', user);
      expect(told()).toEqual(['here, too?']);
    }
    const asked = ana.runCommand(place, 'ask', { prompt: 'again?' });
    await world.outcome(asked.id);
    expect(told()).toEqual(['my cat is Tom', 'A fine cat.', 'which pet?', 'Tom.', 'again?']);
  });

  it('what was asked in private is not among it', async () => {
    const place = await channelWith('user');
    const secret = world.ana.runCommand(place, 'ask', { prompt: 'a secret', private: true });
    await world.outcome(secret.id);
    await answerTo(world, 'what did I say?', place, 'Nothing.');
    expect(told()).toEqual(['what did I say?']);
  });

  it('an answer to somebody else is quoted by whoever replies to it, and nothing of what was said before it', async () => {
    const place = await channelWith('user');
    await answerTo(world, 'my secret is 1234', place, 'I keep it.');
    const answer = await answerTo(world, 'a colour?', place, 'Red.');
    await replyTo(world.bo, place, answer, 'why?');
    expect(told()).toEqual(['why?']);
    expect(wholeRequest()).toContain('Red.');
    expect(wholeRequest()).not.toContain('1234');
  });
});

describe('where threads have conversations', () => {
  it('all in a thread share one; elsewhere each person has their own', async () => {
    const place = await channelWith('thread');
    const thread = world.ana.startThread(place, { name: 'aside' });
    await answerTo(world, 'outside', place, 'Yes.');
    await answerTo(world, 'inside', thread, 'Yes.');
    await answerTo(world, 'me, too', thread, 'Yes.', world.bo);
    expect(told()).toEqual(['inside', 'Yes.', 'me, too']);
    await answerTo(world, 'and here?', place, 'Yes.', world.bo);
    expect(told()).toEqual(['and here?']);
    await world.restart();
    await answerTo(world, 'and then?', thread, 'Yes.');
    expect(told()).toEqual(['inside', 'Yes.', 'me, too', 'Yes.', 'and then?']);
  });
});

describe('where each chain of replies is a conversation', () => {
  it('a mention begins one, a reply goes on with it, whoever replies, and an older answer has another branch', async () => {
    const place = await channelWith('reply');
    const { ana, bo } = world;
    const tea = await answerTo(world, 'tea?', place, 'Green.');
    await answerTo(world, 'cars?', place, 'Fast.', bo);
    expect(told()).toEqual(['cars?']);
    const why = await replyTo(bo, place, tea, 'why?', 'It calms.');
    expect(told()).toEqual(['tea?', 'Green.', 'why?']);
    await replyTo(ana, place, why, 'how?', 'Slowly.');
    expect(told()).toEqual(['tea?', 'Green.', 'why?', 'It calms.', 'how?']);
    await replyTo(bo, place, tea, 'and coffee?', 'Black.');
    expect(told()).toEqual(['tea?', 'Green.', 'and coffee?']);
    await world.restart();
    await replyTo(ana, place, why, 'really?');
    expect(told()).toEqual(['tea?', 'Green.', 'why?', 'It calms.', 'really?']);
    // Nothing is quoted that is said already.
    expect(wholeRequest()).not.toContain('in_reply_to');
  });

  it('any message of a long answer, the question itself, and what somebody said to an answer belong to it', async () => {
    const place = await channelWith('reply');
    const { ana, bo } = world;
    const long = Array.from({ length: 60 }, (_, index) => `Paragraph ${index}: ${'words '.repeat(12)}`).join('\n\n');
    world.bedrock.respondOnce({ text: long });
    const question = ana.say(place, `${world.discord.botUser.mention} a story?`);
    await world.outcome(question.id);
    const parts = place.fromBot.slice(-3);
    expect(parts.length).toBe(3);
    for (const part of parts) {
      await replyTo(bo, place, part as SimulatedMessage, 'more?');
      expect(told().slice(0, 1)).toEqual(['a story?']);
      expect(told()).toHaveLength(3);
    }
    await replyTo(bo, place, question, 'what do you mean?');
    expect(told()).toHaveLength(3);
    const remark = bo.say(place, 'I doubt that', { replyTo: parts[1] as SimulatedMessage, replyPing: false });
    const before = world.bedrock.requestCount;
    await replyTo(ana, place, remark, 'is that so?');
    expect(world.bedrock.requestCount).toBeGreaterThan(before);
    expect(told().slice(0, 1)).toEqual(['a story?']);
  });

  it('an answer that is still being written is waited for', async () => {
    const place = await channelWith('reply');
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = world.ana.say(place, `${world.discord.botUser.mention} a story?`);
    await stream.request;
    await stream.text('Once upon a time, ');
    await world.discord.waitFor(() => place.fromBot.length === 1);
    const second = world.bo.say(place, `${world.discord.botUser.mention} go on`, { replyTo: place.fromBot[0] as SimulatedMessage });
    await stream.text('all was well.');
    await stream.finish();
    await Promise.all([world.outcome(question.id), world.outcome(second.id)]);
    expect(told()).toEqual(['a story?', 'Once upon a time, all was well.', 'go on']);
  });

  it('where that answer comes to nothing, what it would have gone on from is gone on from', async () => {
    const place = await channelWith('reply');
    const tea = await answerTo(world, 'tea?', place, 'Green.');
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = world.ana.say(place, `${world.discord.botUser.mention} a story?`, { replyTo: tea });
    await stream.request;
    await stream.text('Once upon a time, ');
    await world.discord.waitFor(() => place.fromBot.length === 2);
    const draft = place.fromBot.at(-1) as SimulatedMessage;
    const second = world.bo.say(place, `${world.discord.botUser.mention} shorter`, { replyTo: draft });
    world.bedrock.respondOnce(...FAILING);
    await press(world.ana, draft, 'Stop');
    await Promise.all([world.outcome(question.id), world.outcome(second.id)]);
    expect(told()).toEqual(['tea?', 'Green.', 'shorter']);
    // Asked once more, it goes on from there again.
    const failed = place.fromBot.at(-1) as SimulatedMessage;
    await askAgain(world, world.bo, failed, 'Tea.', 'Try again');
    expect(told()).toEqual(['tea?', 'Green.', 'shorter']);
  });

  it('a question that a start takes up stays where it was asked, also where the scope has changed', async () => {
    const place = await channelWith('reply');
    const tea = await answerTo(world, 'tea?', place, 'Green.');
    await answerTo(world, 'cars?', place, 'Fast.');
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = world.ana.say(place, `${world.discord.botUser.mention} why?`, { replyTo: tea });
    await stream.request;
    await decide(url, world.guild.id, {});
    world.bedrock.respond({ text: 'Because.' });
    await world.restart({}, 0);
    await world.outcome(question.id);
    expect(told()).toEqual(['tea?', 'Green.', 'why?']);
  });

  it('what is deleted leaves its chain, and what was said behind it stays', async () => {
    const place = await channelWith('reply');
    const tea = await answerTo(world, 'tea?', place, 'Green.');
    world.bedrock.respondOnce({ text: 'It calms.' });
    const why = world.ana.say(place, `${world.discord.botUser.mention} why?`, { replyTo: tea });
    await world.outcome(why.id);
    const calms = place.fromBot.at(-1) as SimulatedMessage;
    const slowly = await replyTo(world.ana, place, calms, 'how?', 'Slowly.');
    world.ana.delete(why);
    await world.discord.waitFor(() => calms.deleted);
    await replyTo(world.ana, place, slowly, 'and then?');
    expect(told()).toEqual(['tea?', 'Green.', 'how?', 'Slowly.', 'and then?']);
  });

  it('an answer is regenerated in its branch, and one that was cut off goes on there', async () => {
    const place = await channelWith('reply');
    const tea = await answerTo(world, 'tea?', place, 'Green.');
    const why = await replyTo(world.ana, place, tea, 'why?', 'It calms.');
    await replyTo(world.ana, place, tea, 'and coffee?', 'Black.');
    world.bedrock.respondOnce({ text: 'It soothes, ', stopReason: 'max_tokens' });
    const again = await press(world.ana, why, 'Regenerate');
    await world.outcome(again.id);
    expect(told()).toEqual(['tea?', 'Green.', 'why?']);
    const soothes = place.fromBot.at(-1) as SimulatedMessage;
    world.bedrock.respondOnce({ text: 'and warms.' });
    const rest = await press(world.ana, soothes, 'Continue');
    await world.outcome(rest.id);
    expect(told().slice(0, 4)).toEqual(['tea?', 'Green.', 'why?', 'It soothes, ']);
    await replyTo(world.bo, place, place.fromBot.at(-1) as SimulatedMessage, 'thanks');
    expect(told()).toHaveLength(7);
    expect(told()).toContain('and warms.');
    expect(told()).not.toContain('Black.');
  });

  it('a question whose call failed is tried again in its branch', async () => {
    const place = await channelWith('reply');
    const tea = await answerTo(world, 'tea?', place, 'Green.');
    for (let call = 0; call < 3; call += 1) world.bedrock.respondOnce({ error: bedrockErrors.internalServer() });
    const question = world.ana.say(place, `${world.discord.botUser.mention} why?`, { replyTo: tea });
    await world.outcome(question.id);
    const failed = place.fromBot.at(-1) as SimulatedMessage;
    world.bedrock.respondOnce({ text: 'It calms.' });
    const again = await press(world.ana, failed, 'Try again');
    await world.outcome(again.id);
    expect(told()).toEqual(['tea?', 'Green.', 'why?']);
  });

  it('an edit of a question that waits leaves it in its branch', async () => {
    const place = await channelWith('reply');
    const tea = await answerTo(world, 'tea?', place, 'Green.');
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const first = world.ana.say(place, `${world.discord.botUser.mention} one`, { replyTo: tea });
    await stream.request;
    const second = world.ana.say(place, `${world.discord.botUser.mention} two`, { replyTo: tea });
    world.ana.edit(second, `${world.discord.botUser.mention} two, edited`);
    await stream.text('One.');
    await stream.finish();
    await Promise.all([world.outcome(first.id), world.outcome(second.id)]);
    expect(told().slice(0, 2)).toEqual(['tea?', 'Green.']);
    expect(told()).toHaveLength(3);
  });
});

describe('where the scope changes', () => {
  it('nothing that was said before comes up in another conversation, and what was said stays where it was', async () => {
    const place = freshChannel(world);
    const said = await answerTo(world, 'said in the room', place, 'Heard.');
    await scopeIs(place, 'user');
    await answerTo(world, 'alone?', place, 'Yes.');
    expect(told()).toEqual(['alone?']);
    await scopeIs(place, 'reply');
    await replyTo(world.bo, place, said, 'why?');
    expect(told()).toEqual(['why?']);
    expect(wholeRequest()).toContain('Heard.');
    expect(wholeRequest()).not.toContain('said in the room');
    await scopeIs(place, 'room');
    await answerTo(world, 'and now?', place, 'Yes.');
    expect(told()).toEqual(['said in the room', 'Heard.', 'and now?']);
  });

  it('direct messages are one conversation, whatever the environment says', async () => {
    await world.restart({ CONVERSATION_SCOPE: 'reply' });
    await world.ask(world.ana, 'hello', world.ana.dm);
    await world.ask(world.ana, 'again', world.ana.dm);
    expect(told()).toEqual(['hello', 'Certainly.', 'again']);
    const place = freshChannel(world);
    await answerTo(world, 'one', place, 'Yes.');
    await answerTo(world, 'two', place, 'Yes.');
    expect(told()).toEqual(['two']);
    await world.restart();
  });
});

it('/why tells which scope holds, and who decides that', async () => {
  const place = await channelWith('user');
  const { response } = await world.ana.runCommand(place, 'why', {}).settled();
  expect(response?.content).toContain('**Conversations:** Each person has their own\n-# set for the channel');
  const other = await world.ana.runCommand(freshChannel(world), 'why', {}).settled();
  expect(other.response?.content).toContain('**Conversations:** All in a channel or thread\n-# by default');
});

describe('/reset', () => {
  const reset = async (user: SimulatedUser, place: SimulatedChannel): Promise<string> => {
    const { id, response } = await user.runCommand(place, 'reset', {}).settled();
    expect(id).toBeDefined();
    return world.discord.waitFor(() => (response === undefined || response.content === '' ? undefined : response.content));
  };

  it('where each has their own forgets that of whoever says so, and nobody else hears of it', async () => {
    const place = await channelWith('user');
    await answerTo(world, 'my cat is Tom', place, 'A fine cat.');
    await answerTo(world, 'my dog is Rex', place, 'A fine dog.', world.bo);
    expect(await reset(world.bo, place)).toBe('Done: I have forgotten your conversation here: 1 question and its answer. Your next question starts afresh.');
    expect(place.visible(world.ana).some(({ content }) => content.startsWith('Done'))).toBe(false);
    expect(await reset(world.bo, place)).toContain('nothing to forget: your conversation');
    await answerTo(world, 'which?', place, 'None.', world.bo);
    expect(told()).toEqual(['which?']);
    await answerTo(world, 'and mine?', place, 'Tom.');
    expect(told()).toEqual(['my cat is Tom', 'A fine cat.', 'and mine?']);
  });

  it('where chains are conversations forgets all of them for those who manage messages, with what is under way', async () => {
    const place = await channelWith('reply');
    letModerate(world.bo, place);
    const tea = await answerTo(world, 'tea?', place, 'Green.');
    await answerTo(world, 'cars?', place, 'Fast.', world.bo);
    expect(await reset(world.ana, place)).toContain('only those who manage messages');
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = world.ana.say(place, `${world.discord.botUser.mention} why?`, { replyTo: tea });
    await stream.request;
    expect(await reset(world.bo, place)).toContain('I have forgotten all conversations here: 2 questions and their answers, which everybody here shared. I also ended a question');
    expect((await world.outcome(question.id))['outcome']).toBe('failed');
    await replyTo(world.ana, place, tea, 'and now?');
    expect(told()).toEqual(['and now?']);
  });
});
