import { Events, PermissionFlagsBits } from 'discord.js';
import type { Client, GuildBasedChannel } from 'discord.js';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';

/** Whether nothing of an answer can appear there any more. What only needs to be opened again, a new message opens. */
const isClosedToUs = (channel: GuildBasedChannel, client: Client<true>): boolean => {
  const permissions = channel.permissionsFor(client.user);
  if (permissions === null) return false;
  if (!permissions.has(PermissionFlagsBits.ViewChannel)) return true;
  return channel.isThread() && channel.locked === true && !permissions.has(PermissionFlagsBits.ManageThreads);
};

/**
 * Ends the questions whose answers nobody would see, as soon as Discord tells of it: the thread was locked, the channel
 * hidden from us, or we were sent away. A model that is silent meanwhile would be paid for otherwise. What answers a command
 * has a way of its own, which needs none of this.
 */
export const watchChannelClosures = (client: Client, inProgress: QuestionsInProgress): void => {
  const ofGuild = (guildId: string) =>
    inProgress.all().filter(({ question, target }) => question.guildId === guildId && target.place.interaction === undefined);

  const look = (guildId: string): void => {
    if (!client.isReady()) return;
    for (const { target, cancel } of ofGuild(guildId)) {
      const channel = client.channels.cache.get(target.channelId);
      if (channel !== undefined && !channel.isDMBased() && isClosedToUs(channel, client)) cancel('nobody can read the answer');
    }
  };

  client.on(Events.ThreadUpdate, (_before, { guildId }) => look(guildId));
  client.on(Events.ChannelUpdate, (_before, channel) => {
    if (!channel.isDMBased()) look(channel.guildId);
  });
  client.on(Events.GuildRoleUpdate, (_before, { guild }) => look(guild.id));
  client.on(Events.GuildRoleDelete, ({ guild }) => look(guild.id));
  client.on(Events.GuildMemberUpdate, (_before, { id, guild }) => {
    if (id === client.user?.id) look(guild.id);
  });
  client.on(Events.GuildDelete, ({ id }) => {
    for (const { cancel } of ofGuild(id)) cancel('nobody can read the answer');
  });
};
