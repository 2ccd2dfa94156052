import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { decide } from './deciding.ts';
import { freshMember } from './fresh-member.ts';
import { press } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld({ discord: { rateLimits: 'off', messageContentIntent: true }, environment: { DISCORD_MESSAGE_CONTENT: 'true', BURST_SECONDS: '1.5' } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

let places = 0;
const fresh = (): SimulatedChannel => world.guild.addChannel({ name: `burst-${(places += 1)}` });

/** What people asked with each call, without the heads of turns. */
const askedWith = (from: number): string[] =>
  world.bedrock.requests.slice(from).map(({ body }) =>
    ((body?.messages.at(-1)?.content ?? []) as readonly { readonly text?: string }[]).flatMap(({ text }) => (text === undefined || text.startsWith('{"') ? [] : [text])).join('|'),
  );
const callsSoFar = (): number => world.bedrock.requests.length;
/** From now on the model takes its time, until it is told what to say; resolves when it was asked all of these. */
const asking = async (from: number, texts: readonly string[], say: () => void): Promise<void> => {
  world.bedrock.respond({ text: 'Too late.', firstDelayMs: 100_000 });
  say();
  await expect.poll(() => texts.every((text) => askedWith(from).includes(text))).toBe(true);
  world.bedrock.respond({ text: 'Certainly.' });
};
const answersIn = (channel: SimulatedChannel): readonly SimulatedMessage[] => channel.fromBot.filter(({ deleted }) => !deleted);

describe('messages that one person writes one after the other', () => {
  it('directly are one question with one answer', async () => {
    const asker = freshMember(world);
    const before = callsSoFar();
    const first = asker.say(asker.dm, 'I have a question:');
    asker.say(asker.dm, 'which tea');
    asker.say(asker.dm, 'is the best?');
    await world.outcome(first.id);
    expect(askedWith(before)).toEqual(['I have a question:\nwhich tea\nis the best?']);
    expect(answersIn(asker.dm)).toMatchObject([{ referenceId: first.id, content: 'Certainly.' }]);
  });

  it('behind a mention belong to it, with what comes with them, and where something was to follow, mentioned again or not', async () => {
    const { ana, discord, outcome } = world;
    const place = fresh();
    const before = callsSoFar();
    const first = ana.say(place, `${discord.botUser.mention} look at these`);
    ana.say(place, 'and tell me:', { attachments: [{ name: 'a.txt', bytes: 'notes' }] });
    ana.say(place, `${discord.botUser.mention} what they say`);
    await outcome(first.id);
    expect(askedWith(before)).toEqual(['look at these\nand tell me:\nwhat they say']);
    expect(JSON.stringify(world.bedrock.requests.at(-1)?.body)).toContain('"{\\"file\\":\\"a.txt\\"}');
    expect(answersIn(place)).toMatchObject([{ referenceId: first.id }]);
  });

  it('in a thread that we have begun are one, without any call', async () => {
    const { ana, discord, guild } = world;
    const place = fresh();
    await decide(url, guild.id, { channels: { [place.id]: { threads: 'on_mention' } } });
    await world.restart();
    await world.outcome(ana.say(place, `${discord.botUser.mention} let us talk`).id);
    const [thread] = place.threads;
    if (thread === undefined) throw new Error('There is no thread.');
    const before = callsSoFar();
    const first = ana.say(thread, 'which tea');
    ana.say(thread, 'is the best');
    ana.say(thread, 'of all?');
    await world.outcome(first.id);
    // A small call gives the thread its name meanwhile.
    expect(askedWith(before).filter((text) => text !== '')).toEqual(['which tea\nis the best\nof all?']);
    expect(answersIn(thread).filter(({ referenceId }) => referenceId === first.id)).toHaveLength(1);
    await decide(url, guild.id, {});
    await world.restart();
  });

  it('are questions of their own where each calls by itself, and nothing was left open', async () => {
    const { ana, discord, outcome } = world;
    const place = fresh();
    const before = callsSoFar();
    const asked = ['one?', 'two?', 'three?'].map((text) => ana.say(place, `${discord.botUser.mention} ${text}`));
    for (const { id } of asked) await outcome(id);
    expect(askedWith(before)).toEqual(['one?', 'two?', 'three?']);
    expect(answersIn(place).map(({ referenceId }) => referenceId)).toEqual(asked.map(({ id }) => id));
  });

  it('while the model is called are asked with the rest, in one answer', async () => {
    const { ana, bedrock, discord, outcome } = world;
    const place = fresh();
    const before = callsSoFar();
    const stream = manualStream();
    bedrock.respond({ text: 'Both.' });
    bedrock.respondOnce(stream.responder);
    const first = ana.say(place, `${discord.botUser.mention} one`);
    await stream.request;
    ana.say(place, 'two');
    await outcome(first.id);
    expect(askedWith(before)).toEqual(['one', 'one\ntwo']);
    expect(answersIn(place)).toMatchObject([{ referenceId: first.id, content: 'Both.' }]);
  });

  it('after the answer has begun are questions of their own', async () => {
    const { ana, bedrock, discord, outcome } = world;
    const before = callsSoFar();
    const stream = manualStream();
    bedrock.respond({ text: 'Second.' });
    bedrock.respondOnce(stream.responder);
    const first = ana.say(ana.dm, 'one');
    await stream.request;
    await stream.text('First');
    await discord.waitFor(() => ana.dm.fromBot.some(({ content }) => content.startsWith('First')));
    const second = ana.say(ana.dm, 'two');
    await stream.finish();
    await outcome(first.id);
    await outcome(second.id);
    expect(askedWith(before)).toEqual(['one', 'two']);
    expect(ana.dm.fromBot.findLast(({ referenceId }) => referenceId === second.id)?.content).toBe('Second.');
  });

  it('that are cut from a long text are put together', async () => {
    const { ana, discord, outcome } = world;
    const place = fresh();
    const before = callsSoFar();
    const [one, two] = ['a'.repeat(1_950), 'b'.repeat(1_990)];
    const first = ana.say(place, `${discord.botUser.mention} ${one}`);
    ana.say(place, two);
    discord.advance(4_000);
    ana.say(place, 'the end');
    await outcome(first.id);
    expect(askedWith(before)).toEqual([`${one}\n${two}\nthe end`]);
  });

  it('are not what others say, what is said to others, or a reply to something else', async () => {
    const { ana, bo, discord, outcome } = world;
    const place = fresh();
    const earlier = bo.say(place, 'something else');
    const before = callsSoFar();
    const first = ana.say(place, `${discord.botUser.mention} wait for it:`);
    bo.say(place, 'hello');
    ana.say(place, `${bo.mention} hello`);
    ana.say(place, 'no!', { replyTo: earlier });
    await outcome(first.id);
    expect(askedWith(before)).toEqual(['wait for it:']);
    expect(answersIn(place)).toHaveLength(1);
  });

  it('are not what comes later', async () => {
    const { ana, discord, outcome } = world;
    const place = fresh();
    const before = callsSoFar();
    const first = ana.say(place, `${discord.botUser.mention} wait for it:`);
    discord.advance(2_000);
    ana.say(place, 'too late');
    await outcome(first.id);
    expect(askedWith(before)).toEqual(['wait for it:']);
  });

  it('end where they are too many: the next begins another turn', async () => {
    const { bo, outcome } = world;
    const before = callsSoFar();
    const said = Array.from({ length: 12 }, (_, index) => bo.say(bo.dm, `part ${index}`));
    await outcome(said[0]?.id ?? '');
    await outcome(said[10]?.id ?? '');
    expect(askedWith(before)).toEqual([said.slice(0, 10).map(({ content }) => content).join('\n'), 'part 10\npart 11']);
  });
});

describe('a message of a turn', () => {
  it('takes the answer with it where it is deleted while nobody listens, also one that was asked for anew', async () => {
    const { ana, bo, discord, outcome } = world;
    const said = [ana, bo].map((user) => {
      const place = fresh();
      return { user, place, first: user.say(place, `${discord.botUser.mention} the secret is:`), second: user.say(place, 'swordfish') };
    });
    for (const { first } of said) await outcome(first.id);
    const anew = said.at(-1)?.place as SimulatedChannel;
    await outcome((await press(bo, answersIn(anew)[0] as SimulatedMessage, 'Regenerate')).id);
    discord.gateway.setDispatching(false);
    for (const { user, second } of said) user.delete(second);
    discord.gateway.setDispatching(true);
    await world.restart();
    // A gap whose last message is gone is looked at twice, before what was deleted.
    await discord.waitFor(() => said.every(({ place }) => answersIn(place).length === 0), 30_000);
    await world.ask(bo, 'what was it?', anew);
    expect(JSON.stringify(world.bedrock.requests.at(-1)?.body)).not.toContain('swordfish');
  });

  it('that is edited or deleted before the answer is asked as it reads then', async () => {
    const { ana, discord, outcome } = world;
    const place = fresh();
    const before = callsSoFar();
    const first = ana.say(place, `${discord.botUser.mention} compare:`);
    const second = ana.say(place, 'tee');
    const third = ana.say(place, 'coffee');
    await discord.waitFor(() => place.typing.length > 0);
    ana.edit(second, 'tea');
    ana.delete(third);
    ana.edit(first, `${discord.botUser.mention} please compare:`);
    await outcome(first.id);
    expect(askedWith(before).at(-1)).toBe('please compare:\ntea');
    expect(answersIn(place)).toHaveLength(1);
  });

  it('whose first is edited while the model is called is asked as it reads then, with the rest', async () => {
    const { ana, bedrock, discord, outcome } = world;
    const place = fresh();
    const before = callsSoFar();
    const streams = [manualStream(), manualStream()] as const;
    bedrock.respondOnce(streams[0].responder, streams[1].responder);
    const first = ana.say(place, `${discord.botUser.mention} compare`);
    await streams[0].request;
    ana.say(place, 'tea');
    await streams[1].request;
    ana.edit(first, `${discord.botUser.mention} please compare`);
    await outcome(first.id);
    expect(askedWith(before).at(-1)).toBe('please compare\ntea');
    expect(answersIn(place)).toHaveLength(1);
  });

  it.each([0, 1])('is asked anew with all of it where message %i of it was edited after the answer', async (which) => {
    const { ana, discord, outcome } = world;
    const place = fresh();
    const said = [ana.say(place, `${discord.botUser.mention} compare:`), ana.say(place, 'tee')] as const;
    await outcome(said[0].id);
    ana.edit(said[which] as SimulatedMessage, which === 0 ? `${discord.botUser.mention} please compare:` : 'tea');
    await discord.waitFor(() => JSON.stringify(answersIn(place)[0]?.components).includes('edited'));
    const before = callsSoFar();
    await outcome((await press(ana, answersIn(place)[0] as SimulatedMessage, 'Regenerate with the edited question')).id);
    expect(askedWith(before)).toEqual([which === 0 ? 'please compare:\ntee' : 'compare:\ntea']);
    ana.delete(said[1]);
    await discord.waitFor(() => answersIn(place).length === 0);
  });

  it('takes the answer with it when it is deleted later', async () => {
    const { ana, discord, outcome, bedrock } = world;
    const place = fresh();
    const first = ana.say(place, `${discord.botUser.mention} the secret is:`);
    const second = ana.say(place, 'swordfish');
    await outcome(first.id);
    expect(answersIn(place)).toHaveLength(1);
    ana.delete(second);
    await discord.waitFor(() => answersIn(place).length === 0);
    await world.ask(ana, 'what was it?', place);
    expect(JSON.stringify(bedrock.requests.at(-1)?.body)).not.toContain('swordfish');
  });

  it('is not answered by itself after a restart, and its question is with all of it', async () => {
    const { ana, bedrock } = world;
    const before = callsSoFar();
    const streams = [manualStream(), manualStream()] as const;
    bedrock.respond({ text: 'All of it.' });
    bedrock.respondOnce(streams[0].responder, streams[1].responder);
    const first = ana.say(ana.dm, 'begin');
    await streams[0].request;
    ana.say(ana.dm, 'go on');
    await streams[1].request;
    await world.restart(undefined, 0);
    await world.outcome(first.id);
    // What might still be asked is asked before this.
    const later = ana.say(ana.dm, 'later');
    await world.outcome(later.id);
    expect(askedWith(before)).toEqual(['begin', 'begin\ngo on', 'begin\ngo on', 'later']);
    expect(ana.dm.fromBot.filter(({ deleted, referenceId }) => !deleted && referenceId === first.id)).toMatchObject([{ content: 'All of it.' }]);
  });

  it('belongs to its question also where two processes hear it', async () => {
    const { bo, outcome } = world;
    const second = await world.startSecond();
    try {
      const before = callsSoFar();
      const first = bo.say(bo.dm, 'this:');
      bo.say(bo.dm, 'and this');
      await outcome(first.id);
      const later = await world.ask(bo, 'later', bo.dm);
      expect(later.content).toBe('Certainly.');
      expect(askedWith(before)).toEqual(['this:\nand this', 'later']);
    } finally {
      await second.stop(0);
    }
  });
});

describe('the first message of a turn that is deleted before the answer', () => {
  it('takes back that part of it alone, where the others are still for us', async () => {
    const { ana, bo, discord, outcome } = world;
    const place = fresh();
    const before = callsSoFar();
    const direct: SimulatedMessage[] = [];
    const shared: SimulatedMessage[] = [];
    await asking(before, ['the secret is swordfish:\nwhich tea is best?', 'the secret is swordfish:\nwhich tea is good?\nand cheap?'], () => {
      direct.push(ana.say(ana.dm, 'the secret is swordfish:'), ana.say(ana.dm, 'which tea is best?'));
      shared.push(bo.say(place, `${discord.botUser.mention} the secret is swordfish:`), bo.say(place, `${discord.botUser.mention} which tea is good?`), bo.say(place, 'and cheap?'));
    });
    ana.delete(direct[0] as SimulatedMessage);
    bo.delete(shared[0] as SimulatedMessage);
    await outcome(direct[0]?.id ?? '');
    await outcome(shared[0]?.id ?? '');
    expect(askedWith(before).slice(-2).toSorted()).toEqual(['which tea is best?', 'which tea is good?\nand cheap?']);
    expect(answersIn(place)).toHaveLength(1);
    // Nothing of it is looked for as if it had been deleted after the answer, nor remembered.
    await world.restart();
    await world.ask(bo, 'what did I say?', place);
    expect(JSON.stringify(world.bedrock.requests.at(-1)?.body)).not.toContain('swordfish');
    expect(JSON.stringify(world.bedrock.requests.at(-1)?.body)).toContain('and cheap?');
    expect(answersIn(place)).toHaveLength(2);
    // What is left of it takes the answer along, as ever.
    bo.delete(shared[2] as SimulatedMessage);
    await discord.waitFor(() => answersIn(place).length === 1);
  });

  it('takes the question back, where nobody else calls us, or nothing is left that asks', async () => {
    const { ana, bo, discord, outcome } = world;
    const before = callsSoFar();
    const [one, other] = [fresh(), fresh()];
    const said: SimulatedMessage[] = [];
    await asking(before, ['compare:\ntea', 'what is tea?'], () => {
      said.push(ana.say(one, `${discord.botUser.mention} compare:`), ana.say(one, 'tea'), bo.say(other, discord.botUser.mention), bo.say(other, 'what is tea?'));
    });
    ana.delete(said[0] as SimulatedMessage);
    bo.delete(said[3] as SimulatedMessage);
    await outcome(said[0]?.id ?? '');
    await outcome(said[2]?.id ?? '');
    // What said that it thinks goes, too.
    await discord.waitFor(() => answersIn(one).length + answersIn(other).length === 0);
    expect(askedWith(before)).toHaveLength(2);
  });

  it('is gone for the next process, too, which answers the rest', async () => {
    const { ana, discord, outcome } = world;
    const streams = [manualStream(), manualStream()] as const;
    world.bedrock.respond({ text: 'The rest.' });
    world.bedrock.respondOnce(streams[0].responder, streams[1].responder);
    const before = ana.dm.fromBot.length;
    const first = ana.say(ana.dm, 'the secret is swordfish');
    await streams[0].request;
    ana.say(ana.dm, 'which tea is best?');
    await streams[1].request;
    discord.gateway.setDispatching(false);
    ana.delete(first);
    discord.gateway.setDispatching(true);
    await world.restart(undefined, 0);
    await outcome(first.id);
    expect(askedWith(0).at(-1)).toBe('which tea is best?');
    expect(ana.dm.fromBot.slice(before).filter(({ deleted }) => !deleted).map(({ content }) => content)).toEqual(['The rest.']);
  });
});

describe('a call that says nothing', () => {
  it('is one question with what its author says next, mentioned again or not', async () => {
    const { ana, bo, discord, outcome } = world;
    const before = callsSoFar();
    const [one, other] = [fresh(), fresh()];
    const first = ana.say(one, discord.botUser.mention);
    ana.say(one, 'what is tea?');
    const second = bo.say(other, discord.botUser.mention);
    bo.say(other, `${discord.botUser.mention} what is coffee?`);
    await outcome(first.id);
    await outcome(second.id);
    expect(askedWith(before).toSorted()).toEqual(['what is coffee?', 'what is tea?']);
    expect([answersIn(one), answersIn(other)]).toMatchObject([[{ referenceId: first.id, content: 'Certainly.' }], [{ referenceId: second.id, content: 'Certainly.' }]]);
    // It belongs to the question: what is deleted of it takes the answer along.
    ana.delete(first);
    await discord.waitFor(() => answersIn(one).length === 0);
  });

  it('is told that it asks nothing where nothing follows in time, or only what somebody else says', async () => {
    const { ana, bo, discord } = world;
    const before = callsSoFar();
    const place = fresh();
    const first = ana.say(place, discord.botUser.mention);
    bo.say(place, 'what is tea?');
    discord.advance(2_000);
    ana.say(place, 'never mind');
    await discord.waitFor(() => answersIn(place).length > 0);
    expect(answersIn(place)).toMatchObject([{ referenceId: first.id }]);
    expect(answersIn(place)[0]?.content).toMatch(/\?|ask/iu);
    expect(askedWith(before)).toEqual([]);
  });

  it('is taken up with what followed by the next process', async () => {
    const { ana, bedrock, discord, outcome } = world;
    const place = fresh();
    const stream = manualStream();
    bedrock.respond({ text: 'A drink.' });
    bedrock.respondOnce(stream.responder);
    const first = ana.say(place, discord.botUser.mention);
    ana.say(place, 'what is tea?');
    await stream.request;
    await world.restart(undefined, 0);
    await outcome(first.id);
    expect(askedWith(0).at(-1)).toBe('what is tea?');
    expect(answersIn(place)).toMatchObject([{ referenceId: first.id, content: 'A drink.' }]);
  });
});

describe('what is said while nobody listens', () => {
  it('belongs to the question whose beginning the last process has heard', async () => {
    const { ana, bo, discord, outcome } = world;
    const place = fresh();
    const said: SimulatedMessage[] = [];
    await asking(callsSoFar(), ['compare'], () => said.push(ana.say(place, `${discord.botUser.mention} compare`)));
    const first = said[0] as SimulatedMessage;
    discord.gateway.setDispatching(false);
    ana.say(place, 'tea');
    bo.say(place, 'hello');
    ana.say(place, 'and coffee');
    discord.advance(3_000);
    ana.say(place, 'something else');
    discord.gateway.setDispatching(true);
    await world.restart(undefined, 0);
    await outcome(first.id);
    expect(askedWith(0).at(-1)).toBe('compare\ntea\nand coffee');
    expect(answersIn(place)).toMatchObject([{ referenceId: first.id }]);
  });

  it('is one question where all of it was said then', async () => {
    const { ana, discord, outcome } = world;
    const place = fresh();
    const before = callsSoFar();
    discord.gateway.setDispatching(false);
    const first = ana.say(place, `${discord.botUser.mention} compare:`);
    ana.say(place, 'tea');
    const lone = ana.say(fresh(), discord.botUser.mention);
    ana.say(discord.channel(lone.channelId) as SimulatedChannel, 'what is milk?');
    discord.gateway.setDispatching(true);
    await world.restart(undefined, 0);
    await outcome(first.id);
    await outcome(lone.id);
    expect(askedWith(before).toSorted()).toEqual(['compare:\ntea', 'what is milk?']);
  });
});
