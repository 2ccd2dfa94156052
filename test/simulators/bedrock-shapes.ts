// The service's first check: JSON types, lengths, ranges, patterns and enums, as its own model declares them.
// Type errors and unknown members end it at once; constraint errors are collected and reported together.
import { bedrockErrors, Refusal, refuse } from './bedrock-errors.ts';

/** `sensitive`: the value is not repeated in the error text. */
type Common = { readonly sensitive?: boolean };

type StringShape = Common & {
  readonly kind: 'string';
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly values?: readonly string[];
};
type NumberShape = Common & { readonly kind: 'integer' | 'float'; readonly min?: number; readonly max?: number };
type ListShape = Common & { readonly kind: 'list'; readonly of: Shape; readonly min?: number; readonly max?: number };
type MapShape = Common & {
  readonly kind: 'map';
  readonly keys: StringShape;
  readonly values: StringShape;
  readonly min: number;
  readonly max: number;
};
type Members = Readonly<Record<string, Shape>>;
type StructureShape = {
  readonly kind: 'structure';
  readonly members: Members;
  readonly required?: readonly string[];
};
type UnionShape = { readonly kind: 'union'; readonly name: string; readonly members: Members };

export type Shape =
  | StringShape
  | NumberShape
  | ListShape
  | MapShape
  | StructureShape
  | UnionShape
  | { readonly kind: 'boolean' | 'blob' | 'document' | 'object' };

type Findings = { readonly constraints: string[]; readonly unions: string[] };

/** `coral` counts from 1 and says `.member`, `dotted` counts from 0: the service uses both. */
type Place = { readonly coral: string; readonly dotted: string };

export function checkShape(shape: Shape, value: unknown): void {
  const findings: Findings = { constraints: [], unions: [] };
  visit(shape, value, { coral: '', dotted: '' }, findings);
  const { constraints, unions } = findings;
  if (constraints.length > 0) {
    const count = constraints.length === 1 ? '1 validation error' : `${constraints.length} validation errors`;
    refuse(`${count} detected: ${constraints.join('; ')}`);
  }
  if (unions[0] !== undefined) refuse(unions[0]);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function visit(shape: Shape, value: unknown, place: Place, findings: Findings): void {
  switch (shape.kind) {
    case 'string':
      return visitString(shape, value, place, findings);
    case 'integer':
    case 'float':
      return visitNumber(shape, value, place, findings);
    case 'boolean':
      return typeof value === 'boolean' ? undefined : badType(`${jsonKind(value)} can not be converted to a Boolean`);
    case 'blob':
      return visitBlob(value, place, findings);
    case 'list':
      return visitList(shape, value, place, findings);
    case 'map':
      return visitMap(shape, value, place, findings);
    case 'structure':
      return visitStructure(shape, value, place, findings);
    case 'union':
      return visitUnion(shape, value, place, findings);
    case 'object':
      return isObject(value) ? undefined : badType();
    case 'document':
      return undefined;
  }
}

function visitString(shape: StringShape, value: unknown, place: Place, { constraints }: Findings): void {
  if (typeof value !== 'string') return badType(`${jsonKind(value)} can not be converted to a String`);
  for (const problem of stringProblems(shape, value)) constraints.push(violation(place, problem, shape, value));
}

function stringProblems(shape: StringShape, value: string): string[] {
  const problems: string[] = [];
  const length = [...value].length;
  if (shape.max !== undefined && length > shape.max) problems.push(`length less than or equal to ${shape.max}`);
  if (shape.min !== undefined && length < shape.min) problems.push(`length greater than or equal to ${shape.min}`);
  const found = problems.map((problem) => `Member must have ${problem}`);
  if (shape.pattern !== undefined && !matches(shape.pattern, value)) {
    found.push(`Member must satisfy regular expression pattern: ${shape.pattern}`);
  }
  if (shape.values !== undefined && !shape.values.includes(value)) {
    found.push(`Member must satisfy enum value set: [${shape.values.join(', ')}]`);
  }
  return found;
}

/** The service's patterns are Java's: whole string, and `\s` is ASCII only. */
function matches(pattern: string, value: string): boolean {
  return new RegExp(`^(?:${pattern.replaceAll(String.raw`\s`, String.raw` \t\n\v\f\r`)})$`).test(value);
}

function visitNumber(shape: NumberShape, value: unknown, place: Place, { constraints }: Findings): void {
  const wanted = shape.kind === 'integer' ? 'an Integer' : 'a Float';
  if (typeof value !== 'number') return badType(`${jsonKind(value)} can not be converted to ${wanted}`);
  if (shape.kind === 'integer' && !Number.isInteger(value)) {
    return badType('DECIMAL_VALUE can not be converted to an Integer');
  }
  if (shape.min !== undefined && value < shape.min) {
    constraints.push(violation(place, `Member must have value greater than or equal to ${shape.min}`, shape, value));
  }
  if (shape.max !== undefined && value > shape.max) {
    constraints.push(violation(place, `Member must have value less than or equal to ${shape.max}`, shape, value));
  }
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function visitBlob(value: unknown, place: Place, { constraints }: Findings): void {
  if (typeof value !== 'string') return badType(`${jsonKind(value)} can not be converted to a Blob`);
  if (value.length % 4 !== 0 || !BASE64.test(value)) return badType('Invalid base64 in blob');
  if (value === '') constraints.push(violation(place, 'Member must have length greater than or equal to 1'));
}

function visitList(shape: ListShape, value: unknown, place: Place, findings: Findings): void {
  if (!Array.isArray(value)) return badType();
  const items: readonly unknown[] = value;
  for (const problem of sizeProblems(shape, items.length)) {
    findings.constraints.push(violation(place, problem, shape, `[${items.join(', ')}]`));
  }
  for (const [index, item] of items.entries()) {
    visit(shape.of, item, { coral: `${place.coral}.${index + 1}.member`, dotted: `${place.dotted}.${index}` }, findings);
  }
}

function visitMap(shape: MapShape, value: unknown, place: Place, { constraints }: Findings): void {
  if (!isObject(value)) return badType();
  for (const problem of sizeProblems(shape, Object.keys(value).length)) {
    constraints.push(violation(place, problem));
  }
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== 'string') return badType(`${jsonKind(item)} can not be converted to a String`);
    if (stringProblems(shape.keys, key).length > 0) {
      constraints.push(violation(place, `Map keys must satisfy constraint: [${allRules(shape.keys)}]`));
    }
    if (stringProblems(shape.values, item).length > 0) {
      constraints.push(violation(place, `Map value must satisfy constraint: [${allRules(shape.values)}]`));
    }
  }
}

function allRules({ min, max, pattern }: StringShape): string {
  return (
    `Member must have length less than or equal to ${max}, Member must have length greater than or equal to ${min}, ` +
    `Member must satisfy regular expression pattern: ${pattern}`
  );
}

function sizeProblems(shape: { readonly min?: number; readonly max?: number }, size: number): string[] {
  if (shape.max !== undefined && size > shape.max) return [`Member must have length less than or equal to ${shape.max}`];
  if (shape.min !== undefined && size < shape.min) return [`Member must have length greater than or equal to ${shape.min}`];
  return [];
}

function visitStructure(shape: StructureShape, value: unknown, place: Place, findings: Findings): void {
  if (!isObject(value)) return badType();
  for (const name of shape.required ?? []) {
    if (value[name] === undefined || value[name] === null) {
      const path = join(place, name).coral;
      findings.constraints.push(`Value null at '${path}' failed to satisfy constraint: Member must not be null`);
    }
  }
  visitMembers(shape.members, value, place, findings);
}

function visitUnion(shape: UnionShape, value: unknown, place: Place, findings: Findings): void {
  if (!isObject(value)) return badType();
  const set = Object.keys(value).filter((name) => value[name] !== null);
  if (set.length !== 1) {
    const names = Object.keys(shape.members).join(', ');
    const many = set.length > 1 ? 'only one' : 'one';
    findings.unions.push(`${shape.name} object at ${place.dotted} must set ${many} of the following keys: ${names}.`);
  }
  visitMembers(shape.members, value, place, findings);
}

function visitMembers(members: Members, value: Readonly<Record<string, unknown>>, place: Place, findings: Findings): void {
  for (const [name, item] of Object.entries(value)) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    if (member === undefined) unknownMember(place, name);
    else if (item !== null) visit(member, item, join(place, name), findings);
  }
}

function join(place: Place, name: string): Place {
  const separator = place.coral === '' ? '' : '.';
  return { coral: place.coral + separator + name, dotted: place.dotted + separator + name };
}

/** The real service ignores some unknown members; here they are always a mistake of the caller. */
function unknownMember(place: Place, name: string): never {
  const pointer = place.dotted === '' ? '' : `/${place.dotted.replaceAll('.', '/')}`;
  throw new Refusal(bedrockErrors.malformed(`#${pointer}: extraneous key [${name}] is not permitted`));
}

function badType(message?: string): never {
  throw new Refusal(bedrockErrors.serialization(message));
}

function violation(place: Place, problem: string, { sensitive }: Common = { sensitive: true }, value?: string | number): string {
  const shown = sensitive === true ? 'Value' : `Value '${value}'`;
  return `${shown} at '${place.coral}' failed to satisfy constraint: ${problem}`;
}

function jsonKind(value: unknown): string {
  if (value === null) return 'NULL_VALUE';
  if (typeof value === 'object') return Array.isArray(value) ? 'START_ARRAY' : 'START_OBJECT';
  return typeof value === 'string' ? 'STRING_VALUE' : typeof value === 'number' ? 'NUMBER_VALUE' : 'BOOLEAN_VALUE';
}
