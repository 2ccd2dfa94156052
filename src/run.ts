import { ConfigError, EXIT_BAD_SETTINGS, readConfig } from './config.ts';
import { loadEnvironment } from './environment.ts';
import { createLog } from './log.ts';
import { createParley } from './parley.ts';
import type { Config } from './config.ts';
import type { Environment } from './secret-settings.ts';

const readSettings = (environment: Environment): Config | undefined => {
  try {
    return readConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return undefined;
  }
};

/** Runs Parley until a signal or a fatal refusal ends it. Exit codes: 0 after a signal, 78 for what only an admin can mend, 1 for a defect. */
export const run = async ({ env, stdout }: Pick<NodeJS.Process, 'env' | 'stdout'>): Promise<void> => {
  const config = readSettings(loadEnvironment({ env }));
  if (config === undefined) {
    process.exitCode = EXIT_BAD_SETTINGS;
    return;
  }
  const log = await createLog({
    level: config.log.level,
    format: config.log.format ?? (stdout.isTTY ? 'pretty' : 'json'),
    secrets: () => [config.discord.token.read(), config.bedrock.apiKey.read()],
  });
  let isStopping = false;
  const stop = async (exitCode: number): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    process.exitCode = exitCode;
    await parley.stop();
    log.info({ exitCode }, 'stopped');
    process.exit(exitCode);
  };
  const onFatal = (reason: string): void => {
    if (isStopping) return;
    log.fatal({ reason }, 'Discord will not have us');
    void stop(EXIT_BAD_SETTINGS);
  };
  const parley = createParley(config, log, onFatal);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(0));
  process.on('unhandledRejection', (reason) => log.error({ reason: String(reason) }, 'unhandled rejection'));
  try {
    await parley.start();
  } catch (error) {
    if (isStopping) return;
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.message}\n`);
      await stop(EXIT_BAD_SETTINGS);
      return;
    }
    const isRefused = error instanceof Error && 'code' in error && error.code === 'TokenInvalid';
    if (isRefused) onFatal('Discord refused DISCORD_TOKEN. Copy the token again from the "Bot" page of the developer portal.');
    else {
      log.fatal({ reason: String(error) }, 'Parley could not start');
      await stop(1);
    }
  }
};
