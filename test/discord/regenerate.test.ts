import { PermissionFlagsBits } from 'discord-api-types/v10';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { freshChannel } from './fresh-channel.ts';
import { shareWorld } from './shared-world.ts';
import { FAILING, answerTo, askAgain, shownIn } from './asking-again.ts';
import { letModerate } from './moderating.ts';
import { buttonId, buttonsOf, press, privateReplies, turnsOf } from './pressing.ts';
import type { SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Regenerate', () => {
  it('asks the same once more; the new answer takes the place of the old one, also in what is remembered', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    await answerTo(world, 'before', place, 'zero');
    const old = await answerTo(world, 'a colour?', place, 'red');
    const first = bedrock.requests.at(-1);
    expect(buttonsOf(old)).toEqual(['Regenerate']);
    const pressed = await askAgain(world, ana, old, 'blue');
    expect(pressed.acknowledgedAs).toBe('deferUpdate');
    expect(bedrock.requests.at(-1)?.body?.messages).toEqual(first?.body?.messages);
    await discord.waitFor(() => old.deleted);
    const anew = place.fromBot.at(-1);
    expect(shownIn(place)).toEqual(['zero', 'blue']);
    expect(anew?.referenceId).toBe(old.referenceId);
    await world.ask(ana, 'and then?', place);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([
      ['user', 'before'],
      ['assistant', 'zero'],
      ['user', 'a colour?'],
      ['assistant', 'blue'],
      ['user', 'and then?'],
    ]);
  });

  it('can be used again and again, and each new answer has buttons of its own', async () => {
    const { discord, ana } = world;
    const place = freshChannel(world);
    await answerTo(world, 'a number?', place, 'one');
    for (const number of ['two', 'three']) {
      const current = place.fromBot.at(-1) as SimulatedMessage;
      await askAgain(world, ana, current, number);
      await discord.waitFor(() => current.deleted);
      expect(shownIn(place)).toEqual([number]);
    }
  });

  it('carries nothing in its id that a client could read', async () => {
    const place = freshChannel(world);
    const answer = await answerTo(world, 'my secret plan', place, 'red');
    const id = buttonId(answer, 'Regenerate');
    expect(id).toMatch(/^regenerate:[\w-]{22}$/u);
    for (const known of [world.ana.id, place.id, answer.referenceId ?? '', 'secret']) expect(id).not.toContain(known);
  });

  it('is for the asker and for moderators; a stranger is told so in private', async () => {
    const { discord, guild, bedrock, bo } = world;
    const moderator = discord.addUser({ name: 'mo' });
    guild.addMember(moderator);
    const place = freshChannel(world);
    const answer = await answerTo(world, 'a colour?', place, 'red');
    const before = bedrock.requestCount;
    for (const stranger of [bo, moderator]) {
      expect(privateReplies(await press(stranger, answer, 'Regenerate'))).toEqual([expect.stringContaining('Only whoever asked')]);
    }
    expect(bedrock.requestCount).toBe(before);
    place.setOverwrite(moderator, { allow: PermissionFlagsBits.ManageMessages });
    await askAgain(world, moderator, answer, 'blue');
    await discord.waitFor(() => answer.deleted);
    expect(shownIn(place).at(-1)).toBe('blue');
    // It is still the asker's question.
    expect(bedrock.requests.at(-1)?.body?.messages.at(-1)?.content[0]?.text).toContain(world.ana.id);
  });

  it('pressed twice writes one answer, and the second press is told', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const old = await answerTo(world, 'a colour?', place, 'red');
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const before = bedrock.requestCount;
    const first = ana.click(old, buttonId(old, 'Regenerate'));
    const second = await press(ana, old, 'Regenerate');
    expect(privateReplies(second)).toEqual(['This answer is being written already.']);
    await stream.request;
    await stream.text('blue');
    await discord.waitFor(() => shownIn(place).includes('blue'));
    const third = await press(ana, old, 'Regenerate');
    expect(privateReplies(third)).toEqual(['This answer is being written already.']);
    await stream.finish();
    await world.outcome(first.id);
    await discord.waitFor(() => old.deleted);
    expect(bedrock.requestCount).toBe(before + 1);
    expect(shownIn(place).filter((content) => content === 'blue')).toHaveLength(1);
  });

  it('works although others asked meanwhile, with what came before; the new answer has its place in what is remembered', async () => {
    const { discord, bedrock, ana, bo } = world;
    const place = freshChannel(world);
    await answerTo(world, 'before', place, 'zero');
    const old = await answerTo(world, 'a colour?', place, 'red');
    await answerTo(world, 'why?', place, 'because', bo);
    await answerTo(world, 'tea?', place, 'yes', bo);
    await askAgain(world, ana, old, 'green');
    expect(turnsOf(bedrock.requests.at(-1)).map(([, text]) => text)).toEqual(['before', 'zero', 'a colour?']);
    await discord.waitFor(() => old.deleted);
    await askAgain(world, ana, place.fromBot.at(-1) as SimulatedMessage, 'blue');
    await world.restart();
    await askAgain(world, ana, place.fromBot.at(-1) as SimulatedMessage, 'grey');
    expect(turnsOf(bedrock.requests.at(-1)).map(([, text]) => text)).toEqual(['before', 'zero', 'a colour?']);
    await discord.waitFor(() => place.fromBot.length === 4);
    expect(shownIn(place)).toEqual(['zero', 'because', 'yes', 'grey']);
    await world.ask(ana, 'and then?', place);
    expect(turnsOf(bedrock.requests.at(-1)).map(([role, text]) => `${role}: ${text}`)).toEqual([
      'user: before',
      'assistant: zero',
      'user: a colour?',
      'assistant: grey',
      'user: why?',
      'assistant: because',
      'user: tea?',
      'assistant: yes',
      'user: and then?',
    ]);
  });

  it('waits for an answer that is being written in the same channel, and loses nothing of either', async () => {
    const { bedrock, ana, bo } = world;
    const place = freshChannel(world);
    const old = await answerTo(world, 'a colour?', place, 'red');
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const other = bo.say(place, `${world.discord.botUser.mention} a story?`);
    await stream.request;
    bedrock.respondOnce({ text: 'blue' });
    const pressed = await press(ana, old, 'Regenerate');
    await stream.text('Once upon a time.');
    await stream.finish();
    await Promise.all([world.outcome(other.id), world.outcome(pressed.id)]);
    await world.ask(ana, 'and then?', place);
    expect(turnsOf(bedrock.requests.at(-1)).map(([, text]) => text)).toEqual(['a colour?', 'blue', 'a story?', 'Once upon a time.', 'and then?']);
  });

  it('of an answer in the middle that fails leaves everything in its place', async () => {
    const { bedrock, ana, bo } = world;
    const place = freshChannel(world);
    const old = await answerTo(world, 'a colour?', place, 'red');
    await answerTo(world, 'why?', place, 'because', bo);
    bedrock.respondOnce(...FAILING);
    await world.outcome((await press(ana, old, 'Regenerate')).id);
    expect(old.deleted).toBe(false);
    await world.ask(ana, 'and then?', place);
    expect(turnsOf(bedrock.requests.at(-1)).map(([, text]) => text)).toEqual(['a colour?', 'red', 'why?', 'because', 'and then?']);
  });

  it('loses nothing when the model fails: the old answer stays, is remembered, and can be tried again', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const old = await answerTo(world, 'a colour?', place, 'red');
    bedrock.respondOnce(...FAILING);
    const pressed = await press(ana, old, 'Regenerate');
    expect(await world.outcome(pressed.id)).toMatchObject({ outcome: 'failed' });
    expect(old.deleted).toBe(false);
    expect(shownIn(place)).toEqual(['red', expect.stringContaining('Please try again')]);
    const failed = place.fromBot.at(-1) as SimulatedMessage;
    expect(buttonsOf(failed)).toEqual(['Try again']);
    await askAgain(world, ana, old, 'blue');
    await discord.waitFor(() => old.deleted && failed.deleted);
    expect(shownIn(place)).toEqual(['blue']);
    await world.ask(ana, 'and then?', place);
    expect(turnsOf(bedrock.requests.at(-1)).slice(0, 2)).toEqual([
      ['user', 'a colour?'],
      ['assistant', 'blue'],
    ]);
  });

  it('can be stopped, and then the old answer stays', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const old = await answerTo(world, 'a colour?', place, 'red');
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const pressed = await press(ana, old, 'Regenerate');
    await stream.request;
    await stream.text('blu');
    const draft = await discord.waitFor(() => place.fromBot.find(({ content }) => content === 'blu'));
    await press(ana, draft, 'Stop');
    await world.outcome(pressed.id);
    expect(old.deleted).toBe(false);
    expect(draft.content).toMatch(/^blu\n+-# Stopped\.$/u);
    await world.ask(ana, 'and then?', place);
    expect(turnsOf(bedrock.requests.at(-1))[1]).toEqual(['assistant', 'red']);
  });

  it('works after a restart and a day later', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const old = await answerTo(world, 'a colour?', place, 'red');
    const asked = bedrock.requests.at(-1)?.body?.messages;
    await world.parley.stop();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + DAY_MS });
    discord.advance(DAY_MS);
    await world.restart();
    await askAgain(world, ana, old, 'blue');
    await discord.waitFor(() => old.deleted);
    expect(shownIn(place)).toEqual(['blue']);
    expect(bedrock.requests.at(-1)?.body?.messages).toEqual(asked);
  });

  it('says so when it has been too long', async () => {
    const { bedrock, ana } = world;
    const answer = await answerTo(world, 'a colour?', freshChannel(world), 'red');
    const before = bedrock.requestCount;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31 * DAY_MS });
    const pressed = await press(ana, answer, 'Regenerate');
    await world.discord.waitFor(() => privateReplies(pressed).length > 0);
    expect(privateReplies(pressed)).toEqual([expect.stringContaining('no longer remember')]);
    expect(buttonsOf(answer)).toEqual([]);
    expect(bedrock.requestCount).toBe(before);
  });

  it('works for answers of several messages: all of the old ones go', async () => {
    const { discord, ana } = world;
    const place = freshChannel(world);
    const answer = await answerTo(world, 'long?', place, 'word '.repeat(700).trim());
    const parts = place.fromBot;
    expect(parts.length).toBeGreaterThan(1);
    expect(buttonsOf(answer)).toEqual([]);
    await askAgain(world, ana, parts.at(-1) as SimulatedMessage, 'short');
    await discord.waitFor(() => parts.every(({ deleted }) => deleted));
    expect(shownIn(place)).toEqual(['short']);
  });

  it('works in a direct message', async () => {
    const { discord, bedrock } = world;
    const dee = discord.addUser({ name: 'dee' });
    const old = await answerTo(world, 'a colour?', dee.dm, 'red', dee);
    await askAgain(world, dee, old, 'blue');
    await discord.waitFor(() => old.deleted);
    expect(shownIn(dee.dm)).toEqual(['blue']);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([['user', 'a colour?']]);
  });

  it('works for /ask', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    bedrock.respondOnce({ text: 'red' });
    const asked = ana.runCommand(place, 'ask', { prompt: 'a colour?' });
    await world.outcome(asked.id);
    const old = asked.response as SimulatedMessage;
    await askAgain(world, ana, old, 'blue');
    await discord.waitFor(() => old.deleted);
    // Above the first response Discord tells who asked.
    expect(shownIn(place)).toEqual([`-# ${ana.mention}: \`a colour?\`\nblue`]);
    expect(discord.pings.filter(({ channelId }) => channelId === place.id)).toEqual([]);
  });

  it('keeps a private answer private, with the token of the press', async () => {
    const { bedrock, ana, bo } = world;
    const place = freshChannel(world);
    bedrock.respondOnce({ text: 'red' });
    const asked = ana.runCommand(place, 'ask', { prompt: 'a colour?', private: true });
    await world.outcome(asked.id);
    const old = asked.response as SimulatedMessage;
    const pressed = await askAgain(world, ana, old, 'blue');
    expect(pressed.acknowledgedAs).toBe('deferUpdate');
    expect(old.content).toBe('blue');
    expect(place.visible(ana)).toEqual([old]);
    expect(place.visible(bo)).toEqual([]);
    await askAgain(world, ana, old, 'green');
    expect(old.content).toBe('green');
    expect(buttonsOf(old)).toEqual(['‹', '3/3', '›', 'Regenerate']);
    await askAgain(world, ana, old, 'blue');
    const next = ana.runCommand(place, 'ask', { prompt: 'and then?', private: true });
    await world.outcome(next.id);
    expect(turnsOf(bedrock.requests.at(-1))[1]).toEqual(['assistant', 'blue']);
  });

  it('of a private answer that fails brings that back, with why, and never more than one reason', async () => {
    const { bedrock, ana } = world;
    const place = freshChannel(world);
    bedrock.respondOnce({ text: 'red' });
    const asked = ana.runCommand(place, 'ask', { prompt: 'a colour?', private: true });
    await world.outcome(asked.id);
    const old = asked.response as SimulatedMessage;
    for (const label of ['Regenerate', 'Try again']) {
      bedrock.respondOnce(...FAILING);
      await world.outcome((await press(ana, old, label)).id);
      expect(old.content).toBe('red\n-# ⚠️ Amazon Bedrock had a problem while answering. Please try again.');
    }
    await askAgain(world, ana, old, 'blue', 'Try again');
    expect(old.content).toBe('blue');
    expect(place.visible(ana)).toEqual([old]);
  });

  it('of a long private answer takes its file along', async () => {
    const { bedrock, ana } = world;
    const place = freshChannel(world);
    bedrock.respondOnce({ text: 'word '.repeat(900).trim() });
    const asked = ana.runCommand(place, 'ask', { prompt: 'at length', private: true });
    await world.outcome(asked.id);
    const old = asked.response as SimulatedMessage;
    expect(old.attachments).toHaveLength(1);
    await askAgain(world, ana, old, 'short');
    expect(old.content).toBe('short');
    expect(old.attachments).toEqual([]);
  });

  it('is forgotten with the conversation', async () => {
    const { bedrock, ana } = world;
    const place = freshChannel(world);
    const answered = await answerTo(world, 'a colour?', place, 'red');
    bedrock.respondOnce(...FAILING);
    const failed = await world.ask(ana, 'another?', place);
    letModerate(ana, place);
    // Their buttons stay, so that there is something to press.
    world.discord.faults.add({ route: 'PATCH /channels/:id/messages/:id', does: { status: 403, code: 50_013 } });
    const reset = ana.runCommand(place, 'reset');
    await world.discord.waitFor(() => reset.response?.content.startsWith('Done'));
    const before = bedrock.requestCount;
    for (const [answer, label] of [[answered, 'Regenerate'], [failed, 'Try again']] as const) {
      const pressed = await press(ana, answer, label);
      await world.discord.waitFor(() => privateReplies(pressed).length > 0);
      expect(privateReplies(pressed)).toEqual([expect.stringContaining('no longer remember')]);
      expect(buttonsOf(answer)).toEqual([]);
    }
    expect(bedrock.requestCount).toBe(before);
  });
});
