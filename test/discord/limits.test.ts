import { PermissionFlagsBits } from 'discord-api-types/v10';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bedrockErrors, manualStream } from '../simulators/bedrock.ts';
import { openStore } from '../../src/store/open-store.ts';
import { beginAnswer } from './begin-answer.ts';
import { decide } from './deciding.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { buttonId, press, privateReplies } from './pressing.ts';
import { changeId, done, openPanel, buttonId as panelButton, press as pressPanel, wordsOn } from './settings-panel.ts';
import { restartMuchLater } from './resume/much-later.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const NOVA = 'us.amazon.nova-2-lite-v1:0';

let world: World;
let url: string;
shareWorld({ environment: { MEMBER_QUESTIONS_PER_MINUTE: '5' }, discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

let place: SimulatedChannel;
let member: SimulatedUser;
beforeEach(() => {
  [place, member] = [freshChannel(world), freshMember(world)];
});

/** What the admins of the server allow from now on. */
const allow = async (server: string, channel?: string): Promise<void> => {
  await decide(url, world.guild.id, { server: server === '' ? {} : { limits: server }, channels: channel === undefined ? {} : { [place.id]: { limits: channel } } });
  await world.restart();
};

const say = (user: SimulatedUser, text: string, where = place): SimulatedMessage => user.say(where, where.guild === undefined ? text : `${world.discord.botUser.mention} ${text}`);
/** Asks, and resolves with the answer; undefined where it was refused. */
const ask = async (user: SimulatedUser, text: string, where = place): Promise<SimulatedMessage | undefined> => {
  const question = say(user, text, where);
  const { outcome } = await world.outcome(question.id);
  return outcome === 'refused' ? undefined : where.fromBot.findLast(({ referenceId }) => referenceId === question.id);
};
const taken = async (count: number, user = member): Promise<number> => {
  let answers = 0;
  for (let index = 0; index < count; index += 1) if ((await ask(user, `question ${index}`)) !== undefined) answers += 1;
  return answers;
};
const held = async (): Promise<string[]> => {
  const store = openStore(url, { table: 'ledger' });
  const keys = await Array.fromAsync(store.entries('limit-held:'), ([key]) => key);
  await store.close();
  return keys;
};

describe('what a member may ask where nobody has said anything', () => {
  beforeAll(() => allow(''));

  it('is so much a minute; then there is a sign, and a direct message that says when the next one is taken', async () => {
    const first = world.discord.now();
    expect(await taken(5)).toBe(5);
    const question = say(member, 'one more');
    await world.discord.waitFor(() => question.reactions.has('⏳'));
    const told = await world.discord.waitFor(() => member.dm.fromBot[0]);
    expect(told.content).toMatch(new RegExp(`What you asked in <#${place.id}> has no answer: You have used up your 5 questions a minute\\. You can ask again <t:(\\d+):R>\\.`, 'u'));
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

describe('what counts as a question', () => {
  it('is none that failed: it is given back', async () => {
    await allow('member: 1 question an hour\nmember: 1 at once');
    world.bedrock.respondOnce({ error: bedrockErrors.accessDenied() });
    await ask(member, 'one that fails');
    expect(await held()).toEqual([]);
    expect(await taken(2)).toBe(1);
  });

  it('is one that was stopped by its asker', async () => {
    await allow('member: 1 question an hour');
    const { draft, question } = await beginAnswer(world, place, { asker: member });
    await press(member, draft, 'Stop');
    await world.outcome(question.id);
    expect(await taken(1)).toBe(0);
  });

  it('is what Regenerate asks, which is refused in private and changes nothing', async () => {
    await allow('member: 2 questions an hour');
    const answer = await ask(member, 'a colour?');
    const again = await press(member, answer!, 'Regenerate');
    await world.outcome(again.id);
    await world.discord.waitFor(() => answer!.deleted);
    const anew = place.fromBot.findLast(({ deleted }) => !deleted)!;
    const refused = await press(member, anew, 'Regenerate');
    expect(privateReplies(refused)[0]).toContain('You have used up your 2 questions an hour.');
    expect([anew.deleted, buttonId(anew, 'Regenerate') !== '']).toEqual([false, true]);
    expect(await held()).toEqual([]);
  });

  it('is what Continue asks', async () => {
    await allow('member: 1 question an hour');
    world.bedrock.respondOnce({ text: 'Half of', stopReason: 'max_tokens' });
    const answer = await ask(member, 'a story');
    const refused = await press(member, answer!, 'Continue');
    expect(privateReplies(refused)[0]).toContain('You have used up your 1 question an hour.');
    expect(await held()).toEqual([]);
  });

  it('is one that whoever pressed the button has asked, not the first asker', async () => {
    await allow('member: 1 question an hour');
    const moderator = freshMember(world);
    world.guild.setMember(moderator, { roles: [world.guild.addRole({ name: 'moderators', permissions: PermissionFlagsBits.ManageMessages })] });
    const answer = await ask(member, 'a colour?');
    const again = await press(moderator, answer!, 'Regenerate');
    await world.outcome(again.id);
    expect(await taken(1, moderator)).toBe(0);
    expect(await taken(1)).toBe(0);
  });

  it('is one that was made again and again until it worked, once', async () => {
    await allow('member: 2 questions an hour');
    world.bedrock.respondOnce({ error: bedrockErrors.internalServer() }, { error: bedrockErrors.internalServer() });
    expect(await taken(3)).toBe(2);
  });

  it('is one that a process left behind, once; what was held for it is counted by whoever ends it', async () => {
    await allow('member: 2 questions an hour\nmember: 1 at once');
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = say(member, 'a long story');
    await stream.request;
    await stream.text('Once upon');
    await world.parley.stop(0);
    expect(await held()).toEqual([`limit-held:${question.id}`]);
    await world.restart();
    await world.outcome(question.id);
    await expect.poll(held).toEqual([]);
    expect(place.fromBot.filter(({ deleted }) => !deleted).map(({ content }) => content)).toEqual(['Certainly.']);
    expect(await taken(2)).toBe(1);
  });

  it('is none where nobody answered in time, until Try again is pressed, which is refused in private', async () => {
    await allow('member: 1 question a day\nmember: 1 at once');
    const { question } = await beginAnswer(world, place, { asker: member });
    await restartMuchLater(world, url);
    const notice = await world.discord.waitFor(() => place.fromBot.find(({ content }) => content.includes('Try again')));
    await expect.poll(held).toEqual([]);
    expect(await taken(1)).toBe(1);
    const refused = await press(member, notice, 'Try again');
    expect(privateReplies(refused)[0]).toContain('You have used up your 1 question a day.');
    expect(buttonId(notice, 'Try again')).toBe(`retry:${question.id}`);
    await allow('member: 2 questions a day');
    const [first, second] = [member.click(notice, `retry:${question.id}`), member.click(notice, `retry:${question.id}`)];
    await Promise.all([first.settled(), second.settled()]);
    await world.outcome(question.id);
    await expect.poll(held).toEqual([]);
    expect(notice.content).toBe('Certainly.');
    expect(await taken(1)).toBe(0);
  });

  it('keeps the model that a limit has chosen, whoever goes on with it', async () => {
    await allow(`member: 1 question an hour, then use ${NOVA}`);
    await ask(member, 'one');
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = say(member, 'a long story');
    await stream.request;
    await world.restart({}, 0);
    await world.outcome(question.id);
    expect(world.bedrock.requests.at(-1)?.modelId).toBe(NOVA);
    expect(place.fromBot.at(-1)?.content).toContain('answered, because you have used up your 1 question an hour');
  });
});

describe('what admins and members see of limits', () => {
  let manager: SimulatedUser;
  beforeAll(() => {
    manager = freshMember(world);
    world.guild.setMember(manager, { roles: [world.guild.addRole({ name: 'managers', permissions: PermissionFlagsBits.ManageGuild })] });
  });

  it('the panel takes them a line each, applies them at once, and says what is wrong with a line', async () => {
    await allow('');
    const panel = await openPanel(manager, place);
    const write = async (text: string): Promise<string> => {
      const opened = await pressPanel(manager, panel, changeId(panel, 'Limits'));
      const before = JSON.stringify(panel.components);
      await done(manager.submitModal(opened, { value: text }), () => JSON.stringify(panel.components) !== before);
      return wordsOn(panel);
    };
    await pressPanel(manager, panel, panelButton(panel, 'Who may ask, and how much'));
    expect(wordsOn(panel)).toContain('**Limits:** none of its own');
    expect(await write('member: 1 question an hour\n\nmember: 2 at once')).toContain('**Limits:** `member: 1 question an hour; member: 2 at once`\n-# set for the server');
    expect(await taken(2)).toBe(1);
    expect(await write('member: 1 question an hour\nmember: lots')).toContain('⚠️ Limits cannot be: line 2 says nothing that I can count; write it like "member: 20 questions an hour"');
    expect(await write('role 123456789012345678: 5 questions an hour')).toContain('⚠️ Limits name a role that is not on this server, or not any more. Nothing was changed.');
    expect(await write('server: $5 a day, then use made.up-model')).toContain('⚠️ Limits name a model that is not among those that can be called from my region');
    expect(await write('bot: $5 a day')).toContain('⚠️ Limits cannot have a limit of the bot');
    expect(await taken(1)).toBe(0);
    expect(await write('')).toContain('**Limits:** none of its own');
    expect(await taken(1)).toBe(1);
  });

  it('/why names those in force for a member, with what is left', async () => {
    await allow('member: 3 questions an hour\nserver: $5 a month, then warn', `channel: 40,000 tokens a day, then use ${NOVA}`);
    world.bedrock.respond({ text: 'word '.repeat(400) });
    await ask(member, 'one');
    const why = async (): Promise<string> => {
      const asked = member.runCommand(place, 'why', {});
      await world.discord.waitFor(() => asked.response?.content.includes('Limit'));
      return asked.response?.content ?? '';
    };
    const words = await why();
    expect(words).toContain('**would be answered**');
    expect(words).toContain('**Limit of each member:** 3 questions an hour, 2 left\n-# set for the server');
    expect(words).toMatch(/\*\*Limit of the channel:\*\* 40,000 tokens a day, 39,\d+ left; then .*Nova.* answers\n-# set for the channel/u);
    expect(words).toMatch(/\*\*Limit of the server:\*\* \$5 a month, \$4\.99\d* left; then a line below the answer says so/u);
    expect(words).toContain('**Limit of each member:** 5 questions a minute, 4 left\n-# set by whoever runs me');
    await taken(2);
    expect(await why()).toMatch(/\*\*would not be answered\*\*: nothing is left of the limit of 3 questions an hour\. It opens again <t:\d+:R>\./u);
  });
});

// The last one: it sets the clock that all others look at.
it('who has used up a limit is answered again from the second on that was said', async () => {
  await allow('member: 1 question an hour');
  await ask(member, 'one');
  const refused = say(member, 'two');
  await world.discord.waitFor(() => refused.reactions.has('⏳'));
  const told = await world.discord.waitFor(() => member.dm.fromBot[0]);
  const opensAt = Number(/<t:(\d+):R>/u.exec(told.content)?.[1]) * 1000;
  world.discord.advance(3_500_000);
  // What time it is, Parley hears with the next thing that it does.
  await ask(freshMember(world), 'what time is it?');
  expect(await taken(1)).toBe(0);
  world.discord.advance(Math.max(0, opensAt - world.discord.now()));
  await ask(freshMember(world), 'and now?');
  expect(await taken(2)).toBe(1);
});
