import { existsSync, readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { join } from 'node:path';
import { readApiKey } from './bedrock/api-key.ts';
import { findModel } from './bedrock/find-model.ts';
import { createModelBook } from './bedrock/model-facts.ts';
import { redact } from './log/redact.ts';
import { findingText } from './operations/finding.ts';
import { Interrupted, askHidden, askYes } from './process/ask-hidden.ts';
import { ConfigError, readConfig } from './settings/config.ts';
import { readEnvFile, withSettings, writeEnvFile } from './settings/env-file.ts';
import { loadEnvironment, settingsIn } from './settings/environment.ts';
import { secretsInSettings } from './settings/settings-secrets.ts';
import { whyUnreadable } from './settings/why-unreadable.ts';
import { useProxy } from './use-proxy.ts';
import type { Finding } from './operations/finding.ts';

export interface SetupOptions {
  readonly envFile?: string | undefined;
  readonly isJson: boolean;
  readonly region?: string | undefined;
  readonly model?: string | undefined;
  /** Write over what the file says already, without asking. */
  readonly isReplacing: boolean;
}

const TOKEN = 'DISCORD_TOKEN';
const KEY = 'AWS_BEARER_TOKEN_BEDROCK';
const EXAMPLE = join(import.meta.dirname, '../.env.example');
const CALL_MS = 30_000;
const EXIT_INTERRUPTED = 130;

const QUESTIONS: Readonly<Record<string, string>> = {
  [TOKEN]: 'Bot token, from the "Bot" page of https://discord.com/developers/applications (it is not shown): ',
  [KEY]: 'Bedrock API key, from https://console.aws.amazon.com/bedrock/home#/api-keys (it is not shown): ',
};

const isSet = (env: NodeJS.ProcessEnv, name: string): boolean => (env[name] ?? '').trim() !== '';
/** It comes from elsewhere, and has no place in the file. */
const isElsewhere = (env: NodeJS.ProcessEnv, name: string): boolean => isSet(env, `${name}_FILE`) || isSet(env, `${name}_COMMAND`);

const example = (): string => {
  try {
    return readFileSync(EXAMPLE, 'utf8');
  } catch {
    return '';
  }
};

type Outcome = { readonly findings: readonly Finding[]; readonly file?: string; readonly model?: string; readonly invite?: string };

/**
 * `npm run setup`: asks for the two secrets, tries both, finds a model that answers, and writes `.env`. Without a terminal the
 * secrets come from the environment or, as lines like those of `.env`, from the standard input; never from the command line.
 * @returns the exit code: 0 when the file is written, 1 when nothing was, 130 when somebody stopped it
 */
export const runSetup = async (process: Pick<NodeJS.Process, 'env' | 'stdin' | 'stdout' | 'stderr'>, options: SetupOptions): Promise<number> => {
  const { stdin, stdout, stderr } = process;
  const secrets: string[] = [];
  try {
    const outcome = await setUp(process, options, secrets);
    const isWell = outcome.file !== undefined;
    const safe = (words: string): string => redact(words, secrets.filter((secret) => secret.length > 4));
    if (options.isJson) stdout.write(`${safe(JSON.stringify({ ok: isWell, ...outcome }, undefined, 2))}\n`);
    else {
      for (const finding of outcome.findings) stdout.write(safe(findingText(finding)));
      if (isWell) stdout.write(`\nInvite the bot to a server: ${outcome.invite}\nThen run it: npm start\n`);
      else stdout.write('\nNothing was written.\n');
    }
    return isWell ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    stderr.write('Nothing was written.\n');
    return EXIT_INTERRUPTED;
  } finally {
    stdin.pause();
  }
};

const setUp = async ({ env, stdin, stderr }: Pick<NodeJS.Process, 'env' | 'stdin' | 'stderr'>, { envFile, isJson, region, model, isReplacing }: SetupOptions, secrets: string[]): Promise<Outcome> => {
  const given = { ...env };
  const loaded = loadEnvironment({ env }, { file: envFile });
  const file = loaded.file ?? loaded.lookedFor[0] ?? '.env';
  const bad = (says: string, cure?: string): Outcome => ({ findings: [{ check: 'setup', state: 'bad', says, ...(cure === undefined ? {} : { cure }) }] });
  // One that is not there yet is what this is for.
  if (loaded.problem !== undefined && existsSync(file)) return bad(loaded.problem);
  const terminal = { input: stdin, output: stderr };
  const isAsking = stdin.isTTY === true && !isJson;
  const names = [TOKEN, KEY].filter((name) => !isElsewhere(env, name));
  const read: Record<string, string> = {};
  if (!isAsking && names.some((name) => !isSet(given, name)) && stdin.isTTY !== true) Object.assign(read, settingsIn(await readAll(stdin)));
  for (const name of names) {
    const known = read[name] ?? given[name] ?? '';
    read[name] = known.trim() === '' && isAsking ? await askHidden(terminal, QUESTIONS[name] ?? name) : known.trim();
    // What the file has already is tried again, where nobody gave another one.
    if (read[name] === '') read[name] = (env[name] ?? '').trim();
    secrets.push(read[name]);
  }
  secrets.push(...secretsInSettings(env));
  const before = readEnvFile(file);
  const inFile = settingsIn(before ?? '');
  const replaced = names.filter((name) => (inFile[name] ?? '').trim() !== '' && inFile[name]?.trim() !== read[name]);
  if (replaced.length > 0 && !isReplacing) {
    const what = replaced.join(' and ');
    if (!isAsking) return bad(`${file} has another ${what} already.`, 'Say --replace to write over it, or name another file with --env-file.');
    if (!(await askYes(terminal, `${file} has another ${what} already. Replace it? [y/N] `))) return bad(`${file} was left as it is.`);
  }

  const keyRegion = readApiKey(read[KEY] ?? '').region;
  const chosenRegion = region ?? (isSet(given, 'AWS_REGION') ? given['AWS_REGION'] : (keyRegion ?? env['AWS_REGION']));
  const settings = { ...env, ...Object.fromEntries(names.map((name) => [name, read[name]])), ...(chosenRegion === undefined ? {} : { AWS_REGION: chosenRegion }), ...(model === undefined ? {} : { BEDROCK_MODEL_ID: model }) };
  let config: ReturnType<typeof readConfig>;
  try {
    config = readConfig(settings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { findings: error.problems.map((says) => ({ check: 'settings', state: 'bad', says: `${says}.` })) };
  }
  const { bedrock, discord } = config;
  if (bedrock.proxy !== undefined) await useProxy(bedrock.proxy);
  const book = createModelBook(bedrock.models);
  const own = bedrock.settings.modelId;
  const candidates = model === undefined ? [...new Set([own, ...book.idsIn(bedrock.region).map(({ id }) => id)])] : [own];
  const apiKey = bedrock.apiKey.run === undefined ? bedrock.apiKey.read() : await bedrock.apiKey.run().catch(() => '');
  // Here, because discord.js has to be loaded behind a proxy.
  const { tryToken } = await import('./discord/try-token.ts');
  const [token, found] = await Promise.all([
    tryToken(discord.token.read(), discord.apiUrl),
    findModel(candidates, { apiKey, region: bedrock.region, endpoint: bedrock.endpoint, isStreaming: bedrock.isStreaming, timeoutMs: CALL_MS, monotonicNow: () => performance.now() }),
  ]);
  const findings: Finding[] = [
    token.isGood ? { check: 'discord.token', state: 'good', says: `The bot token is that of ${token.name}.` } : { check: 'discord.token', state: 'bad', says: token.says, cure: token.cure },
    'modelId' in found ? { check: 'bedrock.access', state: 'good', says: `${found.modelId} answers in ${bedrock.region}.` } : { check: 'bedrock.access', state: 'bad', ...found },
  ];
  if (!token.isGood || !('modelId' in found)) return { findings };
  const wantsModel = model !== undefined || found.modelId !== own;
  try {
    const values = {
      ...Object.fromEntries(names.map((name) => [name, read[name] ?? ''])),
      ...(chosenRegion === undefined || (chosenRegion === 'us-east-1' && inFile['AWS_REGION'] === undefined) ? {} : { AWS_REGION: chosenRegion }),
      ...(wantsModel ? { BEDROCK_MODEL_ID: found.modelId } : {}),
    };
    writeEnvFile(file, withSettings(before ?? example(), values));
  } catch (error) {
    return { findings: [...findings, { check: 'setup', state: 'bad', says: `${file} ${whyUnreadable(file, error)}.` }] };
  }
  return { findings: [...findings, { check: 'setup', state: 'good', says: `Written to ${file}, which only you may read.` }], file, model: found.modelId, invite: token.invite };
};
