import { PermissionFlagsBits } from 'discord.js';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bedrockErrors, manualStream } from '../simulators/bedrock.ts';
import { decide } from './deciding.ts';
import { freshChannel } from './fresh-channel.ts';
import { buttonId, changeId, openPanel, press, runCommand, selectId, wordsOn } from './settings-panel.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const HAIKU = 'us.anthropic.claude-haiku-5-5';

let world: World;
let url: string;
/** In one of them nothing is checked, in one only questions, in one answers too. */
let [unchecked, questions, both]: SimulatedChannel[] = [];
shareWorld({ discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});
const checkInChannels = async (): Promise<void> => {
  await decide(url, world.guild.id, {
    channels: { [questions!.id]: { checks: 'input' }, [both!.id]: { checks: 'input and output', checksThreshold: '0.4' } },
  });
  await world.restart();
};
beforeAll(async () => {
  world.guild.setMember(world.ana, { roles: [world.guild.addRole({ name: 'admins', permissions: PermissionFlagsBits.ManageGuild })] });
  [unchecked, questions, both] = [freshChannel(world), freshChannel(world), freshChannel(world)];
  await checkInChannels();
  world.bedrock.judge((text, role) => (text.includes('rude') ? { INSULTS: role === 'user' ? 0.8 : 0.4 } : {}));
});

const checksMade = (): number => world.bedrock.otherRequests.filter(({ operation }) => operation === 'InvokeGuardrailChecks').length;
/** All that anybody could ever have read in a place. */
const everShown = (place: SimulatedChannel): string => place.fromBot.flatMap(({ revisions }) => revisions.map(({ content }) => content)).join('\n');
const lastTexts = (): string => JSON.stringify(world.bedrock.requests.at(-1)?.body?.messages);

describe('where questions are checked', () => {
  it('one that is stopped is not asked, is told like a guardrail\'s, and is not remembered', async () => {
    const before = world.bedrock.requestCount;
    const answer = await world.ask(world.bo, 'be rude to me', questions);
    expect(answer.content).toContain('A guardrail stopped this answer.');
    expect(world.bedrock.requestCount).toBe(before);
    expect(await world.outcome(answer.referenceId!)).toMatchObject({ kind: 'guardrail' });
    expect(JSON.stringify(world.log)).toContain('A check stopped the question: INSULTS of severity 0.8.');
    expect((await world.ask(world.bo, 'and now?', questions)).content).toBe('Certainly.');
    expect(lastTexts()).not.toContain('be rude to me');
  });

  it('a text file that comes with it is looked at, too', async () => {
    const before = world.bedrock.requestCount;
    const asked = world.bo.say(questions!, `${world.discord.botUser.mention} what do you say to this?`, { attachments: [{ name: 'notes.txt', bytes: 'how rude' }] });
    await world.outcome(asked.id);
    expect(questions!.fromBot.at(-1)?.content).toContain('A guardrail stopped this answer.');
    expect(world.bedrock.requestCount).toBe(before);
  });

  it('answers are not', async () => {
    world.bedrock.respond({ text: 'Something rude.' });
    const before = checksMade();
    expect((await world.ask(world.bo, 'hello', questions)).content).toBe('Something rude.');
    expect(checksMade()).toBe(before + 1);
  });
});

describe('where answers are checked, too', () => {
  it('nobody ever sees a word of one that is stopped, however slowly it comes', async () => {
    const hand = manualStream();
    world.bedrock.respondOnce(hand.script);
    const asked = world.ask(world.bo, 'hello', both);
    await hand.text('A long beginning. '.repeat(40));
    await world.ask(world.bo, 'meanwhile', unchecked);
    await hand.text('Something rude.');
    await hand.finish();
    const answer = await asked;
    expect(answer.content).toContain('A guardrail stopped this answer.');
    expect(everShown(both!)).not.toMatch(/beginning|rude/u);
    expect(JSON.stringify(world.log)).toContain('A check stopped the answer: INSULTS of severity 0.4.');
  });

  it('one that may be said comes whole, and is remembered', async () => {
    world.bedrock.respond({ text: 'Good morning to you all.' });
    const answer = await world.ask(world.bo, 'greet us', both);
    expect(answer.content).toBe('Good morning to you all.');
    expect(new Set(answer.revisions.map(({ content }) => content).filter((content) => content.includes('Good')))).toEqual(new Set(['Good morning to you all.']));
    await world.ask(world.bo, 'again', both);
    expect(lastTexts()).toContain('Good morning to you all.');
  });

  it('a private one is, too', async () => {
    world.bedrock.respond({ text: 'Something rude.' });
    const asked = world.bo.runCommand(both!, 'ask', { prompt: 'hello', private: true });
    await world.outcome(asked.id);
    expect(asked.response?.content).toContain('A guardrail stopped this answer.');
    expect(asked.response?.revisions.map(({ content }) => content).join(' ')).not.toContain('rude');
  });

  it('a check that fails lets nothing through, and another try does', async () => {
    const broken = bedrockErrors.notAuthorized('bedrock:InvokeGuardrailChecks', '*');
    world.bedrock.checkOnce(broken);
    const calls = world.bedrock.requestCount;
    expect((await world.ask(world.bo, 'hello', both)).content).toContain('Amazon Bedrock does not let me. An admin has to fix that, or switch the checks off.');
    expect(world.bedrock.requestCount).toBe(calls);
    world.bedrock.respond({ text: 'Nobody may read this.' });
    world.bedrock.checkOnce({ results: { contentFilter: { results: [] }, promptAttack: { results: [] } }, usage: {} }, broken);
    expect((await world.ask(world.bo, 'hello', both)).content).toContain('An admin has to fix that');
    expect(everShown(both!)).not.toContain('Nobody may read this.');
    expect((await world.ask(world.bo, 'hello', both)).content).toBe('Nobody may read this.');
  });
});

describe('where nothing is checked', () => {
  it('Bedrock is asked for no check', async () => {
    const before = checksMade();
    world.bedrock.respond({ text: 'Something rude.' });
    expect((await world.ask(world.bo, 'be rude', unchecked)).content).toBe('Something rude.');
    expect((await world.ask(world.bo, 'be rude', world.bo.dm)).content).toBe('Something rude.');
    expect(checksMade()).toBe(before);
  });
});

describe('what checks are billed by', () => {
  it('is booked to who asked and where, and told by /usage', async () => {
    const eve = world.discord.addUser({ name: 'eve' });
    world.guild.addMember(eve);
    world.bedrock.respond({ text: 'y'.repeat(1_500) });
    await world.ask(eve, 'hello', both);
    const { response } = await runCommand(eve, world.channel, 'usage');
    // Of the header and of the text of the question two kinds each, of the answer one.
    expect(response?.content).toContain('Checks of content: 6 text units, each a thousand characters for one kind of check.');
    expect(response?.content).toContain('- Checks of content: price not known, 0 tokens');
  });
});

const panelOf = async (user: SimulatedUser): Promise<SimulatedMessage> => {
  const panel = await openPanel(user, world.channel);
  await press(user, panel, buttonId(panel, 'What is checked'));
  return panel;
};
const choose = async (user: SimulatedUser, label: string, value: string): Promise<string> => {
  const panel = await panelOf(user);
  await press(user, panel, changeId(panel, label));
  await press(user, panel, selectId(panel), [value]);
  return wordsOn(panel);
};

describe('checks that are switched on', () => {
  afterEach(checkInChannels);

  it('where Bedrock makes none are refused, with the reason', async () => {
    world.bedrock.offerChecks(false);
    expect(await choose(world.ana, 'Checks', 'input')).toContain('⚠️ Checks cannot be made: Bedrock takes none in us-east-1. Nothing was changed.');
    world.bedrock.offerChecks(true);
    await world.restart();
    world.bedrock.checkOnce(bedrockErrors.notAuthorized('bedrock:InvokeGuardrailChecks', '*'));
    expect(await choose(world.ana, 'Checks', 'input')).toContain('⚠️ Checks cannot be made: my key lacks the permission bedrock:InvokeGuardrailChecks. Nothing was changed.');
    await world.restart();
    expect(await choose(world.ana, 'Checks', 'input and output')).toContain('**Checks:** Questions and answers\n-# set for the server');
    expect(await choose(world.ana, 'Strictness of checks', '0.8')).toContain('**Strictness of checks:** From 0.8\n-# set for the server');
  });

  it('by the environment hold everywhere, and no place has less', async () => {
    await decide(url, world.guild.id, { server: { checks: 'off', checksThreshold: '1.0' }, channels: { [both!.id]: { checks: 'input and output', checksThreshold: '0.4' } } });
    await world.restart({ BEDROCK_CHECKS: 'input' });
    const panel = await panelOf(world.ana);
    expect(wordsOn(panel)).toContain('**Checks:** Questions\n-# by default');
    expect(wordsOn(panel)).toContain('**Strictness of checks:** From 0.6\n-# by default');
    expect(await choose(world.ana, 'Checks', 'off')).toContain('⚠️ Checks cannot be less strict than the bot has it everywhere. Nothing was changed.');
    expect(await choose(world.ana, 'Strictness of checks', '1.0')).toContain('⚠️ Strictness of checks cannot be less strict than the bot has it everywhere.');
    for (const place of [unchecked!, world.bo.dm]) expect((await world.ask(world.bo, 'be rude', place)).content).toContain('A guardrail stopped this answer.');
    world.bedrock.respond({ text: 'Something rude.' });
    expect((await world.ask(world.bo, 'hello', unchecked)).content).toBe('Something rude.');
    expect((await world.ask(world.bo, 'hello', both)).content).toContain('A guardrail stopped this answer.');
    const file = { name: 'settings.yaml', bytes: Buffer.from('version: 1\nserver:\n  checks: off\n') };
    expect((await runCommand(world.ana, world.channel, 'settings import', { file })).response?.content).toContain('- line 3: `checks cannot be less strict than the bot has it everywhere`');
    expect(world.bedrock.requests.every(({ modelId }) => modelId === HAIKU)).toBe(true);
  });
});
