import type { FormErrors } from './errors.ts';

export type Path = readonly (string | number)[];
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** Checks one optional string of a body and hands it back; null counts as absent. */
export function text(
  errors: FormErrors,
  path: Path,
  value: unknown,
  limits: { readonly max?: number; readonly min?: number; readonly required?: boolean },
): string | undefined {
  if (value === undefined || value === null) {
    if (limits.required) errors.required(path);
    return undefined;
  }
  if (typeof value !== 'string') {
    errors.add(path, 'STRING_TYPE_CONVERT', 'Could not interpret value as string.');
    return undefined;
  }
  const { min = 0, max = Infinity } = limits;
  if (limits.required && value === '' && min > 0) errors.required(path);
  else if (value.length < min || value.length > max) addLength(errors, path, min, max);
  return value;
}

function addLength(errors: FormErrors, path: Path, min: number, max: number): void {
  if (min > 0 && max < Infinity) errors.add(path, 'BASE_TYPE_BAD_LENGTH', `Must be between ${min} and ${max} in length.`);
  else if (max < Infinity) errors.add(path, 'BASE_TYPE_MAX_LENGTH', `Must be ${max} or fewer in length.`);
  else errors.add(path, 'BASE_TYPE_MIN_LENGTH', `Must be ${min} or more in length.`);
}

export function list(errors: FormErrors, path: Path, value: unknown, limits: { readonly max?: number; readonly min?: number } = {}): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    errors.add(path, 'BASE_TYPE_LIST', 'Only lists are allowed.');
    return [];
  }
  const { min = 0, max = Infinity } = limits;
  if (value.length < min || value.length > max) addLength(errors, path, min, max);
  return value;
}

export function integer(
  errors: FormErrors,
  path: Path,
  value: unknown,
  limits: { readonly min?: number; readonly max?: number; readonly required?: boolean } = {},
): number | undefined {
  if (value === undefined || value === null) {
    if (limits.required) errors.required(path);
    return undefined;
  }
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    errors.add(path, 'NUMBER_TYPE_COERCE', `Value "${String(value)}" is not int.`);
    return undefined;
  }
  if (limits.min !== undefined && value < limits.min) {
    errors.add(path, 'NUMBER_TYPE_MIN', `int value should be greater than or equal to ${limits.min}.`);
  }
  if (limits.max !== undefined && value > limits.max) {
    errors.add(path, 'NUMBER_TYPE_MAX', `int value should be less than or equal to ${limits.max}.`);
  }
  return value;
}

export function oneOf<T extends number | string>(errors: FormErrors, path: Path, value: unknown, choices: readonly T[]): T | undefined {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) {
    errors.add(path, 'BASE_TYPE_CHOICES', `Value must be one of (${choices.join(', ')}).`);
  }
  return found;
}
