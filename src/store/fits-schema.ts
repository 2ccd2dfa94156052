import { z } from 'zod';

/** Whether a value is what a schema asks for. True is certain; false may only mean that the schema itself has to be asked. */
export type Fits = (value: unknown) => boolean;

const never: Fits = () => false;

type Check = z.core.$ZodChecks['_zod']['def'];

/** The rule that a string has to follow, a number, or the length of a list. */
const toRule = (check: Check): ((value: never) => boolean) => {
  switch (check.check) {
    case 'greater_than':
      return (value: number) => value > Number(check.value) || (check.inclusive && value === check.value);
    case 'less_than':
      return (value: number) => value < Number(check.value) || (check.inclusive && value === check.value);
    case 'max_length':
      return ({ length }: { length: number }) => length <= check.maximum;
    case 'min_length':
      return ({ length }: { length: number }) => length >= check.minimum;
    case 'string_format': {
      const { pattern } = check;
      // One that remembers where it was would find something else each time.
      return pattern === undefined || pattern.global || pattern.sticky || check.format !== 'regex' ? never : (value: string) => pattern.test(value);
    }
    default:
      return never;
  }
};

const withRules = (base: Fits, checks: readonly z.core.$ZodCheck<never>[] = []): Fits => {
  const rules = checks.map(({ _zod: { def } }) => toRule(def as Check) as Fits);
  if (rules.length === 0) return base;
  return (value) => {
    if (!base(value)) return false;
    for (const rule of rules) if (!rule(value)) return false;
    return true;
  };
};

interface Property {
  readonly key: string;
  readonly fits: Fits;
  /** May be missing. */
  readonly isOptional: boolean;
  /** May also be there and undefined: whether it is there need not be asked, which takes longer than most rules. */
  readonly isUndefinable: boolean;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads a schema once and checks by it without making anything: zod makes a copy of all that it parses, which is what reading
 * needs, and takes ten times as long. What is not known here never fits, so that zod decides.
 */
export const fitsSchema = (schema: z.core.$ZodType, known = new Map<z.core.$ZodType, Fits>()): Fits => {
  const before = known.get(schema);
  if (before !== undefined) return before;
  // A schema may hold itself.
  const later: Fits = (value) => (known.get(schema) ?? never)(value);
  known.set(schema, later);
  const made = read(schema as z.core.$ZodTypes, (part) => fitsSchema(part, known));
  known.set(schema, made);
  return made;
};

const propertyOf = (key: string, schema: z.core.$ZodType, fits: Fits): Property => {
  const {
    _zod: { optin, def },
  } = schema;
  const isUndefinable = (def.type === 'optional' && !(schema instanceof z.core.$ZodExactOptional)) || def.type === 'default';
  return { key, fits, isOptional: optin === 'optional', isUndefinable };
};

const read = (schema: z.core.$ZodTypes, inner: (part: z.core.$ZodType) => Fits): Fits => {
  const {
    _zod: { def },
  } = schema;
  switch (def.type) {
    case 'string':
      return def.coerce === true || 'format' in def ? never : withRules((value) => typeof value === 'string', def.checks as z.core.$ZodCheck<never>[]);
    case 'number': {
      const isWhole = 'format' in def;
      if (def.coerce === true || (isWhole && def.format !== 'safeint')) return never;
      return withRules(isWhole ? Number.isSafeInteger : Number.isFinite, def.checks as z.core.$ZodCheck<never>[]);
    }
    case 'boolean':
      return def.coerce === true ? never : (value) => typeof value === 'boolean';
    case 'literal':
    case 'enum': {
      const values = new Set<unknown>(def.type === 'literal' ? def.values : Object.values(def.entries));
      return (value) => values.has(value);
    }
    case 'nullable': {
      const fits = inner(def.innerType);
      return (value) => value === null || fits(value);
    }
    case 'optional': {
      const fits = inner(def.innerType);
      return schema instanceof z.core.$ZodExactOptional ? fits : (value) => value === undefined || fits(value);
    }
    case 'default': {
      // It is there once it was read.
      const fits = inner(def.innerType);
      return (value) => value === undefined || fits(value);
    }
    case 'union': {
      const options = def.options.map(inner);
      return (value) => options.some((fits) => fits(value));
    }
    case 'array': {
      const fits = inner(def.element);
      return withRules((value) => Array.isArray(value) && value.every(fits), def.checks as z.core.$ZodCheck<never>[]);
    }
    case 'tuple': {
      const items = def.items.map(inner);
      if (def.rest !== null) return never;
      return (value) => Array.isArray(value) && value.length === items.length && items.every((fits, index) => fits(value[index]));
    }
    case 'object': {
      if (def.catchall !== undefined || (def.checks ?? []).length > 0) return never;
      const properties = Object.entries(def.shape).map(([key, part]) => propertyOf(key, part, inner(part)));
      return (value) => {
        if (!isRecord(value)) return false;
        for (const { key, fits, isOptional, isUndefinable } of properties) {
          const part = value[key];
          if (part === undefined && isUndefinable) continue;
          if (part === undefined && isOptional ? key in value && !fits(part) : !fits(part)) return false;
        }
        return true;
      };
    }
    default:
      return never;
  }
};
