import { setTimeout as sleep } from 'node:timers/promises';
import type { Interaction } from 'discord.js';
import type { Log } from '../../log/log.ts';

/** What the store keeps of an interaction until whoever caused it was told how it went. All reject when the store does. */
export interface BegunStore {
  /** True for the first who asks, of all processes. @param interaction with the name of its command, or the kind of its button or form */
  begin(interaction: { readonly id: string; readonly applicationId: string; readonly token: string; readonly kind: string }): Promise<boolean>;
  ended(id: string): Promise<void>;
  /** Whoever looks next tries to tell. */
  leave(id: string): Promise<void>;
}

export interface ClaimInteractionDependencies {
  /** Whether another process, if any, is the one to handle it. */
  readonly isForAnother: (interaction: Interaction) => boolean;
  readonly begun: BegunStore;
  readonly log: Log;
}

/** Whether an interaction is ours: of any number of processes that hear of it, one handles it, and what it does not end, another one does. */
export interface InteractionClaims {
  /** Never rejects. @param kind the name of its command, or the kind of its button or form */
  claim(interaction: Interaction, kind: string): Promise<boolean>;
  /** It was handled. @param isTold whether whoever caused it knows, or never can */
  ended(interaction: Interaction, isTold: boolean): void;
  /** Resolves when all that were claimed have ended, or when that takes longer than two seconds. */
  allEnded(): Promise<void>;
}

/** How long whoever does not write an answer lets those who may write it go first, in milliseconds: Discord waits three seconds. */
const PRECEDENCE_MS = 500;

/** How long a store that somebody has locked is waited for, in milliseconds: Discord waits three seconds for a response. */
const CLAIM_WITHIN_MS = 1_500;

/** How long the end of the process waits for those that are being handled, in milliseconds; what is not done then, the next one ends. */
const ENDED_WITHIN_MS = 2_000;

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

export const createInteractionClaims = ({ isForAnother, begun, log }: ClaimInteractionDependencies): InteractionClaims => {
  const underWay = new Map<string, PromiseWithResolvers<void>>();

  return {
    claim: async (interaction, kind) => {
      if (needsNoClaim(interaction)) return true;
      if (isForAnother(interaction)) await sleep(PRECEDENCE_MS);
      const { id, applicationId, token } = interaction;
      let isOurs: boolean;
      try {
        isOurs = await inTime(begun.begin({ id, applicationId, token, kind }));
      } catch (error) {
        // Without a store nobody else can have it either.
        log.warn({ reason: String(error) }, 'a command or button could not be noted in the store; I handle it');
        isOurs = true;
      }
      if (isOurs) underWay.set(id, Promise.withResolvers());
      return isOurs;
    },
    ended: ({ id }, isTold) => {
      const ending = underWay.get(id);
      if (ending === undefined) return;
      const noted = isTold ? begun.ended(id) : begun.leave(id);
      noted
        .catch((error: unknown) => log.debug({ reason: String(error) }, 'that a command or button was handled could not be noted in the store'))
        .finally(() => {
          underWay.delete(id);
          ending.resolve();
        });
    },
    allEnded: async () => {
      if (underWay.size === 0) return;
      await Promise.race([Promise.all([...underWay.values()].map(({ promise }) => promise)), sleep(ENDED_WITHIN_MS, undefined, { ref: false })]);
    },
  };
};
