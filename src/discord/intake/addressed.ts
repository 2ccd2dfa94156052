import { MessageType } from 'discord.js';
import { piecesOf } from './code-spans.ts';
import type { GatewayMessageCreateDispatchData, Message, Role } from 'discord.js';
import type { Door } from '../../conversation/question.ts';

const ordinary = new Set<MessageType>([MessageType.Default, MessageType.Reply]);

const isFromPerson = ({ author, webhookId }: Message): boolean => !author.bot && !author.system && webhookId === null;

/** By a person, said in so many words: no bot, no webhook, no system message, not ourselves. */
export const isByPerson = (message: Message): boolean => isFromPerson(message) && ordinary.has(message.type);

/** Of a kind that Discord has only come up with since discord.js was written. */
export const isOfUnknownKind = ({ type }: Message): boolean => MessageType[type] === undefined;

/** The roles that Discord made for this bot in a server: autocompletion offers them beside its name. */
export const ownRoleIds = (message: Message<true>): string[] =>
  // Of a server that Discord has not told of yet, discord.js knows no roles, and counts one of them.
  [...(message.guild.members.me?.roles.cache.values() ?? [])].flatMap((role: Role | undefined) => (role?.tags?.botId === message.client.user.id ? [role.id] : []));

const isWrittenIn = (content: string, call: RegExp): boolean => call.test(content) && piecesOf(content).some(({ text, isCode }) => !isCode && call.test(text));

/** Whether it calls us in its text. In code that is only text, whatever the server makes of it. */
export const mentionsUs = (message: Message): boolean => {
  const { content, client, mentions } = message;
  if (isWrittenIn(content, new RegExp(`<@!?${client.user.id}>`, 'u'))) return true;
  if (!message.inGuild()) return false;
  // What Discord withholds it has read itself.
  return ownRoleIds(message).some((roleId) => mentions.roles.has(roleId) && (content === '' || isWrittenIn(content, new RegExp(`<@&${roleId}>`, 'u'))));
};

/** Whether a reply is to one of our messages. Discord sends that message along; where it was deleted since, the ping is left of it. */
const repliesToUs = (message: Message): boolean => {
  if (message.type !== MessageType.Reply) return false;
  const { repliedUser, users } = message.mentions;
  const { id } = message.client.user;
  return repliedUser === null ? users.has(id) : repliedUser.id === id;
};

/**
 * Whether a message speaks to us: a direct message, a mention, a reply to us. `@everyone`, other roles, and replies to
 * somebody else do not, even where Discord counts them as mentions.
 */
export const isAddressed = (message: Message): boolean =>
  !message.inGuild() || mentionsUs(message) || repliesToUs(message);

/** By what a message is a question. */
export const doorOf = (message: Message): Door => {
  if (!message.inGuild()) return 'direct';
  if (repliesToUs(message)) return 'reply';
  return mentionsUs(message) ? 'mention' : 'overheard';
};

/** Whether a message is to get an answer from us, or at least to be told why not. */
export const isForUs = (message: Message): boolean =>
  isByPerson(message) ? isAddressed(message) : isFromPerson(message) && isOfUnknownKind(message) && mentionsUs(message);

/** Of a message as an event brings it: servers that speak Discord's protocol leave some of it out. */
export type RawMessage = Partial<GatewayMessageCreateDispatchData> & Pick<GatewayMessageCreateDispatchData, 'id' | 'channel_id'>;

/**
 * Whether a message of a server can be addressed to us at all: it names us or some role, or answers one of our messages. Which
 * roles are ours only the server's members tell; so this says yes too often, and {@link isForUs} decides.
 */
export const mayBeOurs = ({ content, mentions, mention_roles: roles, referenced_message: original }: RawMessage, ourId: string): boolean =>
  content?.includes(ourId) === true ||
  mentions?.some(({ id }) => id === ourId) === true ||
  (roles?.length ?? 0) > 0 ||
  original?.author?.id === ourId;

/** Whether in a channel also what is not addressed to us may be a question. Cheap: it is asked for each message of all servers. */
export type ListensIn = (guildId: string, channelId: string) => boolean;

/** Whether a message of a server may be a question although it is not addressed to us. */
export const isOverheard = ({ author, channel_id: channelId, webhook_id: webhookId }: RawMessage, guildId: string, listensIn: ListensIn): boolean =>
  author?.bot !== true && !webhookId && listensIn(guildId, channelId);
