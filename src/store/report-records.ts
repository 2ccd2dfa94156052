import type { Log } from '../log/log.ts';
import type { StoreAudience } from './store-audience.ts';

/** One line for each stored record that is not as it should be. Nothing of what it says. */
export const reportRecords = (log: Log): Pick<StoreAudience, 'onUnreadable' | 'onDefect'> => {
  /** The same defect comes with every write. */
  const told = new Set<string>();
  return {
    onUnreadable: ({ kind, key }, asideKey) => log.error({ kind, key, asideKey }, 'a stored record could not be read; it was set aside, and all else goes on'),
    onDefect: ({ kind, key }, leftOut) => {
      const what = `${kind}: ${leftOut.join(', ')}`;
      if (told.has(what)) return;
      told.add(what);
      log.error({ kind, key, leftOut }, 'a record would not have been readable; it was written without these parts');
    },
  };
};
