import { setTimeout as sleep } from 'node:timers/promises';
import type { Interaction } from 'discord.js';
import type { Log } from '../../log/log.ts';
import type { ClaimInteraction } from './on-interaction.ts';

export interface ClaimInteractionDependencies {
  /** Whether another process, if any, is the one to handle it. */
  readonly isForAnother: (interaction: Interaction) => boolean;
  /** True for the first who asks, of all processes: keeps a word under a key for so long. */
  readonly claim: (key: string, word: string, ttlMs: number) => Promise<boolean>;
  readonly log: Log;
}

/** Discord takes no response to an interaction after fifteen minutes; clocks may be apart. */
const KEPT_MS = 60 * 60 * 1000;
/** How long whoever does not write an answer lets those who may write it go first, in milliseconds: Discord waits three seconds. */
const PRECEDENCE_MS = 500;

/** How long a store that somebody has locked is waited for, in milliseconds: Discord waits three seconds for a response. */
const CLAIM_WITHIN_MS = 1_500;

/** A question claims itself, and suggestions are no matter. */
const needsNoClaim = (interaction: Interaction): boolean =>
  interaction.isAutocomplete() || (interaction.isChatInputCommand() && interaction.commandName === 'ask');

const inTime = async (claiming: Promise<boolean>): Promise<boolean> => {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`the store did not answer within ${CLAIM_WITHIN_MS} ms`)), CLAIM_WITHIN_MS);
  try {
    return await Promise.race([claiming, tooLate]);
  } finally {
    clearTimeout(timer);
  }
};

export const createClaimInteraction = ({ isForAnother, claim, log }: ClaimInteractionDependencies): ClaimInteraction =>
  async (interaction) => {
    if (needsNoClaim(interaction)) return true;
    if (isForAnother(interaction)) await sleep(PRECEDENCE_MS);
    try {
      return await inTime(claim(`interaction:${interaction.id}`, '1', KEPT_MS));
    } catch (error) {
      // Without a store nobody else can have it either.
      log.warn({ reason: String(error) }, 'a command or button could not be noted in the store; I handle it');
      return true;
    }
  };
