import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { startWorld } from '../start-parley.ts';
import type { World } from '../start-parley.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ environment: { MAX_CONCURRENT_CALLS: '1' } });
});
afterAll(() => world.close());

it('a question that waits for long shows its place, then its answer, in one message', async () => {
  const { discord, bedrock, guild, ana, bo } = world;
  const streams = [manualStream(), manualStream(), manualStream()];
  bedrock.respondOnce(...streams.map(({ responder }) => responder));
  const places = ['first', 'second', 'third'].map((name) => guild.addChannel({ name }));
  const [first, second, third] = places.map((place, index) => (index === 1 ? bo : ana).say(place, `${discord.botUser.mention} hello`));
  await streams[0]!.request;
  const last = () => places[2]!.fromBot[0];
  await discord.waitFor(() => last()?.content === '1 question is before yours.', 15_000);
  expect(last()?.referenceId).toBe(third!.id);
  await streams[0]!.text('One.');
  await streams[0]!.finish();
  await world.outcome(first!.id);
  await discord.waitFor(() => last()?.content === 'Your question is next.', 15_000);
  await streams[1]!.text('Two.');
  await streams[1]!.finish();
  await world.outcome(second!.id);
  await streams[2]!.text('Three.');
  await streams[2]!.finish();
  await world.outcome(third!.id);
  expect(places.map((place) => place.fromBot.map(({ content }) => content))).toEqual([['One.'], ['Two.'], ['Three.']]);
  expect(places.flatMap((place) => place.messages.filter(({ author }) => author.bot))).toHaveLength(3);
  const typed = places.map(({ typing }) => typing.length);
  await vi.waitFor(() => expect(bedrock.inFlight).toBe(0), 20_000);
  expect(typed.every((count) => count > 0)).toBe(true);
});
