import { describe, expect, it } from 'vitest';
import { bedrockErrors, manualStream } from '../simulators/bedrock.ts';
import { freshChannel } from './fresh-channel.ts';
import { shareWorld } from './shared-world.ts';
import { ledgerRow } from './ledger-row.ts';
import { buttonId, buttonsOf, press, privateReplies, turnsOf } from './pressing.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

/** As often as a call is made before its question fails. */
const FAILING = Array.from({ length: 3 }, () => ({ error: bedrockErrors.internalServer() }));

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  [world, storeUrl] = [opened, url];
});

const cutOffAnswer = async (place: SimulatedChannel, text = 'One, two, three,'): Promise<SimulatedMessage> => {
  world.bedrock.respondOnce({ text, stopReason: 'max_tokens' });
  return world.ask(world.ana, 'count', place);
};

describe('Continue', () => {
  it('asks the model to go on from its last words, below the answer that was cut off', async () => {
    const { bedrock, ana } = world;
    const place = freshChannel(world);
    const answer = await cutOffAnswer(place);
    expect(buttonsOf(answer)).toEqual(['Regenerate', 'Continue']);
    bedrock.respondOnce({ text: 'four, five.' });
    const pressed = await press(ana, answer, 'Continue');
    expect(pressed.acknowledgedAs).toBe('update');
    await world.outcome(pressed.id);
    const rest = place.fromBot.at(-1) as SimulatedMessage;
    expect(rest.content).toBe('four, five.');
    expect(rest.referenceId).toBe(answer.id);
    expect(answer.content).toMatch(/^One, two, three,/u);
    expect(buttonsOf(answer)).toEqual([]);
    expect(buttonsOf(rest)).toEqual(['Regenerate']);
    const turns = turnsOf(bedrock.requests.at(-1));
    expect(turns.slice(0, 2)).toEqual([
      ['user', 'count'],
      ['assistant', 'One, two, three,'],
    ]);
    expect(turns[2]).toEqual(['user', expect.stringMatching(/Go on exactly where it ends.*"One, two, three,"$/u)]);
    await world.ask(ana, 'thanks', place);
    expect(turnsOf(bedrock.requests.at(-1)).map(([role]) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
    expect(turnsOf(bedrock.requests.at(-1))[3]?.[1]).toBe('four, five.');
  });

  it('is not offered for an answer that is whole', async () => {
    expect(buttonsOf(await world.ask(world.ana, 'count', freshChannel(world)))).toEqual(['Regenerate']);
  });

  it('goes on as often as it takes, and quotes only the end of a long answer', async () => {
    const { bedrock, ana } = world;
    const place = freshChannel(world);
    let current = await cutOffAnswer(place, `${'number '.repeat(200)}and so on`);
    for (const [text, stopReason] of [['and on', 'max_tokens'], ['and off', 'end_turn']] as const) {
      bedrock.respondOnce({ text, stopReason });
      const pressed = await press(ana, current, 'Continue');
      await world.outcome(pressed.id);
      current = place.fromBot.at(-1) as SimulatedMessage;
    }
    expect(current.content).toBe('and off');
    const [first, second] = bedrock.requests.slice(-2).map((request) => turnsOf(request).at(-1)?.[1] ?? '');
    expect(first?.length).toBeLessThan(500);
    expect(first).toContain('number and so on"');
    expect(second).toContain('"and on"');
  });

  it('is for the asker and for moderators', async () => {
    const answer = await cutOffAnswer(freshChannel(world));
    const before = world.bedrock.requestCount;
    expect(privateReplies(await press(world.bo, answer, 'Continue'))).toEqual([expect.stringContaining('Only whoever asked')]);
    expect(world.bedrock.requestCount).toBe(before);
  });

  it('pressed twice goes on once', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    bedrock.respondOnce({ text: 'One, two,', stopReason: 'max_tokens' });
    const asked = ana.runCommand(place, 'ask', { prompt: 'count', private: true });
    await world.outcome(asked.id);
    const answer = asked.response as SimulatedMessage;
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const before = bedrock.requestCount;
    // The buttons that have done their work stay, so that there is something to press.
    const kept = discord.faults.add({ route: 'PATCH /webhooks/:id/:token/messages/:id', does: { status: 404, code: 10_008 }, times: 1 });
    const first = press(ana, answer, 'Continue');
    await stream.request;
    await expect.poll(() => kept.hits).toBe(1);
    expect(privateReplies(await press(ana, answer, 'Continue'))).toEqual(['This answer is being written already.']);
    await stream.text('three.');
    await stream.finish();
    const pressed = await first;
    await world.outcome(pressed.id);
    expect(pressed.response?.content).toBe('three.');
    expect(pressed.response?.ephemeral).toBe(true);
    const again = await press(ana, answer, 'Continue');
    await discord.waitFor(() => privateReplies(again).length > 0);
    expect(privateReplies(again)).toEqual([expect.stringContaining('goes on below')]);
    expect(buttonsOf(answer)).toEqual([]);
    expect(bedrock.requestCount).toBe(before + 1);
    expect(discord.channel(place.id)?.visible(world.bo)).toEqual([]);
  });

  it.each([
    ['Regenerate', 'Continue', false],
    ['Continue', 'Regenerate', false],
    ['Regenerate', 'Continue', true],
    ['Continue', 'Regenerate', true],
  ] as const)('%s and %s pressed at once: the second one is told what the first has done, in private: %s', async (first, second, isPrivate) => {
    const { ana, bedrock } = world;
    const place = freshChannel(world);
    bedrock.respondOnce({ text: 'One, two,', stopReason: 'max_tokens' });
    const asked = ana.runCommand(place, 'ask', { prompt: 'count', private: isPrivate });
    await world.outcome(asked.id);
    const answer = asked.response as SimulatedMessage;
    await expect.poll(async () => ledgerRow(storeUrl, asked.id)).toContain('"delivered"');
    const before = bedrock.requestCount;
    const ids = [first, second].map((label) => buttonId(answer, label));
    const pressed = ids.map((id) => ana.click(answer, id));
    await world.outcome((pressed[0] as SimulatedInteraction).id);
    await expect.poll(() => privateReplies(pressed[1] as SimulatedInteraction)).toHaveLength(1);
    expect(privateReplies(pressed[1] as SimulatedInteraction)[0]).toMatch(/newer answer|goes on below|being written already/u);
    expect(bedrock.requestCount).toBe(before + 1);
    const buttons = first === 'Regenerate' ? ['‹', '2/2', '›', 'Regenerate'] : ['Regenerate'];
    await expect.poll(() => place.fromBot.map(buttonsOf).filter((row) => row.length > 0)).toEqual([buttons]);
  });

  it('that fails can be tried again', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const answer = await cutOffAnswer(place);
    bedrock.respondOnce(...FAILING);
    await world.outcome((await press(ana, answer, 'Continue')).id);
    const failed = place.fromBot.at(-1) as SimulatedMessage;
    bedrock.respondOnce({ text: 'four.' });
    await world.outcome((await press(ana, failed, 'Try again')).id);
    await discord.waitFor(() => failed.deleted);
    expect(place.fromBot.map(({ content }) => content)).toEqual([answer.content, 'four.']);
    expect(turnsOf(bedrock.requests.at(-1)).at(-1)?.[1]).toContain('"One, two, three,"');
  });

  describe('when others asked meanwhile', () => {
    const texts = () => turnsOf(world.bedrock.requests.at(-1)).map(([, text]) => text);
    const goesOn = expect.stringContaining('Go on exactly where it ends') as string;
    /** An answer that was cut off, and another question behind it. */
    const overtaken = async () => {
      const place = freshChannel(world);
      await world.ask(world.ana, 'before', place);
      const answer = await cutOffAnswer(place);
      world.bedrock.respondOnce({ text: 'yes' });
      await world.ask(world.bo, 'tea?', place);
      return { place, answer };
    };

    it('goes on with what came before, and has its place behind the answer that was cut off', async () => {
      const { bedrock, ana } = world;
      const { place, answer } = await overtaken();
      bedrock.respondOnce({ text: 'four,', stopReason: 'max_tokens' });
      await world.outcome((await press(ana, answer, 'Continue')).id);
      expect(texts()).toEqual(['before', 'Certainly.', 'count', 'One, two, three,', goesOn]);
      const four = place.fromBot.at(-1) as SimulatedMessage;
      expect(four.referenceId).toBe(answer.id);
      await world.ask(ana, 'and?', place);
      expect(texts()).toEqual(['before', 'Certainly.', 'count', 'One, two, three,', goesOn, 'four,', 'tea?', 'yes', 'and?']);
      await world.restart();
      bedrock.respondOnce({ text: 'five.' });
      await world.outcome((await press(ana, four, 'Continue')).id);
      await world.ask(ana, 'thanks', place);
      expect(texts().slice(4, 9)).toEqual([goesOn, 'four,', goesOn, 'five.', 'tea?']);
      expect(turnsOf(bedrock.requests.at(-1)).map(([role], index) => role === (index % 2 === 0 ? 'user' : 'assistant'))).not.toContain(false);
    });

    it('has that place too when it failed first, and when it is written anew', async () => {
      const { bedrock, ana } = world;
      const { place, answer } = await overtaken();
      bedrock.respondOnce(...FAILING);
      await world.outcome((await press(ana, answer, 'Continue')).id);
      await world.restart();
      for (const [label, text] of [['Try again', 'four.'], ['Regenerate', '4.']] as const) {
        bedrock.respondOnce({ text });
        await world.outcome((await press(ana, place.fromBot.at(-1) as SimulatedMessage, label)).id);
        expect(texts()).toEqual(['before', 'Certainly.', 'count', 'One, two, three,', goesOn]);
      }
      await world.ask(ana, 'and?', place);
      expect(texts()).toEqual(['before', 'Certainly.', 'count', 'One, two, three,', goesOn, '4.', 'tea?', 'yes', 'and?']);
    });

    it('and the process ended in between, the next one gives it its place', async () => {
      const { bedrock, ana } = world;
      const { place, answer } = await overtaken();
      const stream = manualStream();
      bedrock.respondOnce(stream.responder);
      const pressed = await press(ana, answer, 'Continue');
      await stream.request;
      bedrock.respondOnce({ text: 'four.' });
      await world.parley.stop(0);
      await world.restart();
      await world.outcome(pressed.id);
      await world.ask(ana, 'and?', place);
      expect(texts()).toEqual(['before', 'Certainly.', 'count', 'One, two, three,', goesOn, 'four.', 'tea?', 'yes', 'and?']);
    });
  });
});
