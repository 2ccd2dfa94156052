import { countWaiting } from '../conversation/counted-line.ts';
import { DayAccount } from './day-account.ts';
import { createLine } from './line.ts';
import type { CountedLine } from '../conversation/counted-line.ts';
import type { DayAccountOptions } from './day-account.ts';
import type { LineOptions } from './line.ts';
import type { SharedTrips } from './shared-trips.ts';

export interface OpenLineOptions extends Omit<LineOptions, 'day' | 'elsewhere'>, Required<Pick<DayAccountOptions, 'now' | 'notebook'>> {
  /** Whose quota it is: Bedrock counts for each model of a region. */
  readonly quotaOf: { readonly region: string; readonly modelId: string };
  /** What other processes are refused. */
  readonly trips?: SharedTrips | undefined;
}

export interface OpenedLine {
  readonly line: CountedLine;
  readonly day: DayAccount;
  /** How many calls may be out at a time, as it is now. */
  readonly concurrency: () => number;
}

/** The line of all calls, and the account of what was used of the day's quota, which outlives a restart. */
export const openLine = ({ quotaOf, trips, now, notebook, log, ...options }: OpenLineOptions): OpenedLine => {
  const day = new DayAccount({ now, notebook, key: `quota/${quotaOf.region}/${quotaOf.modelId}`, log });
  const line = createLine({ ...options, ...(trips === undefined ? {} : { elsewhere: { trips, modelId: quotaOf.modelId } }), day, log });
  log.info({ concurrency: line.concurrency, isFoundOut: options.maxConcurrentCalls === undefined }, 'so many model calls may be out at a time');
  return { line: countWaiting(line), day, concurrency: () => line.concurrency };
};
