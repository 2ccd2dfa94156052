import { SnowflakeUtil } from 'discord.js';
import { Failure } from '../../conversation/failure.ts';
import { describeDeliveryError, isForLater } from '../rest/delivery-error.ts';
import type { ShownAnswers } from '../../conversation/shown-answer.ts';
import type { Log } from '../../log/log.ts';
import type { FinishTurn } from './finish-turn.ts';
import type { Looking } from './keep-looking.ts';
import type { LeftStore } from './left-interactions.ts';

export interface LeftTurnsDependencies {
  readonly shownAnswers: Pick<ShownAnswers, 'turns' | 'forgetTurn' | 'claim' | 'release'>;
  readonly finishTurn: FinishTurn;
  /** What is kept of the press. */
  readonly begun: Pick<LeftStore, 'ended'>;
  /** Milliseconds since the epoch, by Discord's clock. */
  readonly now: () => number;
  readonly log: Log;
}

const EVERY_MS = 30_000;
/** How long after the press it is tried, in milliseconds: whoever pressed it looks no more then, and presses again. */
const TRIED_MS = 60 * 60_000;

/** Somebody who deletes it, and Discord that refuses it, do so the next time, too. */
const mayPass = (error: unknown): boolean => !(error instanceof Failure) || (error.kind === 'undeliverable' ? isForLater(error.cause) : error.kind !== 'stopped');

/**
 * Brings to its end what ‹ or › turned to where the process ended half-way, or Discord failed: the last message has the buttons, and was gone or
 * not yet there.
 */
export const createLeftTurns = ({ shownAnswers, finishTurn, begun, now, log }: LeftTurnsDependencies): Looking => {
  /** Whether there is nothing more to be done about it. */
  const isDone = async (id: string, pressId: string): Promise<boolean> => {
    const isOver = now() - SnowflakeUtil.timestampFrom(pressId) > TRIED_MS;
    try {
      return (await finishTurn(id, pressId)) || isOver;
    } catch (error) {
      log.warn({ reason: describeDeliveryError(error) }, 'what an answer was turned to could not be shown to its end');
      return isOver || !mayPass(error);
    }
  };

  return {
    what: 'answers that were being turned over',
    everyMs: EVERY_MS,
    look: async () => {
      for (const [id, pressId] of await Array.fromAsync(shownAnswers.turns())) {
        // Whoever turns it may still be there.
        if (!(await shownAnswers.claim(id))) continue;
        try {
          // Nobody else is to tell of it.
          await begun.ended(pressId);
          if (await isDone(id, pressId)) await shownAnswers.forgetTurn(id);
        } finally {
          await shownAnswers.release(id);
        }
      }
    },
  };
};
