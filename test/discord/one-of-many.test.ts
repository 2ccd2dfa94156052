import { afterEach, describe, expect, it } from 'vitest';
import { bedrockErrors, manualStream } from '../simulators/bedrock.ts';
import { startWorld } from '../start-parley.ts';
import type { ErrorReply } from '../simulators/bedrock.ts';
import type { World } from '../start-parley.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** As long as in earnest: who waits for these waits for more than a test may take. */
const PATIENCE = { minOpenMs: 600_000, maxOpenMs: 600_000 };

describe('one question among many', () => {
  it.each<[string, ErrorReply]>([
    ['too many tokens', bedrockErrors.throttling()],
    ['too many requests', bedrockErrors.tooManyRequests()],
    ['too many connections', bedrockErrors.tooManyConnections()],
    ['a service that is not available', bedrockErrors.unavailable()],
  ])('that is refused again and again (%s) holds up nobody in other channels', async (_, error) => {
    world = await startWorld({ waits: PATIENCE });
    const { bedrock, ana, bo, guild, discord, channel } = world;
    bedrock.respondOnce({ error });
    const refused = bo.say(channel, `${discord.botUser.mention} this one`);
    await discord.waitFor(() => bedrock.requestCount === 1);
    for (let index = 0; index < 5; index += 1) {
      const answer = await world.ask(ana, 'hello', guild.addChannel({ name: `other-${index}` }));
      expect(answer.content).toBe('You said: hello');
    }
    const crowd = Array.from({ length: 20 }, (_item, index) => guild.addChannel({ name: `crowd-${index}` }));
    const answers = await Promise.all(crowd.map((place) => world!.ask(ana, 'hello', place)));
    expect(answers.map(({ content }) => content)).toEqual(crowd.map(() => 'You said: hello'));
    expect(channel.fromBot.every(({ referenceId }) => referenceId === refused.id)).toBe(true);
    expect(bedrock.requestCount).toBe(26);
  });

  it('that alone takes more than the quota is told so once, and its neighbours are answered', async () => {
    world = await startWorld({ bedrock: { quota: { tokensPerMinute: 20_000 } }, environment: { TOKENS_PER_MINUTE: '20000', BEDROCK_MAX_TOKENS: '4096' }, waits: PATIENCE });
    const { bedrock, ana, bo, guild, discord, channel } = world;
    const long = bo.say(channel, `${discord.botUser.mention} sum this up`, { attachments: [{ name: 'long.txt', bytes: Buffer.from('A line of an old log, one of many.\n'.repeat(4_000)) }] });
    const answer = await world.ask(ana, 'hello', guild.addChannel({ name: 'other' }));
    expect(answer.content).toBe('You said: hello');
    expect(await world.outcome(long.id)).toMatchObject({ kind: 'beyond-quota', outcome: 'failed' });
    expect(channel.fromBot.map(({ content }) => content)).toEqual([expect.stringMatching(/^This question takes more tokens than Amazon Bedrock allows me in a minute\. Please shorten it/u)]);
    expect(bedrock.requestCount).toBe(1);
    expect(bedrock.throttledCount).toBe(0);
  });
});

it('fifty mentions at once are all asked at once, by default', async () => {
  world = await startWorld();
  const { bedrock, ana, guild, discord } = world;
  const streams = Array.from({ length: 50 }, () => manualStream());
  bedrock.respondOnce(...streams.map(({ responder }) => responder));
  const places = streams.map((_, index) => guild.addChannel({ name: `place-${index}` }));
  const asked = places.map((place) => ana.say(place, `${discord.botUser.mention} hello`));
  // Nobody has been answered yet.
  await Promise.all(streams.map(({ request }) => request));
  expect(bedrock.inFlight).toBe(50);
  for (const stream of streams) {
    await stream.text('Hi.');
    await stream.finish();
  }
  await Promise.all(asked.map(({ id }) => world!.outcome(id)));
  expect(places.map((place) => place.fromBot.map(({ content }) => content))).toEqual(places.map(() => ['Hi.']));
  const status = ana.runCommand(places[0]!, 'status');
  await discord.waitFor(() => status.response?.content);
  expect(status.response?.content).toContain('Up to 114 can be written at a time.');
});
