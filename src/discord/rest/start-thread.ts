import { DiscordAPIError, RESTJSONErrorCodes, RateLimitError } from 'discord.js';
import { describeDeliveryError, isForLater, judgeDeliveryError } from './delivery-error.ts';
import type { DiscordApi } from './discord-api.ts';

export interface ThreadToStart {
  readonly channelId: string;
  /** The message that it begins at, whose id it gets. */
  readonly messageId: string;
  readonly title: string;
  /** Where the server takes no such title. */
  readonly plainTitle: string;
}

/** Begins a thread, at once or not at all. @returns why there is none, for the log; undefined where there is one. Never rejects. */
export type StartThread = (thread: ThreadToStart) => Promise<string | undefined>;

/** How long Discord may take for it, in milliseconds: somebody waits for an answer. */
const WITHIN_MS = 4_000;
/** So often it is tried where no answer came: it may be there, and then Discord says so. */
const TRIES = 2;

const isThereAlready = (error: unknown): boolean =>
  error instanceof DiscordAPIError && error.code === RESTJSONErrorCodes.ThreadAlreadyCreatedForMessage;

/** The server's filter or Discord's own, of which each has a code of its own and some have none that is known. */
const isTitleRefused = (error: unknown): boolean =>
  judgeDeliveryError(error) === 'blocked' || (error instanceof DiscordAPIError && error.code === RESTJSONErrorCodes.InvalidFormBodyOrContentType);

/** @see https://docs.discord.com/developers/resources/channel#start-thread-from-message */
export const createStartThread =
  (api: Pick<DiscordApi, 'startThread'>): StartThread =>
  async ({ channelId, messageId, title, plainTitle }) => {
    let name = title;
    for (let tries = 1; ; tries += 1) {
      try {
        await api.startThread(channelId, messageId, name, AbortSignal.timeout(WITHIN_MS));
        return undefined;
      } catch (error) {
        if (isThereAlready(error)) return undefined;
        if (isTitleRefused(error) && name !== plainTitle) {
          name = plainTitle;
          continue;
        }
        if (tries >= TRIES || error instanceof RateLimitError || !isForLater(error)) return describeDeliveryError(error);
      }
    }
  };
