import { DiscordAPIError, HTTPError, RESTJSONErrorCodes, RateLimitError } from 'discord.js';
import { cleanLine } from '../../conversation/question.ts';

/** What is left to do when Discord did not take a message. */
export type DeliveryVerdict =
  /** Wait as long as Discord says. */
  | 'rate-limited'
  /** Discord is at fault: the same request may work later. */
  | 'try-again'
  /** No answer came: the request may have worked, or may work yet. */
  | 'unanswered'
  /** Somebody deleted the message that was to be edited. */
  | 'message-gone'
  /** Somebody deleted all that an earlier process had shown of the answer. */
  | 'answer-gone'
  /** The message is there, but closed to edits: it is old, or its thread was archived. A new message opens that again. */
  | 'edits-refused'
  /** The server's own filter refused the text; rephrasing to get around it is not ours to do. */
  | 'blocked'
  /** We may not write there, whatever it is. */
  | 'no-access'
  /** Refused for a reason that we do not know: in another form, or by another way, it may be taken. What is not listed is this. */
  | 'refused'
  /** Another process has the question: nothing more is ours to say. */
  | 'not-ours';

/** Instead of a request for a question that another process has taken over. */
export class TakenOver extends Error {
  override readonly name = 'TakenOver';

  constructor() {
    super('Another process has taken this question over.');
  }
}

/** Instead of a new message in the place of those that somebody deleted before this process came to them. */
export class AnswerGone extends Error {
  override readonly name = 'AnswerGone';

  constructor() {
    super('Somebody deleted what was shown of this answer.');
  }
}

/** Discord says that it did as asked, and shows no message: whether there is one is not known. */
export class NoDelivery extends Error {
  override readonly name = 'NoDelivery';

  constructor(status: number) {
    super(`Discord answered ${status} without a message`);
  }
}

/** Instead of a request that Discord's limits keep from being made for longer than it is tried. */
export class LimitOutlasts extends Error {
  override readonly name = 'LimitOutlasts';

  constructor() {
    super("Discord's limits last longer than the end of an answer is tried");
  }
}

const BLOCKED = new Set<number | string>([
  RESTJSONErrorCodes.MessageWasBlockedByAutomaticModeration,
  RESTJSONErrorCodes.TitleWasBlockedByAutomaticModeration,
  240_000,
]);

const EDITS_REFUSED = new Set<number | string>([
  RESTJSONErrorCodes.MaximumNumberOfEditsToMessagesOlderThanOneHourReached,
  RESTJSONErrorCodes.InvalidActionOnArchivedThread,
]);

const NO_ACCESS = new Set<number | string>([
  RESTJSONErrorCodes.UnknownChannel,
  RESTJSONErrorCodes.UnknownGuild,
  RESTJSONErrorCodes.MissingAccess,
  RESTJSONErrorCodes.MissingPermissions,
  RESTJSONErrorCodes.CannotSendMessagesToThisUser,
]);

const TOKEN_IN_ADDRESS = /\/(?:webhooks|interactions)\/\d+\/([^/?]+)/u;

const UNAUTHORIZED = 401;
const FORBIDDEN = 403;
const NOT_FOUND = 404;

/**
 * The one place that says what a failed request means. The codes are shortcuts: one that is unknown, a body that is none of
 * Discord's, or another status is `refused`, and everything else is tried before a question ends without a word.
 * @see https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
 */
export const judgeDeliveryError = (error: unknown): DeliveryVerdict => {
  if (error instanceof TakenOver) return 'not-ours';
  if (error instanceof AnswerGone) return 'answer-gone';
  if (error instanceof RateLimitError || error instanceof LimitOutlasts) return 'rate-limited';
  if (error instanceof HTTPError) return error.status >= 500 || error.status === 408 ? 'try-again' : 'refused';
  if (!(error instanceof DiscordAPIError)) return 'unanswered';
  // Our own token was refused: this process ends, and the next one can do it.
  const isOurToken = error.status === UNAUTHORIZED && error.code !== RESTJSONErrorCodes.InvalidWebhookToken;
  if (error.status >= 500 || error.status === 408 || isOurToken) return 'try-again';
  if (error.code === RESTJSONErrorCodes.UnknownMessage) return 'message-gone';
  if (EDITS_REFUSED.has(error.code)) return 'edits-refused';
  // Under another status, a code is not what Discord means by it.
  const isOfAccess = NO_ACCESS.has(error.code) && (error.status === FORBIDDEN || error.status === NOT_FOUND);
  // Whoever has the token of an interaction needs no permission: there it is as odd as any other.
  if (isOfAccess && !TOKEN_IN_ADDRESS.test(error.url)) return 'no-access';
  return BLOCKED.has(error.code) ? 'blocked' : 'refused';
};

/** Whether it may work later, without anybody doing anything about it. */
export const isForLater = (error: unknown): boolean => ['rate-limited', 'try-again', 'unanswered'].includes(judgeDeliveryError(error));

const TOKEN_DEAD = new Set<number | string>([
  RESTJSONErrorCodes.InvalidWebhookToken,
  RESTJSONErrorCodes.UnknownInteraction,
  RESTJSONErrorCodes.UnknownWebhook,
]);

/** An interaction's token no longer works: 15 minutes went by, or it was never acknowledged in time. */
export const isTokenDead = (error: unknown): boolean =>
  error instanceof DiscordAPIError && TOKEN_DEAD.has(error.code) && (error.status === UNAUTHORIZED || error.status === NOT_FOUND);

/** The channel itself is gone, with all that was in it. */
export const isChannelGone = (error: unknown): boolean => error instanceof DiscordAPIError && error.code === RESTJSONErrorCodes.UnknownChannel && error.status === NOT_FOUND;

/** The bot lacks a permission there. */
export const isForbidden = (error: unknown): boolean =>
  error instanceof DiscordAPIError && (error.code === RESTJSONErrorCodes.MissingAccess || error.code === RESTJSONErrorCodes.MissingPermissions);

const MINUTE_MS = 60_000;

/** `90 s`, `18 min`. */
const limitText = (ms: number): string => (ms < 2 * MINUTE_MS ? `${Math.ceil(ms / 1_000)} s` : `${Math.round(ms / MINUTE_MS)} min`);

/** An error of Discord for the log: its address may hold an interaction's token, and its body the text of a message. */
export const describeDeliveryError = (error: unknown): string => {
  if (error instanceof DiscordAPIError) return `Discord answered ${error.status} with code ${String(error.code ?? 'none')}: ${discordsWords(error)}`;
  if (error instanceof HTTPError) return `Discord answered ${error.status}`;
  // It has no words of its own.
  if (error instanceof RateLimitError) return `Discord takes no request to ${error.route} for ${limitText(error.retryAfter)}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
};

/** Of what Discord says, in characters: whatever answers in its name may send a page. */
const MAX_LENGTH = 200;
/** And of that, what is looked at. */
const MAX_READ = 4_000;
/** A shorter piece of a text says nothing of it. */
const TELLING_LENGTH = 8;

const BOT_TOKEN = /\b[\w-]{23,28}\.[\w-]{6}\.[\w-]{27,}/gu;

const textIn = (json: unknown): string => {
  const { content, data } = (json ?? {}) as { content?: unknown; data?: { content?: unknown } | null };
  const text = content ?? data?.content;
  return typeof text === 'string' ? text : '';
};

/** What Discord said of a request that it refused: one line, bounded, and without what it may repeat of the request. */
const discordsWords = ({ message, url, requestBody }: DiscordAPIError): string => {
  const [first = ''] = message.slice(0, MAX_READ).trim().split('\n');
  const token = TOKEN_IN_ADDRESS.exec(url)?.[1] ?? '';
  const text = textIn(requestBody.json);
  const repeated = [token, text, ...text.split('\n')].filter((piece) => piece.length >= TELLING_LENGTH);
  const bare = repeated.reduce((words, piece) => words.replaceAll(piece, '[redacted]'), first);
  return cleanLine(bare.replaceAll(BOT_TOKEN, '[redacted]'), MAX_LENGTH);
};
