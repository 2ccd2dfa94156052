import { afterAll, beforeAll, describe } from 'vitest';
import { PostgresDatabase } from '../../src/store/postgres-database.ts';
import { PostgresDriver } from '../../src/store/postgres-driver.ts';
import { NEEDS_POSTGRES, WITHOUT_POSTGRES, startPostgres } from '../postgres/postgres-server.ts';
import { describeDriverContract } from './driver-contract.ts';
import type { PostgresServer } from '../postgres/postgres-server.ts';

describe.skipIf(WITHOUT_POSTGRES)(`a driver over PostgreSQL${NEEDS_POSTGRES}`, () => {
  let server: PostgresServer;
  const places = new Map<string, Promise<string>>();
  const opened: PostgresDriver[] = [];

  beforeAll(async () => {
    server = await startPostgres(['max_connections=400']);
  });
  afterAll(async () => {
    for (const driver of opened) await driver.disconnect();
    await server.remove();
  });

  const open = async (place: string, table?: string): Promise<PostgresDriver> => {
    const url = await (places.get(place) ?? places.set(place, server.freshDatabase()).get(place));
    const driver = new PostgresDriver({ database: new PostgresDatabase({ url: url ?? '' }), table });
    opened.push(driver);
    return driver;
  };

  describeDriverContract({ open, refuses: ['\0'], longestKey: 2_000 });
});
