import { setTimeout as sleep } from 'node:timers/promises';
import { Routes } from 'discord.js';
import { describeDeliveryError, isForLater } from '../rest/delivery-error.ts';
import { patiently } from '../rest/persist.ts';
import type { REST } from 'discord.js';
import type { Ledger } from '../../conversation/ledger.ts';
import type { Log } from '../../log/log.ts';

export interface ChannelsOfMembersDependencies {
  readonly rest: Pick<REST, 'post'>;
  readonly ledger: Pick<Ledger, 'latestAskers'>;
  readonly log: Log;
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** The direct channels of those who asked last, in which something was said behind an id, as they are found. Never rejects. */
export type ChannelsOfMembers = (sinceId: string) => AsyncIterable<string>;

/** So many people at most: whoever opens many direct channels is taken for a spammer, although nobody sees that they were opened. */
const MEMBERS = 25;
/** Between two requests, in milliseconds. */
const PAUSE_MS = 250;
/** Before each further attempt while Discord limits or fails it, in milliseconds. */
const AGAIN_MS: readonly number[] = [1_000, 5_000, 15_000, 30_000];

const ID = /^\d{1,20}$/u;

/** Undefined where nothing was said there; where Discord does not tell that, there may be something. */
const channelBehind = (channel: unknown, sinceId: string): string | undefined => {
  const { id, last_message_id: lastId } = (channel ?? {}) as { readonly id?: unknown; readonly last_message_id?: unknown };
  if (typeof id !== 'string' || !ID.test(id) || lastId === null) return undefined;
  return typeof lastId === 'string' && ID.test(lastId) && BigInt(lastId) <= BigInt(sinceId) ? undefined : id;
};

/**
 * Discord lists no direct channels, and tells of one only with a message in it: what somebody says directly for the first time
 * while nobody listens can be found by asking for the channel with that person alone. Who that may be, nobody knows; those who
 * asked elsewhere before are the likely ones.
 * @see https://discord.com/developers/docs/resources/user#create-dm
 */
export const createChannelsOfMembers =
  ({ rest, ledger, log, wait = (ms) => sleep(ms, undefined, { ref: false }) }: ChannelsOfMembersDependencies): ChannelsOfMembers =>
  async function* (sinceId) {
    try {
      for (const userId of await ledger.latestAskers(MEMBERS)) {
        try {
          const open = (): Promise<unknown> => rest.post(Routes.userChannels(), { body: { recipient_id: userId } });
          const channelId = channelBehind(await patiently(AGAIN_MS, open, false), sinceId);
          if (channelId !== undefined) yield channelId;
        } catch (error) {
          // Limited, or failing: the others would be no better off.
          if (isForLater(error)) throw error;
        }
        await wait(PAUSE_MS);
      }
    } catch (error) {
      log.info({ reason: describeDeliveryError(error) }, 'not all direct channels of those who asked before could be looked into');
    }
  };
