import { PermissionFlagsBits } from 'discord.js';
import { cleanName } from '../../conversation/question.ts';
import { momentText } from '../../conversation/turn.ts';
import { piecesOf } from './code-spans.ts';
import type { Client } from 'discord.js';

/** What people read where a message mentions somebody or something by an id; each undefined where that is not known. */
export interface Names {
  user(id: string): string | undefined;
  role(id: string): string | undefined;
  channel(id: string): string | undefined;
}

export const NO_NAMES: Names = { user: () => undefined, role: () => undefined, channel: () => undefined };

/**
 * Of what a server is made of, as far as discord.js knows it: of few people. Messages name those whom they mention.
 * @param readerId who is to read them: channels that they may not see have no names for them
 */
export const namesOn = ({ guilds, channels }: Client, guildId: string | null | undefined, readerId: string): Names => {
  const guild = guilds.cache.get(guildId ?? '');
  return {
    user: (id) => guild?.members.cache.get(id)?.displayName,
    role: (id) => guild?.roles.cache.get(id)?.name,
    channel: (id) => {
      const channel = channels.cache.get(id);
      // What is elsewhere is nothing to those who are here.
      if (guild === undefined || channel === undefined || !('guildId' in channel) || channel.guildId !== guild.id) return undefined;
      const permissions = channel.permissionsFor(guild.members.cache.get(readerId) ?? guild.roles.everyone);
      return permissions?.has(PermissionFlagsBits.ViewChannel) === true ? (channel.name ?? undefined) : undefined;
    },
  };
};

/** Of a command that somebody writes about, people read its name. */
const COMMAND = /<\/([-\w\p{L}\p{N} ]{1,100}):\d{1,20}>/gu;
/** Of a moment, which each of them reads in their own time zone, and we in the one that all others are told in. @see https://docs.discord.com/developers/reference#message-formatting */
const MOMENT = /<t:(-?\d{1,13})(?::[tTdDfFsSR])?>/gu;

const inWords = (text: string): string =>
  text.replace(COMMAND, '/$1').replace(MOMENT, (mark, seconds: string) => momentText(Number(seconds) * 1_000) ?? mark);

const named = (text: string, names: Names): string =>
  inWords(text).replace(/<(@!?|@&|#)(\d{1,20})>/gu, (mention, sign: string, id: string) => {
    const find = sign === '#' ? names.channel : sign === '@&' ? names.role : names.user;
    const name = find(id);
    return name === undefined ? mention : `${sign.charAt(0)}${cleanName(name)}`;
  });

const CHANNEL = /<#(\d{1,20})>/gu;
/** More are named in no message that people write. */
const MOST_CHANNELS = 100;

/** The ids of the channels that something of Discord's names anywhere. */
export const channelsNamedIn = (value: unknown): string[] => {
  const ids = new Set<string>();
  for (const [, id = ''] of JSON.stringify(value).matchAll(CHANNEL)) {
    ids.add(id);
    if (ids.size === MOST_CHANNELS) break;
  }
  return [...ids];
};

/** A text with names where Discord puts ids, and in words where it draws something else. Code stays as it is. */
export const withNames = (text: string, names: Names): string =>
  text.includes('<') ? piecesOf(text).map((piece) => (piece.isCode ? piece.text : named(piece.text, names))).join('') : text;

/** The ids of the people whom a text still calls by them. In code they are only text. */
export const unnamedIn = (text: string): string[] =>
  text.includes('<@') ? [...new Set(piecesOf(text).flatMap(({ text: piece, isCode }) => (isCode ? [] : Array.from(piece.matchAll(/<@!?(\d{15,20})>/gu), ([, id = '']) => id))))] : [];
