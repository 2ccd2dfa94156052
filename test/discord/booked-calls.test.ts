import { describe, expect, it } from 'vitest';
import { bedrockErrors, streamTroubles } from '../simulators/bedrock.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createUsageStore } from '../../src/store/usage-store.ts';
import { createModelBook } from '../../src/bedrock/model-facts.ts';
import { createPriceOf } from '../../src/bedrock/answer-cost.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { shareWorld } from './shared-world.ts';
import type { DaySum } from '../../src/usage/account.ts';
import type { World } from '../start-parley.ts';

const HAIKU = 'us.anthropic.claude-haiku-5-5';

let world: World;
let url: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

/** What another process finds in the store, once this one has let go of it. */
const sumsOf = async (account: string): Promise<readonly DaySum[]> => {
  const store = openStore(url, { table: 'usage' });
  try {
    const usage = createUsageStore(store);
    while (await usage.fold());
    return (await usage.month(new Date().toISOString().slice(0, 7), [account]))[0] ?? [];
  } finally {
    await store.close();
  }
};
const total = (sums: readonly DaySum[], field: keyof DaySum['sum']): number => sums.reduce((sum, one) => sum + one.sum[field], 0);

describe('the calls of a question', () => {
  it('are booked to who asked and where, each attempt with its figures, at the price of its geography', async () => {
    const [channel, ana, bo] = [freshChannel(world), freshMember(world), freshMember(world)];
    const before = world.bedrock.requests.length;
    const figures = { inputTokens: 40, outputTokens: 2, totalTokens: 42 };
    world.bedrock.respondOnce({ error: bedrockErrors.throttling() }, {
      steps: [{ text: 'Cer' }, { event: 'metadata', payload: { usage: figures, metrics: { latencyMs: 1 } } }, { trouble: streamTroubles.internalServer() }],
    });
    await world.ask(ana, 'hello', channel);
    await world.ask(bo, 'and me?', channel);
    const requests = world.bedrock.requests.slice(before);
    expect(requests).toHaveLength(4);
    const counted = requests.slice(2).map(({ usage }) => usage);
    const [ofAna, ofBo, ofChannel] = await Promise.all([`member:${world.guild.id}:${ana.id}`, `member:${world.guild.id}:${bo.id}`, `channel:${world.guild.id}:${channel.id}`].map(sumsOf));
    expect(ofAna).toHaveLength(1);
    expect(ofAna?.[0]).toMatchObject({ modelId: HAIKU, sum: { calls: 2, inputTokens: 40 + (counted[0]?.inputTokens ?? 0), outputTokens: 2 + (counted[0]?.outputTokens ?? 0) } });
    expect(ofBo?.[0]?.sum).toMatchObject({ calls: 1, inputTokens: counted[1]?.inputTokens, outputTokens: counted[1]?.outputTokens });
    expect(total(ofChannel ?? [], 'calls')).toBe(3);
    const priceOf = createPriceOf(createModelBook());
    expect(ofBo?.[0]?.sum.nanoUsd).toBe(Math.round((priceOf(HAIKU, { inputTokens: counted[1]?.inputTokens ?? 0, outputTokens: counted[1]?.outputTokens ?? 0 }) ?? 0) * 1e9));
    expect(ofBo?.[0]?.sum.nanoUsd).toBeGreaterThan(0);
  });

  it('are booked once, whatever is started anew', async () => {
    const [before, asked] = [await sumsOf('bot'), world.bedrock.requests.length];
    await world.ask(world.ana, 'hello', freshChannel(world));
    await world.restart();
    await world.restart();
    const calls = world.bedrock.requests.slice(asked);
    const bot = await sumsOf('bot');
    expect(calls).toHaveLength(1);
    expect(total(bot, 'calls') - total(before, 'calls')).toBe(1);
    expect(total(bot, 'outputTokens') - total(before, 'outputTokens')).toBe(calls[0]?.usage?.outputTokens);
  });

  it('have no channel in a direct message', async () => {
    await world.ask(world.ana, 'hello', world.ana.dm);
    expect(total(await sumsOf(`member:dm:${world.ana.id}`), 'calls')).toBe(1);
    expect(total(await sumsOf('server:dm'), 'calls')).toBe(1);
    expect(await sumsOf(`channel:dm:${world.ana.dm.id}`)).toEqual([]);
  });
});
