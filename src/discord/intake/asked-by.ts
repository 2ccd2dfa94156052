import { GuildMember, InteractionContextType } from 'discord.js';
import type { BaseInteraction, Message } from 'discord.js';
import type { AskedBy } from '../../conversation/question.ts';

type Member = BaseInteraction['member'];

/** Of a server that discord.js does not know, a member is what Discord sent. */
const roleIdsOf = (member: Member): readonly string[] | undefined => {
  if (member === null) return undefined;
  return member instanceof GuildMember ? [...member.roles.cache.keys()] : member.roles;
};

/** Roles are looked up by whoever wants to know them: most servers decide nothing by them. */
const by = (id: string, member: Member): AskedBy => {
  let found: { readonly roleIds: readonly string[] | undefined } | undefined;
  return { id, roleIds: () => (found ??= { roleIds: roleIdsOf(member) }).roleIds };
};

export const byAuthor = (message: Message): AskedBy => by(message.author.id, message.member);

/**
 * Whether an interaction comes by the app that somebody has installed to their own account: among people themselves, or on a server
 * to which nobody has added the bot.
 * @see https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-authorizing-integration-owners-object
 */
export const isGuest = ({ context, authorizingIntegrationOwners: owners }: Pick<BaseInteraction, 'context' | 'authorizingIntegrationOwners'>): boolean => {
  if (context === InteractionContextType.PrivateChannel) return true;
  return owners.userId !== null && owners.guildId === null && context !== InteractionContextType.BotDM;
};

type Asking = Pick<BaseInteraction, 'user' | 'member' | 'context' | 'authorizingIntegrationOwners'>;

export const byUser = (interaction: Asking): AskedBy => ({
  ...by(interaction.user.id, interaction.member),
  isHurried: true,
  ...(isGuest(interaction) ? { isGuest: true } : {}),
});
