import { describe, expect, it, vi } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { shareWorld } from './shared-world.ts';
import type { World } from '../start-parley.ts';

describe('a block of hours', () => {
  let world: World;
  let storeUrl: string;
  shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
    world = opened;
    storeUrl = url;
  });

  /** As if it had been asked long ago. */
  const growOld = async (questionId: string): Promise<void> => {
    const store = openStore(storeUrl, { table: 'ledger' });
    const key = `question:${questionId}`;
    const row = JSON.parse((await store.get(key)) ?? '') as { owner: unknown };
    expect(row.owner).toBeNull();
    await store.set(key, JSON.stringify({ ...row, deadline: 0 }), 60 * 60_000);
    await store.close();
  };

  it('leaves the answer for later, says so beside the name and in the log, and the answer comes once when it is over, or what it was that took too long', async () => {
    const { discord, ana, guild, channel, log, bedrock } = world;
    const elsewhere = guild.addChannel({ name: 'elsewhere' });
    bedrock.respond({ text: 'Certainly.' });
    const shown = (): unknown => discord.gateway.presences.at(-1);
    const block = discord.faults.add({ route: /./u, does: { html: '<html>error 1015</html>', status: 429, headers: { 'retry-after': '7200' } } });
    const question = ana.say(channel, `${discord.botUser.mention} hello`);
    const direct = ana.say(ana.dm, 'and in private?');
    await vi.waitFor(() => expect(JSON.stringify(shown())).toMatch(/Discord takes no answers until \d\d:\d\d UTC/u), { timeout: 10_000 });
    expect(log.filter(({ message }) => String(message).startsWith('Discord turns away'))).toEqual([expect.objectContaining({ level: 'error', seconds: 7_200 })]);
    await vi.waitFor(() => expect(log.filter(({ message }) => message === 'an answer is left for later')).toHaveLength(2), { timeout: 110_000, interval: 500 });
    await vi.waitFor(() => growOld(direct.id), { timeout: 5_000, interval: 100 });
    const hits = block.hits;
    // Nothing is taken up again, only to be put back.
    await new Promise((resolve) => setTimeout(resolve, 16_000));
    expect(block.hits - hits).toBeLessThanOrEqual(2);
    block.remove();
    // Whatever is asked next shows that it is over.
    ana.say(elsewhere, `${discord.botUser.mention} again`);
    await vi.waitFor(() => expect(channel.fromBot.filter(({ referenceId }) => referenceId === question.id).map(({ content }) => content)).toEqual(['Certainly.']), { timeout: 40_000, interval: 500 });
    await vi.waitFor(() => expect(ana.dm.fromBot.map(({ content }) => content)).toEqual(['I could not reach Discord in time to answer this. Press **Try again**, and I will.']), { timeout: 40_000, interval: 500 });
    expect(JSON.stringify(shown())).not.toContain('takes no answers');
    expect(log.filter(({ message }) => message === 'Discord takes requests from this address again')).toHaveLength(1);
  }, 200_000);
});
