import { piecesOf } from './code-spans.ts';

/** A link to a message, as Discord's clients copy it. */
export interface MessageLink {
  /** As it was written. */
  readonly link: string;
  /** Undefined in direct messages. */
  readonly guildId: string | undefined;
  readonly channelId: string;
  readonly messageId: string;
}

/** Also of the clients that try out what is new, and by the name that Discord had before. */
const LINK = /https?:\/\/(?:(?:www|ptb|canary)\.)?discord(?:app)?\.com\/channels\/(@me|\d{15,20})\/(\d{15,20})\/(\d{15,20})(?!\d)/giu;

/** The links to messages in a text, each once. In code they are only text. */
export const messageLinksIn = (text: string): MessageLink[] => {
  if (!text.includes('/channels/')) return [];
  const links = new Map<string, MessageLink>();
  for (const { text: piece, isCode } of piecesOf(text)) {
    if (isCode) continue;
    for (const [link, guildId = '', channelId = '', messageId = ''] of piece.matchAll(LINK)) {
      if (!links.has(messageId)) links.set(messageId, { link, guildId: guildId.toLowerCase() === '@me' ? undefined : guildId, channelId, messageId });
    }
  }
  return [...links.values()];
};
