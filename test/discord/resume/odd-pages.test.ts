import { describe, expect, it } from 'vitest';
import { beginAnswer } from '../begin-answer.ts';
import { freshChannel } from '../fresh-channel.ts';
import { freshMember } from '../fresh-member.ts';
import { contents, expectNextAnswered, expectNoStop } from '../refusing.ts';
import { shareWorld } from '../shared-world.ts';
import type { FaultOutcome, SimulatedChannel } from '../../simulators/discord.ts';
import type { World } from '../../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off', maxConcurrency: 100 } }, (opened) => {
  world = opened;
});

const TOO = { timeout: 120_000 };

const SECRET = 'SECRETWORD';

/** What may be said with a 200 instead of messages, by whatever answers in Discord's name. */
const ODD: readonly [string, FaultOutcome][] = [
  ['an object', { status: 200, body: {} }],
  ['null', { status: 200, body: null }],
  ['a list of nothing', { status: 200, body: [null, 7, 'x', {}, [], [[]]] }],
  ['messages by nobody', { status: 200, body: [{ id: '1', content: 'x' }, { id: '2', author: null }, { author: { id: '1' } }, { id: 5, author: { id: '1' } }] }],
  ['JSON that is none', { status: 200, html: `[{"content": ${SECRET} is what somebody said}]`, headers: { 'content-type': 'application/json' } }],
  ['a page', { status: 200, html: `<html>${SECRET}</html>` }],
];

const reads = (place: SimulatedChannel, does: FaultOutcome): void => {
  world.discord.faults.add({ method: 'GET', does, when: ({ path }) => path.startsWith(`/channels/${place.id}/messages`) });
};

const kill = async (): Promise<void> => {
  await world.parley.stop(0);
};

describe.each(ODD)('where Discord shows %s in the place of messages,', (_name, does) => {
  it('a question that was interrupted ends once all the same, and nothing looks as if it grew', TOO, async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    await beginAnswer(world, place, { asker });
    await kill();
    reads(place, does);
    await world.restart();
    await expect.poll(() => contents(place).join(), { timeout: 90_000 }).toMatch(/^(?:Certainly\.|I was interrupted before I could answer this|I could not reach Discord in time to answer)/u);
    expect(contents(place)).toHaveLength(1);
    for (const message of place.fromBot) expectNoStop(message);
    expect(JSON.stringify(world.log)).not.toContain(SECRET);
    await expectNextAnswered(world, place);
  });
});

describe.each(ODD.filter(([name]) => name === 'an object' || name === 'JSON that is none'))('where Discord shows %s once in the place of messages,', (_name, does) => {
  it('what was said while nobody listened is answered once they are shown', TOO, async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    await world.ask(asker, 'hello', place);
    await kill();
    world.discord.faults.add({ method: 'GET', times: 1, does, when: ({ path }) => path.startsWith(`/channels/${place.id}/messages`) });
    const question = asker.say(place, `${world.discord.botUser.mention} are you there?`);
    await world.restart();
    await expect.poll(() => place.fromBot.filter(({ referenceId }) => referenceId === question.id).map(({ content }) => content)).toEqual(['Certainly.']);
  });
});
