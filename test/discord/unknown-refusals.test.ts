import { describe, expect, it } from 'vitest';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { ledgerRow } from './ledger-row.ts';
import { REFUSALS, contents, expectNextAnswered, hasButtons, refuse } from './refusing.ts';
import { shareWorld } from './shared-world.ts';
import { whereAsked } from '../../src/discord/texts/answer-texts.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

const rowOf = (questionId: string): Promise<string | undefined> => ledgerRow(storeUrl, questionId);

describe.each(REFUSALS)('a Discord that says %s', (_name, does, words) => {
  it('to buttons gets the text without them', async () => {
    const place = freshChannel(world);
    refuse(world, place, does, { when: hasButtons });
    const question = world.ana.say(place, `${world.discord.botUser.mention} hello`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual(['Certainly.']);
    expect(place.fromBot[0]?.components).toEqual([]);
    await expectNextAnswered(world, place);
  });

  it('to everything in a channel leads to a direct message, and its words to the log and the ledger', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    refuse(world, place, does);
    const calls = world.bedrock.requestCount;
    const question = asker.say(place, `${world.discord.botUser.mention} hello`);
    const line = await world.outcome(question.id);
    expect(line).toMatchObject({ outcome: 'failed', kind: 'undeliverable', reason: expect.stringMatching(words) });
    expect(contents(asker.dm)).toEqual([`Discord did not let me answer in ${whereAsked(place.id, question.id)}, so I do it here:\nCertainly.`]);
    expect(world.bedrock.requestCount).toBe(calls + 1);
    await expect.poll(() => rowOf(question.id)).toMatch(words);
    await expectNextAnswered(world, place);
    expect(contents(asker.dm)).toHaveLength(1);
  });

  it('to a message that asks nothing: the hint comes by direct message', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    refuse(world, place, does);
    asker.say(place, world.discord.botUser.mention);
    await world.discord.waitFor(() => asker.dm.fromBot.length > 0);
    expect(contents(asker.dm)).toEqual([expect.stringMatching(new RegExp(`^Discord did not let me answer in <#${place.id}> \\(<t:\\d+:f>\\), so I do it here:\\n.*no text to answer`, 'u'))]);
  });
});
