import type { OutgoingMessage, Sent } from '../discord-api.ts';

/** Where an answer goes: below a message, or as the response of an interaction. */
export interface ReplyTarget {
  /** Answers with the same key share one pacer, as they share Discord's limits. */
  readonly paceKey: string;
  /** Where the answer is, for the log. */
  readonly channelId: string;
  /** Creates the answer's message number `part`, counted from 0. */
  create(part: number, message: OutgoingMessage): Promise<Sent>;
  edit(part: number, messageId: string, message: OutgoingMessage): Promise<Sent>;
  /** Shows that an answer is on its way. Never rejects: a sign of life is not worth an answer. */
  showBusy(): Promise<void>;
  /** How long an answer may take before it is announced, in milliseconds. */
  readonly busyAfterMs: number;
  /** How often the announcement is repeated, in milliseconds; undefined where once is enough. */
  readonly busyEveryMs: number | undefined;
}
