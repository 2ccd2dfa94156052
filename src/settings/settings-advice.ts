import leven from 'leven';
import { estimateTextTokens } from '../conversation/token-estimate.ts';
import { SETTING_NAMES } from './config.ts';
import type { Config } from './config.ts';
import type { LoadedEnvironment } from './environment.ts';

/** Names that look as if they were meant to be ours, one sentence each. */
export const misspeltAdvice = ({ environment }: LoadedEnvironment): readonly string[] =>
  findMisspelt(Object.keys(environment), SETTING_NAMES).map(({ name, meant }) => `${name} is set, but Parley reads no such setting. Did you mean ${meant}?`);

/** What helps against `problems`: where settings were looked for, if some are not set, and what names they may have been given. */
export const adviceOn = (loaded: LoadedEnvironment, problems: readonly string[]): readonly string[] => {
  const { file, lookedFor } = loaded;
  const isMissing = file === undefined && problems.some((problem) => / is not set\b/u.test(problem));
  const missing = `No file with settings was found; looked for ${lookedFor.join(' and ')}. To make one: cp .env.example .env`;
  return [...misspeltAdvice(loaded), ...(isMissing ? [missing] : [])];
};

const NAME = /\b[A-Z]+(?:_[A-Z]+)+\b/u;

/** The file in which all of it is to be fixed; undefined where some of it stands elsewhere. */
export const placeOf = ({ file, namesInFile, environment, problem }: LoadedEnvironment, problems: readonly string[]): string | undefined => {
  if (file === undefined || problem !== undefined) return undefined;
  const names = problems.map((one) => NAME.exec(one)?.[0]);
  return names.every((name) => name !== undefined && (namesInFile.includes(name) || environment[name] === undefined)) ? file : undefined;
};

const counted = (tokens: number): string => tokens.toLocaleString('en');

/** Why no question could be answered within the quota of a minute as it is set, and what to set instead; undefined where it leaves room. */
export const tooSmallQuota = ({ quota, bedrock, prompt }: Pick<Config, 'quota' | 'bedrock' | 'prompt'>): { readonly says: string; readonly cure: string } | undefined => {
  const { tokensPerMinute } = quota;
  const { maxTokens } = bedrock.settings;
  const ofPrompt = estimateTextTokens(prompt.systemPrompt);
  if (tokensPerMinute === undefined || tokensPerMinute > maxTokens + ofPrompt) return undefined;
  // As much for what is asked as for what is answered.
  const fitting = Math.floor((tokensPerMinute - ofPrompt) / 2);
  const instead = fitting > 0 ? `Set BEDROCK_MAX_TOKENS to ${fitting} or less` : `Shorten SYSTEM_PROMPT, which takes about ${counted(ofPrompt)} tokens by itself`;
  return {
    says: `No question can be answered: TOKENS_PER_MINUTE is ${counted(tokensPerMinute)}, and Bedrock reserves ${counted(maxTokens + ofPrompt)} tokens or more for each question (the system prompt and BEDROCK_MAX_TOKENS).`,
    cure: `${instead}, or set TOKENS_PER_MINUTE to what AWS grants you.`,
  };
};

export interface Misspelt {
  readonly name: string;
  readonly meant: string;
}

/** What other programs call the same things. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  TOKEN: 'DISCORD_TOKEN',
  BOT_TOKEN: 'DISCORD_TOKEN',
  DISCORD_BOT_TOKEN: 'DISCORD_TOKEN',
  DISCORD_API_TOKEN: 'DISCORD_TOKEN',
  BEDROCK_KEY: 'AWS_BEARER_TOKEN_BEDROCK',
  BEDROCK_API_KEY: 'AWS_BEARER_TOKEN_BEDROCK',
  BEDROCK_TOKEN: 'AWS_BEARER_TOKEN_BEDROCK',
  AWS_BEDROCK_API_KEY: 'AWS_BEARER_TOKEN_BEDROCK',
  BEDROCK_REGION: 'AWS_REGION',
  MODEL_ID: 'BEDROCK_MODEL_ID',
  MAX_TOKENS: 'BEDROCK_MAX_TOKENS',
};

/** Names that stand near one of ours and belong to somebody else. */
const FOREIGN = new Set(['AWS_ENDPOINT_URL', 'AWS_PROFILE', 'AWS_REGION_NAME', 'DISCORD_URL', 'STORE', 'LOG', 'HTTP', 'HTTP_PROXY']);

/** Letters that may be wrong in a name of this length. */
const mistakesIn = (name: string): number => Math.min(2, Math.floor(name.length / 5));

const isBeginningOf = (name: string, whole: string): boolean => name.includes('_') && whole.startsWith(`${name}_`);

const meantBy = (name: string, known: readonly string[]): string | undefined => {
  const upper = name.toUpperCase().replaceAll('-', '_');
  if (known.includes(upper)) return upper;
  const other = OTHER_NAMES[upper];
  if (other !== undefined) return other;
  const near = known
    .map((one) => ({ one, distance: isBeginningOf(upper, one) || isBeginningOf(one, upper) ? 1 : leven(upper, one) }))
    .sort((left, right) => left.distance - right.distance || left.one.length - right.one.length)[0];
  return near !== undefined && near.distance <= mistakesIn(upper) ? near.one : undefined;
};

/**
 * Names that are not ours and look as if they were meant to be. One is no mistake where what it was meant for is set.
 * @param names all that are set, here or in a file
 * @param known all names that Parley reads
 */
export const findMisspelt = (names: readonly string[], known: readonly string[]): readonly Misspelt[] =>
  names.flatMap((name) => {
    if (known.includes(name) || FOREIGN.has(name)) return [];
    const meant = meantBy(name, known);
    return meant === undefined || names.includes(meant) ? [] : [{ name, meant }];
  });
