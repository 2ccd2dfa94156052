import { fitsSchema } from './fits-schema.ts';
import type { z } from 'zod';
import type { Fits } from './fits-schema.ts';

/** What a stored text turned out to be. */
export type Reading<Value> =
  | { readonly is: 'fine'; readonly value: Value }
  /** Of a version that only a later Parley knows. */
  | { readonly is: 'newer'; readonly version: number }
  | { readonly is: 'unreadable' };

/** A text to be stored, and the parts that had to be left out of it; undefined where nothing readable would be left. */
export type Writing = { readonly text: string; readonly leftOut: readonly string[] } | undefined;

/** One kind of stored record: everything of it is written and read here, and nowhere else. */
export interface RecordKind<Value> {
  /** What it is, in words. */
  readonly name: string;
  /** What its keys begin with. */
  readonly prefix: string;
  read(text: string): Reading<Value>;
  write(value: Value): Writing;
  /** What takes the place of a record that cannot be read; without it, nothing does. */
  readonly empty?: Value | undefined;
}

/** Versions beyond this are damage, not the future. */
const LAST_VERSION = 1_000;
/** Longer texts are not even looked at, in characters. */
const MAX_CHARACTERS = 64_000_000;
/** Parts that are left out of one record at most. */
const MAX_LEFT_OUT = 50;

const UNREADABLE = { is: 'unreadable' } as const;

const newerThan = (version: number, raw: unknown): number | undefined => {
  if (typeof raw !== 'object' || raw === null || !('version' in raw)) return undefined;
  const { version: found } = raw;
  return typeof found === 'number' && Number.isInteger(found) && found > version && found <= LAST_VERSION ? found : undefined;
};

/** Nothing that a text holds may end in an error: JSON that is deep enough fills the stack. */
export const carefully = <Result>(work: () => Result): Result | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

type Path = readonly PropertyKey[];

const partAt = (value: unknown, path: Path): unknown => path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key], value);

const removePart = (value: unknown, path: Path): void => {
  const key = path.at(-1) ?? '';
  const parent = partAt(value, path.slice(0, -1)) as Record<PropertyKey, unknown>;
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
};

/** The value without what its schema refuses: the smallest parts that can be missing. */
const mended = (schema: z.ZodType, value: unknown): Writing => {
  const rest: unknown = JSON.parse(JSON.stringify(value));
  const leftOut: string[] = [];
  while (leftOut.length <= MAX_LEFT_OUT) {
    const issue = schema.safeParse(rest).error?.issues[0];
    if (issue === undefined) return { text: JSON.stringify(rest), leftOut };
    let { path }: { path: Path } = issue;
    while (path.length > 0 && partAt(rest, path) === undefined) path = path.slice(0, -1);
    if (path.length === 0) return undefined;
    removePart(rest, path);
    leftOut.push(path.map(String).join('.'));
  }
  return undefined;
};

export interface JsonKindOptions<Value> extends Pick<RecordKind<Value>, 'name' | 'prefix' | 'empty'> {
  /** The newest version that can be read. */
  readonly version: number;
  /** What is written. */
  readonly schema: z.ZodType;
  /** What is read, where that is more: older versions, and what earlier ones wrote too carelessly. */
  readonly readSchema?: z.ZodType | undefined;
}

/** Records that are JSON. */
export const jsonKind = <Value>({ name, prefix, empty, version, schema, readSchema = schema }: JsonKindOptions<Value>): RecordKind<Value> => {
  let fits: Fits | undefined;
  const isFine = (value: Value): boolean => (fits ??= fitsSchema(schema))(value) || schema.safeParse(value).success;
  return {
    name,
    prefix,
    empty,
    read: (text) => {
      if (text.length > MAX_CHARACTERS) return UNREADABLE;
      const raw = carefully(() => JSON.parse(text) as unknown);
      const newer = newerThan(version, raw);
      if (newer !== undefined) return { is: 'newer', version: newer };
      const parsed = carefully(() => readSchema.safeParse(raw));
      return parsed?.success === true ? { is: 'fine', value: parsed.data as Value } : UNREADABLE;
    },
    write: (value) => carefully(() => (isFine(value) ? { text: JSON.stringify(value), leftOut: [] } : mended(schema, value))),
  };
};

export interface TextKindOptions extends Pick<RecordKind<string>, 'name' | 'prefix' | 'empty'> {
  readonly isFine: (text: string) => boolean;
  /** Where what is written may be more, because it is only wrong for whoever reads it. */
  readonly isWritable?: (text: string) => boolean;
}

/** Records that are a word or a number. One of a later version would be JSON. */
export const textKind = ({ name, prefix, empty, isFine, isWritable = isFine }: TextKindOptions): RecordKind<string> => ({
  name,
  prefix,
  empty,
  read: (text) => {
    const newer = text.startsWith('{') && text.length <= MAX_CHARACTERS ? newerThan(1, carefully(() => JSON.parse(text) as unknown)) : undefined;
    if (newer !== undefined) return { is: 'newer', version: newer };
    return isFine(text) ? { is: 'fine', value: text } : UNREADABLE;
  },
  write: (value) => (isWritable(value) ? { text: value, leftOut: [] } : undefined),
});
