import { cleanName, cleanText } from '../conversation/question.ts';
import { ownRoleIds } from './addressed.ts';
import { reading } from './files/reading.ts';
import type { FileReader } from './files/file-reader.ts';
import type { APIMessage, Message, User } from 'discord.js';
import type { Person, Question, QuotedMessage } from '../conversation/question.ts';

const nameOf = (message: Message, user: User): string =>
  cleanName(message.mentions.members?.get(user.id)?.displayName ?? user.globalName ?? user.username);

const authorOf = (message: Message): Person => ({
  id: message.author.id,
  name: cleanName(message.member?.displayName ?? message.author.globalName ?? message.author.username),
});

const escaped = (ids: readonly string[]): string => ids.map((id) => `<@!?${id}>|<@&${id}>`).join('|');

/** Leaves out what only called us, and puts names where Discord puts ids. */
const readableText = (message: Message): string => {
  const ours = [message.client.user.id, ...(message.inGuild() ? ownRoleIds(message) : [])];
  return message.content
    .replace(new RegExp(escaped(ours), 'gu'), ' ')
    .replace(/<@!?(\d+)>/gu, (mention, id: string) => {
      const user = message.mentions.users.get(id);
      return user === undefined ? mention : `@${nameOf(message, user)}`;
    })
    .replace(/<@&(\d+)>/gu, (mention, id: string) => {
      const role = message.mentions.roles.get(id);
      return role === undefined ? mention : `@${cleanName(role.name)}`;
    })
    .replace(/<#(\d+)>/gu, (mention, id: string) => {
      const channel = message.mentions.channels.get(id);
      return channel !== undefined && 'name' in channel && channel.name !== null ? `#${cleanName(channel.name)}` : mention;
    })
    .replace(/[ \t]{2,}/gu, ' ');
};

/** The message that a reply points at, unless it is one of ours: those are in the history already. */
const quoted = (message: Message, original: APIMessage | undefined): QuotedMessage | undefined => {
  if (original === undefined || original.author.id === message.client.user.id || original.content === '') return undefined;
  const { id, username, global_name: globalName } = original.author;
  return { author: { id, name: cleanName(globalName ?? username) }, text: cleanText(original.content) };
};

export const questionFromMessage = (message: Message, original: APIMessage | undefined, readFiles: FileReader): Question => {
  const repliedTo = quoted(message, original);
  return {
    id: message.id,
    conversationId: message.channelId,
    guildId: message.guildId ?? undefined,
    asker: authorOf(message),
    askedAt: message.createdTimestamp,
    text: cleanText(readableText(message)),
    isShared: message.inGuild(),
    ...(repliedTo === undefined ? {} : { repliedTo }),
    ...reading(message.attachments.values(), readFiles),
  };
};
