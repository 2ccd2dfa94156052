/** What the whole bot may cost in a day or a month, and what it has cost so far. */
export interface BudgetStanding {
  readonly window: 'day' | 'month';
  /** The number of the day or the month. */
  readonly period: number;
  /** When the next one begins, in milliseconds since the epoch. */
  readonly endsAt: number;
  readonly mostUsd: number;
  /** Of answers that have ended. */
  readonly usedUsd: number;
  /** What becomes of questions when all of it is used. */
  readonly afterwards: 'refuse' | 'warn' | 'model';
}
