import { cleanText, hasVisibleText } from '../../conversation/question.ts';
import { incomingFile } from '../files/incoming-file.ts';
import { componentTexts } from './components-in-words.ts';
import { NO_NAMES, withNames } from './names-for-ids.ts';
import { partsInWords } from './parts-in-words.ts';
import type { APIEmbed, APIMessage, Attachment, Message, Poll } from 'discord.js';
import type { FileOrigin } from '../../conversation/content.ts';
import type { QuotedContent } from '../../conversation/question.ts';
import type { IncomingFile } from '../files/file-reader.ts';
import type { AttachmentFields } from '../files/incoming-file.ts';
import type { Names } from './names-for-ids.ts';
import type { PollFields, WordedParts } from './parts-in-words.ts';

/** What a message is made of, in Discord's own words. A message that was passed on is a snapshot of the other. */
export interface MessageParts extends Pick<APIMessage, 'content'>, Pick<WordedParts, 'poll' | 'sticker_items'> {
  readonly embeds?: readonly APIEmbed[];
  readonly components?: readonly unknown[] | undefined;
  /** The people that it mentions. */
  readonly mentions?: readonly { readonly id: string; readonly username: string; readonly global_name?: string | null; readonly member?: { readonly nick?: string | null | undefined } | undefined }[] | undefined;
  readonly attachments?: readonly AttachmentFields[];
  readonly message_snapshots?: readonly { readonly message: MessageParts }[] | undefined;
}

const fieldsOf = ({ name, title, url, size, contentType, waveform, duration }: Attachment): AttachmentFields => ({
  filename: name,
  title,
  url,
  size,
  content_type: contentType,
  waveform,
  duration_secs: duration,
});

/** A file that discord.js has read of a command already. */
export const attachedFile = (attachment: Attachment): IncomingFile => incomingFile(fieldsOf(attachment));

const pollFields = ({ question, answers, resultsFinalized }: Poll): PollFields => ({
  question,
  answers: answers.map(({ id, text, emoji }) => ({ answer_id: id, poll_media: { text, emoji } })),
  // While it runs, what is known of its votes is a guess.
  results: resultsFinalized ? { is_finalized: true, answer_counts: answers.map(({ id, voteCount }) => ({ id, count: voteCount })) } : undefined,
});

type ReadParts = Pick<Message, 'content' | 'embeds' | 'components' | 'attachments'> & {
  readonly mentions?: Pick<Message['mentions'], 'users' | 'members'> | null;
  readonly stickers?: Message['stickers'] | null;
  readonly poll?: Message['poll'];
  readonly messageSnapshots?: Message['messageSnapshots'] | null;
};

/** The parts of a message that discord.js has read already. */
export const partsOf = ({ content, embeds, components, attachments, stickers, poll, messageSnapshots, mentions }: ReadParts): MessageParts => ({
  content,
  embeds: embeds.map(({ data }) => data),
  components: components.map((component) => component.toJSON()),
  attachments: Array.from(attachments.values(), fieldsOf),
  sticker_items: Array.from(stickers?.values() ?? [], ({ name }) => ({ name })),
  poll: poll && pollFields(poll as Poll),
  mentions: Array.from(mentions?.users.values() ?? [], ({ id, username, globalName }) => ({ id, username, global_name: globalName, member: { nick: mentions?.members?.get(id)?.nickname } })),
  message_snapshots: Array.from(messageSnapshots?.values() ?? [], (snapshot) => ({ message: partsOf(snapshot) })),
});

/** What people can type, and what all Text Displays of a message may hold. @see https://docs.discord.com/developers/resources/message */
const MAX_TEXT = 4_000;
/** What all embeds of a message may hold together. */
const MAX_EMBEDS_TEXT = 6_000;

const clipped = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/u, '')}…`;

const embedText = ({ author, title, description, fields = [], footer }: APIEmbed): string =>
  [author?.name, title, description, ...fields.map(({ name, value }) => `${name}: ${value}`), footer?.text]
    .map((part) => cleanText(part ?? ''))
    .filter(hasVisibleText)
    .join('\n');

const embedTexts = (embeds: readonly APIEmbed[]): string[] => {
  const texts: string[] = [];
  let room = MAX_EMBEDS_TEXT;
  for (const text of embeds.map(embedText)) {
    if (text === '' || room <= 0) continue;
    texts.push(clipped(text, room));
    room -= text.length;
  }
  return texts;
};

/** The same with the people that the message itself names. */
const namesIn = ({ mentions = [] }: MessageParts, names: Names): Names => ({
  ...names,
  user: (id) => {
    const user = mentions.find((one) => one.id === id);
    return user === undefined ? names.user(id) : (user.member?.nick ?? user.global_name ?? user.username);
  },
});

const textOf = (parts: MessageParts, names: Names): string => {
  const { content, components = [] } = parts;
  return clipped(cleanText(withNames([content, ...componentTexts(components)].join('\n'), namesIn(parts, names))), MAX_TEXT);
};

/** Whether there is nothing to quote: Discord withholds all of a message that is not for us. */
export const isBlank = (parts: MessageParts): boolean => {
  const isEmpty = textOf(parts, NO_NAMES) === '' && embedTexts(parts.embeds ?? []).length === 0 && (parts.attachments ?? []).length === 0;
  return isEmpty && partsInWords(parts).length === 0 && forwardedParts(parts) === undefined;
};

/** What a message passes on. */
const forwardedParts = ({ message_snapshots: snapshots = [] }: MessageParts): MessageParts | undefined =>
  snapshots.map(({ message }) => message).find((message) => !isBlank(message));

/** The text of each card below a message. */
const cardTexts = (parts: MessageParts, names: Names): string[] => embedTexts(parts.embeds ?? []).map((text) => withNames(text, namesIn(parts, names)));

/** The same of a message's own, in words: what Discord shows of a page that it links to. */
export const cardsInWords = (parts: MessageParts, names: Names): string[] => cardTexts(parts, names).map((text) => `Card below the message: ${text}`);

/** What a message says to somebody who points at it. */
export const quotedContent = (parts: MessageParts, names = NO_NAMES): QuotedContent => {
  const embeds = cardTexts(parts, names);
  const also = partsInWords(parts);
  const forwarded = forwardedContent(parts, names);
  return {
    text: textOf(parts, names),
    ...(embeds.length === 0 ? {} : { embeds }),
    ...(also.length === 0 ? {} : { also }),
    ...(forwarded === undefined ? {} : { forwarded }),
  };
};

/** What a message says that this one passes on; undefined when it passes on nothing. */
export const forwardedContent = (parts: MessageParts, names = NO_NAMES): QuotedContent | undefined => {
  const forwarded = forwardedParts(parts);
  return forwarded && quotedContent(forwarded, names);
};

/** A message's own files. */
export const filesOf = ({ attachments = [] }: MessageParts, origin?: FileOrigin): IncomingFile[] =>
  attachments.map((attachment) => incomingFile(attachment, origin));

/** The files of what a message passes on. */
export const forwardedFiles = (parts: MessageParts, origin?: FileOrigin): IncomingFile[] => {
  const forwarded = forwardedParts(parts);
  return forwarded === undefined ? [] : filesOf(forwarded, origin);
};
