import { describe, expect, it } from 'vitest';
import { PostgresDatabase } from '../../src/store/postgres-database.ts';
import { PostgresDriver } from '../../src/store/postgres-driver.ts';
import { OldServerError, TABLES, bringToForm } from '../../src/store/postgres-form.ts';
import { NewerStoreError } from '../../src/store/newer-store.ts';
import type { ClientBase } from 'pg';

/** A connection to a server of some version, with tables of some form, that tells what it is asked. */
const serverOf = (version: number, form: number | undefined) => {
  const asked: string[] = [];
  const client = {
    query: async (text: string) => {
      asked.push(text);
      if (text.includes('server_version_num')) return { rows: [{ made: form !== undefined, server: String(version) }] };
      return { rows: text.includes('max(form)') ? [{ form: form ?? null }] : [] };
    },
  };
  return { asked, client: client as unknown as ClientBase };
};

describe('the form of the tables in PostgreSQL', () => {
  it.each([130_022, 139_999])('is not made on a server of version %i', async (version) => {
    const { client, asked } = serverOf(version, undefined);
    await expect(bringToForm(client)).rejects.toThrow(OldServerError);
    await expect(bringToForm(client)).rejects.toThrow('the server is PostgreSQL 13, and Parley needs 14 or newer');
    expect(asked.filter((text) => text.includes('CREATE'))).toEqual([]);
  });

  it('is made on the oldest server that has what it takes, where there is none', async () => {
    const { client, asked } = serverOf(140_000, undefined);
    await bringToForm(client);
    expect(asked.filter((text) => text === 'BEGIN')).toHaveLength(1);
    expect(asked.at(-1)).toBe('COMMIT');
  });

  it('is left as it is where it is ours already, and where a newer Parley has been', async () => {
    const ours = serverOf(170_002, 1);
    await bringToForm(ours.client);
    const newer = serverOf(170_002, 99);
    await expect(bringToForm(newer.client)).rejects.toThrow(NewerStoreError);
    expect([...ours.asked, ...newer.asked].filter((text) => /BEGIN|CREATE|INSERT/u.test(text))).toEqual([]);
  });
});

describe('a driver over PostgreSQL', () => {
  const database = new PostgresDatabase({ url: 'postgres://nobody@127.0.0.1:1/none' });

  it.each(TABLES)('is one of a table of the store: %s', (table) => {
    expect(() => new PostgresDriver({ database, table })).not.toThrow();
  });

  it.each(['', 'histories', 'a; DROP TABLE b'])('is one of nothing else: %j', (table) => {
    expect(() => new PostgresDriver({ database, table })).toThrow(TypeError);
  });
});
