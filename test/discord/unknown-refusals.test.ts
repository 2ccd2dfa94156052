import { PermissionFlagsBits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { beginAnswer } from './begin-answer.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { ledgerRow } from './ledger-row.ts';
import { recordsIn, writeInto } from '../store/damage.ts';
import { buttonsOf, withoutQuestion } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { FaultOutcome, FaultRule, SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

const contents = (place: SimulatedChannel): string[] => place.fromBot.filter(({ deleted }) => !deleted).map(({ content }) => content);
const hasButtons: FaultRule['when'] = ({ body }) => ((body as { components?: unknown[] } | undefined)?.components ?? []).length > 0;

/** What Discord, something in between, or another server may say, and none of it on any list. */
const REFUSALS: readonly [string, FaultOutcome, RegExp][] = [
  ['400 with code 50035', { status: 400, body: { code: 50_035, message: 'Invalid Form Body', errors: { content: { _errors: [{ code: 'BASE_TYPE', message: 'odd' }] } } } }, /400 with code 50035: Invalid Form Body/u],
  ['403 with code 20022', { status: 403, code: 20_022, message: 'This message cannot be edited' }, /403 with code 20022/u],
  ['403 with a page of HTML', { status: 403, html: '<html><head><title>Access denied</title></head></html>' }, /403 with code 0: Access denied/u],
  ['404 with code 0', { status: 404, code: 0, message: '404: Not Found' }, /404 with code 0: 404: Not Found/u],
  ["another server's own code", { status: 409, body: { code: 'E_NOPE', message: 'not today' } }, /409 with code E_NOPE: not today/u],
  ['418 with a list', { status: 418, body: ['short', 'stout'] }, /418 with code 0/u],
  ['400 with null', { status: 400, body: null }, /400 with code 0/u],
  ['422 with errors of another form', { status: 422, body: { code: 7, message: 'no', errors: { content: null } } }, /422 with code 7: no/u],
  ['451 with nothing', { status: 451, body: {} }, /451 with code 0/u],
];

const refuse = (place: SimulatedChannel, does: FaultOutcome, rule: Partial<FaultRule> = {}) =>
  world.discord.faults.add({ ...rule, does, when: (request) => request.path.startsWith(`/channels/${place.id}/messages`) && (rule.when?.(request) ?? true) });

const rowOf = (questionId: string): Promise<string | undefined> => ledgerRow(storeUrl, questionId);

/** The lane goes on, and nothing of before comes up again. */
const expectNextAnswered = async (place: SimulatedChannel): Promise<void> => {
  world.discord.faults.clear();
  const before = contents(place).length;
  const question = world.bo.say(place, `${world.discord.botUser.mention} and now?`);
  expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
  expect(contents(place)).toHaveLength(before + 1);
};

const begun = (place: SimulatedChannel, asker = world.ana) => beginAnswer(world, place, { words: 'The beginning', asker });

const expectNoStop = (draft: SimulatedMessage): void => {
  if (!draft.deleted) expect(buttonsOf(draft)).not.toContain('Stop');
};

describe.each(REFUSALS)('a Discord that says %s', (_name, does, words) => {
  it('to buttons gets the text without them', async () => {
    const place = freshChannel(world);
    refuse(place, does, { when: hasButtons });
    const question = world.ana.say(place, `${world.discord.botUser.mention} hello`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual(['Certainly.']);
    expect(place.fromBot[0]?.components).toEqual([]);
    await expectNextAnswered(place);
  });

  it('to edits gets a new message, and the draft goes', async () => {
    const place = freshChannel(world);
    const { draft, finish } = await begun(place);
    refuse(place, does, { method: 'PATCH' });
    expect(await finish(', and the end.')).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual(['The beginning, and the end.']);
    expect(draft.deleted).toBe(true);
    await expectNextAnswered(place);
  });

  it('to everything in a channel leads to a direct message, and its words to the log and the ledger', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    refuse(place, does);
    const calls = world.bedrock.requestCount;
    const question = asker.say(place, `${world.discord.botUser.mention} hello`);
    const line = await world.outcome(question.id);
    expect(line).toMatchObject({ outcome: 'failed', kind: 'undeliverable', reason: expect.stringMatching(words) });
    expect(contents(asker.dm)).toEqual([`Discord did not let me answer in <#${place.id}>, so I do it here:\nCertainly.`]);
    expect(world.bedrock.requestCount).toBe(calls + 1);
    await expect.poll(() => rowOf(question.id)).toMatch(words);
    await expectNextAnswered(place);
    expect(contents(asker.dm)).toHaveLength(1);
  });

  it('to edits and new messages in mid-answer: the draft goes, and the asker has the answer', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    const { draft, finish } = await begun(place, asker);
    refuse(place, does, { method: 'PATCH' });
    refuse(place, does, { method: 'POST' });
    expect(await finish(', and the end.')).toMatchObject({ outcome: 'failed', kind: 'undeliverable' });
    expect(contents(asker.dm)).toEqual([expect.stringContaining('The beginning, and the end.')]);
    expect(draft.deleted).toBe(true);
    await expectNextAnswered(place);
  });

  it('to all but plain edits in mid-answer: the draft itself is the answer, without buttons', async () => {
    const place = freshChannel(world);
    const { draft, finish } = await begun(place);
    refuse(place, does, { method: 'PATCH', when: hasButtons });
    refuse(place, does, { method: 'POST' });
    refuse(place, does, { method: 'DELETE' });
    expect(await finish(', and the end.')).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual(['The beginning, and the end.']);
    expectNoStop(draft);
    await expectNextAnswered(place);
  });

  it('to a response gets a message of the channel, and nobody thinks for ever', async () => {
    const place = freshChannel(world);
    world.discord.faults.add({ route: /webhooks/u, method: 'PATCH', does });
    world.bedrock.respondOnce({ text: 'Slowly.', firstDelayMs: 600 });
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'tell me' });
    expect(await world.outcome(interaction.id)).toMatchObject({ outcome: 'delivered' });
    expect(contents(place).filter((content) => content !== '').map(withoutQuestion)).toEqual(['Slowly.']);
    await world.discord.waitFor(() => interaction.response?.deleted === true);
  });

  it('to the response in private gets a follow-up in private', async () => {
    const place = freshChannel(world);
    world.discord.faults.add({ route: /webhooks/u, method: 'PATCH', does });
    world.bedrock.respondOnce({ text: 'Slowly.', firstDelayMs: 600 });
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'tell me', private: true });
    expect(await world.outcome(interaction.id)).toMatchObject({ outcome: 'delivered' });
    // Discord takes the first follow-up for the response that was announced.
    expect([interaction.response, ...interaction.followUps].map((message) => [message?.content, message?.ephemeral])).toEqual([['Slowly.', true]]);
    expect(place.visible(world.bo).filter(({ author }) => author.bot)).toEqual([]);
  });

  it('to everything of a private interaction leads to a direct message, and nothing in public', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    world.discord.faults.add({ route: /webhooks|interactions/u, does });
    const interaction = asker.runCommand(place, 'ask', { prompt: 'tell me', private: true });
    await world.outcome(interaction.id);
    expect(contents(asker.dm)).toEqual([expect.stringContaining('Certainly.')]);
    expect(place.fromBot).toEqual([]);
  });

  it('to everything everywhere ends in the log and the ledger, and the next question is answered', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    world.discord.faults.add({ method: 'POST', route: /messages|channels/u, does });
    const question = asker.say(place, `${world.discord.botUser.mention} hello`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed', kind: 'undeliverable', reason: expect.stringMatching(words) });
    await expect.poll(() => rowOf(question.id)).toMatch(/"failed"/u);
    await expectNextAnswered(place);
  });

  it('to a message that asks nothing: the hint comes by direct message', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    refuse(place, does);
    asker.say(place, world.discord.botUser.mention);
    await world.discord.waitFor(() => asker.dm.fromBot.length > 0);
    expect(contents(asker.dm)).toEqual([expect.stringMatching(new RegExp(`^Discord did not let me answer in <#${place.id}>, so I do it here:\\n.*no text to answer`, 'u'))]);
  });
});

it('to the end of a draft that has all its words: the asker has them directly, and the draft goes', async () => {
  const [place, asker] = [freshChannel(world), freshMember(world)];
  const { draft, finish } = await begun(place, asker);
  refuse(place, { status: 403, code: 10_003 }, { method: 'PATCH', times: 2 });
  refuse(place, { status: 403, code: 20_022 }, { method: 'POST' });
  expect(await finish('')).toMatchObject({ outcome: 'failed', kind: 'undeliverable' });
  expect(contents(asker.dm)).toEqual([`Discord did not let me answer in <#${place.id}>, so I do it here:\nThe beginning`]);
  expect(draft.deleted).toBe(true);
  await expectNextAnswered(place);
});

it('to what is said of an interrupted question: the asker is told directly what it was about, and of no button', async () => {
  const [place, asker] = [freshChannel(world), freshMember(world)];
  const { question, draft } = await begun(place, asker);
  await expect.poll(() => rowOf(question.id)).toContain('"running"');
  await world.parley.stop(0);
  const path = new URL(storeUrl).pathname;
  const row = recordsIn(path).find(({ key }) => key === `question:${question.id}`);
  if (row === undefined) throw new Error('The question is in no ledger.');
  // It is too old to be answered by itself.
  writeInto(path, { ...row, value: row.value.replace(/"deadline":\d+/u, '"deadline":1') });
  refuse(place, { status: 418, body: [] }, { method: 'POST' });
  refuse(place, { status: 418, body: [] }, { method: 'PATCH' });
  await world.restart();
  await expect.poll(() => contents(asker.dm), { timeout: 20_000 }).toEqual([`I was interrupted before I could answer what you asked in <#${place.id}>. Please ask it again.`]);
  await expect.poll(() => draft.deleted).toBe(true);
  await expectNextAnswered(place);
});

it('to every message but the first of a long answer: that one says that the rest is not there, and the asker has all of it', { timeout: 20_000 }, async () => {
  const [place, asker] = [freshChannel(world), freshMember(world)];
  world.bedrock.respondOnce({ text: 'word '.repeat(600) + 'more '.repeat(300) });
  let created = 0;
  refuse(place, { status: 404, code: 0 }, { method: 'POST', when: ({ path }) => path.endsWith('/messages') && (created += 1) > 1 });
  const question = asker.say(place, `${world.discord.botUser.mention} tell me`);
  await world.outcome(question.id);
  expect(contents(place)).toEqual([expect.stringMatching(/word\n-# ⚠️ Discord did not let me write the rest here\.$/u)]);
  expect(place.fromBot[0]?.content.length).toBeLessThanOrEqual(2_000);
  expect(contents(asker.dm).join(' ')).toContain('more more');
  await expectNextAnswered(place);
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
    refuse(place, { status: 404, code: 10_008, message: 'Unknown Message' }, { method: 'PATCH' });
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

describe('a success without a message', () => {
  const bodies: [string, FaultOutcome][] = [
    ['an object without an id', { status: 200, body: {} }],
    ['an id that is none', { status: 200, body: { id: null, content: 'x' } }],
    ['a list', { status: 200, body: [] }],
    ['no JSON', { status: 200, html: '<html>welcome</html>' }],
  ];

  it.each(bodies)('of %s is no delivery: the answer is tried again, and is there once', async (_name, does) => {
    const place = freshChannel(world);
    refuse(place, does, { times: 2 });
    await world.ask(world.ana, 'hello', place);
    expect(contents(place)).toEqual(['Certainly.']);
    expect((await rowOf(place.fromBot[0]?.referenceId ?? ''))?.includes('undefined')).toBe(false);
  });

  it.each(bodies)('of %s for a first response is asked after', async (_name, does) => {
    const place = freshChannel(world);
    world.discord.faults.add({ route: 'POST /interactions/:id/:token/callback', times: 1, does });
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'hello' });
    expect(await world.outcome(interaction.id)).toMatchObject({ outcome: 'delivered' });
    expect(contents(place).map(withoutQuestion)).toEqual(['Certainly.']);
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
    refuse(place, does, { method: 'POST', times });
    refuse(place, { status: 403, code: 20_022 }, { method: 'POST' });
    const question = asker.say(place, `${world.discord.botUser.mention} hello`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual(['Certainly.']);
    expect(contents(asker.dm)).toEqual([]);
    await expectNextAnswered(place);
  });
});
