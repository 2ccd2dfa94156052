import { setTimeout as sleep } from 'node:timers/promises';
import { DiscordAPIError, Routes } from 'discord.js';
import { describeDeliveryError, isForLater } from '../rest/delivery-error.ts';
import type { REST } from 'discord.js';
import { readGatewayBot } from './session-plan.ts';
import type { Log } from '../../log/log.ts';
import type { GatewayBot } from './session-plan.ts';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

/**
 * Waits until Discord's REST answers, so that a start in the middle of an outage ends with it and not before. What Discord
 * says against us is left to whoever asks next.
 */
export const awaitDiscord = async (rest: REST, log: Log): Promise<GatewayBot> => {
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)) {
    try {
      return readGatewayBot(await rest.get(Routes.gatewayBot()));
    } catch (error) {
      const isRefusal = error instanceof DiscordAPIError && error.status < 500;
      if (isRefusal || !isForLater(error)) return readGatewayBot(undefined);
      log.warn({ reason: describeDeliveryError(error), retryMs }, 'Discord does not answer yet; I try again');
    }
    await sleep(retryMs);
  }
};
