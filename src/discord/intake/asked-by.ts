import { GuildMember } from 'discord.js';
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

export const byUser = ({ user, member }: Pick<BaseInteraction, 'user' | 'member'>): AskedBy => by(user.id, member);
