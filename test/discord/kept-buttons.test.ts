import { afterEach, describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { freshMember } from './fresh-member.ts';
import { buttonsOf } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { FaultRule, SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => (world = opened));

afterEach(() => world.discord.gateway.setDispatching(true));

let places = 0;
const freshChannel = (): SimulatedChannel => world.guild.addChannel({ name: `kept-${(places += 1)}` });
const there = (place: SimulatedChannel): readonly SimulatedMessage[] => place.fromBot.filter(({ deleted }) => !deleted);
const contents = (place: SimulatedChannel): string[] => there(place).map(({ content }) => content);
const faultIn = (place: SimulatedChannel, rule: FaultRule) =>
  world.discord.faults.add({ ...rule, when: (request) => request.path.startsWith(`/channels/${place.id}/messages`) && (rule.when?.(request) ?? true) });

const REFUSED = { status: 403, code: 20_022 } as const;
const WHOLE = 'All of it.';

/** An answer all of whose words are there, and whose end is not known yet. @param isTold whether events tell of its messages */
const written = async (place: SimulatedChannel, { asker = freshMember(world), isTold = true } = {}) => {
  const stream = manualStream();
  world.bedrock.respondOnce(stream.responder);
  const question = asker.say(place, `${world.discord.botUser.mention} tell me`);
  world.discord.gateway.setDispatching(isTold);
  await stream.request;
  await stream.text(WHOLE);
  const draft = await world.discord.waitFor(() => there(place).find(({ content }) => content === WHOLE));
  return {
    asker,
    draft,
    finish: async () => {
      await stream.finish();
      return world.outcome(question.id);
    },
  };
};

describe('a draft that has all the words, and Stop below them,', () => {
  it('which Discord made without saying so, and then limited, loses Stop at the end', async () => {
    const place = freshChannel();
    faultIn(place, { method: 'POST', times: 1, does: 'apply-then-502' });
    // What discord.js repeats by itself is not failed, but limited.
    const limit = faultIn(place, { method: 'POST', times: 1, does: { rateLimit: { scope: 'user', retryAfter: 1 } } });
    const { draft, finish } = await written(place, { isTold: false });
    await expect.poll(() => limit.hits).toBe(1);
    expect(await finish()).toMatchObject({ outcome: 'delivered' });
    expect(there(place)).toEqual([draft]);
    expect(buttonsOf(draft)).toEqual(['Regenerate']);
  });

  it('which Discord made without saying so, and nothing more, is no end before Stop is gone', async () => {
    const place = freshChannel();
    faultIn(place, { method: 'POST', times: 1, does: 'apply-then-502' });
    const refusal = faultIn(place, { method: 'POST', does: REFUSED });
    const { asker, draft, finish } = await written(place, { isTold: false });
    await expect.poll(() => refusal.hits).toBeGreaterThan(1);
    await finish();
    const said = [...contents(place), ...contents(asker.dm)];
    expect(said).toEqual([expect.stringContaining(WHOLE)]);
    if (!draft.deleted) expect(buttonsOf(draft)).not.toContain('Stop');
  });

  it('goes where Discord takes neither edits nor new messages, and the asker has the answer', async () => {
    const place = freshChannel();
    const { asker, draft, finish } = await written(place);
    faultIn(place, { method: 'PATCH', does: REFUSED });
    faultIn(place, { method: 'POST', does: REFUSED });
    expect(await finish()).toMatchObject({ outcome: 'failed', kind: 'undeliverable' });
    expect(contents(asker.dm)).toEqual([expect.stringContaining(WHOLE)]);
    expect(draft.deleted).toBe(true);
  });

  it('stays, because nobody could be told elsewhere', async () => {
    const place = freshChannel();
    const { asker, draft, finish } = await written(place);
    faultIn(place, { method: 'PATCH', does: REFUSED });
    faultIn(place, { method: 'POST', does: REFUSED });
    world.discord.faults.add({ route: 'POST /users/@me/channels', does: { status: 403, code: 50_007 } });
    expect(await finish()).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual([WHOLE]);
    expect(draft.deleted).toBe(false);
    expect(contents(asker.dm)).toEqual([]);
  });

  it('gives way to a new message where Discord says of each edit that it worked, and keeps Stop', async () => {
    const place = freshChannel();
    const { draft, finish } = await written(place);
    const { id, content, components, author } = draft;
    faultIn(place, { method: 'PATCH', does: { status: 200, body: { id, channel_id: place.id, content, components, author: { id: author.id, bot: true } } } });
    expect(await finish()).toMatchObject({ outcome: 'delivered' });
    expect(contents(place)).toEqual([WHOLE]);
    expect(draft.deleted).toBe(true);
    expect(there(place).map(buttonsOf)).toEqual([['Regenerate']]);
  });
});

describe('a draft in private that has all the words, and Stop below them,', () => {
  it('loses Stop, where Discord refuses what it did once', async () => {
    const place = freshChannel();
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const interaction = freshMember(world).runCommand(place, 'ask', { prompt: 'tell me', private: true });
    await stream.request;
    await stream.text(WHOLE);
    const draft = await world.discord.waitFor(() => interaction.response);
    await world.discord.waitFor(() => draft.content === WHOLE);
    world.discord.faults.add({ route: 'PATCH /webhooks/:id/:token/messages/@original', does: REFUSED });
    world.discord.faults.add({ route: 'PATCH /webhooks/:id/:token/messages/:id', does: REFUSED });
    await stream.finish();
    await world.outcome(interaction.id);
    const left = [draft, ...interaction.followUps].filter(({ deleted }) => !deleted);
    expect(left.map(({ content }) => content)).toEqual([WHOLE]);
    expect(left.flatMap(buttonsOf)).not.toContain('Stop');
  });
});
