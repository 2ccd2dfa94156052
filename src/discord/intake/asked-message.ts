import { hasVisibleText } from '../../conversation/question.ts';
import { questionFromMessage } from './question-from-message.ts';
import { createChannelTarget } from '../reply/channel-target.ts';
import { isOfUnknownKind } from './addressed.ts';
import { EMPTY_QUESTION_TEXT, HIDDEN_FORWARD_TEXT, HIDDEN_REPLY_TEXT, UNKNOWN_KIND_TEXT, UNREADABLE_REPLY_TEXT } from '../texts/answer-texts.ts';
import type { Message } from 'discord.js';
import type { Question } from '../../conversation/question.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { FileReader } from '../files/file-reader.ts';
import type { RightBefore } from './right-before.ts';
import type { ReferencedMessage } from './referenced-message.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';

/** A message that speaks to us. */
export interface AskedMessage {
  readonly question: Question;
  readonly target: ReplyTarget;
  /** What is wrong with it, where it asks nothing. */
  readonly refusal: string | undefined;
}

export type ReadAskedMessage = (message: Message) => AskedMessage;

export interface AskedMessageDependencies {
  readonly api: DiscordApi;
  readonly referencedMessage: ReferencedMessage;
  readonly rightBefore: Pick<RightBefore, 'of' | 'take'>;
  readonly readFiles: FileReader;
}

/** What is wrong with a message that speaks to us but asks nothing; undefined when it asks. */
const whyNoQuestion = (message: Message, question: Question): string | undefined => {
  if (isOfUnknownKind(message)) return UNKNOWN_KIND_TEXT;
  if (hasVisibleText(question.text) || question.repliedTo !== undefined || question.forwarded !== undefined || question.also !== undefined || question.readFiles !== undefined) return undefined;
  if (question.isReplyHidden === true) return HIDDEN_REPLY_TEXT;
  if (question.isForwardHidden === true) return HIDDEN_FORWARD_TEXT;
  const isWithheld = message.content === '' && message.attachments.size === 0 && message.stickers.size === 0;
  return message.inGuild() && isWithheld ? UNREADABLE_REPLY_TEXT : EMPTY_QUESTION_TEXT;
};

export const createReadAskedMessage =
  ({ api, referencedMessage, rightBefore, readFiles }: AskedMessageDependencies): ReadAskedMessage =>
  (message) => {
    rightBefore.take(message);
    const question = questionFromMessage(message, { referenced: referencedMessage(message), rightBefore: rightBefore.of(message) }, readFiles);
    const target = createChannelTarget(api, { channelId: message.channelId, questionId: message.id, replyTo: message.id, askerId: message.author.id });
    return { question, target, refusal: whyNoQuestion(message, question) };
  };
