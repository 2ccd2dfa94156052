import { describe, expect, it } from 'vitest';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { tellsChannelTypes: false, rateLimits: 'off' } }, (opened) => (world = opened));

const mention = (place: SimulatedChannel, text: string): SimulatedMessage => world.ana.say(place, `${world.discord.botUser.mention} ${text}`);
const answersTo = ({ id, channelId }: SimulatedMessage): readonly string[] =>
  (world.discord.channel(channelId)?.fromBot ?? []).filter(({ referenceId }) => referenceId === id).map(({ content }) => content);
const expectAnswered = async (...questions: readonly SimulatedMessage[]): Promise<void> => {
  await Promise.all(questions.map(({ id }) => world.outcome(id)));
  for (const question of questions) expect(answersTo(question)).toEqual(['Certainly.']);
};
/** A channel that Discord does not tell us of. */
const unannounced = (make: () => SimulatedChannel): SimulatedChannel => {
  world.discord.gateway.setDispatching(false);
  const place = make();
  world.discord.gateway.setDispatching(true);
  return place;
};

describe('a message of a channel that no event has told of', () => {
  it('is answered where it is a direct message, though the event does not say so', async () => {
    await expectAnswered(world.ana.say(world.ana.dm, 'are you there?'));
    await expectAnswered(world.bo.say(world.bo.dm, 'and for me?'), world.ana.say(world.ana.dm, 'still there?'));
  });

  it('is answered in a channel of a server, in a thread, and where it replies to us', async () => {
    const place = unannounced(() => world.guild.addChannel({ name: 'unannounced' }));
    const first = mention(place, 'one?');
    await expectAnswered(first);
    const thread = unannounced(() => world.ana.startThread(place, { name: 'a thread' }));
    await expectAnswered(mention(thread, 'two?'));
    const answer = place.fromBot.at(-1);
    if (answer === undefined) throw new Error('No answer');
    await expectAnswered(world.ana.say(place, 'three?', { replyTo: answer }));
  });

  it('is answered although Discord refuses once or twice to tell what channel that is, for a reason that nobody knows', async () => {
    const place = unannounced(() => world.guild.addChannel({ name: 'refused' }));
    const fault = world.discord.faults.add({ route: 'GET /channels/:id', does: { status: 403, code: 20_119 }, times: 2 });
    await expectAnswered(mention(place, 'one?'));
    expect(fault.hits).toBe(2);
  });

  it('is no business of ours where it says nothing to us', async () => {
    const place = unannounced(() => world.guild.addChannel({ name: 'also unannounced' }));
    const before = world.discord.requests.length;
    world.bo.say(place, 'not to you');
    await world.ask(world.ana, 'hello');
    expect(world.discord.requests.slice(before).filter(({ path }) => path.includes(place.id))).toEqual([]);
  });
});
