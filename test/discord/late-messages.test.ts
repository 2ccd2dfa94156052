import { describe, expect, it } from 'vitest';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { contents, expectNextAnswered, refuse } from './refusing.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

/** What Discord tells of from now on comes all at once, when this is called. */
const holdEvents = (): (() => void) => {
  const { gateway } = world.discord;
  gateway.setDispatching(false);
  return () => {
    gateway.setDispatching(true);
    // The resumed session is told what it did not hear.
    gateway.drop();
  };
};

describe('a message that Discord made without saying so, of which an event tells late', () => {
  it.each([
    ['we may not read there', { status: 403, code: 50_001, message: 'Missing Access' }],
    ['Discord shows nothing', { status: 200, body: [] }],
  ])('and which cannot be looked for, as %s, goes where its answer stands elsewhere by then', async (_why, reads) => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    refuse(world, place, reads, { method: 'GET' });
    refuse(world, place, 'apply-then-reset', { method: 'POST', times: 1 });
    refuse(world, place, { status: 403, code: 20_022 }, { method: 'POST' });
    asker.say(place, `${world.discord.botUser.mention} hello`);
    const tell = holdEvents();
    await world.discord.waitFor(() => asker.dm.fromBot.length > 0, 30_000);
    expect(contents(place)).toEqual(['Certainly.']);
    tell();
    await expect.poll(() => contents(place)).toEqual([]);
    expect(contents(asker.dm)).toEqual([expect.stringContaining('Certainly.')]);
    await expectNextAnswered(world, place);
  });

});

describe('a message that somebody else sends under the nonce of one of ours', () => {
  it('is not taken for it: the answer is said by another way', async () => {
    const [place, asker, stranger] = [freshChannel(world), freshMember(world), freshMember(world)];
    let theirs: SimulatedMessage | undefined;
    refuse(world, place, 'reset', {
      method: 'POST',
      times: 1,
      when: ({ body }) => {
        const { nonce } = body as { nonce: string };
        queueMicrotask(() => (theirs = stranger.say(place, 'mine', { nonce })));
        return true;
      },
    });
    refuse(world, place, { status: 403, code: 20_022 }, { method: 'POST' });
    asker.say(place, `${world.discord.botUser.mention} hello`);
    await world.discord.waitFor(() => asker.dm.fromBot.length > 0, 30_000);
    expect(contents(asker.dm)).toEqual([expect.stringContaining('Certainly.')]);
    await expectNextAnswered(world, place);
    expect(theirs).toMatchObject({ content: 'mine', deleted: false });
  });
});
