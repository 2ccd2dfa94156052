import { DatabaseSync } from 'node:sqlite';
import type { Random } from './random.ts';

export interface DamagedRecord {
  readonly table: string;
  readonly key: string;
}

const TABLES = ['keyv', 'ledger', 'files'] as const;

const damaged = (value: string, random: Random): string => {
  switch (random.integer(0, 6)) {
    case 0:
      return value.slice(0, random.integer(0, value.length));
    case 1:
      return '';
    case 2:
      return random.pick(['null', '[]', '{}', '7', '"text"', 'true', '[[[[[[[[]]]]]]]]']);
    case 3:
      return value.replace(/\d+/u, String(random.pick([30_000_000, -1, 1e300, 9e15])));
    case 4:
      return value.replaceAll(/:\s*"[^"]*"/gu, ': 7');
    case 5:
      return value.replace(/[{[]/u, '(');
    default:
      return [...value].map((character) => (random.chance(0.05) ? String.fromCodePoint(random.integer(1, 0xd7ff)) : character)).join('');
  }
};

const namesOf = (database: DatabaseSync): readonly string[] =>
  TABLES.filter((table) => database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(table) !== undefined);

/** Damages so many records of a store, of any kind, while nobody has it open. Which ones. */
export const damageStore = (file: string, count: number, random: Random): DamagedRecord[] => {
  using database = new DatabaseSync(file);
  const all = namesOf(database).flatMap((table) =>
    database.prepare(`SELECT key FROM ${table} ORDER BY key`).all().map(({ key }) => ({ table, key: String(key) })),
  );
  if (all.length === 0) return [];
  // Each kind of record as often as the others: there are far more rows of the ledger than of anything else.
  const kinds = Map.groupBy(all, ({ table, key }) => `${table} ${/^[a-z-]+/u.exec(key)?.[0] ?? ''}`);
  return Array.from({ length: count }, () => {
    const record = random.pick(kinds.get(random.pick([...kinds.keys()])) ?? all);
    const value = String(database.prepare(`SELECT value FROM ${record.table} WHERE key = ?`).get(record.key)?.['value']);
    database.prepare(`UPDATE ${record.table} SET value = ? WHERE key = ?`).run(damaged(value, random), record.key);
    return record;
  });
};
