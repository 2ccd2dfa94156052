import { describeDeliveryError, isForLater } from '../rest/delivery-error.ts';
import { limitTime } from './end-deadlines.ts';
import type { Failure } from '../../conversation/failure.ts';
import type { OutgoingMessage } from '../rest/discord-api.ts';
import type { ReplyTarget } from './reply-target.ts';
import type { ShownMessages } from './shown-messages.ts';

/** What the asker gets where nothing can be said in the place of the question. */
export interface Untold {
  /** The end of the answer, as it would have been shown. */
  readonly messages: readonly OutgoingMessage[];
  /** Whether something of the answer was visible before. */
  readonly hasBegun: boolean;
  /** Why it cannot be shown: Discord's error. */
  readonly cause: unknown;
}

/** Writes to the asker alone. Rejects with discord.js's errors: not everybody takes direct messages. */
export type TellDirectly = (untold: Untold) => Promise<void>;

/** How long each other way may take, in milliseconds: the next question of the conversation waits for it. */
const WAY_MS = 10_000;
/** The same for all looks at what is there: a Discord that refuses them is asked for some seconds each. */
const LOOKS_MS = 25_000;
/** The same for buttons below an answer whose words are all there. */
const BUTTONS_MS = 1_500;

const within = async <Result>(work: Promise<Result>, ms = WAY_MS): Promise<Result> => {
  const limit = limitTime(ms);
  const isOver = new Promise<never>((_, reject) => limit.signal.addEventListener('abort', () => reject(limit.signal.reason as Error)));
  try {
    return await Promise.race([work, isOver]);
  } finally {
    limit.end();
  }
};

/** Why the end is not where it belongs. */
export interface Undelivered {
  readonly why: string;
  /** Its asker was not told either, and only because Discord fails: that may be said later. */
  readonly isForLater: boolean;
}

const isTimeout = (error: unknown): boolean => error instanceof DOMException && error.name === 'TimeoutError';

/** Resolves with undefined where the end is where it belongs. Never rejects. */
export type OtherWays = (ending: readonly OutgoingMessage[], failure: Failure) => Promise<Undelivered | undefined>;

export interface OtherWaysOptions {
  readonly target: ReplyTarget;
  readonly messages: ShownMessages;
  readonly tellDirectly: TellDirectly;
}

/**
 * What is left where a place takes neither edits nor new messages: the response to the interaction that asked, then a direct
 * message, then the ledger alone. In the end no draft looks as if it still grew.
 */
export const createOtherWays = ({ target, messages, tellDirectly }: OtherWaysOptions): OtherWays => {
  const respond = async (ending: readonly OutgoingMessage[]): Promise<boolean> => {
    const { besides } = target;
    if (besides === undefined) return false;
    const missing = messages.missing(ending);
    const ids: string[] = [];
    try {
      for (const { content } of missing) ids.push((await within(besides({ content }))).messageId);
    } catch {
      return false;
    }
    messages.replaceRest(ending.length - missing.length, ids, ending);
    return true;
  };

  return async (ending, { message, cause }) => {
    const hasBegun = messages.count() > 0;
    try {
      await within(messages.findUntold(ending), LOOKS_MS);
    } catch (error) {
      // Whoever looks later finds what is there, and says it once.
      return { why: `${message}; and Discord does not show what is there: ${describeDeliveryError(error)}`, isForLater: true };
    }
    // Buttons that could be taken away now are no reason to say the words twice.
    if (messages.missing(ending).length > 0 && messages.isReadable(ending)) await messages.abandon(BUTTONS_MS, true);
    if (messages.missing(ending).length === 0 || (await respond(ending))) {
      await messages.abandon(WAY_MS, true);
      return undefined;
    }
    let isReadable = false;
    const told = await within(tellDirectly({ messages: ending, hasBegun, cause })).then(
      (): Undelivered => {
        // All words stand there now; where they could not be ended, they go.
        if (messages.isReadable(ending)) messages.replaceRest(0, [], ending);
        return { why: 'the asker was told by direct message', isForLater: false };
      },
      (error: unknown): Undelivered => {
        isReadable = messages.isReadable(ending);
        return { why: `and no direct message was taken: ${describeDeliveryError(error)}`, isForLater: isTimeout(error) || isForLater(error) };
      },
    );
    await messages.abandon(WAY_MS, isReadable);
    // Whatever stands below them, all words are there.
    if (isReadable) return undefined;
    return { ...told, why: `${message}; ${told.why}` };
  };
};
