import { pricesAsOf } from './bedrock/model-facts.ts';
import type { UsageParts } from './discord/admin/usage-command.ts';
import type { CallBook } from './usage/call-book.ts';
import type { UsageStore } from './usage/account.ts';

export interface OpenUsageOptions {
  readonly calls: Pick<CallBook, 'settle'>;
  readonly store: UsageStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What is needed to tell what was used, loaded when somebody asks. */
export const openUsage =
  ({ calls, store, now }: OpenUsageOptions) =>
  async (): Promise<UsageParts> => {
    const [{ reportUsage }, { createDrawUsage }] = await Promise.all([import('./usage/usage-report.ts'), import('./pictures/picture-process.ts')]);
    return {
      report: async (scope, days) => {
        await calls.settle();
        return reportUsage(store, scope, days);
      },
      draw: createDrawUsage(),
      pricesAsOf,
      now,
    };
  };
