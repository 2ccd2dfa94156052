/** Whose questions are counted together. A role's limit is one for each member who has it. */
export type LimitScope = 'member' | 'role' | 'channel' | 'server' | 'bot';

/** What is counted: `at once` are questions that have no answer yet. */
export type LimitMeasure = 'questions' | 'tokens' | 'usd' | 'at once';

/** A minute and an hour are the last one, a day and a month those of the calendar. */
export type LimitWindow = 'minute' | 'hour' | 'day' | 'month';

/** A limit of which nothing is left. */
export interface ReachedLimit {
  readonly per: LimitScope;
  readonly counts: LimitMeasure;
  /** Absent for what is counted at once. */
  readonly window?: LimitWindow | undefined;
  readonly most: number;
  /** When something is left again, in milliseconds since the epoch; undefined: as soon as another answer has ended. */
  readonly opensAt?: number | undefined;
}
