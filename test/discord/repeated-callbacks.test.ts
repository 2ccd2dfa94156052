import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { freshChannel } from './fresh-channel.ts';
import { letModerate } from './moderating.ts';
import { press } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { FaultOutcome } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

const respondTo = (does: FaultOutcome) => world.discord.faults.add({ route: 'POST /interactions/:id/:token/callback', times: 1, does });

const losses: [string, FaultOutcome][] = [
  ['is answered with an error', 'apply-then-502'],
  ['is not answered, as the connection breaks', 'apply-then-reset'],
];

describe.each(losses)('a first response that works, and %s,', (_what, loss) => {
  it('does not keep a command from its end', async () => {
    const place = freshChannel(world);
    await world.ask(world.ana, 'remember this', place);
    const fault = respondTo(loss);
    letModerate(world.ana, place);
    const interaction = world.ana.runCommand(place, 'reset');
    await world.discord.waitFor(() => interaction.response?.content.includes('forgotten'));
    expect(fault.hits).toBe(1);
    expect(interaction.followUps).toEqual([]);
  });

  it('does not keep a button from doing what it is for', async () => {
    const place = freshChannel(world);
    const answer = await world.ask(world.ana, 'a story', place);
    world.bedrock.respondOnce({ text: 'Another story.' });
    respondTo(loss);
    const pressed = await press(world.ana, answer, 'Regenerate');
    expect(await world.outcome(pressed.id)).toMatchObject({ outcome: 'delivered' });
    await world.discord.waitFor(() => place.fromBot.map(({ content }) => content).join() === 'Another story.');
    expect(pressed.followUps).toEqual([]);
  });

  it('stops an answer, and is told once', async () => {
    const before = world.log.length;
    const place = freshChannel(world);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = world.ana.say(place, `${world.discord.botUser.mention} a story`);
    await stream.request;
    await stream.text('Once upon');
    const draft = await world.discord.waitFor(() => place.fromBot[0]);
    respondTo(loss);
    const { id } = await press(world.ana, draft, 'Stop');
    await world.outcome(question.id);
    const repeated = () => world.discord.requests.filter(({ path, code }) => path.includes(id) && code === 40_060);
    await expect.poll(repeated).toHaveLength(1);
    await world.ask(world.ana, 'and now?', freshChannel(world));
    expect(world.log.slice(before).filter(({ message }) => message === 'a command, button or form failed')).toEqual([]);
    expect(place.fromBot).toEqual([draft]);
  });
});

describe('a first response that is refused', () => {
  it('because another process has given one is no success', async () => {
    const before = world.log.length;
    respondTo({ status: 400, code: 40_060, message: 'Interaction has already been acknowledged.' });
    world.ana.runCommand(freshChannel(world), 'reset');
    await expect.poll(() => world.log.slice(before).filter(({ message }) => message === 'a command, button or form failed')).toHaveLength(1);
  });

  it('for another reason behind a failure is told as that', async () => {
    const place = freshChannel(world);
    const before = world.log.length;
    const callback = { route: 'POST /interactions/:id/:token/callback', times: 1 };
    world.discord.faults.add({ ...callback, does: { status: 502 } });
    world.discord.faults.add({ ...callback, does: { status: 404, code: 10_062, message: 'Unknown interaction' } });
    world.ana.runCommand(place, 'reset');
    await expect.poll(() => JSON.stringify(world.log.slice(before).filter(({ message }) => message === 'a command, button or form failed'))).toContain('10062: Unknown interaction');
  });
});
