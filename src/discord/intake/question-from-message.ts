import { cleanName, cleanText } from '../../conversation/question.ts';
import { doorOf, ownRoleIds } from './addressed.ts';
import { byAuthor } from './asked-by.ts';
import { reading } from '../files/incoming-file.ts';
import { cardsInWords, filesOf, forwardedContent, forwardedFiles, isBlank, partsOf, quotedContent } from './message-parts.ts';
import { messageLinksIn } from './message-links.ts';
import { namesOn, withNames } from './names-for-ids.ts';
import { partsInWords } from './parts-in-words.ts';
import { passesOn } from './right-before.ts';
import { ComponentType, GatewayIntentBits, MessageType } from 'discord.js';
import type { FileReader } from '../files/file-reader.ts';
import type { APIMessage, Message, User } from 'discord.js';
import type { Person, Question, QuotedMessage } from '../../conversation/question.ts';
import type { Names } from './names-for-ids.ts';

const nameOf = (message: Message, user: User): string =>
  cleanName(message.mentions.members?.get(user.id)?.displayName ?? user.globalName ?? user.username);

export const authorOf = (message: Message): Person => ({
  id: message.author.id,
  name: cleanName(message.member?.displayName ?? message.author.globalName ?? message.author.username),
});

/** A mention of us: by our name, or by the role that has it. */
const callOf = (message: Message): string =>
  [message.client.user.id, ...(message.inGuild() ? ownRoleIds(message) : [])].map((id) => `<@!?${id}>|<@&${id}>`).join('|');

/** Without the calls at the beginning and at the end: in the middle they are a word of the sentence. */
const withoutCalls = (content: string, call: string): string => {
  const first = new RegExp(`^\\s*(?:${call})(?:[,:](?=\\s))?`, 'u');
  const last = new RegExp(`(?:${call})$`, 'u');
  let text = content;
  while (first.test(text)) text = text.replace(first, '');
  while (last.test(text.trimEnd())) text = text.trimEnd().replace(last, '');
  return text;
};

/** Who and what a message that discord.js has read mentions: of channels, those of its own server. */
const mentionedIn = (message: Message): Names => {
  const onServer = namesOn(message.client, message.guildId, message.author.id);
  return {
    user: (id) => {
      const user = message.mentions.users.get(id);
      return user && nameOf(message, user);
    },
    role: (id) => message.mentions.roles.get(id)?.name ?? onServer.role(id),
    channel: onServer.channel,
  };
};

/** What a message asks: without what only called us, and with names where Discord puts ids. Code stays as it is. */
export const textOf = (message: Message): string => cleanText(withNames(withoutCalls(message.content, callOf(message)), mentionedIn(message)));

/** The message that a reply points at, where there is something to quote. */
const quotable = (original: APIMessage | undefined): APIMessage | undefined => (original === undefined || isBlank(original) ? undefined : original);

/** Without the intent for it, Discord sends messages that are not for us without what they say. */
const isHidden = (message: Message, original: APIMessage | undefined): boolean =>
  original !== undefined && isBlank(original) && !message.client.options.intents.has(GatewayIntentBits.MessageContent);

/** An earlier message as it is quoted. The buttons below what we wrote are for those who read it. */
export const quoted = (original: APIMessage, names: Names, ourId: string): QuotedMessage => {
  const { id, username, global_name: globalName } = original.author;
  const { components = [], ...parts } = original;
  const shown = id === ourId ? components.filter(({ type }) => type !== ComponentType.ActionRow) : components;
  return { author: { id, name: cleanName(names.user(id) ?? globalName ?? username) }, ...quotedContent({ ...parts, components: shown }, names) };
};

/** Those that it links to in its own channel: a link to an answer is as good as a reply to it. */
const linkedHere = (text: string, channelId: string): string[] => messageLinksIn(text).flatMap((link) => (link.channelId === channelId ? [link.messageId] : []));

/** The message that it replies to, and the one that that replies to: between two answers there may be what somebody else said. */
const pointsAt = ({ type, reference, content, channelId }: Message, referenced: APIMessage | undefined): Pick<Question, 'pointsAt'> => {
  const replies = [type === MessageType.Reply ? reference?.messageId : undefined, referenced?.message_reference?.message_id].filter((id) => id !== undefined);
  const ids = [...replies, ...linkedHere(content, channelId)];
  return ids.length === 0 ? {} : { pointsAt: ids };
};

/** Messages that one is about, as Discord sent them. */
export interface AboutMessages {
  /** What it replies to. */
  readonly referenced: APIMessage | undefined;
  /** What its author has shown right before it. */
  readonly rightBefore: APIMessage | undefined;
}

export const questionFromMessage = (message: Message, { referenced, rightBefore }: AboutMessages, readFiles: FileReader): Question => {
  const passedOn = rightBefore !== undefined && passesOn(rightBefore) ? rightBefore : undefined;
  // What they have shown of their own is as good as replied to.
  const original = quotable(referenced ?? (passedOn === undefined ? rightBefore : undefined));
  const parts = partsOf(message);
  const names = namesOn(message.client, message.guildId, message.author.id);
  const forwarded = forwardedContent(parts, names) ?? (passedOn && forwardedContent(passedOn, names));
  const also = [...partsInWords(parts), ...cardsInWords(parts, names)];
  const files = [...filesOf(parts), ...forwardedFiles(parts, 'forwarded'), ...(passedOn === undefined ? [] : forwardedFiles(passedOn, 'forwarded'))];
  const quoting = original && {
    repliedTo: quoted(original, names, message.client.user.id),
    ...reading([...files, ...filesOf(original, 'in_reply_to'), ...forwardedFiles(original, 'in_reply_to')], readFiles),
  };
  // What we answered is mostly in the history already.
  const isOurs = original?.author.id === message.client.user.id;
  return {
    id: message.id,
    door: doorOf(message),
    conversationId: message.channelId,
    guildId: message.guildId ?? undefined,
    asker: authorOf(message),
    by: byAuthor(message),
    askedAt: message.createdTimestamp,
    text: textOf(message),
    isShared: message.inGuild(),
    ...pointsAt(message, referenced),
    ...(isHidden(message, referenced) ? { isReplyHidden: true } : {}),
    ...(isHidden(message, passedOn) ? { isForwardHidden: true } : {}),
    ...(forwarded === undefined ? {} : { forwarded }),
    ...(also.length === 0 ? {} : { also }),
    ...reading(files, readFiles),
    ...(original !== undefined && quoting !== undefined && isOurs ? { ownAnswer: { messageId: original.id, quoting } } : quoting),
  };
};
