import { readApiKey } from '../bedrock/api-key.ts';
import { createSecretCommand } from './secret-command.ts';
import { readSecretFile } from './secret-file.ts';
import { whyUnreadable } from './why-unreadable.ts';
import type { KeySource } from '../bedrock/key-keeper.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Nothing said, or an empty value as `docker compose` passes for a variable that is not set. */
export const blankIsUnset = (value: unknown): unknown => (typeof value === 'string' && value.trim() === '' ? undefined : value);

const WHERE_FROM: Readonly<Record<string, string>> = {
  DISCORD_TOKEN: 'copy it from the "Bot" page of https://discord.com/developers/applications',
  AWS_BEARER_TOKEN_BEDROCK: 'make a Bedrock API key in the Amazon Bedrock console, under "API keys"',
};

/** What is wrong with a secret's form; said without the secret. */
const secretProblem = (name: string, value: string, whereFrom = WHERE_FROM[name]): string | undefined => {
  if (value === '') return `${name} is empty: ${whereFrom ?? 'give it a value'}`;
  if (/^["'`]|["'`]$/u.test(value)) return `${name} has quotes around it: leave them out`;
  const mistaken = mistakenFor(name, value);
  if (mistaken !== undefined) return `${name} ${mistaken}: ${whereFrom ?? 'give it a value'}`;
  if (/^(?:Bearer|Bot)\s/iu.test(value)) return `${name} begins with "${value.split(/\s/u)[0]}": leave that word out`;
  // A header can carry nothing else.
  if (!/^[\x21-\x7E]+$/u.test(value)) return `${name} has a space or a character in it that no such secret has: copy it again`;
  return undefined;
};

export interface Secret {
  /** The secret as it is now: a file is read again when it changed, a variable when the program set it anew. */
  readonly read: () => string;
  /** Of a file: why what is in it now is not used, in a sentence without the secret; undefined where it is. */
  readonly problem?: () => string | undefined;
}

/** A variable, which nobody but this process can change. What is not a secret leaves the last good one in force. */
const readVariable = (environment: Environment, name: string): Secret => {
  let seen = environment[name];
  let content = (seen ?? '').trim();
  return {
    read: () => {
      const value = environment[name];
      if (value === seen) return content;
      seen = value;
      const fresh = (value ?? '').trim();
      if (secretProblem(name, fresh) === undefined) content = fresh;
      return content;
    },
  };
};

/** A secret from its variable or its `_FILE`; what is wrong goes to `problems`. */
export const readSecret = (environment: Environment, name: string, problems: string[]): Secret => {
  const fileName = `${name}_FILE`;
  const value = environment[name];
  const path = blankIsUnset(environment[fileName]);
  if (typeof path === 'string') {
    if (value !== undefined && value.trim() !== '') problems.push(`${name} and ${fileName} are both set: leave one of them out`);
    const told = `${fileName}: the file ${path}`;
    try {
      const file = readSecretFile(path, (content) => secretProblem(name, content)?.replace(name, `for ${name}`));
      const problem = secretProblem(name, file.read());
      if (problem !== undefined) problems.push(problem.replace(name, `${told} for ${name}`));
      return {
        read: file.read,
        problem: () => {
          const found = file.problem();
          return found === undefined ? undefined : `${told} ${found}.`;
        },
      };
    } catch (error) {
      problems.push(`${told} ${whyUnreadable(path, error)}`);
      return { read: () => '' };
    }
  }
  if (value === undefined) problems.push(`${name} is not set: ${WHERE_FROM[name]}`);
  else {
    const problem = secretProblem(name, value.trim());
    if (problem !== undefined) problems.push(problem);
  }
  return readVariable(environment, name);
};

const KEY = 'AWS_BEARER_TOKEN_BEDROCK';

/** A key that can be read without a call must be one of the region of the calls. */
export const regionProblem = (name: string, key: string, region: string): string | undefined => {
  const { region: keyRegion } = readApiKey(key);
  if (keyRegion === undefined || keyRegion === region) return undefined;
  return `${name} is a short-term key for ${keyRegion}, but AWS_REGION is ${region}: set AWS_REGION=${keyRegion}, or make a key in ${region}`;
};

/** The key comes from exactly one of three places. A command's key comes later, and is checked then. */
export const readKeySource = (environment: Environment, region: string | undefined, problems: string[]): KeySource => {
  const command = blankIsUnset(environment[`${KEY}_COMMAND`]);
  const isFile = blankIsUnset(environment[`${KEY}_FILE`]) !== undefined;
  if (typeof command === 'string') {
    if (isFile) problems.push(`${KEY}_FILE and ${KEY}_COMMAND are both set: leave one of them out`);
    if (blankIsUnset(environment[KEY]) !== undefined) problems.push(`${KEY} and ${KEY}_COMMAND are both set: leave one of them out`);
    // What makes Bedrock keys has no business with Discord, and should make them for the region of the calls: tools read either name.
    const { DISCORD_TOKEN: _withheld, ...rest } = environment;
    const others = region === undefined ? rest : { ...rest, AWS_REGION: region, AWS_DEFAULT_REGION: region };
    const problemOf = (value: string): string | undefined => secretProblem('what it printed', value, 'print nothing but a Bedrock API key');
    return { origin: 'command', ...createSecretCommand({ command, environment: others, problemOf }) };
  }
  const count = problems.length;
  const secret = readSecret(environment, KEY, problems);
  const problem = problems.length > count || region === undefined ? undefined : regionProblem(KEY, secret.read(), region);
  if (problem !== undefined) problems.push(problem);
  return { origin: isFile ? 'file' : 'variable', ...secret };
};

const DISCORD_TOKEN = /^(?:mfa\.)?[\w-]{23,30}\.[\w-]{6,7}\.[\w-]{27,}$/u;
const BEDROCK_KEY = /^(?:ABSK[\w+/=]{8,}|bedrock-api-key-|BedrockAPIKey-)/u;
/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
const AWS_KEY_ID = /^(?:AKIA|ASIA)[A-Z2-7]{12,}$/u;
/** What documents and templates put in a secret's place. */
const PLACEHOLDER = /^(?:<.*>|\{.*\}|\.{3,}|x{3,}|\*{3,}|your[-_ ].*|change[-_]?me|replace[-_]?me)$/iu;

const OTHERS: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  DISCORD_TOKEN: [
    [BEDROCK_KEY, 'holds a Bedrock API key, which belongs into AWS_BEARER_TOKEN_BEDROCK'],
    [/^\d{15,20}$/u, 'holds an id of Discord, not a token'],
  ],
  AWS_BEARER_TOKEN_BEDROCK: [
    [DISCORD_TOKEN, 'holds a Discord token, which belongs into DISCORD_TOKEN'],
    [AWS_KEY_ID, 'holds the id of an AWS access key, which is another thing than a Bedrock API key'],
  ],
};

/**
 * What stands in a secret's place instead of it, as the end of a sentence that begins with the setting's name, and without the
 * value; undefined where nothing speaks against it. Only what is certain: forms of secrets change, and a proxy may have its own.
 */
const mistakenFor = (name: string, value: string): string | undefined => {
  if (PLACEHOLDER.test(value)) return 'still holds a placeholder';
  return OTHERS[name]?.find(([pattern]) => pattern.test(value))?.[1];
};
