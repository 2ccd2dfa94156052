import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultWebSocketManagerOptions } from 'discord.js';
import type { WebSocketOptions } from 'discord.js';

/** How long a session waits at most until it is known whether it would be of any use, in milliseconds. A refusal is there sooner. */
const LONGEST_MS = 3_000;

/**
 * Lets no session begin that nobody could be answered in. Discord counts each, and takes the bot's token away from whoever begins
 * too many a day: a supervisor that starts a useless process again and again would get there. All up to that point goes on meanwhile.
 * @param isUseful resolves when it is known; where it is false, the process ends
 * @see https://discord.com/developers/docs/events/gateway#identifying
 */
export const holdIdentify = (isUseful: () => Promise<boolean>): WebSocketOptions => ({
  buildIdentifyThrottler: async (manager) => {
    const throttler = await DefaultWebSocketManagerOptions.buildIdentifyThrottler(manager);
    return {
      waitForIdentify: async (shardId, signal) => {
        const isUseless = await Promise.race([isUseful().then((known) => !known), sleep(LONGEST_MS, false, { signal, ref: false })]);
        if (isUseless) await new Promise((_resolve, reject) => signal.addEventListener('abort', reject, { once: true }));
        await throttler.waitForIdentify(shardId, signal);
      },
    };
  },
});
