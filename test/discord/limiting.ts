import { decide } from './deciding.ts';
import type { SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

/** Where limits are tried. */
export interface Limited {
  readonly world: World;
  readonly url: string;
  readonly place: SimulatedChannel;
  readonly member: SimulatedUser;
}

/** As it was decided by whoever runs the bot. */
export const FIVE_A_MINUTE = { environment: { MEMBER_QUESTIONS_PER_MINUTE: '5' }, discord: { rateLimits: 'off' } } as const;

/** A model that costs less than the usual one. */
export const NOVA = 'us.amazon.nova-2-lite-v1:0';

/** What a test of limits does: `here` says where, each time anew. */
export const limiting = (here: () => Limited) => {
  /** What the admins of the server allow from now on. */
  const allow = async (server: string, channel?: string): Promise<void> => {
    const { world, url, place } = here();
    await decide(url, world.guild.id, { server: server === '' ? {} : { limits: server }, channels: channel === undefined ? {} : { [place.id]: { limits: channel } } });
    await world.restart();
  };
  const say = (user: SimulatedUser, text: string, where = here().place): SimulatedMessage =>
    user.say(where, where.guild === undefined ? text : `${here().world.discord.botUser.mention} ${text}`);
  /** Asks, and resolves with the answer; undefined where it was refused. */
  const ask = async (user: SimulatedUser, text: string, where = here().place): Promise<SimulatedMessage | undefined> => {
    const question = say(user, text, where);
    const { outcome } = await here().world.outcome(question.id);
    return outcome === 'refused' ? undefined : where.fromBot.findLast(({ referenceId }) => referenceId === question.id);
  };
  /** How many of so many questions are answered, asked one after the other. */
  const taken = async (count: number, user = here().member): Promise<number> => {
    let answers = 0;
    for (let index = 0; index < count; index += 1) if ((await ask(user, `question ${index}`)) !== undefined) answers += 1;
    return answers;
  };
  return { allow, say, ask, taken };
};
