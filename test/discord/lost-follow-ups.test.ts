import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { shareWorld } from './shared-world.ts';
import type { FaultOutcome, SimulatedChannel, SimulatedInteraction, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

const FOLLOW_UP = 'POST /webhooks/:id/:token';
const ORIGINAL = '/webhooks/:id/:token/messages/@original';
const NO = { status: 405, code: 40_333, message: 'This server says no' } as const;
const FORGOTTEN = expect.stringContaining('I no longer remember');

const losses: [string, FaultOutcome][] = [
  ['is answered with an error', 'apply-then-502'],
  ['is not answered, as the connection breaks', 'apply-then-reset'],
];

/** A button of an answer that nobody remembers: its message loses it, and whoever pressed it is told behind that. */
const pressDead = (presser: SimulatedUser, message: SimulatedMessage): SimulatedInteraction => presser.replay(message, 'regenerate:gone');

const toldBehind = ({ followUps }: SimulatedInteraction): readonly string[] => followUps.filter(({ deleted }) => !deleted).map(({ content }) => content);

/** Resolves when the last request behind a response has been made, and no other one comes. */
const settle = async (presser: SimulatedUser, place: SimulatedChannel): Promise<void> => {
  await world.ask(presser, 'and now?', place);
};

describe.each(losses)('a message behind a response that works, and %s,', (_what, loss) => {
  it('is not sent once more, where only one person sees it', async () => {
    const place = freshChannel(world);
    const answer = await world.ask(world.ana, 'a story', place);
    const fault = world.discord.faults.add({ route: FOLLOW_UP, does: loss, times: 1 });
    const pressed = pressDead(world.ana, answer);
    await expect.poll(() => toldBehind(pressed)).toEqual([FORGOTTEN]);
    await settle(world.ana, place);
    expect(fault.hits).toBe(1);
    expect(toldBehind(pressed)).toEqual([FORGOTTEN]);
    expect(world.ana.dm.fromBot).toEqual([]);
  });

  it('is not sent once more, where it took the place of a response that "thinks"', async () => {
    const asker = freshMember(world);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const interaction = asker.runCommand(freshChannel(world), 'ask', { prompt: 'tell me', private: true });
    await stream.request;
    await world.discord.waitFor(() => interaction.response?.thinking === true);
    world.discord.faults.add({ route: `PATCH ${ORIGINAL}`, does: NO });
    const fault = world.discord.faults.add({ route: FOLLOW_UP, does: loss });
    await stream.text('Certainly.');
    await stream.finish();
    await world.outcome(interaction.id);
    expect(fault.hits).toBe(1);
    expect(interaction.response).toMatchObject({ content: 'Certainly.', deleted: false });
    expect([toldBehind(interaction), asker.dm.fromBot]).toEqual([[], []]);
  });

  it('is found for each of two who are told the same at the same time', async () => {
    const place = freshChannel(world);
    const answer = await world.ask(world.ana, 'a story', place);
    world.discord.faults.add({ route: FOLLOW_UP, does: loss, times: 2 });
    const pressers = [freshMember(world), freshMember(world)];
    const pressed = pressers.map((presser) => pressDead(presser, answer));
    await expect.poll(() => pressed.map(toldBehind)).toEqual([[FORGOTTEN], [FORGOTTEN]]);
    await settle(world.ana, place);
    expect(pressed.map(toldBehind)).toEqual([[FORGOTTEN], [FORGOTTEN]]);
  });
});

describe('a message behind a response that Discord did not make', () => {
  it.each<[string, FaultOutcome]>([
    ['is sent once more', { status: 502 }],
    ['is sent once more behind a connection that broke', 'reset'],
  ])('%s', async (_what, does) => {
    const place = freshChannel(world);
    const answer = await world.ask(world.ana, 'a story', place);
    const fault = world.discord.faults.add({ route: FOLLOW_UP, does, times: 1 });
    const pressed = pressDead(world.ana, answer);
    await expect.poll(() => toldBehind(pressed)).toEqual([FORGOTTEN]);
    expect(fault.hits).toBe(1);
  });

  it('is said directly where Discord takes none', async () => {
    const place = freshChannel(world);
    const presser = freshMember(world);
    const answer = await world.ask(world.ana, 'a story', place);
    const fault = world.discord.faults.add({ route: FOLLOW_UP, does: { status: 502 } });
    const pressed = pressDead(presser, answer);
    await expect.poll(() => presser.dm.fromBot.map(({ content }) => content)).toEqual([FORGOTTEN]);
    expect(toldBehind(pressed)).toEqual([]);
    expect(fault.hits).toBe(2);
  });
});

describe('what only one person sees', () => {
  it('makes no direct channel of the channel of a server, in which everything would speak to us', async () => {
    const place = freshChannel(world);
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'tell me', private: true });
    await world.outcome(interaction.id);
    await world.restart();
    const other = freshChannel(world);
    world.discord.gateway.dispatch('MESSAGE_CREATE', {
      id: interaction.id,
      channel_id: other.id,
      author: { id: world.discord.botUser.id, username: 'parley', bot: true },
      content: 'for you alone',
      flags: 64,
      type: 0,
    });
    const asked = world.bedrock.requests.length;
    world.ana.say(other, 'this is for somebody else');
    await world.ask(world.ana, 'and this?', other);
    expect(world.bedrock.requests.length).toBe(asked + 1);
  });
});
