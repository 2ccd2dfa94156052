import { describe, expect, it } from 'vitest';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { ledgerRow } from './ledger-row.ts';
import { withoutQuestion } from './pressing.ts';
import { contents, expectNextAnswered, refuse } from './refusing.ts';
import { shareWorld } from './shared-world.ts';
import type { FaultOutcome } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

describe('a success without a message', () => {
  const bodies: [string, FaultOutcome][] = [
    ['an object without an id', { status: 200, body: {} }],
    ['an id that is none', { status: 200, body: { id: null, content: 'x' } }],
    ['a list', { status: 200, body: [] }],
    ['no JSON', { status: 200, html: '<html>welcome</html>' }],
  ];

  it.each(bodies)('of %s is no delivery: the answer is tried again, and is there once', async (_name, does) => {
    const place = freshChannel(world);
    refuse(world, place, does, { times: 2 });
    await world.ask(world.ana, 'hello', place);
    expect(contents(place)).toEqual(['Certainly.']);
    expect((await ledgerRow(storeUrl, place.fromBot[0]?.referenceId ?? ''))?.includes('undefined')).toBe(false);
  });

  it.each(bodies)('of %s for a first response is asked after', async (_name, does) => {
    const place = freshChannel(world);
    world.discord.faults.add({ route: 'POST /interactions/:id/:token/callback', times: 1, does });
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'hello' });
    expect(await world.outcome(interaction.id)).toMatchObject({ outcome: 'delivered' });
    // The response that was announced goes once the answer stands.
    await expect.poll(() => contents(place).map(withoutQuestion)).toEqual(['Certainly.']);
  });
});

describe('a message that Discord made without saying so', () => {
  it.each([
    ['apply-then-reset', 1],
    ['apply-then-reset', 4],
    ['apply-then-502', 1],
    ['apply-then-502', 4],
  ] as const)('(%s, %i times) and whose repetition it refuses is found, and not said once more elsewhere', async (does, times) => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    refuse(world, place, does, { method: 'POST', times });
    refuse(world, place, { status: 403, code: 20_022 }, { method: 'POST' });
    const question = asker.say(place, `${world.discord.botUser.mention} hello`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual(['Certainly.']);
    expect(contents(asker.dm)).toEqual([]);
    await expectNextAnswered(world, place);
  });
});
