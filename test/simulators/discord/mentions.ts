import { PermissionFlagsBits as Permission } from 'discord-api-types/v10';
import { permissionsIn } from './permissions.ts';
import type { ChannelRecord, GuildRecord, UserRecord } from './records.ts';

/** https://docs.discord.com/developers/resources/message#allowed-mentions-object */
export interface AllowedMentions {
  readonly parse: readonly ('users' | 'roles' | 'everyone')[];
  readonly users: readonly string[];
  readonly roles: readonly string[];
  readonly repliedUser: boolean;
}

export const messageDefaults: AllowedMentions = { parse: ['users', 'roles', 'everyone'], users: [], roles: [], repliedUser: true };
export const interactionDefaults: AllowedMentions = { parse: ['users'], users: [], roles: [], repliedUser: false };

export interface Mentions {
  readonly users: readonly UserRecord[];
  readonly roleIds: readonly string[];
  readonly everyone: boolean;
  readonly here: boolean;
}

const code = /```[\s\S]*?```|``[\s\S]*?``|`[^`\n]*`/g;

/** Mentions and links inside code do nothing. */
export function withoutCode(content: string): string {
  return content.includes('`') ? content.replace(code, ' ') : content;
}

/** Who is mentioned by a content, and may be: by the author's permission and by allowed_mentions. */
export function resolveMentions(
  content: string,
  allowed: AllowedMentions,
  context: {
    readonly channel: ChannelRecord;
    readonly authorId: string;
    readonly users: ReadonlyMap<string, UserRecord>;
    readonly now: number;
  },
): Mentions {
  if (!content.includes('@')) return { users: [], roleIds: [], everyone: false, here: false };
  const plain = withoutCode(content);
  const { guild } = context.channel;
  const mayMentionAll = (permissionsIn(context.channel, context.authorId, context.now) & Permission.MentionEveryone) !== 0n;
  const everyone = guild !== undefined && mayMentionAll && allowed.parse.includes('everyone');
  return {
    users: mentionedUsers(plain, allowed, context),
    roleIds: guild ? mentionedRoles(plain, allowed, guild, mayMentionAll) : [],
    everyone: everyone && plain.includes('@everyone'),
    here: everyone && plain.includes('@here'),
  };
}

function mentionedUsers(plain: string, allowed: AllowedMentions, context: { users: ReadonlyMap<string, UserRecord> }): UserRecord[] {
  const ids = new Set([...plain.matchAll(/<@!?(\d+)>/g)].map((match) => match[1]!));
  const permitted = [...ids].filter((id) => allowed.parse.includes('users') || allowed.users.includes(id));
  return permitted.flatMap((id) => context.users.get(id) ?? []);
}

function mentionedRoles(plain: string, allowed: AllowedMentions, guild: GuildRecord, mayMentionAll: boolean): string[] {
  const ids = new Set([...plain.matchAll(/<@&(\d+)>/g)].map((match) => match[1]!));
  const permitted = [...ids].filter((id) => allowed.parse.includes('roles') || allowed.roles.includes(id));
  return permitted.filter((id) => {
    const role = guild.roles.get(id);
    return role !== undefined && id !== guild.id && (role.mentionable || mayMentionAll);
  });
}

/** The links of a content that Discord would fetch for a preview: not those in code or in <…>. */
export function unfurledLinks(content: string): string[] {
  if (!content.includes('://')) return [];
  const links = withoutCode(content).matchAll(/(?<opened><?)(?<url>https?:\/\/[^\s<>]+)(?<closed>>?)/g);
  const found = [...links].filter(({ groups }) => !(groups!['opened'] && groups!['closed']));
  return [...new Set(found.map(({ groups }) => groups!['url']!.replace(/[).,;:!?'"\]]+$/, '')))];
}
