import { setTimeout as sleep } from 'node:timers/promises';
import { describeDeliveryError } from '../rest/delivery-error.ts';
import type { ShownAnswers } from '../../conversation/shown-answer.ts';
import type { Log } from '../../log/log.ts';
import type { Intake } from '../intake/intake.ts';
import type { FinishTurn } from './finish-turn.ts';

export interface LeftTurnsDependencies {
  readonly shownAnswers: Pick<ShownAnswers, 'turns' | 'forgetTurn' | 'claim' | 'release'>;
  readonly finishTurn: FinishTurn;
  readonly intake: Pick<Intake, 'isOpen'>;
  readonly log: Log;
}

/** A process that was killed is known to be gone after some time. In milliseconds, and so often. */
const EVERY_MS = 15_000;
const ROUNDS = 8;

/**
 * Brings to its end what ‹ or › turned to where the process ended half-way: the last message has the buttons, and was gone or not yet there.
 * Never rejects.
 */
export const createLeftTurns = ({ shownAnswers, finishTurn, intake, log }: LeftTurnsDependencies): (() => Promise<void>) => {
  /** Whether whoever began it may still be there. */
  const isLeft = async (id: string, pressId: string): Promise<boolean> => {
    if (!(await shownAnswers.claim(id))) return true;
    try {
      await finishTurn(id, pressId).catch((error: unknown) => log.warn({ reason: describeDeliveryError(error) }, 'what an answer was turned to could not be shown to its end'));
      await shownAnswers.forgetTurn(id);
    } finally {
      await shownAnswers.release(id);
    }
    return false;
  };

  return async () => {
    try {
      for (let round = 0; round < ROUNDS && intake.isOpen(); round += 1) {
        let areLeft = false;
        for (const [id, pressId] of await Array.fromAsync(shownAnswers.turns())) areLeft = (await isLeft(id, pressId)) || areLeft;
        if (!areLeft) return;
        await sleep(EVERY_MS, undefined, { ref: false });
      }
    } catch (error) {
      log.warn({ reason: describeDeliveryError(error) }, 'answers that were being turned over could not be looked for');
    }
  };
};
