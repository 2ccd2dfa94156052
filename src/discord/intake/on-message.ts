import { isForUs } from './addressed.ts';
import type { Message } from 'discord.js';
import type { ReadAskedMessage } from './asked-message.ts';
import type { AcceptQuestion, Refused } from './accept-question.ts';

export interface MessageDoor {
  readonly read: ReadAskedMessage;
  readonly accept: AcceptQuestion;
  readonly refused: Refused;
}

export type OnMessage = (message: Message) => Promise<void>;

/** The door for mentions, replies, threads and direct messages. */
export const createOnMessage =
  ({ read, accept, refused }: MessageDoor): OnMessage =>
  async (message) => {
    if (!isForUs(message)) return;
    const { question, target, refusal } = read(message);
    await (refusal === undefined ? accept(question, target) : refused(question, target, refusal));
  };
