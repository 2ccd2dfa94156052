import { ConfigError, readConfig } from '../settings/config.ts';
import { adviceOn, tooSmallQuota } from '../settings/settings-advice.ts';
import type { Config } from '../settings/config.ts';
import type { CheckGroup, Finding } from '../operations/finding.ts';
import type { LoadedEnvironment } from '../settings/environment.ts';
import type { Environment } from '../settings/secret-settings.ts';

export interface ExaminedSettings {
  readonly findings: readonly Finding[];
  /** The settings, with defaults for those that are wrong; undefined when not even that works. */
  readonly config: Config | undefined;
  /** What cannot be looked at for lack of its settings. */
  readonly missing: ReadonlySet<CheckGroup['id']>;
}

/** Settings without which a part has nothing to be looked at, and something to stand in for them meanwhile. */
const NEEDED: readonly [string, CheckGroup['id'], string][] = [
  ['DISCORD_TOKEN', 'discord', 'none'],
  ['AWS_BEARER_TOKEN_BEDROCK', 'bedrock', 'none'],
  ['STORE_URL', 'store', 'memory://'],
];

const NAME = /\b[A-Z]+(?:_[A-Z]+)+\b/gu;

/** The settings that a problem speaks of, without the ways to give them. */
const namesIn = (problems: readonly string[]): ReadonlySet<string> =>
  new Set(problems.flatMap((problem) => [...problem.matchAll(NAME)].map(([name]) => name.replace(/_(?:FILE|COMMAND)$/u, ''))));

const problemsOf = (environment: Environment): { readonly config?: Config; readonly problems: readonly string[] } => {
  try {
    return { config: readConfig(environment), problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.problems };
  }
};

/** The settings, and as much of them as can be used when some are wrong: one mistake does not hide all else. */
export const examineSettings = (loaded: LoadedEnvironment): ExaminedSettings => {
  const { environment } = loaded;
  const { config, problems } = problemsOf(environment);
  const check = 'settings';
  const file: readonly Finding[] = loaded.problem === undefined ? [] : [{ check, state: 'bad', says: loaded.problem }];
  const advice = adviceOn(loaded, problems).map((says): Finding => ({ check, state: 'warning', says }));
  if (config !== undefined) {
    const where = loaded.file === undefined ? 'the environment' : `the environment and ${loaded.file}`;
    const quota = tooSmallQuota(config);
    const useless: readonly Finding[] = quota === undefined ? file : [...file, { check, state: 'bad', ...quota }];
    const inGeneral: readonly Finding[] = useless.length > 0 ? useless : [{ check, state: 'good', says: `All settings are in order. They come from ${where}.` }];
    const { proxy } = config.bedrock;
    const way: readonly Finding[] = proxy === undefined ? [] : [{ check, state: 'good', says: `Discord and Bedrock are reached through the proxy ${proxy.shownAddress} (HTTPS_PROXY, HTTP_PROXY).` }];
    return { config, missing: new Set(), findings: [...inGeneral, ...way, ...advice] };
  }
  const wrong = namesIn(problems);
  const rest = Object.fromEntries(Object.entries(environment).filter(([name]) => !wrong.has(name.replace(/_(?:FILE|COMMAND)$/u, ''))));
  const missing = NEEDED.filter(([name]) => wrong.has(name));
  for (const [name, , standIn] of missing) rest[name] = standIn;
  return {
    config: problemsOf(rest).config,
    missing: new Set(missing.map(([, group]) => group)),
    findings: [...file, ...problems.map((problem): Finding => ({ check, state: 'bad', says: `${problem}.` })), ...advice],
  };
};
