import type { Environment } from './secret-settings.ts';

/** A name and a password, or a token, in the place for them in an address. */
const USER_INFO = /:\/\/([^\s/?#]+)@/u;
/** The same where somebody forgot how an address begins. */
const BARE_USER_INFO = /^([^\s/?#]+)@/u;

/** Shorter values of a request field are its modes and switches. */
const LEAST_FIELD_LENGTH = 16;
/** Shorter ones stand in any text; in an address they are hidden all the same. */
const LEAST_PASSWORD_LENGTH = 6;

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Settings whose values may have a secret in them, so that no value of theirs is shown, not even a wrong one. */
export const mayHoldSecret = (name: string): boolean => /(?:^|_)(?:URL|PROXY)(?:_|$)|_(?:FIELDS|COMMAND)$/u.test(name);

const passwordsIn = ([name, value = '']: readonly [string, string | undefined]): readonly string[] => {
  const userInfo = (USER_INFO.exec(value) ?? (mayHoldSecret(name) ? BARE_USER_INFO.exec(value) : null))?.[1];
  if (userInfo === undefined) return [];
  const secret = userInfo.includes(':') ? userInfo.slice(userInfo.indexOf(':') + 1) : userInfo;
  return [secret, decoded(secret)].filter(({ length }) => length >= LEAST_PASSWORD_LENGTH);
};

const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return value.length >= LEAST_FIELD_LENGTH ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
};

const fieldsIn = (value: string): readonly string[] => {
  try {
    return textsIn(JSON.parse(value));
  } catch {
    return [];
  }
};

/** The secrets, as they stand there, right or wrong: something with quotes around it is one still. */
const NAMED = ['DISCORD_TOKEN', 'AWS_BEARER_TOKEN_BEDROCK', 'STORE_ENCRYPTION_KEY', 'STORE_ENCRYPTION_OLD_KEY'];
const LEAST_NAMED_LENGTH = 8;

const namedIn = (environment: Environment): readonly string[] =>
  NAMED.map((name) => (environment[name] ?? '').replaceAll(/^(?:["'`\s]|(?:Bearer|Bot)\s)+|["'`\s]+$/giu, '')).filter(({ length }) => length >= LEAST_NAMED_LENGTH);

/** What of the settings is secret: the secrets themselves, passwords in addresses, and texts that go along with each request. */
export const secretsInSettings = (environment: Environment): readonly string[] => [
  ...new Set([...namedIn(environment), ...Object.entries(environment).flatMap(passwordsIn), ...fieldsIn(environment['BEDROCK_REQUEST_FIELDS'] ?? '')]),
];
