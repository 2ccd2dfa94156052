import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/store/open-store.ts';
import { manualStream } from '../../simulators/bedrock.ts';
import { shareWorld } from '../shared-world.ts';
import type { World } from '../../start-parley.ts';

let stoodStillMs = 0;
let world: World;
let storeUrl: string;
shareWorld({ now: () => Date.now() + stoodStillMs, monotonicNow: () => performance.now() + stoodStillMs }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

/** As when its process had given no sign of life for long: whoever looks takes it. */
const leaveToOthers = async (questionId: string): Promise<void> => {
  const store = openStore(storeUrl, { table: 'ledger' });
  const key = `question:${questionId}`;
  await expect.poll(() => store.get(key)).toContain('"running"');
  await store.set(key, JSON.stringify({ ...(JSON.parse((await store.get(key)) ?? '') as object), owner: null }), 60_000);
  await store.close();
};

/** A question whose answer has begun to appear, and how it goes on. */
const begin = async (name: string) => {
  const place = world.guild.addChannel({ name });
  const stream = manualStream();
  world.bedrock.respondOnce(stream.responder);
  const question = world.ana.say(place, `${world.discord.botUser.mention} a long story`);
  const request = await stream.request;
  await stream.text('Once upon');
  const draft = await world.discord.waitFor(() => place.fromBot[0]);
  return { place, question, stream, request, draft };
};

describe('a process that was frozen until another one took it for dead', () => {
  it('shows nothing more of what the other one answers, and ends its call to the model', async () => {
    const { place, question, stream, request, draft } = await begin('frozen');
    await leaveToOthers(question.id);
    world.discord.advance(5_000);
    world.bedrock.respond({ text: 'All of the story.' });
    const second = await world.startSecond();
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    stoodStillMs += 30_000;
    await stream.text(' a time there was a king, and he');
    await expect.poll(() => request.closedByClient).toBe(true);
    await expect.poll(() => world.log.some(({ questionId, message }) => questionId === question.id && String(message).includes('has taken this question over'))).toBe(true);
    expect(place.fromBot).toEqual([draft]);
    expect(draft.revisions.at(-1)?.content).toBe('All of the story.');
    expect(draft.revisions.filter(({ content }) => content.includes('king'))).toEqual([]);
    expect(world.log.filter(({ questionId, outcome }) => questionId === question.id && outcome !== undefined)).toHaveLength(1);
    await second.stop();
  });

  it('goes on with what nobody took', async () => {
    const { place, question, stream, draft } = await begin('alone');
    stoodStillMs += 30_000;
    await stream.text(' a time.');
    await stream.finish();
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(place.fromBot).toEqual([draft]);
    expect(draft.content).toBe('Once upon a time.');
  });
});
