import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/store/open-store.ts';
import { beginAnswer } from '../begin-answer.ts';
import { freshChannel } from '../fresh-channel.ts';
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

describe('a process that was frozen until another one took it for dead', () => {
  it('shows nothing more of what the other one answers, and ends its call to the model', async () => {
    const place = freshChannel(world);
    const { question, stream, call, draft } = await beginAnswer(world, place);
    await leaveToOthers(question.id);
    world.discord.advance(5_000);
    world.bedrock.respond({ text: 'All of the story.' });
    const second = await world.startSecond();
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    stoodStillMs += 30_000;
    await stream.text(' a time there was a king, and he');
    await expect.poll(() => call.closedByClient).toBe(true);
    await expect.poll(() => world.log.some(({ questionId, message }) => questionId === question.id && String(message).includes('has taken this question over'))).toBe(true);
    expect(place.fromBot).toEqual([draft]);
    expect(draft.revisions.at(-1)?.content).toBe('All of the story.');
    expect(draft.revisions.filter(({ content }) => content.includes('a king'))).toEqual([]);
    expect(world.log.filter(({ questionId, outcome }) => questionId === question.id && outcome !== undefined)).toHaveLength(1);
    await second.stop();
  });

  it('goes on with what nobody took', async () => {
    const place = freshChannel(world);
    const { draft, finish } = await beginAnswer(world, place);
    stoodStillMs += 30_000;
    expect(await finish(' a time.')).toMatchObject({ outcome: 'delivered' });
    expect(place.fromBot).toEqual([draft]);
    expect(draft.content).toBe('Once upon a time.');
  });
});
