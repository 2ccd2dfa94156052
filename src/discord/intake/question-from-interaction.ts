import { GuildMember, InteractionContextType, PermissionFlagsBits } from 'discord.js';
import { byUser, isGuest } from './asked-by.ts';
import { cleanName, cleanText } from '../../conversation/question.ts';
import { namesOn, withNames } from './names-for-ids.ts';
import type { RepliableInteraction } from 'discord.js';
import type { Person, Question } from '../../conversation/question.ts';

const displayName = ({ member, user }: Pick<RepliableInteraction, 'member' | 'user'>): string => {
  const nick = member instanceof GuildMember ? member.nickname : member?.nick;
  return nick ?? user.globalName ?? user.username;
};

export const personOf = (interaction: Pick<RepliableInteraction, 'member' | 'user'>): Person => ({
  id: interaction.user.id,
  name: cleanName(displayName(interaction)),
});

/** What is asked in private must not surface in the channel's shared conversation. */
export const conversationIn = ({ channelId, user }: { readonly channelId: string; readonly user: { readonly id: string } }, isPrivate: boolean): string =>
  isPrivate ? `${channelId}:${user.id}` : channelId;

/**
 * Where nobody has added the bot, others may not see what it says: whether they do is decided by a permission of the server
 * ("Use External Apps"), so that everybody has a conversation of their own.
 */
export const isGuestOnServer = (interaction: Pick<RepliableInteraction, 'guildId' | 'context' | 'authorizingIntegrationOwners'>): boolean => interaction.guildId !== null && isGuest(interaction);

/** A language tag, and nothing else that a server may send in its place. */
const localeOf = ({ locale }: { readonly locale: unknown }): Pick<Question, 'locale'> =>
  typeof locale === 'string' && /^[a-z]{2,3}(?:-[A-Za-z\d]{2,8})?$/u.test(locale) ? { locale } : {};

export const questionFromInteraction = (
  interaction: RepliableInteraction & { readonly channelId: string },
  text: string,
  isPrivate: boolean,
  belongings: Pick<Question, 'door' | 'readFiles' | 'filesAt' | 'repliedTo' | 'pointsAt'>,
): Question => ({
  id: interaction.id,
  conversationId: conversationIn(interaction, isPrivate || isGuestOnServer(interaction)),
  guildId: interaction.guildId ?? undefined,
  asker: personOf(interaction),
  by: byUser(interaction),
  askedAt: interaction.createdTimestamp,
  ...localeOf(interaction),
  text: cleanText(withNames(text, namesOn(interaction.client, interaction.guildId, interaction.user.id))),
  // Among several people, or with one: direct messages that we are no part of have at least two.
  isShared: (interaction.guildId !== null || interaction.context === InteractionContextType.PrivateChannel) && !isPrivate && !isGuestOnServer(interaction),
  ...belongings,
});

/**
 * Whether the bot itself may write where the interaction came from. Discord tells with each interaction; of a direct message
 * to the bot, only where it is.
 * @see https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object
 */
export const canSendMessages = (interaction: Pick<RepliableInteraction, 'appPermissions' | 'channel' | 'context' | 'authorizingIntegrationOwners'>): boolean => {
  const { appPermissions, channel, context } = interaction;
  if (context === InteractionContextType.BotDM) return true;
  // No bot is there.
  if (isGuest(interaction)) return false;
  if (channel === null || !appPermissions.has(PermissionFlagsBits.ViewChannel)) return false;
  return appPermissions.has(channel.isThread() ? PermissionFlagsBits.SendMessagesInThreads : PermissionFlagsBits.SendMessages);
};
