import { DiscordAPIError, HTTPError, RateLimitError, RESTJSONErrorCodes } from 'discord.js';

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
  /** The message is there, but closed to edits: it is old, or its thread was archived. A new message opens that again. */
  | 'edits-refused'
  /** The server's own filter refused the text; rephrasing to get around it is not ours to do. */
  | 'blocked'
  /** Nobody can be reached there. */
  | 'hopeless'
  /** Another process has the question: nothing more is ours to say. */
  | 'not-ours';

/** Instead of a request for a question that another process has taken over. */
export class TakenOver extends Error {
  override readonly name = 'TakenOver';

  constructor() {
    super('Another process has taken this question over.');
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

export const judgeDeliveryError = (error: unknown): DeliveryVerdict => {
  if (error instanceof TakenOver) return 'not-ours';
  if (error instanceof RateLimitError) return 'rate-limited';
  if (error instanceof HTTPError) return error.status >= 500 || error.status === 408 ? 'try-again' : 'hopeless';
  if (!(error instanceof DiscordAPIError)) return 'unanswered';
  // Our own token was refused: this process ends, and the next one can do it.
  const isOurToken = error.status === 401 && error.code !== RESTJSONErrorCodes.InvalidWebhookToken;
  if (error.status >= 500 || isOurToken) return 'try-again';
  if (error.code === RESTJSONErrorCodes.UnknownMessage) return 'message-gone';
  if (EDITS_REFUSED.has(error.code)) return 'edits-refused';
  return BLOCKED.has(error.code) ? 'blocked' : 'hopeless';
};

/** Whether it may work later, without anybody doing anything about it. */
export const isForLater = (error: unknown): boolean => ['rate-limited', 'try-again', 'unanswered'].includes(judgeDeliveryError(error));

/** The bot lacks a permission there. */
export const isForbidden = (error: unknown): boolean =>
  error instanceof DiscordAPIError && (error.code === RESTJSONErrorCodes.MissingAccess || error.code === RESTJSONErrorCodes.MissingPermissions);

/** An error of Discord for the log: its address may hold an interaction's token, and its body the text of a message. */
export const describeDeliveryError = (error: unknown): string => {
  if (error instanceof DiscordAPIError) return `Discord answered ${error.status} with code ${error.code}: ${error.message.split('\n')[0] ?? ''}`;
  if (error instanceof HTTPError) return `Discord answered ${error.status}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
};
