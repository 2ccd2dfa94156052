import fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fitsSchema } from '../../src/store/fits-schema.ts';

const word = z.string().max(3);
const nested = z.object({
  a: word,
  get inner() {
    return nested.exactOptional();
  },
});
const schemas = {
  string: word,
  pattern: z.string().regex(/^\d+$/u),
  number: z.number().min(0).lt(10),
  whole: z.int().gt(-1),
  boolean: z.boolean(),
  literal: z.literal(['a', 1]),
  enum: z.enum(['a', 'b']),
  nullable: z.null().or(word).nullable(),
  list: z.array(word).max(2),
  tuple: z.tuple([word, z.number()]),
  union: z.union([word, z.boolean()]),
  object: z.object({ a: word, b: z.number().optional(), c: word.exactOptional() }),
  nested,
  strict: z.strictObject({ a: word }),
  refined: z.object({ a: word }).refine(({ a }) => a === 'a'),
  least: z.string().min(2),
  fewest: z.array(word).min(1),
  replaced: z.object({ a: word, b: z.number().default(1) }),
  mail: z.email(),
} as const satisfies Record<string, z.ZodType>;

const atom = fc.constantFrom<unknown>('', 'a', 'b', 'long word', '7', 0, 1, -1, 1.5, 10, Number.NaN, Infinity, 2 ** 60, true, null, undefined);
const list = fc.array(atom, { maxLength: 4 });
const record = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'inner', 'other'), fc.oneof(atom, fc.record({ a: atom, inner: fc.record({ a: atom }) })));
const any = fc.oneof(atom, list, record);

describe('a value that fits a schema', () => {
  it.each(Object.entries<z.ZodType>(schemas))('is one that zod takes: %s', (_name, schema) => {
    const fits = fitsSchema(schema);
    fc.assert(
      fc.property(any, (value) => {
        if (fits(value)) expect(schema.safeParse(value).success).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is found without zod where the schema is of a known kind', () => {
    const { strict: _strict, refined: _refined, mail: _mail, ...known } = schemas;
    const missed = Object.entries<z.ZodType>(known).filter(([, schema]) => {
      const fits = fitsSchema(schema);
      return fc.sample(any, { numRuns: 2_000, seed: 1 }).every((value) => !fits(value));
    });
    expect(missed.map(([name]) => name)).toEqual([]);
  });
});
