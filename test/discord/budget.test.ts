import { beforeAll, describe, expect, it } from 'vitest';
import { createPriceOf } from '../../src/bedrock/answer-cost.ts';
import { createModelBook } from '../../src/bedrock/model-facts.ts';
import { freshChannel } from './fresh-channel.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const OWNER = '190000000000000001';
/** 85 of 10,000 parts of a dollar; a longer prompt has another price. */
const TOKENS = Math.round(0.0085 / (createPriceOf(createModelBook())('us.anthropic.claude-haiku-5-5', { inputTokens: 1, outputTokens: 0 }) ?? 0));

let world: World;
shareWorld({ environment: { OWNER_IDS: OWNER, LIMITS: 'bot: $0.01 a month, then warn' }, discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

let owner: SimulatedUser;
beforeAll(() => {
  owner = world.discord.addUser({ id: OWNER, name: 'owner' });
  world.guild.addMember(owner);
});

describe('the owner', () => {
  it('has one direct message when most of the budget is used, and one when all of it is, also after restarts', async () => {
    const ask = async (): Promise<void> => {
      world.bedrock.respond({ text: 'Certainly.', usage: { inputTokens: TOKENS, outputTokens: 0 } });
      await world.ask(world.ana, 'hello', freshChannel(world));
    };
    await ask();
    await world.discord.waitFor(() => owner.dm.fromBot.length === 1);
    expect(owner.dm.fromBot[0]?.content).toContain('85 % of my budget for this month is used: $0.0085 of $0.01.');
    await world.restart();
    await ask();
    await world.discord.waitFor(() => owner.dm.fromBot.length === 2);
    expect(owner.dm.fromBot[1]?.content).toContain('All of my budget for this month is used: $0.02 of $0.01. I answer on');
    await world.restart();
    await ask();
    await world.restart();
    expect(owner.dm.fromBot).toHaveLength(2);
  });
});
