import type { ClientBase } from 'pg';
import { NewerStoreError } from './newer-store.ts';

/** The tables' names begin with it: the database may hold others' too. */
export const PREFIX = 'parley_';

/** The oldest version whose every statement is used here. @see https://www.postgresql.org/support/versioning/ */
const OLDEST_SERVER = 140_000;

/** Of locks that only we take. @see https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADVISORY-LOCKS */
const LOCK_CLASS = 0x70_61_72_6c;
/** In the place of a table: making them. */
const MAKING = 0;

/** The database is of a version that Parley cannot use. */
export class OldServerError extends Error {
  override readonly name = 'OldServerError';
}

/** By the database's own clock, in milliseconds since the epoch: one for all processes. */
export const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

export const TABLES = ['keyv', 'files', 'ledger', 'usage'] as const;

/**
 * Whatever writes goes through these functions, which first take the table's lock: shared with other writers of one entry, or
 * alone where several entries or a look at another one belong together. So a look and what follows from it are one step, for
 * any number of processes, in one message to the database, and a pooler that hands out its connections by transactions does.
 * A deadline is given as milliseconds from now on, by whichever clock.
 */
const tableForm = (name: string): string => {
  const table = `${PREFIX}${name}`;
  const lock = (kind: '' | '_shared'): string => `PERFORM pg_advisory_xact_lock${kind}(${LOCK_CLASS}, '${table}'::regclass::oid::bigint::int)`;
  const live = `(t.expires IS NULL OR t.expires > ${NOW})`;
  const writer = (called: string, parameters: string, returns: string, body: string): string =>
    `CREATE FUNCTION ${table}_${called}(${parameters}) RETURNS ${returns} LANGUAGE plpgsql AS $$\n#variable_conflict use_column\n${body}\n$$;`;
  const insert = `INSERT INTO ${table} AS t (namespace, key, value, expires)`;
  const replaced = 'ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value, expires = excluded.expires';
  return [
    `CREATE TABLE ${table} (namespace text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, value text NOT NULL, expires bigint, PRIMARY KEY (namespace, key));`,
    `CREATE INDEX ${table}_expires ON ${table} (expires) WHERE expires IS NOT NULL;`,
    writer('set', 'ns text, k text, v text, ms bigint', 'void', `BEGIN ${lock('_shared')}; ${insert} VALUES (ns, k, v, ${NOW} + ms) ${replaced}; END`),
    writer('set_if_absent', 'ns text, k text, v text, ms bigint', 'boolean', `BEGIN ${lock('_shared')}; ${insert} VALUES (ns, k, v, ${NOW} + ms) ${replaced} WHERE NOT ${live}; RETURN FOUND; END`),
    writer('replace', 'ns text, k text, expected text, v text, ms bigint', 'boolean', `BEGIN ${lock('_shared')}; UPDATE ${table} AS t SET value = v, expires = ${NOW} + ms WHERE t.namespace = ns AND t.key = k AND t.value = expected AND ${live}; RETURN FOUND; END`),
    writer('delete', 'ns text, ks text[]', 'SETOF text', `BEGIN ${lock('')}; RETURN QUERY DELETE FROM ${table} AS t WHERE t.namespace = ns AND t.key = ANY(ks) RETURNING t.key; END`),
    writer('clear', 'ns text', 'void', `BEGIN ${lock('')}; DELETE FROM ${table} AS t WHERE t.namespace = ns; END`),
    writer(
      'delete_unneeded',
      'ns text, k text, first text, behind text',
      'boolean',
      `BEGIN ${lock('')}; DELETE FROM ${table} AS t WHERE t.namespace = ns AND t.key = k AND NOT EXISTS
        (SELECT 1 FROM ${table} AS t WHERE t.namespace = ns AND t.key >= first AND t.key < behind AND ${live}); RETURN FOUND; END`,
    ),
    writer(
      'move',
      'ns text, k text, target text, ms bigint, expected text',
      'boolean',
      `DECLARE text_found text; expires_found bigint;
      BEGIN ${lock('')};
      SELECT t.value, t.expires INTO text_found, expires_found FROM ${table} AS t WHERE t.namespace = ns AND t.key = k AND t.value = coalesce(expected, t.value);
      IF NOT FOUND THEN RETURN false; END IF;
      DELETE FROM ${table} AS t WHERE t.namespace = ns AND t.key = k;
      ${insert} VALUES (ns, target, text_found, least(expires_found, ${NOW} + ms)) ${replaced};
      RETURN true; END`,
    ),
    writer(
      'sweep',
      'ms bigint, most int',
      'int',
      `DECLARE swept int;
      BEGIN ${lock('')};
      DELETE FROM ${table} AS t WHERE t.ctid IN (SELECT t.ctid FROM ${table} AS t WHERE t.expires <= ${NOW} + ms ORDER BY t.expires LIMIT most);
      GET DIAGNOSTICS swept = ROW_COUNT; RETURN swept; END`,
    ),
    // What is not any more as it was seen is told, and then nothing is done.
    writer(
      'exchange',
      'ns text, seen_keys text[], seen_values text[], set_keys text[], set_values text[], set_ms bigint[], changed_keys text[], changed_values text[], deleted_keys text[]',
      'TABLE (key text, value text)',
      `BEGIN ${lock('')};
      RETURN QUERY SELECT seen.key, t.value FROM unnest(seen_keys, seen_values) AS seen(key, value)
        LEFT JOIN ${table} AS t ON t.namespace = ns AND t.key = seen.key AND ${live} WHERE t.value IS DISTINCT FROM seen.value;
      IF FOUND THEN RETURN; END IF;
      ${insert} SELECT ns, new.key, new.value, ${NOW} + new.ms FROM unnest(set_keys, set_values, set_ms) AS new(key, value, ms) ${replaced};
      UPDATE ${table} AS t SET value = new.value FROM unnest(changed_keys, changed_values) AS new(key, value) WHERE t.namespace = ns AND t.key = new.key;
      DELETE FROM ${table} AS t WHERE t.namespace = ns AND t.key = ANY(deleted_keys);
      END`,
    ),
  ].join('\n');
};

/** Each makes the next form of what the one before has left; none is ever changed once it is out. */
const MIGRATIONS: readonly string[] = [TABLES.map(tableForm).join('\n')];

const readForm = async (client: ClientBase): Promise<number> => (await client.query<{ form: number | null }>(`SELECT max(form)::int AS form FROM ${PREFIX}form`)).rows[0]?.form ?? 0;

const read = async (client: ClientBase): Promise<{ readonly form: number; readonly server: number }> => {
  const { rows } = await client.query<{ made: boolean; server: string }>(`SELECT to_regclass('${PREFIX}form') IS NOT NULL AS made, current_setting('server_version_num') AS server`);
  const server = Number(rows[0]?.server);
  if (rows[0]?.made !== true) return { form: 0, server };
  return { form: await readForm(client), server };
};

/**
 * Makes the tables, or what this version needs of them, once for all processes: together, or not at all.
 * @throws {NewerStoreError} where a later Parley has been there
 * @throws {OldServerError}
 */
export const bringToForm = async (client: ClientBase): Promise<void> => {
  const found = await read(client);
  if (found.server < OLDEST_SERVER) throw new OldServerError(`the server is PostgreSQL ${Math.floor(found.server / 10_000)}, and Parley needs ${OLDEST_SERVER / 10_000} or newer`);
  if (found.form > MIGRATIONS.length) throw new NewerStoreError(`a newer version of Parley has written to this store (form ${found.form}; this one knows ${MIGRATIONS.length})`);
  if (found.form === MIGRATIONS.length) return;
  await client.query('BEGIN');
  try {
    await client.query(`SELECT pg_advisory_xact_lock(${LOCK_CLASS}, ${MAKING})`);
    // Not asked by `to_regclass`: within a transaction it does not see what others have made meanwhile.
    await client.query(`CREATE TABLE IF NOT EXISTS ${PREFIX}form (form int NOT NULL)`);
    const form = await readForm(client);
    for (const [index, migration] of MIGRATIONS.entries()) {
      if (index < form) continue;
      await client.query(migration);
      await client.query(`INSERT INTO ${PREFIX}form VALUES ($1)`, [index + 1]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
};

