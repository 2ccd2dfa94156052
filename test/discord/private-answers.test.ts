import { PermissionFlagsBits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { freshChannel } from './fresh-channel.ts';
import { withoutQuestion } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { FaultRule, SimulatedChannel, SimulatedInteraction } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ environment: { BEDROCK_MAX_TOKENS: '20000' }, discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

const LONG = Array.from({ length: 120 }, (_, index) => `This is sentence number ${index} of the answer.`).join(' ');
const GOES_ON = /\n-# It goes on, and the whole answer comes as a file: `answer\.md`$/u;
/** Requests that bring files, by whatever way. */
const hasFiles: FaultRule['when'] = ({ body }) => JSON.stringify(body)?.includes('"attachments"') === true;

const askInPrivate = (place: SimulatedChannel): SimulatedInteraction => world.ana.runCommand(place, 'ask', { prompt: 'at length', private: true });

/** What the asker has before them: one message, and what is beside it. */
const readBy = (interaction: SimulatedInteraction, place: SimulatedChannel) => {
  expect(place.fromBot.filter(({ deleted }) => !deleted)).toEqual([interaction.response]);
  expect(interaction.followUps).toEqual([]);
  expect(interaction.response?.components).not.toMatchObject([{ components: [{ label: 'Stop' }] }]);
  const { content = '', attachments = [] } = interaction.response ?? {};
  expect(content.length).toBeLessThanOrEqual(2_000);
  return { content, files: attachments.map((file) => ({ name: file.name, text: file.text() })) };
};

const expectAllOfIt = ({ content, files }: ReturnType<typeof readBy>): void => {
  expect(LONG.startsWith(withoutQuestion(content).replace(GOES_ON, ''))).toBe(true);
  expect(content).toMatch(GOES_ON);
  expect(files).toEqual([{ name: 'answer.md', text: LONG }]);
};

/** A private question whose answer has outgrown its message while it is being written. */
const beginLong = async (place: SimulatedChannel) => {
  const stream = manualStream();
  world.bedrock.respondOnce(stream.responder);
  const interaction = askInPrivate(place);
  await stream.request;
  await stream.text(LONG.slice(0, 3_000));
  await world.discord.waitFor(() => GOES_ON.test(interaction.response?.content ?? ''));
  return { stream, interaction };
};

describe('an answer that lives by the token of its interaction alone', () => {
  it('is one message in private, with the whole of a long one in a file', async () => {
    const place = freshChannel(world);
    world.bedrock.respond({ text: LONG });
    const interaction = askInPrivate(place);
    await world.outcome(interaction.id);
    expectAllOfIt(readBy(interaction, place));
    expect(interaction.ephemeral).toBe(true);
  });

  it('is one message where the bot may not write, too', async () => {
    const place = freshChannel(world);
    place.denyBot(PermissionFlagsBits.SendMessages);
    world.bedrock.respond({ text: LONG });
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'at length' });
    await world.outcome(interaction.id);
    expectAllOfIt(readBy(interaction, place));
  });

  it('shows its beginning while it is written, and that it goes on', async () => {
    const place = freshChannel(world);
    const { stream, interaction } = await beginLong(place);
    await stream.text(LONG.slice(3_000));
    await stream.finish();
    await world.outcome(interaction.id);
    expectAllOfIt(readBy(interaction, place));
  });

  it('makes room for what stands below it', async () => {
    const place = freshChannel(world);
    const text = 'word '.repeat(398).trim();
    world.bedrock.respond({ text, stopReason: 'max_tokens' });
    const interaction = askInPrivate(place);
    await world.outcome(interaction.id);
    const { content, files } = readBy(interaction, place);
    expect(content).toContain('comes as a file');
    expect(content).toMatch(/\n-# The answer was cut off/u);
    expect(files).toEqual([{ name: 'answer.md', text }]);
  });

  it('says so where Discord takes no file either', async () => {
    const place = freshChannel(world);
    world.discord.faults.add({ when: hasFiles, does: { status: 413, code: 40_005 } });
    world.bedrock.respond({ text: LONG });
    const interaction = askInPrivate(place);
    await world.outcome(interaction.id);
    const { content, files } = readBy(interaction, place);
    expect(files).toEqual([]);
    expect(content).toContain('Discord takes no more of it here');
    expect(content).not.toContain('comes as a file');
  });

  const troubles: [string, Pick<FaultRule, 'does'>][] = [
    ['and answers with an error', { does: 'apply-then-502' }],
    ['and the connection breaks', { does: 'apply-then-reset' }],
  ];
  for (const [what, fault] of troubles) {
    it(`is there once when Discord carries out its end ${what}`, async () => {
      const place = freshChannel(world);
      const { stream, interaction } = await beginLong(place);
      const struck = world.discord.faults.add({ method: 'PATCH', when: hasFiles, times: 2, ...fault });
      await stream.text(LONG.slice(3_000));
      await stream.finish();
      await world.outcome(interaction.id);
      expect(struck.hits).toBe(2);
      expectAllOfIt(readBy(interaction, place));
    });
  }

  it('is there once when its process ends while it is written', async () => {
    const place = freshChannel(world);
    const { interaction } = await beginLong(place);
    world.bedrock.respond({ text: LONG });
    await world.restart({}, 0);
    await world.outcome(interaction.id);
    expectAllOfIt(readBy(interaction, place));
  });

  it('leaves no file of an end that its process never heard of', async () => {
    const place = freshChannel(world);
    const { stream, interaction } = await beginLong(place);
    world.discord.faults.add({ method: 'PATCH', when: hasFiles, times: 1, does: 'apply-then-timeout' });
    await stream.text(LONG.slice(3_000));
    await stream.finish();
    await world.discord.waitFor(() => interaction.response?.attachments.length === 1);
    world.bedrock.respond({ text: 'In short: yes.' });
    await world.restart({}, 0);
    await world.outcome(interaction.id);
    expect(readBy(interaction, place)).toEqual({ content: 'In short: yes.', files: [] });
  });
});
