import { SETTING_NAMES } from './config.ts';
import { findMisspelt } from './misspelt-settings.ts';
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
