import { pricesAsOf } from './bedrock/model-facts.ts';
import { createCallBook } from './usage/call-book.ts';
import type { UsageParts } from './discord/admin/usage-command.ts';
import type { CallBook, CallBookOptions } from './usage/call-book.ts';
import type { Config } from './settings/config.ts';
import type { UsageStore } from './usage/account.ts';

export interface OpenUsageOptions extends CallBookOptions {
  readonly store: UsageStore;
  readonly limits: Pick<Config['limits'], 'text' | 'questionsPerMinute'>;
}

export interface OpenedUsage {
  /** Hears of each call, and books it. */
  readonly calls: CallBook;
  /** What is needed to tell what was used, loaded when somebody asks. */
  readonly parts: () => Promise<UsageParts>;
  /** What was used today everywhere, and the limits that hold everywhere, a sentence each. */
  readonly today: () => Promise<readonly string[]>;
}

/** What was used, of which every call is booked. */
export const openUsage = ({ limits, ...options }: OpenUsageOptions): OpenedUsage => {
  const { store, now } = options;
  const calls = createCallBook(options);
  return {
    calls,
    parts: async () => {
      const [{ reportUsage }, { createDrawUsage }] = await Promise.all([import('./usage/usage-report.ts'), import('./pictures/picture-process.ts')]);
      return {
        report: async (scope, days) => {
          await calls.settle();
          return reportUsage(store, scope, days);
        },
        drawing: createDrawUsage(),
        pricesAsOf,
        now,
      };
    },
    today: async () => {
      const [{ reportUsage, reportedToday }, { todayText }] = await Promise.all([import('./usage/usage-report.ts'), import('./discord/texts/usage-texts.ts')]);
      await calls.settle();
      const { total } = await reportedToday((scope, days) => reportUsage(store, scope, days), { is: 'bot' }, now());
      const { text = '', questionsPerMinute } = limits;
      const written = text.split(/[\n;]/u).map((line) => line.trim()).filter((line) => line !== '');
      const all = [...written, ...(questionsPerMinute > 0 ? [`member: ${questionsPerMinute} questions a minute, unless somebody has said otherwise`] : [])];
      return [todayText({ is: 'bot' }, total), all.length === 0 ? 'No limits hold everywhere.' : `Limits that hold everywhere: ${all.join('; ')}.`];
    },
  };
};
