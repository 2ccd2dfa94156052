import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { beginAnswer } from './begin-answer.ts';
import { decide } from './deciding.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { FIVE_A_MINUTE, NOVA, limiting } from './limiting.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld(FIVE_A_MINUTE, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

let place: SimulatedChannel;
let member: SimulatedUser;
beforeEach(() => {
  [place, member] = [freshChannel(world), freshMember(world)];
});
const { allow, ask, say, taken } = limiting(() => ({ world, url, place, member }));

describe('what a member may ask where nobody has said anything', () => {
  beforeAll(() => allow(''));

  it('is so much a minute; then there is a sign, and a direct message that says when the next one is taken', async () => {
    const first = world.discord.now();
    expect(await taken(5)).toBe(5);
    const question = say(member, 'one more');
    await world.discord.waitFor(() => question.reactions.has('⏳'));
    const told = await world.discord.waitFor(() => member.dm.fromBot[0]);
    expect(told.content).toMatch(new RegExp(`What you asked in <#${place.id}> \\(<t:\\d+:f>\\) has no answer: You have used up your 5 questions a minute\\. You can ask again <t:(\\d+):R>\\.`, 'u'));
    const [, until] = /<t:(\d+):R>/u.exec(told.content) ?? [];
    expect(Number(until) * 1000).toBeGreaterThan(first + 60_000);
    expect(Number(until) * 1000).toBeLessThan(world.discord.now() + 62_000);
    expect(place.fromBot).toHaveLength(5);
    // Others are not concerned.
    expect(await taken(1, freshMember(world))).toBe(1);
  });

  it('holds for commands, whose answer only the asker sees, and over servers and direct messages', async () => {
    expect(await taken(5)).toBe(5);
    const asked = member.runCommand(place, 'ask', { prompt: 'and by command?' });
    await world.outcome(asked.id);
    expect(asked.ephemeral).toBe(true);
    expect(asked.response?.content).toContain('You have used up your 5 questions a minute. You can ask again <t:');
    const direct = say(member, 'and directly?', member.dm);
    await world.outcome(direct.id);
    expect(member.dm.fromBot.at(-1)?.content).toContain('You have used up your 5 questions a minute.');
  });

  it('lasts over a restart, and is shared by processes on one store', async () => {
    expect(await taken(3)).toBe(3);
    await world.restart();
    const second = await world.startSecond();
    expect(await taken(3)).toBe(2);
    await second.stop(0);
  });
});

describe('limits of a server', () => {
  it('take the place of that, for whoever they are', async () => {
    await allow('member: 7 questions a minute');
    expect(await taken(8)).toBe(7);
  });

  it('let those with a role ask what the best of their roles allows', async () => {
    const [small, big] = [world.guild.addRole({ name: 'small' }), world.guild.addRole({ name: 'big' })];
    world.guild.setMember(member, { roles: [small, big] });
    await allow(`member: 1 question an hour\nrole ${small.id}: 2 questions an hour\nrole ${big.id}: 4 questions an hour`);
    expect(await taken(5)).toBe(4);
    expect(await taken(3, freshMember(world))).toBe(1);
  });

  it('know the roles of whoever wrote while nobody listened', async () => {
    const role = world.guild.addRole({ name: 'boosters' });
    world.guild.setMember(member, { roles: [role] });
    await allow(`member: 1 question an hour\nrole ${role.id}: 3 questions an hour`);
    await world.parley.stop(0);
    const questions = [1, 2, 3].map((number) => say(member, `question ${number}`));
    await world.restart();
    const outcomes = await Promise.all(questions.map(({ id }) => world.outcome(id)));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(await taken(1)).toBe(0);
  });

  it('warn below the answer, in small print, with the time', async () => {
    await allow('member: 1 question an hour, then warn');
    expect((await ask(member, 'one'))?.content).toBe('Certainly.');
    expect((await ask(member, 'two'))?.content).toMatch(/^Certainly\.\n-# You have used up your 1 question an hour \(again <t:\d+:R>\)\.$/u);
  });

  it('let another model answer, and say so', async () => {
    await allow(`channel: 1 question a day, then use ${NOVA}\nchannel: 2 questions a day`);
    await ask(member, 'one');
    expect(world.bedrock.requests.at(-1)?.modelId).not.toBe(NOVA);
    const answer = await ask(member, 'two');
    expect(world.bedrock.requests.at(-1)?.modelId).toBe(NOVA);
    expect(answer?.content).toMatch(/^Certainly\.\n-# .*Nova.* answered, because this channel has used up its 1 question a day \(again <t:\d+:R>\)\.$/u);
    const midnight = (Math.floor(Date.now() / 86_400_000) + 1) * 86_400;
    expect(answer?.content).toContain(`<t:${midnight}:R>`);
    expect(await ask(member, 'three')).toBeUndefined();
  });

  it('count tokens as Bedrock reported them', async () => {
    await allow('', 'channel: 500 tokens a day');
    world.bedrock.respond({ text: 'word '.repeat(60) });
    let used = 0;
    const answers = await taken(1);
    const tokensOf = ({ usage }: Record<string, unknown>): number => Object.values(usage as Record<string, number>).reduce((sum, value) => sum + value, 0);
    for (const line of world.log) if (line['outcome'] === 'delivered') used += tokensOf(line);
    const more = await taken(4);
    const all = world.log.filter(({ outcome }) => outcome === 'delivered').map(tokensOf);
    // The one that went over it was taken, and none behind it.
    expect(all.slice(0, -1).reduce((sum, value) => sum + value, 0)).toBeLessThan(500);
    expect(all.reduce((sum, value) => sum + value, 0)).toBeGreaterThanOrEqual(500);
    expect([answers, used > 0, more < 4]).toEqual([1, true, true]);
  });

  it('count money by the prices that are known, and let all through where none is', async () => {
    await allow('', 'channel: $0.0001 a day');
    world.bedrock.respond({ text: 'word '.repeat(400) });
    expect(await taken(2)).toBe(1);
    place = freshChannel(world);
    await decide(url, world.guild.id, { channels: { [place.id]: { limits: 'channel: $0.0001 a day', model: 'us.nobody.knows-its-price-v1:0' } } });
    await world.restart();
    expect(await taken(3)).toBe(3);
  });

  it('hold so many questions at once, until they have ended', async () => {
    await allow('member: 1 at once');
    const begun = await beginAnswer(world, place, { asker: member });
    const elsewhere = freshChannel(world);
    const question = say(member, 'and this?', elsewhere);
    await world.discord.waitFor(() => question.reactions.has('⏳'));
    await world.discord.waitFor(() => member.dm.fromBot.at(-1)?.content.includes('You have a question without an answer, and you may have one at once.'));
    await begun.finish(' a time.');
    expect(await ask(member, 'and now?', elsewhere)).toBeDefined();
  });
});
