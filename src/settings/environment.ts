import { parse } from 'dotenv';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readTextFile } from './text-file.ts';
import { whyUnreadable } from './why-unreadable.ts';
import type { Environment } from './secret-settings.ts';

export interface LoadedEnvironment {
  readonly environment: Environment;
  /** The files that were looked for, in this order; the first that is there counts. */
  readonly lookedFor: readonly string[];
  /** The file that was read; undefined where there is none. */
  readonly file: string | undefined;
  /** The names that stand in it. */
  readonly namesInFile: readonly string[];
  /** Why a file that is there says nothing, in one sentence. */
  readonly problem: string | undefined;
}

export interface EnvironmentOptions {
  /** Instead of `.env`: the one file to read. */
  readonly file?: string | undefined;
  /** Where the program lies. */
  readonly programFolder?: string;
  readonly workingFolder?: string;
}

/** What a text says in the form of `.env`. */
export const settingsIn = (text: string): Readonly<Record<string, string>> => parse(text);

const PROGRAM_FOLDER = join(import.meta.dirname, '../..');

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

const isOutOfReach = (path: string): boolean => {
  try {
    isThere(path);
    return false;
  } catch {
    return true;
  }
};

/**
 * The environment, with what a file `.env` beside the program, else one in the working directory, adds to it. What the
 * environment says already stays; what the file adds is written into it, where libraries look for proxies and certificates.
 */
export const loadEnvironment = (
  { env }: Pick<NodeJS.Process, 'env'>,
  { file: named, programFolder = PROGRAM_FOLDER, workingFolder = process.cwd() }: EnvironmentOptions = {},
): LoadedEnvironment => {
  const lookedFor = named === undefined ? [...new Set([join(programFolder, '.env'), resolve(workingFolder, '.env')])] : [resolve(workingFolder, named)];
  const none = { environment: env, lookedFor, file: undefined, namesInFile: [], problem: undefined };
  try {
    const file = named === undefined ? lookedFor.find(isThere) : lookedFor[0];
    if (file === undefined) return none;
    try {
      const settings = parse(readTextFile(file));
      for (const [name, value] of Object.entries(settings)) env[name] ??= value;
      return { ...none, file, namesInFile: Object.keys(settings) };
    } catch (error) {
      return { ...none, file, problem: `The file ${file} ${whyUnreadable(file, error)}.` };
    }
  } catch (error) {
    // A folder on the way that may not be looked into.
    const file = lookedFor.find(isOutOfReach) ?? lookedFor.join(' or ');
    return { ...none, file, problem: `The file ${file} ${whyUnreadable(file, error)}.` };
  }
};
