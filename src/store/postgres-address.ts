import { parse } from 'pg-connection-string';
import type { PoolConfig } from 'pg';

/** What a connection cannot be made with, as the end of a sentence. */
export class BadAddressError extends Error {
  override readonly name = 'BadAddressError';
}

/** @see https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION ; `prefer` and `allow` would end without encryption and a word. */
const TLS_MODES = ['disable', 'require', 'verify-ca', 'verify-full'];

const KNOWN = new Set(['host', 'port', 'user', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey']);

/**
 * The parts of `postgres://user:password@host:port/database?sslmode=verify-full&sslrootcert=FILE`, with libpq's meaning of each
 * `sslmode`. Nothing else goes along: a pooler such as PgBouncer refuses what it does not know.
 * @throws {BadAddressError} that says nothing of the password
 */
export const postgresAddress = (url: string): PoolConfig => {
  const parsed = URL.parse(url);
  if (parsed === null) throw new BadAddressError('is no address; write a "%" for what is special in a password in its place, for example %40 for @');
  const unknown = [...parsed.searchParams.keys()].find((name) => !KNOWN.has(name));
  if (unknown !== undefined) throw new BadAddressError(`has "${unknown}", which Parley does not know; it knows ${[...KNOWN].join(', ')}`);
  const mode = parsed.searchParams.get('sslmode');
  if (mode !== null && !TLS_MODES.includes(mode)) throw new BadAddressError(`has sslmode=${mode}; it must be one of ${TLS_MODES.join(', ')}`);
  try {
    const { host, port, user, password, database, ssl } = parse(url, { useLibpqCompat: true });
    if (!database) throw new BadAddressError('names no database, for example postgres://parley@db.example/parley');
    return {
      host: host || undefined,
      port: port ? Number(port) : undefined,
      user: user || undefined,
      password: password || undefined,
      database,
      ssl: typeof ssl === 'object' ? { ...ssl, ca: ssl['ca'] ?? undefined } : ssl,
    } as PoolConfig;
  } catch (error) {
    if (error instanceof BadAddressError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const path = error instanceof Error && 'path' in error ? String(error.path) : '';
    throw new BadAddressError(code === '' ? 'cannot be read; sslmode=verify-ca needs sslrootcert=FILE' : `names the file ${path}, which cannot be read (${code})`);
  }
};
