import { BadAddressError } from './postgres-address.ts';
import { isLasting, reasonOf, sqlState } from './postgres-database.ts';
import { OldServerError } from './postgres-form.ts';
import type { Obstacle } from './store-obstacle.ts';

/** What no waiting mends. @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CURES: Readonly<Record<string, string>> = {
  '28000': "Check the user in STORE_URL, and the server's pg_hba.conf.",
  '28P01': 'Check the user and the password in STORE_URL.',
  '3D000': 'Make the database (createdb), or name another with STORE_URL.',
  '3F000': 'Give the user a schema to make its tables in: CREATE SCHEMA AUTHORIZATION followed by its name.',
  '42501': 'Let the user make tables and functions there: GRANT CREATE ON SCHEMA public TO followed by its name, or give it the database (createdb --owner).',
};

const WAITING_CURE = 'Check STORE_URL, and that the server runs, can be reached from here, and takes more connections. Parley tries again.';
const READ_ONLY = '25006';

/** What is wrong with a database of which a call failed so. @param place what may be shown of its address */
export const judgePostgresError = (cause: unknown, place: string): Obstacle & { readonly is: 'hopeless' | 'troubled' } => {
  if (cause instanceof BadAddressError) return { is: 'hopeless', says: `STORE_URL ${cause.message}.`, cure: 'Write it like postgres://user:password@host:5432/database?sslmode=verify-full.' };
  const says = `The store ${place} does not work (${reasonOf(cause)}).`;
  if (cause instanceof OldServerError) return { is: 'hopeless', says, cure: 'Upgrade the server, or name another with STORE_URL.' };
  const state = sqlState(cause);
  if (state === READ_ONLY) return { is: 'troubled', says, cure: 'Name the primary server with STORE_URL: this one only gives out what is there.' };
  const cure = state === undefined ? undefined : CURES[state];
  if (cure !== undefined) return { is: 'hopeless', says, cure };
  if (state === undefined && isLasting(cause)) return { is: 'hopeless', says, cure: 'Check the password, sslmode and sslrootcert in STORE_URL: sslmode=disable asks for no encryption, verify-full for a certificate that sslrootcert vouches for.' };
  return { is: 'troubled', says, cure: WAITING_CURE };
};
