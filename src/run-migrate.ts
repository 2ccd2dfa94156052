import { EXIT_BAD_SETTINGS, readStoreUrl } from './settings/config.ts';
import { loadEnvironment } from './settings/environment.ts';
import { readStoreKeys } from './settings/store-keys.ts';
import { NoMigration, migrateStore } from './store/migrate-store.ts';

/** Milliseconds between two words on how far it is. */
const TOLD_EVERY_MS = 1_000;

/**
 * `npm run migrate -- FROM TO`: copies one store into another, while no Parley runs. Of the settings only the keys of its encryption count.
 * @returns the exit code: 0 when all is there, 1 when nothing is, 78 for an address that cannot be
 */
export const runMigrate = async ({ env, stdout, stderr }: Pick<NodeJS.Process, 'env' | 'stdout' | 'stderr'>, from: string, to: string, envFile?: string): Promise<number> => {
  for (const url of [from, to]) {
    const { problem } = readStoreUrl({ STORE_URL: url });
    if (problem !== undefined || url === 'memory://') {
      stderr.write(`An address ${problem?.replace(/^STORE_URL /u, '') ?? 'must be of something that lasts.'}\n`);
      return EXIT_BAD_SETTINGS;
    }
  }
  const { environment, problem } = loadEnvironment({ env }, { file: envFile });
  const problems = problem === undefined ? [] : [problem];
  const keys = readStoreKeys(environment, problems);
  if (problems.length > 0) {
    stderr.write(`${problems.join('\n')}\n`);
    return EXIT_BAD_SETTINGS;
  }
  let toldAt = performance.now();
  try {
    const migrated = await migrateStore(from, to, (table, rows) => {
      if (performance.now() - toldAt < TOLD_EVERY_MS) return;
      toldAt = performance.now();
      stdout.write(`${table}: ${rows} rows so far\n`);
    }, keys);
    for (const { table, rows } of migrated) stdout.write(`${table}: ${rows} rows, each compared\n`);
    stdout.write('All of it was copied. Set STORE_URL to the new address, and keep the old store until the new one has proved itself.\n');
    return 0;
  } catch (error) {
    if (!(error instanceof NoMigration)) throw error;
    stderr.write(`Nothing was copied. ${error.message}\n`);
    return 1;
  }
};
