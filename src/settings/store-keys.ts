import { blankIsUnset, readSecret } from './secret-settings.ts';
import type { Environment } from './secret-settings.ts';

const NAMES = { current: 'STORE_ENCRYPTION_KEY', old: 'STORE_ENCRYPTION_OLD_KEY' } as const;

/** The settings that name what the store is encrypted with, with the other ways to give them. */
export const STORE_KEY_SETTINGS: readonly string[] = Object.values(NAMES).flatMap((name) => [name, `${name}_FILE`]);

const KEY_BYTES = 32;

const bytesOf = (text: string): Buffer => (/^[\da-f]{64}$/iu.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64'));

const readKey = (environment: Environment, name: string, problems: string[]): Buffer | undefined => {
  if ([name, `${name}_FILE`].every((one) => blankIsUnset(environment[one]) === undefined)) return undefined;
  const count = problems.length;
  const text = readSecret(environment, name, problems).read();
  if (problems.length > count) return undefined;
  const key = bytesOf(text);
  if (key.length === KEY_BYTES && /^[\w+/=-]+$/u.test(text)) return key;
  problems.push(`${name} must be ${KEY_BYTES} random bytes in base64 or hex: openssl rand -base64 ${KEY_BYTES} makes such a key`);
  return undefined;
};

/** What the store is encrypted with, 32 bytes each; undefined where it is not. What is wrong goes to `problems`. */
export const readStoreKeys = (environment: Environment, problems: string[]): { readonly current: Buffer; readonly old: Buffer | undefined } | undefined => {
  const [current, old] = [readKey(environment, NAMES.current, problems), readKey(environment, NAMES.old, problems)];
  if (current !== undefined) return { current, old };
  if (old !== undefined) problems.push(`${NAMES.old} is only for a change of keys: set ${NAMES.current}, too`);
  return undefined;
};
