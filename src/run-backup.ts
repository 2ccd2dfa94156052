import { EXIT_BAD_SETTINGS, readStoreUrl } from './settings/config.ts';
import { loadEnvironment } from './settings/environment.ts';
import { NoBackup, backUp } from './store/back-up.ts';

const KIB = 1024;

const sizeText = (bytes: number): string => (bytes < KIB * KIB ? `${Math.ceil(bytes / KIB)} KiB` : `${(bytes / KIB / KIB).toFixed(1)} MiB`);

/**
 * `npm run backup -- TARGET`: copies the store, also while Parley runs. Of the settings only STORE_URL counts.
 * @returns the exit code: 0 when the copy is there, 1 when it is not, 78 for settings
 */
export const runBackup = ({ env, stdout, stderr }: Pick<NodeJS.Process, 'env' | 'stdout' | 'stderr'>, target: string, envFile?: string): number => {
  const { environment, problem } = loadEnvironment({ env }, { file: envFile });
  const store = readStoreUrl(environment);
  const wrong = problem ?? store.problem;
  if (wrong !== undefined) {
    stderr.write(`${wrong}\n`);
    return EXIT_BAD_SETTINGS;
  }
  try {
    const { path, bytes } = backUp(store.url, target);
    stdout.write(`The store was copied to ${path} (${sizeText(bytes)}), and the copy is sound.\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof NoBackup)) throw error;
    stderr.write(`No backup was made. ${error.message}\n`);
    return 1;
  }
};
