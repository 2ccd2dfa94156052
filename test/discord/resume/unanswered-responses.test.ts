import { describe, expect, it } from 'vitest';
import { RESTARTING_TEXT } from '../../../src/discord/texts/answer-texts.ts';
import { manualStream } from '../../simulators/bedrock.ts';
import { freshMember } from '../fresh-member.ts';
import { ledgerRow } from '../ledger-row.ts';
import { beginAnswer } from '../begin-answer.ts';
import { shareWorld } from '../shared-world.ts';
import { freshChannel } from '../fresh-channel.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedUser } from '../../simulators/discord.ts';
import type { World } from '../../start-parley.ts';

/** A machine whose clock runs ahead, behind a proxy that takes away what would tell. */
const AHEAD_MS = 90 * 60_000;
let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off', tellsDates: false }, now: () => Date.now() + AHEAD_MS }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

const CALLBACK = 'POST /interactions/:id/:token/callback';
const ORIGINAL = '/webhooks/:id/:token/messages/@original';

/** Asks while the process ends, and lets it go on ending until `over`. */
const askWhileEnding = async (asker: SimulatedUser, place: SimulatedChannel, over: (interaction: SimulatedInteraction) => Promise<unknown>): Promise<SimulatedInteraction> => {
  const stream = manualStream();
  world.bedrock.respondOnce(stream.responder);
  world.ana.say(freshChannel(world), `${world.discord.botUser.mention} a long story`);
  await stream.request;
  const stopped = world.parley.stop(60_000);
  const interaction = asker.runCommand(place, 'ask', { prompt: 'now?', private: true });
  await over(interaction);
  await stream.text('The end.');
  await stream.finish();
  await stopped;
  return interaction;
};

/** All that somebody was told by us. */
const toldTo = (asker: SimulatedUser, { response, followUps }: SimulatedInteraction): (string | undefined)[] =>
  [response, ...followUps, ...asker.dm.fromBot].filter((message) => message?.deleted === false).map((message) => message?.content);

describe('what was said in a response that Discord never confirmed', () => {
  it('is looked for, and counts', async () => {
    const asker = freshMember(world);
    world.discord.faults.add({ route: CALLBACK, does: 'apply-then-reset' });
    world.discord.faults.add({ route: `PATCH ${ORIGINAL}`, does: 'apply-then-reset' });
    const interaction = await askWhileEnding(asker, freshChannel(world), ({ id }) => expect.poll(() => ledgerRow(storeUrl, id)).toContain('"restarting"'));
    world.discord.faults.clear();
    await world.restart();
    await world.ask(world.bo, 'and now?', freshChannel(world));
    expect(toldTo(asker, interaction)).toEqual([RESTARTING_TEXT]);
  });

  it('is found by the next process as long as its token lives, whatever our clock says', async () => {
    const asker = freshMember(world);
    const unanswered = [CALLBACK, `PATCH ${ORIGINAL}`, `GET ${ORIGINAL}`].map((route) => world.discord.faults.add({ route, does: route.startsWith('GET') ? 'reset' : 'apply-then-reset' }));
    const interaction = await askWhileEnding(asker, freshChannel(world), ({ id }) => expect.poll(() => ledgerRow(storeUrl, id)).toContain('"owner":null'));
    for (const fault of unanswered) fault.remove();
    await world.restart();
    await expect.poll(() => ledgerRow(storeUrl, interaction.id)).not.toContain('"accepted"');
    await world.ask(world.bo, 'and now?', freshChannel(world));
    expect(toldTo(asker, interaction)).toHaveLength(1);
    expect(asker.dm.fromBot).toEqual([]);
  });
});

describe('an answer whose last words Discord took without saying so', () => {
  const shown = (place: SimulatedChannel): string[] => place.fromBot.filter(({ deleted }) => !deleted).map(({ content }) => content);
  const NO = { status: 405, code: 40_333, message: 'This server says no' } as const;
  const isMessage = ({ path }: { path: string }): boolean => /^\/channels\/\d+\/messages/u.test(path);

  it('stays where its message takes no word more, nor its channel another message', async () => {
    const { discord } = world;
    const [place, asker] = [freshChannel(world), freshMember(world)];
    const { draft, finish } = await beginAnswer(world, place, { words: 'The beginning', asker });
    // As often as discord.js itself repeats a request.
    discord.faults.add({ method: 'PATCH', when: isMessage, does: 'apply-then-reset', times: 4 });
    discord.faults.add({ method: 'PATCH', when: isMessage, does: NO });
    discord.faults.add({ method: 'POST', when: isMessage, does: NO });
    await finish(', and the end.');
    discord.faults.clear();
    expect(shown(place)).toEqual(['The beginning, and the end.']);
    expect(draft.deleted).toBe(false);
    expect(shown(asker.dm)).toEqual([]);
  });

  it('is not said once more to whoever asked in private', async () => {
    const { discord, bedrock } = world;
    const [place, asker] = [freshChannel(world), freshMember(world)];
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const interaction = asker.runCommand(place, 'ask', { prompt: 'tell me', private: true });
    await stream.request;
    await discord.waitFor(() => interaction.response?.thinking === true);
    discord.faults.add({ route: `PATCH ${ORIGINAL}`, does: 'apply-then-reset', times: 4 });
    discord.faults.add({ route: `PATCH ${ORIGINAL}`, does: NO });
    discord.faults.add({ route: `DELETE ${ORIGINAL}`, does: NO });
    await stream.text('Certainly.');
    await stream.finish();
    await world.outcome(interaction.id);
    discord.faults.clear();
    expect(toldTo(asker, interaction)).toEqual(['Certainly.']);
  });

  it('is found in the channel when the token of its command is dead', async () => {
    const { discord, bedrock } = world;
    const place = freshChannel(world);
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    discord.faults.add({ route: CALLBACK, does: 'apply-then-reset' });
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'tell me' });
    await stream.request;
    await stream.text('The beginning');
    discord.faults.add({ route: `PATCH ${ORIGINAL}`, does: 'apply-then-timeout' });
    await discord.waitFor(() => interaction.response?.content.endsWith('The beginning'));
    await world.parley.stop(0);
    discord.faults.clear();
    discord.advance(20 * 60_000);
    await world.restart();
    const told = await discord.waitFor(() => place.fromBot.find(({ content }) => content.includes('Try again')));
    await expect.poll(() => ledgerRow(storeUrl, interaction.id)).toContain('"interrupted"');
    expect(place.fromBot.filter(({ deleted }) => !deleted)).toEqual([told]);
    expect(told).toBe(interaction.response);
  });
});
