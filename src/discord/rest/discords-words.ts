import { cleanLine } from '../../conversation/question.ts';
import type { DiscordAPIError } from 'discord.js';

/** Of what Discord says, in characters: whatever answers in its name may send a page. */
const MAX_LENGTH = 200;
/** And of that, what is looked at. */
const MAX_READ = 4_000;
/** A shorter piece of a text says nothing of it. */
const TELLING_LENGTH = 8;

const TOKEN_IN_ADDRESS = /\/(?:webhooks|interactions)\/\d+\/([^/?]+)/u;
const BOT_TOKEN = /\b[\w-]{23,28}\.[\w-]{6}\.[\w-]{27,}/gu;

const textIn = (json: unknown): string => {
  const { content, data } = (json ?? {}) as { content?: unknown; data?: { content?: unknown } | null };
  const text = content ?? data?.content;
  return typeof text === 'string' ? text : '';
};

/** What Discord said of a request that it refused: one line, bounded, and without what it may repeat of the request. */
export const discordsWords = ({ message, url, requestBody }: DiscordAPIError): string => {
  const [first = ''] = message.slice(0, MAX_READ).trim().split('\n');
  const token = TOKEN_IN_ADDRESS.exec(url)?.[1] ?? '';
  const text = textIn(requestBody.json);
  const repeated = [token, text, ...text.split('\n')].filter((piece) => piece.length >= TELLING_LENGTH);
  const bare = repeated.reduce((words, piece) => words.replaceAll(piece, '[redacted]'), first);
  return cleanLine(bare.replaceAll(BOT_TOKEN, '[redacted]'), MAX_LENGTH);
};
