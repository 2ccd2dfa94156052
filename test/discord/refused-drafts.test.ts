import { describe, expect, it } from 'vitest';
import { beginAnswer } from './begin-answer.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { REFUSALS, contents, expectNextAnswered, expectNoStop, hasButtons, refuse } from './refusing.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

const begun = (place: SimulatedChannel, asker = world.ana) => beginAnswer(world, place, { words: 'The beginning', asker });

describe.each(REFUSALS)('a Discord that says %s', (_name, does) => {
  it('to edits gets a new message, and the draft goes', async () => {
    const place = freshChannel(world);
    const { draft, finish } = await begun(place);
    refuse(world, place, does, { method: 'PATCH' });
    expect(await finish(', and the end.')).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual(['The beginning, and the end.']);
    expect(draft.deleted).toBe(true);
    await expectNextAnswered(world, place);
  });

  it('to edits and new messages in mid-answer: the draft goes, and the asker has the answer', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    const { draft, finish } = await begun(place, asker);
    refuse(world, place, does, { method: 'PATCH' });
    refuse(world, place, does, { method: 'POST' });
    expect(await finish(', and the end.')).toMatchObject({ outcome: 'failed', kind: 'undeliverable' });
    expect(contents(asker.dm)).toEqual([expect.stringContaining('The beginning, and the end.')]);
    expect(draft.deleted).toBe(true);
    await expectNextAnswered(world, place);
  });

  it('to all but plain edits in mid-answer: the draft itself is the answer, without buttons', async () => {
    const place = freshChannel(world);
    const { draft, finish } = await begun(place);
    refuse(world, place, does, { method: 'PATCH', when: hasButtons });
    refuse(world, place, does, { method: 'POST' });
    refuse(world, place, does, { method: 'DELETE' });
    expect(await finish(', and the end.')).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual(['The beginning, and the end.']);
    expectNoStop(draft);
    await expectNextAnswered(world, place);
  });
});
