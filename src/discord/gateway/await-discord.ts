import { setTimeout as sleep } from 'node:timers/promises';
import { DiscordAPIError, HTTPError, Routes } from 'discord.js';
import { describeDeliveryError, isForLater } from '../rest/delivery-error.ts';
import type { REST } from 'discord.js';
import { readGatewayBot } from './session-plan.ts';
import type { Log } from '../../log/log.ts';
import type { GatewayBot } from './session-plan.ts';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

/** Nobody is there, or nobody who could say anything for Discord. */
const isAway = (error: unknown): boolean =>
  error instanceof DiscordAPIError || error instanceof HTTPError
    ? error.status >= 500
    : error instanceof Error && (error.name === 'AbortError' || ('code' in error && /^(?:E[A-Z]+|EAI_AGAIN|UND_ERR_\w+)$/u.test(String(error.code))));

const untilThere = async <Result>(attempt: () => Promise<Result>, isForAnotherTry: (error: unknown) => boolean, log: Log): Promise<Result> => {
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isForAnotherTry(error)) throw error;
      log.warn({ reason: describeDeliveryError(error), retryMs }, 'Discord does not answer yet; I try again');
    }
    await sleep(retryMs);
  }
};

/**
 * Waits until Discord's REST answers, so that a start in the middle of an outage ends with it and not before. What Discord
 * says against us is left to whoever asks next.
 */
export const awaitDiscord = async (rest: REST, log: Log): Promise<GatewayBot> => {
  const isRefusal = (error: unknown): boolean => error instanceof DiscordAPIError && error.status < 500;
  const answered = untilThere(() => rest.get(Routes.gatewayBot()), (error) => !isRefusal(error) && isForLater(error), log);
  return readGatewayBot(await answered.catch(() => undefined));
};

/** Logs in, also where Discord is gone again between our look at it and that of discord.js. Rejects with what else discord.js says. */
export const logInWhenThere = (logIn: () => Promise<void>, log: Log): Promise<void> => untilThere(logIn, isAway, log);
