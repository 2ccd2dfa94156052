import { describe, expect, it } from 'vitest';
import { bedrockErrors } from '../simulators/bedrock.ts';
import { openStore } from '../../src/store/open-store.ts';
import { beginAnswer } from './begin-answer.ts';
import { freshChannel } from './fresh-channel.ts';
import { FAILING, answerTo, askAgain, shownIn } from './asking-again.ts';
import { shareWorld } from './shared-world.ts';
import { letModerate } from './moderating.ts';
import { buttonsOf, press, turnsOf } from './pressing.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

describe('Try again', () => {
  it('asks a question anew that failed, also after a restart', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    await answerTo(world, 'before', place, 'zero');
    bedrock.respondOnce(...FAILING);
    const failed = await world.ask(ana, 'a colour?', place);
    expect(buttonsOf(failed)).toEqual(['Try again']);
    await world.restart();
    await askAgain(world, ana, failed, 'blue', 'Try again');
    await discord.waitFor(() => failed.deleted);
    expect(shownIn(place)).toEqual(['zero', 'blue']);
    expect(turnsOf(bedrock.requests.at(-1))).toEqual([
      ['user', 'before'],
      ['assistant', 'zero'],
      ['user', 'a colour?'],
    ]);
  });

  it.each([false, true])('asks in the language of the asker and not of whoever presses (after a restart: %s)', async (isRestarted) => {
    const { discord, bedrock, ana, bo } = world;
    const place = freshChannel(world);
    letModerate(bo, place);
    bedrock.respondOnce(...FAILING);
    const asked = ana.runCommand(place, 'ask', { prompt: 'uma cor?' }, { locale: 'pt-BR' });
    await world.outcome(asked.id);
    const first = bedrock.requests.at(-1)?.body?.messages;
    expect(JSON.stringify(first)).toContain('pt-BR');
    if (isRestarted) await world.restart();
    const failed = place.fromBot.at(-1) as SimulatedMessage;
    await askAgain(world, bo, failed, 'azul', 'Try again');
    await discord.waitFor(() => failed.deleted);
    expect(bedrock.requests.at(-1)?.body?.messages).toEqual(first);
  });

  it('leaves one failure behind, however often it fails, and none when it works', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    bedrock.respondOnce(...FAILING);
    let failed = await world.ask(ana, 'a colour?', place);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      bedrock.respondOnce(...FAILING);
      const last = failed;
      await world.outcome((await press(ana, last, 'Try again')).id);
      await discord.waitFor(() => last.deleted);
      expect(place.fromBot).toHaveLength(1);
      failed = place.fromBot[0] as SimulatedMessage;
    }
    await askAgain(world, ana, failed, 'blue', 'Try again');
    await discord.waitFor(() => failed.deleted);
    expect(shownIn(place)).toEqual(['blue']);
  });

  it('leaves one failure beside a whole answer, which stands until there is a new one', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const whole = await answerTo(world, 'a colour?', place, 'red');
    bedrock.respondOnce(...FAILING);
    await world.outcome((await press(ana, whole, 'Regenerate')).id);
    const first = place.fromBot[1] as SimulatedMessage;
    bedrock.respondOnce(...FAILING);
    await world.outcome((await press(ana, first, 'Try again')).id);
    await discord.waitFor(() => first.deleted);
    expect(place.fromBot.map(buttonsOf)).toEqual([['Regenerate'], ['Try again']]);
    await askAgain(world, ana, place.fromBot[1] as SimulatedMessage, 'blue', 'Try again');
    await discord.waitFor(() => place.fromBot.length === 1);
    expect(shownIn(place)).toEqual(['blue']);
  });

  it('in private writes over the failure', async () => {
    const { bedrock, ana } = world;
    const place = freshChannel(world);
    bedrock.respondOnce(...FAILING);
    const asked = ana.runCommand(place, 'ask', { prompt: 'a colour?', private: true });
    await world.outcome(asked.id);
    const failed = asked.response as SimulatedMessage;
    bedrock.respondOnce(...FAILING);
    await world.outcome((await press(ana, failed, 'Try again')).id);
    expect(failed.content).toBe('Amazon Bedrock had a problem while answering. Please try again.');
    await askAgain(world, ana, failed, 'blue', 'Try again');
    expect(failed.content).toBe('blue');
    expect(place.visible(ana)).toEqual([failed]);
  });

  it('works although others went on meanwhile: the question was not part of the conversation yet', async () => {
    const { discord, bedrock, ana, bo } = world;
    const place = freshChannel(world);
    bedrock.respondOnce(...FAILING);
    const failed = await world.ask(ana, 'a colour?', place);
    await answerTo(world, 'tea?', place, 'yes', bo);
    await askAgain(world, ana, failed, 'blue', 'Try again');
    await discord.waitFor(() => failed.deleted);
    expect(turnsOf(bedrock.requests.at(-1)).map(([, text]) => text)).toEqual(['tea?', 'yes', 'a colour?']);
  });

  it('is not offered where it cannot help', async () => {
    world.bedrock.respondOnce({ error: bedrockErrors.inputTooLong() });
    expect(buttonsOf(await world.ask(world.ana, 'too long', freshChannel(world)))).toEqual([]);
  });

  it('after Stop is called Regenerate', async () => {
    const { discord, ana } = world;
    const place = freshChannel(world);
    const { question, draft } = await beginAnswer(world, place, { text: 'a colour?', words: 're' });
    await press(ana, draft, 'Stop');
    await world.outcome(question.id);
    expect(buttonsOf(draft)).toEqual(['Regenerate']);
    await askAgain(world, ana, draft, 'blue');
    await discord.waitFor(() => draft.deleted);
    expect(shownIn(place)).toEqual(['blue']);
  });
});

describe('the files of a question', () => {
  const file = { name: 'notes.txt', bytes: 'buy milk' };
  const askWithFile = async (place: SimulatedChannel) => {
    const question = world.ana.say(place, `${world.discord.botUser.mention} what is in it?`, { attachments: [file] });
    await world.outcome(question.id);
    return { asked: world.bedrock.requests.at(-1)?.body?.messages, answer: place.fromBot.at(-1) as SimulatedMessage };
  };

  it('go along again, after a restart too', async () => {
    const { bedrock, ana } = world;
    const { asked, answer } = await askWithFile(freshChannel(world));
    await world.restart();
    await askAgain(world, ana, answer, 'milk');
    expect(JSON.stringify(asked)).toContain('buy milk');
    expect(bedrock.requests.at(-1)?.body?.messages).toEqual(asked);
  });

  it('are read from Discord once more when the question failed', async () => {
    const { bedrock, ana } = world;
    bedrock.respondOnce(...FAILING);
    const { asked, answer } = await askWithFile(freshChannel(world));
    await askAgain(world, ana, answer, 'milk', 'Try again');
    expect(bedrock.requests.at(-1)?.body?.messages).toEqual(asked);
  });

  it('are missed aloud when they are lost', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const { answer } = await askWithFile(place);
    bedrock.respondOnce(...FAILING);
    const other = await askWithFile(place);
    await world.parley.stop();
    const files = openStore(storeUrl, { table: 'files' });
    for await (const [key] of files.entries('bytes:')) await files.delete(key);
    await files.close();
    await world.restart();
    await askAgain(world, ana, answer, 'milk?');
    await discord.waitFor(() => answer.deleted);
    expect(place.fromBot.at(-1)?.content).toMatch(/^milk\?\n-# Without `notes\.txt`: it is no longer there\.$/u);
    await askAgain(world, ana, other.answer, 'nothing', 'Try again');
    await discord.waitFor(() => other.answer.deleted);
    expect(place.fromBot.at(-1)?.content).toMatch(/^nothing\n-# Without `file`: it is no longer there\.$/u);
  });
});
