import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresDatabase } from '../../src/store/postgres-database.ts';
import { PostgresDriver } from '../../src/store/postgres-driver.ts';
import { freePort } from '../free-port.ts';
import { WITHOUT_POSTGRES, serverAccount, startPostgres } from './postgres-server.ts';
import type { ChildProcess } from 'node:child_process';
import type { PostgresServer } from './postgres-server.ts';

const POOLER = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find((path) => existsSync(path));
const IS_LEFT_OUT = WITHOUT_POSTGRES || (POOLER === undefined && process.env['CI'] !== 'true');

describe.skipIf(IS_LEFT_OUT)(`a store behind PgBouncer${IS_LEFT_OUT ? ' (skipped: PostgreSQL or PgBouncer is not installed here)' : ''}`, () => {
  let server: PostgresServer;
  let pooler: ChildProcess;
  let folder: string;
  let url: string;

  beforeAll(async () => {
    if (POOLER === undefined) throw new Error('PgBouncer is not installed: Debian has it as the package "pgbouncer"');
    server = await startPostgres();
    const database = await server.freshDatabase();
    folder = mkdtempSync(join(tmpdir(), 'parley-pgbouncer-'));
    const port = await freePort();
    const [users, settings] = [join(folder, 'users.txt'), join(folder, 'pgbouncer.ini')];
    writeFileSync(users, '"postgres" ""\n');
    // As strict as it is delivered: what it does not know of a connection's beginning it refuses.
    writeFileSync(
      settings,
      `[databases]\n* = host=127.0.0.1 port=${server.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =\nauth_type = trust\nauth_file = ${users}\npool_mode = transaction\ndefault_pool_size = 2\nmax_client_conn = 200\n`,
    );
    const as = serverAccount();
    if (as !== undefined) for (const path of [folder, users, settings]) chownSync(path, as.uid, as.gid);
    pooler = spawn(POOLER, [settings], { ...as, cwd: folder, stdio: 'ignore' });
    url = database.replace(`:${server.port}/`, `:${port}/`);
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => pooler.once('exit', resolve));
    pooler.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
    await server.remove();
  });

  it('does all of its steps for any number of drivers, each transaction on whichever connection there is', async () => {
    const drivers = Array.from({ length: 6 }, () => new PostgresDriver({ database: new PostgresDatabase({ url }), table: 'ledger' }));
    await Promise.all(
      drivers.flatMap((driver) =>
        Array.from({ length: 10 }, () =>
          driver.transact(({ get, set }) => {
            set('count', String(Number(get('count') ?? 0) + 1), Number.POSITIVE_INFINITY);
          }),
        ),
      ),
    );
    expect(await drivers[0]?.get('count')).toBe('60');
    const claims = await Promise.all(drivers.flatMap((driver) => Array.from({ length: 10 }, (_, index) => driver.setIfAbsent(`claim ${index}`, 'x'))));
    expect(claims.filter(Boolean)).toHaveLength(10);
    await Promise.all(drivers.map((driver) => driver.disconnect()));
  });
});
