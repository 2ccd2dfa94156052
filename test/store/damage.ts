import { DatabaseSync } from 'node:sqlite';
import fc from '../property.ts';

/** A record of the store, in the table that it lies in. */
export interface StoredRecord {
  readonly table: string;
  readonly key: string;
  readonly value: string;
}

const TABLES = ['keyv', 'files', 'ledger', 'usage'];

export const recordsIn = (path: string): StoredRecord[] => {
  using database = new DatabaseSync(path);
  const isThere = database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?");
  return TABLES.filter((table) => isThere.get(table) !== undefined).flatMap((table) => database.prepare(`SELECT '${table}' AS "table", key, value FROM ${table} ORDER BY key`).all() as unknown as StoredRecord[]);
};

export const writeInto = (path: string, { table, key, value }: StoredRecord): void => {
  using database = new DatabaseSync(path);
  database.prepare(`UPDATE ${table} SET value = ? WHERE key = ?`).run(value, key);
};

type Path = readonly (string | number)[];

/** Damage may be on top of damage, and deep. */
const MAX_PATH = 10;

export const pathsIn = (value: unknown, path: Path = []): Path[] => [
  path,
  ...(typeof value === 'object' && value !== null && path.length < MAX_PATH
    ? Object.entries(value).flatMap(([key, part]) => pathsIn(part, [...path, Array.isArray(value) ? Number(key) : key]))
    : []),
];

export const withPart = (value: unknown, [key, ...rest]: Path, part: unknown): unknown => {
  if (key === undefined) return part;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string | number, unknown>;
  copy[key] = withPart(copy[key], rest, part);
  return copy;
};

const DEPTH = 3_000;
const deep: unknown = Array.from({ length: DEPTH }).reduce((inner) => [inner], 0);

export const parts = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 0.5, 1e300, Number.MAX_SAFE_INTEGER, 30_000_000, '', 'x', '/../users', '99999999999999999999999999', [], {}, deep),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.double(),
);

/** What may have become of a text. Of a version that is merely newer, it never is: that is no damage. */
export type Damage = (text: string) => string;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

export const damages: fc.Arbitrary<Damage> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }).map((garbage): Damage => () => garbage),
  fc.double({ min: 0, max: 1, noNaN: true }).map((share): Damage => (text) => text.slice(0, Math.floor(text.length * share))),
  fc.tuple(fc.nat(), parts).map(([index, part]): Damage => (text) => {
    const value = parsed(text);
    const paths = pathsIn(value);
    const path = paths[index % paths.length] ?? [];
    return JSON.stringify(withPart(value, path, path.at(-1) === 'version' ? 1e300 : part)) ?? '';
  }),
  fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]): Damage => (text) => {
    const bytes = Buffer.from(text);
    if (bytes.length > 0) bytes[at % bytes.length] = byte;
    const flipped = bytes.toString();
    const { version } = Object(parsed(flipped)) as { version?: unknown };
    return version === undefined || text.includes(`"version":${String(version)}`) ? flipped : 'x';
  }),
);
