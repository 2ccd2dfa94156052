import { PermissionFlagsBits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { SUPERSEDED_TEXT } from '../../src/discord/texts.ts';
import { manualStream } from '../simulators/bedrock.ts';
import { shareWorld } from './shared-world.ts';
import type { FaultOutcome, SimulatedChannel, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

let number = 0;
const freshChannel = (): SimulatedChannel => world.guild.addChannel({ name: `passing-${(number += 1)}` });
const freshMember = (): SimulatedUser => {
  const user = world.discord.addUser({ name: `passing${(number += 1)}` });
  world.guild.addMember(user);
  return user;
};
const contents = (place: SimulatedChannel): string[] => place.fromBot.filter(({ deleted }) => !deleted).map(({ content }) => content);

/** What nobody knows, and what only seems to be a success. */
const ODD: readonly [string, FaultOutcome][] = [
  ['a code that nobody knows', { status: 403, code: 30_999, message: 'Unknown' }],
  ['a page', { status: 418, html: '<html><title>Something is in the way</title></html>' }],
  ['a success that is none', { status: 200, body: { message: 'ok' } }],
  ['a limit without an end', { status: 429, body: { message: 'slow down', retry_after: 0.3 }, headers: { 'retry-after': '1', 'x-ratelimit-scope': 'user' } }],
];

describe.each(ODD)('%s, three times,', (_name, does) => {
  it('leaves no draft behind an end that stands elsewhere', { timeout: 30_000 }, async () => {
    const { discord, bedrock, ana } = world;
    const place = freshChannel();
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

  it('keeps nobody from hearing that there is no place for an answer', { timeout: 30_000 }, async () => {
    const { discord } = world;
    const [place, asker] = [freshChannel(), freshMember()];
    place.denyBot(PermissionFlagsBits.SendMessages);
    discord.faults.add({ method: 'POST', times: 3, does, when: ({ path }) => path === `/channels/${asker.dm.id}/messages` });
    const questions = ['hello', 'hello?'].map((text) => asker.say(place, `${discord.botUser.mention} ${text}`));
    for (const { id } of questions) await world.outcome(id);
    discord.faults.clear();
    expect(contents(asker.dm)).toEqual([expect.stringContaining(`<#${place.id}>`)]);
  });
});

it('where the asker cannot be told, the next question tries again', { timeout: 30_000 }, async () => {
  const { discord } = world;
  const [place, asker] = [freshChannel(), freshMember()];
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

it('a response that stands elsewhere in the end is taken back, however often that is refused', { timeout: 30_000 }, async () => {
  const { discord, bedrock } = world;
  const [place, asker] = [freshChannel(), freshMember()];
  const stream = manualStream();
  bedrock.respondOnce(stream.responder);
  const interaction = asker.runCommand(place, 'ask', { prompt: 'hello' });
  await stream.request;
  await discord.waitFor(() => place.fromBot.find(({ thinking }) => thinking));
  const odd: FaultOutcome = { status: 405, code: 40_333, message: 'This server says no' };
  discord.faults.add({ route: 'PATCH /webhooks/:id/:token/messages/@original', does: odd });
  discord.faults.add({ route: 'DELETE /webhooks/:id/:token/messages/@original', does: odd, times: 2 });
  await stream.text('Certainly.');
  await stream.finish();
  await world.outcome(interaction.id);
  discord.faults.clear();
  expect(place.fromBot.filter(({ deleted }) => !deleted).map(({ content, thinking }) => [content, thinking])).toEqual([[expect.stringContaining('Certainly.'), false]]);
});
