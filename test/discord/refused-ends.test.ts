import { PermissionFlagsBits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { beginAnswer } from './begin-answer.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { ledgerRow } from './ledger-row.ts';
import { contents, expectNextAnswered, expectNoStop, refuse } from './refusing.ts';
import { recordsIn, writeInto } from '../store/damage.ts';
import { shareWorld } from './shared-world.ts';
import { whereAsked } from '../../src/discord/texts/answer-texts.ts';
import type { SimulatedChannel } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

const begun = (place: SimulatedChannel, asker = world.ana) => beginAnswer(world, place, { words: 'The beginning', asker });

describe('a Discord that refuses', () => {
  it('the end of a draft that has all its words: the asker has them directly, and the draft goes', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    const { question, draft, finish } = await begun(place, asker);
    refuse(world, place, { status: 403, code: 10_003 }, { method: 'PATCH', times: 2 });
    refuse(world, place, { status: 403, code: 20_022 }, { method: 'POST' });
    expect(await finish('')).toMatchObject({ outcome: 'failed', kind: 'undeliverable' });
    expect(contents(asker.dm)).toEqual([`Discord did not let me answer in ${whereAsked(place.id, question.id)}, so I do it here:\nThe beginning`]);
    expect(draft.deleted).toBe(true);
    await expectNextAnswered(world, place);
  });

  it('what is said of an interrupted question: the asker is told directly what it was about, and of no button', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    const { question, draft } = await begun(place, asker);
    await expect.poll(() => ledgerRow(storeUrl, question.id)).toContain('"running"');
    await world.parley.stop(0);
    const path = new URL(storeUrl).pathname;
    const row = recordsIn(path).find(({ key }) => key === `question:${question.id}`);
    if (row === undefined) throw new Error('The question is in no ledger.');
    // It is too old to be answered by itself.
    writeInto(path, { ...row, value: row.value.replace(/"deadline":\d+/u, '"deadline":1') });
    refuse(world, place, { status: 418, body: [] }, { method: 'POST' });
    refuse(world, place, { status: 418, body: [] }, { method: 'PATCH' });
    await world.restart();
    await expect.poll(() => contents(asker.dm)).toEqual([`I was interrupted before I could answer what you asked in ${whereAsked(place.id, question.id)}. Please ask it again.`]);
    await expect.poll(() => draft.deleted).toBe(true);
    await expectNextAnswered(world, place);
  });

  it('every message but the first of a long answer: that one says that the rest is not there, and the asker has all of it', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    world.bedrock.respondOnce({ text: 'word '.repeat(600) + 'more '.repeat(300) });
    let created = 0;
    refuse(world, place, { status: 404, code: 0 }, { method: 'POST', when: ({ path }) => path.endsWith('/messages') && (created += 1) > 1 });
    const question = asker.say(place, `${world.discord.botUser.mention} tell me`);
    await world.outcome(question.id);
    expect(contents(place)).toEqual([expect.stringMatching(/word\n-# ⚠️ Discord did not let me write the rest here\.$/u)]);
    expect(place.fromBot[0]?.content.length).toBeLessThanOrEqual(2_000);
    expect(contents(asker.dm).join(' ')).toContain('more more');
    await expectNextAnswered(world, place);
  });
});

describe('a permission that is taken away in mid-answer', () => {
  it('of writing: what needs a new message comes directly, and the draft says that it ends', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    const { draft, finish } = await begun(place, asker);
    place.denyBot(PermissionFlagsBits.SendMessages);
    world.bo.say(place, 'by the way');
    expect(await finish(', and the end.')).toMatchObject({ outcome: 'delivered' });
    expect(draft.content).toBe('The beginning, and the end.');
    expectNoStop(draft);
  });

  it('of seeing the channel: the asker has what was written', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    const { question } = await begun(place, asker);
    place.denyBot(PermissionFlagsBits.ViewChannel);
    await world.outcome(question.id);
    await expect.poll(() => contents(asker.dm)).toEqual([expect.stringContaining('The beginning\n-# Discord no longer let me write there')]);
  });
});

describe('a message that Discord does not know', () => {
  it('and that is there all the same is not left as it is', async () => {
    const place = freshChannel(world);
    const { draft, finish } = await begun(place);
    refuse(world, place, { status: 404, code: 10_008, message: 'Unknown Message' }, { method: 'PATCH' });
    expect(await finish(', and the end.')).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual(['The beginning, and the end.']);
    expect(draft.deleted).toBe(true);
  });

  it('because somebody deleted it is no warning', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    const { question, draft, finish } = await begun(place, asker);
    place.bulkDelete([draft]);
    expect(await finish(', and the end.')).toMatchObject({ outcome: 'failed', kind: 'stopped', level: 'info' });
    expect(world.log.filter(({ questionId, level }) => questionId === question.id && level !== 'info')).toEqual([]);
    expect(contents(asker.dm)).toEqual([]);
  });
});
