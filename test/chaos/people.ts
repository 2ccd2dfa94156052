import { setTimeout as pause } from 'node:timers/promises';
import { questionMark } from './marks.ts';
import { CHANNELS, MEMBERS, THREADS } from './schedule.ts';
import type { DiscordSimulator, SimulatedChannel, SimulatedGuild, SimulatedInteraction, SimulatedUser } from '../simulators/discord.ts';
import type { PlannedQuestion } from './schedule.ts';

/** A question that was asked, and where its answer is to be looked for. */
export interface AskedQuestion {
  readonly planned: PlannedQuestion;
  /** Of the message or the interaction. */
  readonly id: string;
  readonly asker: SimulatedUser;
  readonly place: SimulatedChannel;
  /** What a member sees of a command. */
  readonly interaction: SimulatedInteraction | undefined;
  /** The thread that has begun at it, or at the response to its command. */
  readonly thread: () => SimulatedChannel | undefined;
}

export interface People {
  readonly places: readonly SimulatedChannel[];
  ask(planned: PlannedQuestion): AskedQuestion;
}

const at = <Item>(items: readonly Item[], index: number): Item => {
  const item = items[index];
  if (item === undefined) throw new Error(`There is no number ${index}`);
  return item;
};

/** A server of each shard. @see https://discord.com/developers/docs/events/gateway#sharding */
const addServers = (discord: DiscordSimulator, shards: number, members: readonly SimulatedUser[]): readonly SimulatedGuild[] => {
  const byShard = new Map<number, SimulatedGuild>();
  while (byShard.size < shards) {
    const guild = discord.addGuild({ name: 'Tea house', members });
    byShard.set(Number((BigInt(guild.id) >> 22n) % BigInt(shards)), guild);
  }
  return [...byShard.values()];
};

/** Servers with members, channels and threads, one of each shard, and whoever writes directly. */
export const gatherPeople = (discord: DiscordSimulator, shards = 1): People => {
  const members = Array.from({ length: MEMBERS }, (_, index) => discord.addUser({ name: `member${index}` }));
  const guilds = addServers(discord, shards, members);
  const channels = Array.from({ length: CHANNELS }, (_, index) => at(guilds, index % shards).addChannel({ name: `channel-${index}` }));
  const opener = at(members, 0);
  const threads = Array.from({ length: THREADS }, (_, index) => opener.startThread(at(channels, index), { name: `thread-${index}` }));
  for (const thread of threads) for (const member of members) thread.addToThread(member);
  const { mention } = discord.botUser;

  const asked = (question: Omit<AskedQuestion, 'thread'>): AskedQuestion => ({
    ...question,
    thread: () => discord.channel(question.id) ?? discord.channel(question.interaction?.response?.id ?? ''),
  });

  const say = ({ door, index }: PlannedQuestion, asker: SimulatedUser, place: SimulatedChannel) => {
    const text = `please tell me about tea ${questionMark(index)}`;
    const answer = door === 'reply' ? place.fromBot.findLast(({ ephemeral, thinking }) => !ephemeral && !thinking) : undefined;
    // A reply to a command's answer shows its text to the bot only with a mention.
    if (answer !== undefined && answer.interactionId === undefined) return asker.say(place, text, { replyTo: answer });
    return asker.say(place, door === 'direct message' ? text : `${mention} ${text}`);
  };

  return {
    places: [...channels, ...threads],
    ask: (planned) => {
      const asker = at(members, planned.member);
      const { place: where, door } = planned;
      const place = where.type === 'dm' ? asker.dm : at(where.type === 'channel' ? channels : threads, where.number);
      if (door !== 'ask' && door !== 'private ask') {
        const { id } = say(planned, asker, place);
        if (planned.moreAfterMs !== undefined) void pause(planned.moreAfterMs).then(() => asker.say(place, 'and about the kettle'));
        return asked({ planned, asker, place, id, interaction: undefined });
      }
      const prompt = `please tell me about tea ${questionMark(planned.index)}`;
      const interaction = asker.runCommand(place, 'ask', { prompt, ...(door === 'private ask' ? { private: true } : {}) });
      return asked({ planned, asker, place, id: interaction.id, interaction });
    },
  };
};
