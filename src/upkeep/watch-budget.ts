import { setTimeout as sleep } from 'node:timers/promises';
import { budgetText } from '../discord/texts/owner-texts.ts';
import type { TellOwners } from '../discord/rest/direct-message.ts';
import type { BudgetStanding } from '../conversation/budget.ts';
import type { Log } from '../log/log.ts';

export interface BudgetWatchOptions {
  /** The budgets of the bot and what is used of each. Rejects when the store does. */
  readonly budgets: () => Promise<readonly BudgetStanding[]>;
  readonly tellOwners: TellOwners;
  /** Keeps a word under a key for so many milliseconds: true for the first who asks, of all processes. */
  readonly claim: (key: string, word: string, ttlMs: number) => Promise<boolean>;
  /** Keeps a word under a key, whatever is there. */
  readonly keep: (key: string, word: string, ttlMs: number) => Promise<void>;
  readonly log: Pick<Log, 'warn'>;
  /** Milliseconds from an outcome to the look: by then it is counted. */
  readonly afterMs?: number;
}

export interface BudgetWatch {
  /** A question has ended. */
  heard(): void;
  /** Looks at once. Never rejects. */
  look(): Promise<void>;
  stop(): void;
}

const AFTER_MS = 1_000;
/** Of a budget: when the owners are told. */
const THRESHOLDS = [0.8, 1] as const;
/** While somebody is telling them, in milliseconds: who dies meanwhile leaves it to the next look. */
const TELLING_MS = 60_000;
/** Longer than any month, in milliseconds. */
const TOLD_MS = 70 * 24 * 60 * 60 * 1000;

const keyOf = ({ window, period, mostUsd }: BudgetStanding, threshold: number): string => `owners-told:budget:${window}:${period}:${mostUsd}:${threshold}`;

/** Tells the owners once of each day or month, whichever process notices it, when most of the bot's budget is used, and when all of it is. */
export const createBudgetWatch = ({ budgets, tellOwners, claim, keep, log, afterMs = AFTER_MS }: BudgetWatchOptions): BudgetWatch => {
  const told = new Set<string>();
  let looking: Promise<void> | undefined;
  const stopping = new AbortController();

  const tell = async (budget: BudgetStanding): Promise<void> => {
    const reached = THRESHOLDS.filter((threshold) => budget.usedUsd >= threshold * budget.mostUsd);
    const highest = reached.at(-1);
    if (highest === undefined || told.has(keyOf(budget, highest))) return;
    const key = keyOf(budget, highest);
    if (await claim(key, 'telling', TELLING_MS)) await tellOwners(budgetText(budget, highest === 1));
    else return;
    // Whoever hears of all of it need not hear of most of it.
    for (const threshold of reached) {
      await keep(keyOf(budget, threshold), 'told', TOLD_MS);
      told.add(keyOf(budget, threshold));
    }
  };
  const look = async (): Promise<void> => {
    try {
      for (const budget of await budgets()) await tell(budget);
    } catch (error) {
      log.warn({ reason: String(error) }, 'what is used of the budget could not be looked at; it is tried again with the next answer');
    }
  };
  const lookSoon = async (): Promise<void> => {
    try {
      await sleep(afterMs, undefined, { ref: false, signal: stopping.signal });
    } catch {
      return;
    }
    looking = undefined;
    await look();
  };

  return {
    heard: () => {
      if (!stopping.signal.aborted) looking ??= lookSoon();
    },
    look,
    stop: () => stopping.abort(),
  };
};
