import { cleanName } from '../../conversation/question.ts';
import { piecesOf } from './code-spans.ts';
import type { Client } from 'discord.js';

/** What people read where a message mentions somebody or something by an id; each undefined where that is not known. */
export interface Names {
  user(id: string): string | undefined;
  role(id: string): string | undefined;
  channel(id: string): string | undefined;
}

export const NO_NAMES: Names = { user: () => undefined, role: () => undefined, channel: () => undefined };

/** Of what a server is made of, as far as discord.js knows it. Users are named by the messages that mention them. */
export const namesOn = ({ guilds, channels }: Client, guildId: string | null | undefined): Names => ({
  ...NO_NAMES,
  role: (id) => guilds.cache.get(guildId ?? '')?.roles.cache.get(id)?.name,
  channel: (id) => {
    const channel = channels.cache.get(id);
    // What is elsewhere is nothing to those who are here.
    return channel !== undefined && 'guildId' in channel && channel.guildId === guildId ? (channel.name ?? undefined) : undefined;
  },
});

const named = (text: string, names: Names): string =>
  text.replace(/<(@!?|@&|#)(\d{1,20})>/gu, (mention, sign: string, id: string) => {
    const find = sign === '#' ? names.channel : sign === '@&' ? names.role : names.user;
    const name = find(id);
    return name === undefined ? mention : `${sign.charAt(0)}${cleanName(name)}`;
  });

/** A text with names where Discord puts ids. Code stays as it is. */
export const withNames = (text: string, names: Names): string =>
  text.includes('<') ? piecesOf(text).map((piece) => (piece.isCode ? piece.text : named(piece.text, names))).join('') : text;
