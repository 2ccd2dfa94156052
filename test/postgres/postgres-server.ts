import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../free-port.ts';

export interface PostgresServer {
  readonly port: number;
  /** The address of a new, empty database. */
  freshDatabase(): Promise<string>;
  /** Asks the server as its superuser. */
  query(url: string, text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** `immediate` is what a power cut is to it. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  /** Stops it and deletes all that it kept. */
  remove(): Promise<void>;
}

/** Debian keeps a server's programs apart for each version. */
const FOLDERS = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  ...(existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin`) : []),
];

/** The folder of the server's programs; undefined where there is none. */
export const postgresPrograms = FOLDERS.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));

/** Whether tests that need a server are left out: never where all have to run. */
export const WITHOUT_POSTGRES = postgresPrograms === undefined && process.env['CI'] !== 'true';
/** Why, for their names. */
export const NEEDS_POSTGRES = WITHOUT_POSTGRES ? ' (skipped: no PostgreSQL server is installed here)' : '';

/** The server refuses to run as root. */
export const serverAccount = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, existsSync('/var/lib/postgresql') ? 'postgres' : 'nobody'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
};

const STARTED_WITHIN_MS = 40_000;

/** A PostgreSQL server of the test's own, on a free port of loopback, which trusts everybody there. */
export const startPostgres = async (settings: readonly string[] = []): Promise<PostgresServer> => {
  if (postgresPrograms === undefined) throw new Error('No PostgreSQL server is installed: Debian has it as the package "postgresql"');
  const folder = mkdtempSync(join(tmpdir(), 'parley-postgres-'));
  const as = serverAccount();
  if (as !== undefined) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  execFileSync(join(postgresPrograms, 'initdb'), ['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C', '--no-sync'], { ...as, cwd: folder, stdio: 'pipe' });
  const port = await freePort();
  const addressOf = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`;
  let server: ReturnType<typeof spawn> | undefined;
  let databases = 0;

  const query = async (url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  const start = async (): Promise<void> => {
    const options = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${folder}`, ...settings];
    server = spawn(join(postgresPrograms ?? '', 'postgres'), ['-D', data, ...options.flatMap((option) => ['-c', option])], { ...as, cwd: folder, stdio: 'ignore' });
    for (const giveUpAt = performance.now() + STARTED_WITHIN_MS; ; ) {
      try {
        await query(addressOf('postgres'), 'SELECT 1');
        return;
      } catch (error) {
        if (performance.now() > giveUpAt || server.exitCode !== null) throw error;
      }
      await sleep(50);
    }
  };
  const stop = async (mode: 'fast' | 'immediate' = 'fast'): Promise<void> => {
    if (server === undefined || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server?.once('exit', resolve));
    server.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await ended;
  };
  await start();
  return {
    port,
    query,
    freshDatabase: async () => {
      databases += 1;
      await query(addressOf('postgres'), `CREATE DATABASE parley${databases}`);
      return addressOf(`parley${databases}`);
    },
    start,
    stop,
    remove: async () => {
      await stop('immediate');
      rmSync(folder, { recursive: true });
    },
  };
};
