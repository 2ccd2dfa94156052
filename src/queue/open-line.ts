import { countWaiting } from '../conversation/counted-line.ts';
import { DayAccount } from './day-account.ts';
import { createLine } from './line.ts';
import type { CountedLine } from '../conversation/counted-line.ts';
import type { DayAccountOptions } from './day-account.ts';
import type { LineOptions } from './line.ts';

export interface OpenLineOptions extends Omit<LineOptions, 'day'>, Required<Pick<DayAccountOptions, 'now' | 'notebook'>> {
  /** Whose quota it is: Bedrock counts for each model of a region. */
  readonly quotaOf: { readonly region: string; readonly modelId: string };
}

/** The line of all calls, and the account of what was used of the day's quota, which outlives a restart. */
export const openLine = ({ quotaOf, now, notebook, log, ...options }: OpenLineOptions): { readonly line: CountedLine; readonly day: DayAccount } => {
  const day = new DayAccount({ now, notebook, key: `quota/${quotaOf.region}/${quotaOf.modelId}`, log });
  return { line: countWaiting(createLine({ ...options, day, log })), day };
};
