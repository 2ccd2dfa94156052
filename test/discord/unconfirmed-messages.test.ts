import { describe, expect, it } from 'vitest';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { ledgerRow } from './ledger-row.ts';
import { withoutQuestion } from './pressing.ts';
import { manualStream } from '../simulators/bedrock.ts';
import { contents, expectNextAnswered, expectNoStop, refuse } from './refusing.ts';
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

const LOSSES = ['apply-then-reset', 'apply-then-502'] as const;
const CLOSED = [
  ['the permission to read is gone', { status: 403, code: 50_001, message: 'Missing Access' }],
  ['nobody knows why', { status: 400, code: 31_337, message: 'odd' }],
  ['it shows nothing', { status: 200, body: [] }],
] as const satisfies [string, FaultOutcome][];
const WHERE = LOSSES.flatMap((does) => CLOSED.map(([name, reads]) => [does, name, reads] as const));

describe.each(WHERE)('a message that Discord made without saying so (%s), where it cannot be looked for as %s,', (does, _name, reads) => {
  it.each([1, 4])('and whose repetition it refuses (after %i), is the answer, and is said nowhere else', async (times) => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    refuse(world, place, reads, { method: 'GET' });
    refuse(world, place, does, { method: 'POST', times });
    refuse(world, place, { status: 403, code: 20_022 }, { method: 'POST' });
    const question = asker.say(place, `${world.discord.botUser.mention} hello`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual(['Certainly.']);
    expect(contents(asker.dm)).toEqual([]);
    await expectNextAnswered(world, place);
  });

  it('becomes the answer that it was the beginning of', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    refuse(world, place, reads, { method: 'GET' });
    refuse(world, place, does, { method: 'POST', times: 1 });
    refuse(world, place, { status: 403, code: 20_022 }, { method: 'POST' });
    const question = asker.say(place, `${world.discord.botUser.mention} hello`);
    await stream.request;
    await stream.text('Once upon ');
    await expect.poll(() => contents(place)[0]).toContain('Once upon');
    await stream.text('a time.');
    await stream.finish();
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual(['Once upon a time.']);
    for (const draft of place.fromBot) expectNoStop(draft);
    expect(contents(asker.dm)).toEqual([]);
  });

  it('and which is the response to a command by another way, leaves nothing behind', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    world.discord.faults.add({ route: 'POST /interactions/:id/:token/callback', does: { status: 403, code: 20_022 } });
    refuse(world, place, reads, { method: 'GET' });
    refuse(world, place, does, { method: 'POST', times: 1 });
    refuse(world, place, { status: 403, code: 20_022 }, { method: 'POST' });
    const interaction = asker.runCommand(place, 'ask', { prompt: 'hello' });
    expect(await world.outcome(interaction.id)).toMatchObject({ outcome: 'delivered' });
    expect(contents(place).map(withoutQuestion)).toEqual(['Certainly.']);
    expect(contents(asker.dm)).toEqual([]);
  });
});
