import { ConfigError, EXIT_BAD_SETTINGS, problemsText, readConfig } from './settings/config.ts';
import { loadEnvironment } from './settings/environment.ts';
import { listenProblem } from './settings/http-address.ts';
import { createLog } from './log/log.ts';
import { useProxy } from './use-proxy.ts';
import { secretsInSettings } from './settings/settings-secrets.ts';
import { shownStore } from './store/store-address.ts';
import { readVersion } from './process/version.ts';
import type { Config } from './settings/config.ts';
import type { LoadedEnvironment } from './settings/environment.ts';
import type { Log } from './log/log.ts';
import type { Observed, Readiness } from './operations/observed.ts';

const readSettings = async (loaded: LoadedEnvironment): Promise<Config | undefined> => {
  try {
    // Whoever has a file wants it read; the environment alone may be another bot's.
    if (loaded.problem !== undefined) throw new ConfigError([loaded.problem]);
    return readConfig(loaded.environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { adviceOn, placeOf } = await import('./settings/settings-advice.ts');
    process.stderr.write([problemsText(error.problems, placeOf(loaded, error.problems)), ...adviceOn(loaded, error.problems), ''].join('\n'));
    return undefined;
  }
};

/** An answer that is none of Discord's; discord.js is not loaded for it. */
const isOfDiscord = (error: unknown): boolean => error instanceof Error && /^(?:DiscordAPIError|HTTPError)/u.test(error.name);

/** Tells supervisors how the process is, where the settings say so; counts from now on. */
const tellHealth = async (http: Config['http'], log: Log, observed: Observed, isStopping: () => boolean): Promise<void> => {
  if (http === undefined) return;
  const [{ startHealthServer }, { createMetrics }] = await Promise.all([import('./operations/health-server.ts'), import('./operations/metrics.ts')]);
  const readiness = (): Readiness => (isStopping() ? { ...observed.readiness(), ready: false, connected: false, reason: 'Parley is going down.' } : observed.readiness());
  try {
    await startHealthServer({ ...http, readiness, metrics: createMetrics({ ...observed, readiness }), log });
  } catch (error) {
    throw new ConfigError([listenProblem(http, error)]);
  }
};

/** After this the process ends in whatever state it is, in milliseconds. */
const LONGEST_STOP_MS = 40_000;

/** Frames of a stack that are worth a line. */
const FRAMES = 6;

/** Where it happened is told apart from what, because it is never secret. */
const describeDefect = (error: unknown): { readonly reason: string; readonly at: readonly string[] } => ({
  reason: String(error),
  at: ((error instanceof Error ? error.stack : undefined) ?? '').match(/^ +at .+$/gmu)?.slice(0, FRAMES).map((frame) => frame.trim()) ?? [],
});

/**
 * Runs Parley until a signal or a fatal refusal ends it. Exit codes: 0 after a signal, 78 for what only an admin can mend, 1 for a defect.
 * @param envFile instead of `.env`
 */
export const run = async ({ env, stdout }: Pick<NodeJS.Process, 'env' | 'stdout'>, envFile?: string): Promise<void> => {
  const loaded = loadEnvironment({ env }, { file: envFile });
  const config = await readSettings(loaded);
  if (config === undefined) {
    process.exitCode = EXIT_BAD_SETTINGS;
    return;
  }
  const inSettings = secretsInSettings(loaded.environment);
  const { proxy } = config.bedrock;
  if (proxy !== undefined) await useProxy(proxy);
  // Here, because discord.js has to be loaded behind that.
  const [{ createParley }, { TOKEN_REFUSED }] = await Promise.all([import('./parley.ts'), import('./discord/bot.ts')]);
  const log = await createLog({
    level: config.log.level,
    format: config.log.format ?? (stdout.isTTY ? 'pretty' : 'json'),
    secrets: () => [config.discord.token.read(), config.bedrock.apiKey.read(), ...inSettings],
  });
  log.info(
    { version: readVersion(), model: config.bedrock.settings.modelId, region: config.bedrock.region, store: shownStore(config.store.url) },
    'Parley starts',
  );
  let isStopping = false;
  const stop = async (exitCode: number, graceMs?: number): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    process.exitCode = exitCode;
    setTimeout(() => process.exit(exitCode), LONGEST_STOP_MS).unref();
    try {
      await parley.stop(graceMs);
      log.info({ exitCode }, 'stopped');
    } catch (error) {
      log.error({ exitCode, reason: String(error) }, 'stopped, but not in order; the next start settles what was left');
    }
    process.exit(exitCode);
  };
  const onEnd = (reason: string, exitCode: number, message?: string): void => {
    if (isStopping) return;
    log.fatal({ reason, exitCode }, message ?? (exitCode === EXIT_BAD_SETTINGS ? 'Discord refused the connection' : 'the connection to Discord is lost'));
    // Nothing can be said to anybody there.
    void stop(exitCode, 0);
  };
  const parley = createParley(config, log, onEnd);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // Whoever asks twice does not want to wait. What is in the ledger is there for the next start.
      if (isStopping) process.exit();
      log.info({ signal }, 'stopping; answers that are being written may end');
      void stop(0);
    });
  }
  // What nobody caught costs a line in the log, not the process: one broken question must not end the others, and a
  // message that ended the process would be found again, and end it again, after each start.
  process.on('unhandledRejection', (reason) => log.error(describeDefect(reason), 'a defect of Parley (unhandled rejection), which goes on all the same'));
  process.on('uncaughtException', (error) => log.error(describeDefect(error), 'a defect of Parley (uncaught exception), which goes on all the same'));
  try {
    await tellHealth(config.http, log, parley.observed, () => isStopping);
    await parley.start();
    if (isStopping) return;
    const { misspeltAdvice, tooSmallQuota } = await import('./settings/settings-advice.ts');
    for (const advice of misspeltAdvice(loaded)) log.warn(advice);
    const quota = tooSmallQuota(config);
    if (quota !== undefined) log.warn({ cure: quota.cure }, quota.says);
  } catch (error) {
    if (isStopping) return;
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.message}\n`);
      await stop(EXIT_BAD_SETTINGS);
      return;
    }
    const isRefused = error instanceof Error && 'code' in error && error.code === 'TokenInvalid';
    if (isRefused) onEnd(TOKEN_REFUSED, EXIT_BAD_SETTINGS);
    else if (isOfDiscord(error)) {
      const { apiUrl } = config.discord;
      const { describeDeliveryError } = await import('./discord/rest/delivery-error.ts');
      const says = `What answers at ${apiUrl ?? 'discord.com'} is not Discord as Parley knows it: ${describeDeliveryError(error)}.`;
      onEnd(`${says} ${apiUrl === undefined ? 'Something on the way may stand in for it: look at the proxy.' : 'Correct DISCORD_API_URL, or leave it out.'}`, apiUrl === undefined ? 1 : EXIT_BAD_SETTINGS, 'Parley could not start');
    } else {
      log.fatal({ reason: String(error) }, 'Parley could not start');
      await stop(1);
    }
  }
};
