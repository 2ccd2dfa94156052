import { setImmediate as othersTurn } from 'node:timers/promises';
import { isContinuation } from '../../conversation/continuation.ts';
import { sentTurns } from '../../conversation/prompt.ts';
import { withoutLinked } from '../../conversation/turn-header.ts';
import { spokenIn } from '../../conversation/recollection.ts';
import { markdownHead, markdownOf } from '../texts/memory-texts.ts';
import type { Exchange, History } from '../../conversation/history.ts';
import type { ExportHead } from '../texts/memory-texts.ts';

/** What Discord takes of anybody, in bytes, less some for the request around it. @see https://docs.discord.com/developers/reference#uploading-files */
export const MAX_EXPORT_BYTES = 10 * 1024 * 1024 - 64 * 1024;

/** Exchanges that are written in one go: others have work to do. */
const AT_ONCE = 50;

export interface ExportedFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly questions: number;
  /** How many of the oldest exchanges had no room. */
  readonly leftOut: number;
}

export interface ToExport extends Omit<ExportHead, 'questions' | 'leftOut'> {
  readonly history: History;
  /** Whoever asked where no name is kept: it was said to us alone. */
  readonly askerName: string;
  /** Who gets the file. */
  readonly readerId: string;
  /** In bytes. */
  readonly most: number;
}

/** The newest parts that fit together, in their order, and how many do not. */
const newestParts = async (exchanges: readonly Exchange[], most: number, partOf: (exchange: Exchange) => string): Promise<{ readonly parts: readonly Buffer[]; readonly leftOut: number }> => {
  const parts: Buffer[] = [];
  let size = 0;
  for (const exchange of exchanges.toReversed()) {
    const part = Buffer.from(partOf(exchange));
    size += part.length;
    if (size > most) break;
    parts.push(part);
    if (parts.length % AT_ONCE === 0) await othersTurn();
  }
  return { parts: parts.toReversed(), leftOut: exchanges.length - parts.length };
};

/** So much is kept for what stands around the exchanges, in bytes. */
const HEAD_BYTES = 2_000;

const countAsked = (exchanges: readonly Exchange[]): number => exchanges.filter((exchange) => !isContinuation(exchange)).length;
const nameOf = (at: number, ending: string): string => `conversation-${new Date(at).toISOString().slice(0, 10)}.${ending}`;

/** A conversation for people to read, with names, times, texts and the names of files. */
export const exportMarkdown = async ({ history: { exchanges }, askerName, most, readerId: _readerId, ...head }: ToExport): Promise<ExportedFile> => {
  const { parts, leftOut } = await newestParts(exchanges, most - HEAD_BYTES - Buffer.byteLength(head.summary), (exchange) => markdownOf(spokenIn(exchange), askerName, head.botName, isContinuation(exchange)));
  const questions = countAsked(exchanges.slice(leftOut));
  return { name: nameOf(head.at, 'md'), bytes: Buffer.concat([Buffer.from(markdownHead({ ...head, questions, leftOut })), ...parts]), questions, leftOut };
};

/** What others have linked to is not their reader's to see. */
const readable = (exchange: Exchange, readerId: string): Exchange =>
  exchange.askerId === readerId ? exchange : { ...exchange, turns: [withoutLinked(exchange.turns[0]), exchange.turns[1]] };

/** The same as Converse takes it, without the bytes of files. @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html */
export const exportJson = async ({ history: { exchanges }, readerId, summary, most, at }: ToExport): Promise<ExportedFile> => {
  const written = Buffer.from(summary === '' ? '' : `"summary": ${JSON.stringify(summary)}, `);
  const { parts, leftOut } = await newestParts(exchanges, most - HEAD_BYTES - written.length, (exchange) => sentTurns(readable(exchange, readerId)).map((turn) => `,\n${JSON.stringify(turn)}`).join(''));
  const messages = Buffer.concat(parts).subarray(1);
  const head = `{"exported_at": ${JSON.stringify(new Date(at).toISOString())}, "left_out": ${leftOut}, ${written.toString()}"messages": [`;
  return { name: nameOf(at, 'json'), bytes: Buffer.concat([Buffer.from(head), messages, Buffer.from('\n]}\n')]), questions: countAsked(exchanges.slice(leftOut)), leftOut };
};
