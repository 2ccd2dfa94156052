import { PermissionFlagsBits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { SUPERSEDED_TEXT } from '../../src/discord/texts/answer-texts.ts';
import { manualStream } from '../simulators/bedrock.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { ledgerRow } from './ledger-row.ts';
import { withoutQuestion } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { FaultOutcome, SimulatedChannel } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

const contents = (place: SimulatedChannel): string[] => place.fromBot.filter(({ deleted }) => !deleted).map(({ content }) => content);

/** What nobody knows, and what only seems to be a success. */
const ODD: readonly [string, FaultOutcome][] = [
  ['a code that nobody knows', { status: 403, code: 30_999, message: 'Unknown' }],
  ['a page', { status: 418, html: '<html><title>Something is in the way</title></html>' }],
  ['a success that is none', { status: 200, body: { message: 'ok' } }],
  ['a limit without an end', { status: 429, body: { message: 'slow down', retry_after: 0.3 }, headers: { 'retry-after': '1', 'x-ratelimit-scope': 'user' } }],
];

describe.each(ODD)('%s, three times,', (_name, does) => {
  it('leaves no draft behind an end that stands elsewhere', async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel(world);
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const question = ana.say(place, `${discord.botUser.mention} tell me`);
    await stream.request;
    await stream.text('The beginning');
    const draft = await discord.waitFor(() => place.fromBot.find(({ content }) => content === 'The beginning'));
    const isDraft = ({ path }: { path: string }): boolean => path.endsWith(`/messages/${draft.id}`);
    discord.faults.add({ method: 'PATCH', times: 4, does: { status: 403, code: 20_022, message: 'This message cannot be edited' }, when: isDraft });
    discord.faults.add({ method: 'DELETE', times: 3, does, when: isDraft });
    await stream.text(', and the end.');
    await stream.finish();
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    discord.faults.clear();
    expect(contents(place).filter((text) => text !== SUPERSEDED_TEXT)).toEqual(['The beginning, and the end.']);
    if (!draft.deleted) expect(draft).toMatchObject({ content: SUPERSEDED_TEXT, components: [] });
  });

  it('keeps nobody from hearing that there is no place for an answer', async () => {
    const { discord } = world;
    const [place, asker] = [freshChannel(world), freshMember(world)];
    place.denyBot(PermissionFlagsBits.SendMessages);
    discord.faults.add({ method: 'POST', times: 3, does, when: ({ path }) => path === `/channels/${asker.dm.id}/messages` });
    const questions = ['hello', 'hello?'].map((text) => asker.say(place, `${discord.botUser.mention} ${text}`));
    for (const { id } of questions) await world.outcome(id);
    discord.faults.clear();
    expect(contents(asker.dm)).toEqual([expect.stringContaining(`<#${place.id}>`)]);
  });
});

it('where the asker cannot be told, the next question tries again', async () => {
  const { discord } = world;
  const [place, asker] = [freshChannel(world), freshMember(world)];
  place.denyBot(PermissionFlagsBits.SendMessages);
  const isTheirs = ({ path }: { path: string }): boolean => path === `/channels/${asker.dm.id}/messages`;
  const fault = discord.faults.add({ method: 'POST', does: { status: 403, code: 50_007, message: 'Cannot send messages to this user' }, when: isTheirs });
  const ask = () => world.outcome(asker.say(place, `${discord.botUser.mention} hello`).id);
  expect(await ask()).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('no direct message was taken') as string });
  expect(fault.hits).toBe(1);
  fault.remove();
  expect(await ask()).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('told by direct message') as string });
  expect(contents(asker.dm)).toHaveLength(1);
});

const CALLBACK = 'POST /interactions/:id/:token/callback';
const EDIT = 'PATCH /webhooks/:id/:token/messages/@original';
const TAKE_BACK = 'DELETE /webhooks/:id/:token/messages/@original';
const NO: FaultOutcome = { status: 405, code: 40_333, message: 'This server says no' };

describe('a response that stands elsewhere in the end', () => {
  const asked = async (isPrivate = false) => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const interaction = asker.runCommand(place, 'ask', { prompt: 'hello', ...(isPrivate ? { private: true } : {}) });
    await stream.request;
    const finish = async (): Promise<void> => {
      await stream.text('Certainly.');
      await stream.finish();
      await world.outcome(interaction.id);
    };
    return { place, asker, interaction, stream, finish };
  };
  const thinks = (place: SimulatedChannel) => world.discord.waitFor(() => place.fromBot.find(({ thinking }) => thinking));
  /** What stays for good. */
  const expectOnly = async (place: SimulatedChannel, texts: readonly string[]): Promise<void> => {
    await expect.poll(() => place.fromBot.filter(({ deleted, thinking }) => thinking && !deleted)).toEqual([]);
    expect(contents(place).map(withoutQuestion)).toEqual(texts);
  };

  it.each([
    ['for a reason that nobody knows', NO],
    ['for want of a permission, which nobody needs for it', { status: 403, code: 50_013, message: 'Missing Permissions' } satisfies FaultOutcome],
    ['with a success that is none', { status: 200, body: {} } satisfies FaultOutcome],
  ])('is taken back, however often that is refused %s', async (_name, does) => {
    const { place, finish } = await asked();
    await thinks(place);
    world.discord.faults.add({ route: EDIT, does: NO });
    const refusal = world.discord.faults.add({ route: TAKE_BACK, does, times: 2 });
    await finish();
    await expectOnly(place, ['Certainly.']);
    expect(refusal.hits).toBe(2);
    world.discord.faults.clear();
  });

  it('is not announced while it is on its way there', async () => {
    const { discord } = world;
    discord.faults.add({ route: CALLBACK, does: { status: 200, body: {} }, times: 1 });
    const { place, interaction, stream } = await asked();
    const isThere = ({ path }: { path: string }): boolean => path === `/channels/${place.id}/messages`;
    // In that time, "thinking" is due.
    discord.faults.add({ method: 'POST', does: { delayMs: 1_000 }, times: 1, when: isThere });
    await stream.text('Certainly.');
    await stream.finish();
    await world.outcome(interaction.id);
    await discord.waitFor(() => interaction.acknowledgedAs === 'defer');
    await expectOnly(place, ['Certainly.']);
    discord.faults.clear();
  });

  it('does not say the answer once more when it is not known whether that is there', async () => {
    const { discord } = world;
    const { place, finish } = await asked();
    await thinks(place);
    discord.faults.add({ route: EDIT, does: NO, times: 2 });
    const isThere = ({ path }: { path: string }): boolean => path === `/channels/${place.id}/messages`;
    discord.faults.add({ method: 'POST', does: 'apply-then-reset', times: 4, when: isThere });
    await finish();
    await expectOnly(place, ['Certainly.']);
    discord.faults.clear();
  });

  it('is taken back where its asker was told directly', async () => {
    const { place, asker, interaction, finish } = await asked(true);
    await world.discord.waitFor(() => interaction.response?.thinking === true);
    world.discord.faults.add({ route: EDIT, does: NO });
    world.discord.faults.add({ route: 'POST /webhooks/:id/:token', does: NO });
    await finish();
    await expectOnly(place, []);
    await expect.poll(() => interaction.response?.deleted).toBe(true);
    expect(contents(asker.dm)).toEqual([expect.stringContaining('Certainly.')]);
    world.discord.faults.clear();
  });

  it('is not taken back where the answer has taken its place', async () => {
    world.discord.faults.add({ route: CALLBACK, does: NO, times: 2 });
    const { interaction, finish } = await asked(true);
    await finish();
    expect(interaction.acknowledgedAs).toBe('defer');
    expect(interaction.response).toMatchObject({ content: 'Certainly.', deleted: false });
    world.discord.faults.clear();
  });

  it('that Discord never knew of is no matter for the log, nor for longer than it could come up', async () => {
    world.discord.faults.add({ route: CALLBACK, does: NO });
    const { place, interaction, finish } = await asked();
    await finish();
    await expectOnly(place, ['Certainly.']);
    await expect.poll(() => ledgerRow(storeUrl, interaction.id)).toMatch(/"delivered"/u);
    expect(world.log.filter(({ questionId, level }) => questionId === interaction.id && level === 'warn')).toEqual([]);
    world.discord.faults.clear();
  });
});
