import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimitError } from 'discord.js';
import { MESSAGE_LIMIT } from '../../markdown/split-message.ts';
import { isForLater } from '../rest/delivery-error.ts';
import { limitTime } from './end-deadlines.ts';
import type { OutgoingMessage } from '../rest/discord-api.ts';
import type { ReplyTarget } from './reply-target.ts';

export interface LastMessage {
  /** Which of the answer's messages it is, counted from 0. */
  readonly part: number;
  readonly id: string;
  readonly shown: OutgoingMessage;
}

const ATTEMPTS = 3;
const WAIT_MS = 1_000;
/** A limit that lasts longer is not waited out, in milliseconds. */
const LONGEST_LIMIT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Writes a line below an answer that is shown already, and takes its buttons away; as a message of its own where there is no
 * room. @throws discord.js's error when that cannot be
 */
export const addBelow = async (target: Pick<ReplyTarget, 'edit' | 'create' | 'maxMessages'>, { part, id, shown }: LastMessage, line: string): Promise<void> => {
  const content = `${shown.content}\n${line}`;
  const fits = content.length <= MESSAGE_LIMIT;
  const write = async (signal: AbortSignal): Promise<unknown> => {
    // Without a list of files, an edit leaves those that are there.
    if (fits || target.maxMessages === 1) return target.edit(part, id, { content: fits ? content : shown.content, components: [] }, { signal });
    await target.edit(part, id, { content: shown.content, components: [] }, { signal });
    return target.create(part + 1, { content: line }, { signal });
  };
  for (let attempt = 1; ; attempt += 1) {
    const impatience = limitTime(REQUEST_TIMEOUT_MS);
    try {
      await write(impatience.signal);
      return;
    } catch (error) {
      const waitMs = error instanceof RateLimitError ? error.retryAfter : WAIT_MS;
      const isWorthIt = error instanceof RateLimitError || isForLater(error);
      if (attempt === ATTEMPTS || !isWorthIt || waitMs > LONGEST_LIMIT_MS) throw error;
      await sleep(waitMs);
    } finally {
      impatience.end();
    }
  }
};
