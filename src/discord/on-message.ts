import { hasVisibleText } from '../conversation/question.ts';
import { isAddressed, isByPerson } from './addressed.ts';
import { questionFromMessage } from './question-from-message.ts';
import { createChannelTarget } from './reply/channel-target.ts';
import { DMS_OFF_TEXT, EMPTY_QUESTION_TEXT, UNREADABLE_REPLY_TEXT } from './texts.ts';
import type { Message } from 'discord.js';
import type { Question } from '../conversation/question.ts';
import type { Asked } from './asked.ts';
import type { DiscordApi } from './discord-api.ts';
import type { FileReader } from './files/file-reader.ts';
import type { ReferencedMessage } from './referenced-message.ts';

export interface MessageDoor {
  readonly api: DiscordApi;
  readonly asked: Asked;
  readonly allowsDms: boolean;
  readonly referencedMessage: ReferencedMessage;
  readonly readFiles: FileReader;
}

/** What is wrong with a message that speaks to us but asks nothing; undefined when it asks. */
const whyNoQuestion = (message: Message, question: Question, allowsDms: boolean): string | undefined => {
  if (!message.inGuild() && !allowsDms) return DMS_OFF_TEXT;
  if (hasVisibleText(question.text) || question.repliedTo !== undefined || question.forwarded !== undefined || question.readFiles !== undefined) return undefined;
  const isWithheld = message.content === '' && message.attachments.size === 0 && message.stickers.size === 0;
  return message.inGuild() && isWithheld ? UNREADABLE_REPLY_TEXT : EMPTY_QUESTION_TEXT;
};

/** The door for mentions, replies, threads and direct messages. */
export const createOnMessage =
  ({ api, asked, allowsDms, referencedMessage, readFiles }: MessageDoor) =>
  async (message: Message): Promise<void> => {
    if (!isByPerson(message) || !isAddressed(message)) return;
    const question = questionFromMessage(message, referencedMessage(message), readFiles);
    const target = createChannelTarget(api, {
      channelId: message.channelId,
      questionId: message.id,
      replyTo: message.id,
    });
    const refusal = whyNoQuestion(message, question, allowsDms);
    if (refusal === undefined) await asked(question, target);
    else await target.create(0, { content: refusal });
  };
