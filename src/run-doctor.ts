import { curlFor } from './bedrock/service-address.ts';
import { loadEnvironment } from './settings/environment.ts';
import { examineSettings } from './doctor/examine-settings.ts';
import { findingText, verdictText } from './operations/finding.ts';
import { runChecks } from './operations/run-checks.ts';
import { bearableCalls } from './process/bearable-calls.ts';
import { callsAtATimeText } from './queue/calls-at-a-time.ts';
import { useProxy } from './use-proxy.ts';
import { redact } from './log/redact.ts';
import { secretsInSettings } from './settings/settings-secrets.ts';
import type { Config } from './settings/config.ts';
import type { CheckGroup, Finding } from './operations/finding.ts';
import type { Log } from './log/log.ts';

const TITLES: Readonly<Record<CheckGroup['id'], string>> = { discord: 'Discord', store: 'the store', bedrock: 'Amazon Bedrock', places: 'the servers' };

const nothing = (): void => undefined;
/** What the doctor finds is all that it says. */
const SILENT: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing };

interface Listener {
  onTitle(title: string): void;
  onFinding(finding: Finding): void;
  onBegin(about: string): void;
}

/** Looks at all that the settings allow to look at. */
const examine = async (config: Config, missing: ReadonlySet<CheckGroup['id']>, listener: Listener): Promise<void> => {
  if (config.bedrock.proxy !== undefined) await useProxy(config.bedrock.proxy);
  // Here, because discord.js has to be loaded behind that.
  const { createParley } = await import('./parley.ts');
  const parley = createParley(config, SILENT, nothing);
  try {
    for (const group of missing) {
      listener.onFinding({ check: group, state: 'skipped', says: `I look at ${TITLES[group]} once its settings are fixed.` });
    }
    let current: CheckGroup | undefined;
    await runChecks(
      (await parley.checks()).filter(({ id }) => !missing.has(id) && (id !== 'places' || missing.size === 0)),
      {
        onBegin: ({ about }) => listener.onBegin(about),
        onFinding: (finding, group) => {
          if (group !== current) listener.onTitle(group.title);
          current = group;
          listener.onFinding(finding);
        },
      },
    );
  } finally {
    await parley.stop();
  }
};

/** `npm run doctor`: looks at everything, tells what is wrong and what to do. Exit code 0 when Parley can work, else 1. */
export const runDoctor = async (process: Pick<NodeJS.Process, 'env' | 'argv' | 'stdout' | 'stderr'>, envFile?: string): Promise<number> => {
  const isJson = process.argv.includes('--json');
  const loaded = loadEnvironment(process, { file: envFile });
  const { config, findings: ofSettings, missing } = examineSettings(loaded);
  const inSettings = secretsInSettings(loaded.environment);
  const secrets = (): readonly string[] =>
    [...inSettings, ...(config === undefined ? [] : [config.discord.token.read(), config.bedrock.apiKey.read()])].filter((secret) => secret.length > 4);
  const findings: Finding[] = [];
  const isShowingProgress = process.stderr.isTTY === true;
  const clear = isShowingProgress ? '\r\u001B[K' : '';
  const write = (text: string): void => {
    if (isShowingProgress) process.stderr.write(clear);
    process.stdout.write(text);
  };
  const say = (text: string): void => {
    if (!isJson) write(redact(text, secrets()));
  };
  const listener: Listener = {
    onTitle: (title) => say(`\n${title}\n`),
    onFinding: ({ says, cure, ...finding }) => {
      const shown = { ...finding, says: redact(says, secrets()), ...(cure === undefined ? {} : { cure: redact(cure, secrets()) }) };
      findings.push(shown);
      say(findingText(shown));
    },
    onBegin: (about) => {
      if (isShowingProgress) process.stderr.write(`${clear}… looking at ${about}`);
    },
  };

  say('Settings\n');
  for (const finding of ofSettings) listener.onFinding(finding);
  if (config !== undefined && ofSettings.every(({ state }) => state !== 'bad')) {
    listener.onFinding({ check: 'settings', state: 'good', says: callsAtATimeText({ ...config, bearableCalls: bearableCalls() }) });
  }
  if (config !== undefined) await examine(config, missing, listener);

  const isWell = findings.every(({ state }) => state !== 'bad');
  const { region = '', endpoint, settings } = config?.bedrock ?? {};
  const curl = settings === undefined ? undefined : redact(await curlFor({ region, endpoint, modelId: settings.modelId }), secrets());
  if (isJson) write(`${JSON.stringify({ ok: isWell, findings, curl }, undefined, 2)}\n`);
  else {
    if (curl !== undefined) say(`\nThe same call by hand:\n\n${curl}\n`);
    say(`\n${verdictText(findings)}\n`);
  }
  return isWell ? 0 : 1;
};
