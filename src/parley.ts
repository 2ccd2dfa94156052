import { createModelBook, outputBurndown } from './bedrock/model-facts.ts';
import { openModel } from './bedrock/open-model.ts';
import { createAnswer } from './conversation/answer.ts';
import { createImageLimit } from './conversation/image-limit.ts';
import { createQuestionEvents, onOutcome } from './conversation/question-events.ts';
import { TOKEN_REFUSED } from './discord/bot.ts';
import { connectDiscord } from './discord/connect-discord.ts';
import { openDoors } from './discord/open-doors.ts';
import { reportQuestions } from './log/report-answer.ts';
import { createFloodReport } from './log/report-floods.ts';
import { createInspect } from './operations/inspect.ts';
import { createPulse } from './operations/pulse.ts';
import { createLifecycle } from './lifecycle.ts';
import { loadLater } from './process/load-later.ts';
import { openLine } from './queue/open-line.ts';
import { EXIT_BAD_SETTINGS } from './settings/config.ts';
import { openStores } from './store/open-stores.ts';
import { NEWER_STORE_CURE } from './store/sqlite-file.ts';
import { createUpkeep } from './upkeep/create-upkeep.ts';
import type { Status } from './discord/texts/status-texts.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Log } from './log/log.ts';
import type { CheckGroup } from './operations/finding.ts';
import type { LineOptions } from './queue/line.ts';
import type { Config } from './settings/config.ts';

/** How old a question may be that is answered without being asked again, in milliseconds: the conversation has moved on. */
const YOUNG_MS = 15 * 60 * 1000;
/** What the log says where only an admin can help. */
const USELESS = 'Parley cannot work like this';
/** The exit code that makes a supervisor start the process anew. */
const EXIT_START_ANEW = 1;

/** `waits`: how long the line waits where Bedrock refuses calls; only tests, which are in a hurry, set it. */
export type ParleyConfig = Config & { readonly waits?: Pick<LineOptions, 'minOpenMs' | 'maxOpenMs' | 'retryScale'> };

export interface Parley extends Lifecycle {
  /** What can be looked at, running or not. */
  checks(): Promise<readonly CheckGroup[]>;
  /** Why no question would be answered now, in one sentence; undefined where one would. */
  notReady(): string | undefined;
}

/** Says that the process has to end: with this reason and this exit code, and what the log says of it. */
export type OnEnd = (reason: string, exitCode: number, message?: string) => void;

/**
 * Puts the parts together.
 * @param wall our own clock, in milliseconds since the epoch
 * @param monotonicNow milliseconds that only go forward, for durations
 */
export const createParley = (
  config: ParleyConfig,
  log: Log,
  onEnd: OnEnd,
  wall: () => number = Date.now,
  monotonicNow: () => number = () => performance.now(),
): Parley => {
  const { bedrock, prompt } = config;
  const { modelId, maxTokens } = bedrock.settings;
  const historyMs = config.store.historyMs;
  let isUseful = Promise.resolve(true);

  const onTokenRefused = (): void => onEnd(TOKEN_REFUSED, EXIT_BAD_SETTINGS);
  const discord = connectDiscord({ ...config.discord, wall, monotonicNow, log, isUseful: () => isUseful, onTokenRefused });
  const { clock, presence, tellOwners } = discord;
  const { now } = clock;
  const stores = openStores({
    url: config.store.url,
    ttlMs: historyMs,
    youngMs: YOUNG_MS,
    secret: config.discord.token.read(),
    now,
    wall,
    log,
    onFailure: (error) => upkeep.storeFailed(error),
    onNewer: ({ kind, key }, version) => {
      // Nothing is to be said or written any more: whoever can read it goes on with what is under way.
      doors.leaveAll();
      onEnd(`${kind} ${key} is of version ${version}, which a newer Parley has written. ${NEWER_STORE_CURE}`, EXIT_BAD_SETTINGS, 'the store is not for this version');
    },
  });
  const { histories, ledger, notebook } = stores;
  const upkeep = createUpkeep({
    config,
    stores,
    clock,
    tellOwners,
    monotonicNow,
    log,
    onTrouble: presence.trouble,
    onHopeless: (problem) => onEnd(problem, EXIT_BAD_SETTINGS, USELESS),
  });
  const { keys } = upkeep;
  const book = createModelBook(bedrock.models);
  const { line, day } = openLine({
    maxConcurrentCalls: config.maxConcurrentCalls,
    limits: config.quota,
    quotaOf: { region: bedrock.region, modelId },
    maxTokens,
    outputBurndown: outputBurndown(modelId),
    clocks: { monotonic: monotonicNow, wall: now },
    now,
    notebook,
    log,
    ...config.waits,
  });
  const imageLimit = createImageLimit(
    () => book.find(modelId)?.maxImages,
    (most) => log.warn({ most, modelId }, 'the model takes no more than so many pictures at once; others are left out from now on. maxImages in BEDROCK_MODELS_FILE says so beforehand'),
  );
  const model = openModel({ connection: bedrock, keys, book, beforeReading: ledger.quiet, now, log });
  // For now every place has the environment's.
  const settings = { ...prompt, historyMs, model, imageLimit };
  const events = createQuestionEvents((error) => log.error({ reason: String(error) }, 'a listener to questions failed; nobody else is affected'));
  const answer = createAnswer({ line, histories, settingsFor: () => settings, tell: events.tell, now, monotonicNow });

  const pulse = createPulse(monotonicNow);
  events.listen(onOutcome(pulse.heard));
  events.listen(onOutcome(({ outcome }) => (outcome === 'delivered' ? upkeep.answered() : undefined)));
  events.listen(reportQuestions(log));
  const floods = createFloodReport(log);
  events.listen(onOutcome((told) => (told.failure?.kind === 'line-full' ? floods.heard(told) : undefined)));
  const checks = loadLater(async () => {
    const { createCheckGroups } = await import('./doctor/check-groups.ts');
    const groups = createCheckGroups({ config, keys, book, commands: () => doors.commands, clock, wall, monotonicNow });
    return async () => groups;
  });
  const status = (): Status => ({
    trouble: keys.state().isExpired ? 'key-expired' : (pulse.trouble() ?? upkeep.trouble()),
    waiting: line.waiting(),
    modelName: book.find(modelId)?.name,
  });
  const doors = openDoors({
    discord,
    discordToken: config.discord.token.read(),
    ...config.discord,
    answer,
    line,
    mostImages: imageLimit.most,
    stores,
    youngMs: YOUNG_MS,
    tell: events.tell,
    status,
    inspect: createInspect(checks, monotonicNow),
    monotonicNow,
    log,
    onFatal: (reason) => onEnd(reason, EXIT_BAD_SETTINGS),
    onZombie: (reason) => onEnd(reason, EXIT_START_ANEW),
  });

  return { checks, notReady: doors.notReady, ...createLifecycle({ upkeep, doors, day, stores, onQuiet: floods.end, onTried: (whether) => (isUseful = whether), log }) };
};
