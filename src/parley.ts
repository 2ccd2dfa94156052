import { createKeyedModel } from './bedrock/keyed-model.ts';
import { createModelBook } from './bedrock/model-facts.ts';
import { outputBurndown } from './bedrock/output-burndown.ts';
import { createAnswer } from './conversation/answer.ts';
import { countWaiting } from './conversation/counted-line.ts';
import { findAnswer } from './conversation/history.ts';
import { createImageLimit } from './conversation/image-limit.ts';
import { createForget } from './conversation/forget.ts';
import { createAsked, createRefused, createSayInstead } from './discord/asked.ts';
import { createReadAskedMessage } from './discord/asked-message.ts';
import { TOKEN_REFUSED, createBot } from './discord/bot.ts';
import { createClaimInteraction } from './discord/claim-interaction.ts';
import { createDiscordClient } from './discord/client.ts';
import { createDiscordClock } from './discord/discord-clock.ts';
import { ASK_ABOUT, createAskAbout } from './discord/commands/ask-about-command.ts';
import { createAskCommand } from './discord/commands/ask-command.ts';
import { createHelpCommand } from './discord/commands/help-command.ts';
import { createReset } from './discord/commands/reset-command.ts';
import { FORGET_MINE } from './discord/commands/reset-texts.ts';
import { createStatusCommand } from './discord/commands/status-command.ts';
import { createControls } from './discord/controls/create-controls.ts';
import { createDiscordApi } from './discord/discord-api.ts';
import { createWasToldDirectly, createWriteDirectly } from './discord/direct-message.ts';
import { drain } from './discord/drain.ts';
import { createFillGap } from './discord/gap-fill.ts';
import { createGatewayHealth } from './discord/gateway-health.ts';
import { createGatewayWatch } from './discord/gateway-watch.ts';
import { createIntake } from './discord/intake.ts';
import { createKeptChannels } from './discord/kept-channels.ts';
import { createListened } from './discord/listened.ts';
import { createMentionAdded } from './discord/mention-added.ts';
import { createOnMessage } from './discord/on-message.ts';
import { createKnownApplication } from './discord/known-application.ts';
import { createOwners } from './discord/owners.ts';
import { tellOfPublicBot } from './discord/public-bot.ts';
import { expectPlausibleEvents } from './discord/plausible-events.ts';
import { createPresence } from './discord/presence.ts';
import { createReadBack } from './discord/read-back.ts';
import { trackReferencedMessages } from './discord/referenced-message.ts';
import { trackChannelActivity } from './discord/reply/channel-activity.ts';
import { createRetryButton } from './discord/resume/retry-button.ts';
import { oneAtATime } from './discord/resume/one-at-a-time.ts';
import { RETRY_KIND } from './discord/resume/retry-row.ts';
import { createSettleAbandoned } from './discord/resume/settle-abandoned.ts';
import { createRecentResets } from './discord/recent-resets.ts';
import { createRunning } from './discord/running.ts';
import { createTellAsker } from './discord/tell-asker.ts';
import { createTellOwners } from './discord/tell-owners.ts';
import { createTurnedAway } from './discord/turned-away.ts';
import { hearUnknownChannels } from './discord/unknown-channels.ts';
import { answerUnknownInteractions } from './discord/unknown-interactions.ts';
import { watchPlaces } from './discord/watch-places.ts';
import { createInspect } from './operations/inspect.ts';
import { createPulse } from './operations/pulse.ts';
import { DayAccount } from './queue/day-account.ts';
import { createLine } from './queue/line.ts';
import { createHistoryStore } from './store/history-store.ts';
import { createKeptFiles } from './store/kept-files.ts';
import { createLedgerStore } from './store/ledger-store.ts';
import { openTables } from './store/open-store.ts';
import { createNotebook } from './store/notebook.ts';
import { createPickedMessages } from './store/picked-messages.ts';
import { createPendingQuestionStore, createShownAnswerStore } from './store/shown-answer-store.ts';
import { connectModel } from './connect-model.ts';
import { loadLater } from './load-later.ts';
import { NEWER_STORE_CURE, NewerStoreError } from './store/sqlite-file.ts';
import { createSeal } from './store/seal.ts';
import { createStartupChecks } from './startup-checks.ts';
import { ConfigError, EXIT_BAD_SETTINGS } from './config.ts';
import { reportAnswer } from './report-answer.ts';
import { createFloodReport } from './report-floods.ts';
import { reportRecords } from './report-records.ts';
import { createKeyWatch } from './watch-key.ts';
import { createStoreWatch } from './watch-store.ts';
import type { Config } from './config.ts';
import type { AnswerReport } from './conversation/ports.ts';
import type { Status } from './discord/status-texts.ts';
import type { CheckGroup } from './finding.ts';
import type { LineOptions } from './queue/line.ts';
import type { Log } from './log.ts';
import type { Store } from './store/open-store.ts';

/** Milliseconds between two looks for values that are past their time. */
const SWEEP_EVERY_MS = 60 * 60 * 1000;

/** How old a question may be that is answered without being asked again, in milliseconds: the conversation has moved on. */
const YOUNG_MS = 15 * 60 * 1000;

/** How long answers that are being written may take to end once the process is to end, in milliseconds. */
const GRACE_MS = 20_000;

/** How long the last writes may wait for somebody who has the store locked, in milliseconds; the next start settles what is missing. */
const HURRY_MS = 2_000;

/** What the log says where only an admin can help. */
const USELESS = 'Parley cannot work like this';

/** The exit code that makes a supervisor start the process anew. */
const EXIT_START_ANEW = 1;

/** `waits`: how long the line waits where Bedrock refuses calls; only tests, which are in a hurry, set it. */
export type ParleyConfig = Config & { readonly waits?: Pick<LineOptions, 'minClosedMs' | 'maxClosedMs' | 'retryScale'> };

export interface Parley {
  /** What can be looked at, running or not. */
  checks(): Promise<readonly CheckGroup[]>;
  start(): Promise<void>;
  /** Why no question would be answered now, in one sentence; undefined where one would. */
  notReady(): string | undefined;
  /** Takes nothing on any more, lets answers end for at most `graceMs`, and leaves the rest to the next start. */
  stop(graceMs?: number): Promise<void>;
}

/** Says that the process has to end: with this reason and this exit code, and what the log says of it. */
export type OnEnd = (reason: string, exitCode: number, message?: string) => void;

/** @throws {ConfigError} where a later Parley has made the store its own. What else may be wrong with it, the next look tells. */
const refuseNewerStore = async (store: Store): Promise<void> => {
  try {
    await store.peek('-');
  } catch (error) {
    if (error instanceof Error && error.cause instanceof NewerStoreError) throw new ConfigError([`STORE_URL: ${error.cause.message}. ${NEWER_STORE_CURE}`]);
  }
};

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
  // Bedrock's keys end, questions age and exchanges expire by the clock of those who gave them.
  const clock = createDiscordClock(wall, monotonicNow);
  const { now } = clock;
  let isStoreTried = false;
  const running = createRunning();
  const resets = createRecentResets();
  const openTable = openTables(config.store.url, {
    ...reportRecords(log),
    keptAsideMs: config.store.historyMs,
    // A start tells of its own.
    onFailure: (error) => {
      if (isStoreTried && startup.trouble() !== 'store') storeWatch.failed(error);
    },
    onNewer: ({ kind, key }, version) => {
      // Nothing is to be said or written any more: whoever can read it goes on with what is under way.
      for (const question of running.all()) question.cancel('shutting down');
      onEnd(`${kind} ${key} is of version ${version}, which a newer Parley has written. ${NEWER_STORE_CURE}`, EXIT_BAD_SETTINGS, 'the store is not for this version');
    },
  });
  const [store, fileStore, ledgerStore] = [openTable(), openTable('files'), openTable('ledger')];
  const ttlMs = config.store.historyMs;
  const notebook = createNotebook(ledgerStore, { ttlMs, now });
  const histories = createHistoryStore({ store, otherTables: [fileStore, ledgerStore], files: createKeptFiles({ store: fileStore, ttlMs, log }), ttlMs, log });
  const { modelId, maxTokens } = config.bedrock.settings;
  const quotaDay = new DayAccount({ now, notebook, key: `quota/${config.bedrock.region}/${modelId}`, log });
  const line = countWaiting(
    createLine({
      maxConcurrentCalls: config.maxConcurrentCalls,
      limits: config.quota,
      day: quotaDay,
      maxTokens,
      outputBurndown: outputBurndown(modelId),
      clocks: { monotonic: monotonicNow, wall: now },
      log,
      ...config.waits,
    }),
  );
  const seal = createSeal(config.discord.token.read());
  const ledger = createLedgerStore({ store: ledgerStore, seal, ttlMs: config.store.historyMs, youngMs: YOUNG_MS, now, wall, log });
  const onFatal = (reason: string): void => onEnd(reason, EXIT_BAD_SETTINGS);
  const turnedAway = createTurnedAway({
    monotonic: monotonicNow,
    onChange: (forMs) => {
      presence.turnedAway(forMs === undefined ? undefined : now() + forMs);
      if (forMs === undefined) log.info({}, 'Discord takes requests from this address again');
      else log.error({ seconds: Math.ceil(forMs / 1000) }, 'Discord turns away all requests from this address for so long; answers wait');
    },
  });
  let isUseful: Promise<boolean> = Promise.resolve(true);
  const client = createDiscordClient({
    ...config.discord,
    isUseful: () => isUseful,
    onTokenRefused: () => onFatal(TOKEN_REFUSED),
    answers: {
      monotonic: monotonicNow,
      onDate: clock.heard,
      onOddLimit: (odd) => log.warn(odd, 'Discord names a limit that makes no sense; I wait a minute at most'),
      turnedAway,
    },
  });
  const presence = createPresence(client);
  // The first that read an event.
  expectPlausibleEvents(client);
  const channels = createKeptChannels(client);
  const api = createDiscordApi(client.rest);
  const writeDirectly = createWriteDirectly(client.rest, api);
  const application = createKnownApplication(client.rest);
  const owners = createOwners(application, config.discord.ownerIds);
  const tellOwners = createTellOwners(writeDirectly, owners, log);
  const keyWatch = createKeyWatch({
    source: config.bedrock.apiKey,
    region: config.bedrock.region,
    log,
    tellOwners,
    claim: store.setIfAbsent,
    now,
    isTimeKnown: () => clock.aheadMs() !== undefined,
    onReplaced: () => startup.keyChanged(),
    onHopeless: (problem) => onEnd(problem, EXIT_BAD_SETTINGS, USELESS),
  });
  const { keys } = keyWatch;
  const showTrouble = (): void => presence.trouble(storeWatch.trouble() ?? startup.trouble());
  const storeWatch = createStoreWatch({ url: config.store.url, store, tellOwners, monotonicNow, log, onChange: showTrouble });
  const startup = createStartupChecks({
    config,
    store,
    keys,
    onDate: clock.heard,
    monotonicNow,
    log,
    onHopeless: ({ says, cure }) => onEnd(`${says} ${cure}`, EXIT_BAD_SETTINGS, USELESS),
    onTrouble: showTrouble,
  });
  const book = createModelBook(config.bedrock.models);
  const checks = loadLater(async () => {
    const { createCheckGroups } = await import('./check-groups.ts');
    const groups = createCheckGroups({ config, keys, book, commands: () => bot.commands, clock, wall, monotonicNow });
    return async () => groups;
  });
  const pulse = createPulse(monotonicNow);
  const status = (): Status => ({
    trouble: keys.state().isExpired ? 'key-expired' : (pulse.trouble() ?? storeWatch.trouble() ?? startup.trouble()),
    waiting: line.waiting(),
    modelName: book.find(modelId)?.name,
  });
  const floods = createFloodReport(log);
  const report = (told: AnswerReport): void => {
    pulse.heard(told);
    if (told.outcome === 'delivered') startup.answered();
    reportAnswer(log, told);
    if (told.failure?.kind === 'line-full') floods.heard(told);
  };
  const imageLimit = createImageLimit(
    () => book.find(modelId)?.maxImages,
    (most) => log.warn({ most, modelId }, 'the model takes no more than so many pictures at once; others are left out from now on. maxImages in BEDROCK_MODELS_FILE says so beforehand'),
  );
  const answer = createAnswer({
    line,
    histories,
    model: createKeyedModel(keys, () => {
      const known = book.find(modelId);
      const fromTokens = known?.cachesFromTokens;
      const cachePoint = fromTokens ? { fromTokens } : undefined;
      return connectModel({ ...config.bedrock, settings: { ...config.bedrock.settings, cachePoint } }, keys, {
        beforeReading: ledger.quiet,
        contextTokens: known?.contextTokens,
        now,
        onFieldRefused: (field) =>
          log.warn(
            { field },
            field === 'system'
              ? 'the model takes no system prompt; it stands in the first turn from now on'
              : 'the model takes no such field; it is left out from now on',
          ),
      });
    }),
    settings: { ...config.prompt, historyMs: config.store.historyMs },
    imageLimit,
    now,
    monotonicNow,
  });
  const remembered = { line, histories, pendingQuestions: createPendingQuestionStore({ store, ttlMs }) };
  const forget = createForget(remembered);
  watchPlaces(client, running);
  answerUnknownInteractions(client, api, log);
  const shownAnswers = createShownAnswerStore({ store, ttlMs, processes: ledger.processes });
  const readFiles = loadLater(async () => (await import('./discord/files/create-reader.ts')).createReader(config.discord.cdnUrl, imageLimit.most));
  const referencedMessages = trackReferencedMessages(client);
  const readAskedMessage = createReadAskedMessage({ api, allowsDms: config.discord.allowsDms, referencedMessage: referencedMessages.of, readFiles });
  const controls = createControls({ client, channels, api, running, shownAnswers, ...remembered, forget, read: readAskedMessage, now, log });
  const intake = createIntake();
  const watchChannel = trackChannelActivity(client);
  const answerClaimed = loadLater(async () => {
    const [{ createAnswerClaimed, createWarnOfView }, { createPacers }, { createAnswerDirectly }, { createGatheredRefusals }] = await Promise.all([
      import('./discord/answer-claimed.ts'),
      import('./discord/reply/pacer.ts'),
      import('./discord/answer-directly.ts'),
      import('./discord/gathered-refusals.ts'),
    ]);
    const pacers = createPacers();
    const answerDirectly = createAnswerDirectly(writeDirectly, createTellAsker(writeDirectly, monotonicNow));
    const warn = createWarnOfView(log);
    return createAnswerClaimed({
      answer,
      running,
      pacers,
      watchChannel,
      answerDirectly,
      gatheredRefusals: createGatheredRefusals({ api, running, pacers, watchChannel, answerDirectly, warn }),
      warn,
      controls: controls.answers,
      resets,
      log,
      report,
    });
  });
  const sayInstead = createSayInstead(writeDirectly);
  const asked = createAsked({ ledger, intake, resets, answerClaimed, sayInstead });
  const readBack = createReadBack(client, channels, referencedMessages);
  const onMessage = createOnMessage({ read: readAskedMessage, asked, refused: createRefused({ ledger, intake, sayInstead }) });
  hearUnknownChannels({ client, readBack, onMessage, log });
  const settle = loadLater(async () => {
    const [{ createSettle }, { createFindQuestion }, { createTidyUp }] = await Promise.all([
      import('./discord/resume/settle.ts'),
      import('./discord/resume/find-question.ts'),
      import('./discord/resume/tidy-up.ts'),
    ]);
    const findQuestion = createFindQuestion({ client, api, readBack, readAskedMessage, readFiles });
    return createSettle({
      findQuestion,
      answerClaimed,
      sayInstead,
      writeDirectly,
      wasToldDirectly: createWasToldDirectly(client.rest),
      remembered: async ({ conversationId, questionId, messageIds }) =>
        findAnswer((await histories.load(conversationId)).history, questionId, messageIds),
      tidyUp: createTidyUp({ findQuestion, keep: controls.answers.keep }),
      now,
      log,
    });
  });
  const settleAbandoned = createSettleAbandoned({ ledger, settle, intake, isDiscordClosed: turnedAway.isOn, log });
  const listened = createListened(client, notebook, log, now);
  const gatewayHealth = createGatewayHealth(monotonicNow);
  const fillGap = createFillGap({ client, channels, listened, readBack, onMessage, intake, youngMs: YOUNG_MS, now, log });
  const forgetDeleted = oneAtATime(
    loadLater(async () =>
      (await import('./discord/resume/forget-deleted.ts')).createForgetDeleted({ client, shownAnswers, readBack, deleted: controls.questionDeleted, intake, log }),
    ),
  );
  const gatewayWatch = createGatewayWatch({
    client,
    health: gatewayHealth,
    // What was asked comes before what was deleted.
    fillGap: async (shardId) => {
      await fillGap(shardId);
      await forgetDeleted();
    },
    onZombie: (silentMs) => onEnd(`Discord has said nothing for ${Math.round(silentMs / 1000)} seconds.`, EXIT_START_ANEW),
    now: monotonicNow,
    log,
  });
  const askAbout = createAskAbout({ api, asked, readFiles, pickedMessages: createPickedMessages(store) });
  const reset = createReset({
    forget,
    histories,
    running,
    resets,
    onForgotten: controls.deadButtons.in,
    onFailure: (error) => log.error({ reason: String(error) }, 'a conversation could not be forgotten'),
  });
  const bot = createBot({
    client,
    discordToken: config.discord.token.read(),
    log,
    onMessage,
    onEdited: createMentionAdded({ onMessage, youngMs: YOUNG_MS }),
    interactions: (registered) => ({
      commands: [
        createAskCommand(api, asked, readFiles),
        reset.command,
        createStatusCommand({ status, inspect: createInspect(checks, monotonicNow), owners }),
        createHelpCommand(registered, config.discord.allowsDms),
      ],
      messageCommands: [askAbout.command, ...controls.menu],
      components: { ...controls.buttons(asked), [RETRY_KIND]: createRetryButton({ api, ledger, intake, settle }), [FORGET_MINE]: reset.onConfirm },
      modals: { [ASK_ABOUT]: askAbout.onForm },
      claim: createClaimInteraction({ running, claim: ledgerStore.setIfAbsent, log }),
      onHeard: reset.onHeard,
      allowsDms: config.discord.allowsDms,
    }),
    onReady: () => {
      settleAbandoned.start();
      void tellOfPublicBot(application, log);
    },
    onFatal,
  });
  const sweepTable = (table: Store): void => {
    try {
      if (table.sweep()) setImmediate(sweepTable, table);
    } catch (error) {
      log.warn({ reason: String(error) }, 'old records could not be cleared away');
    }
  };
  const sweep = (): void => {
    sweepTable(store);
    sweepTable(fileStore);
    sweepTable(ledgerStore);
    histories.sweepFiles().catch((error: unknown) => log.warn({ reason: String(error) }, 'stray files could not be cleared away'));
    histories.sweepUnreadable().catch((error: unknown) => log.warn({ reason: String(error) }, 'unreadable records could not be cleared away'));
  };
  const sweeping = setInterval(sweep, SWEEP_EVERY_MS).unref();
  return {
    checks,
    start: async () => {
      if (!(await startup.tryStore())) return;
      isStoreTried = true;
      await refuseNewerStore(store);
      await Promise.all([keyWatch.start(), ledger.open(), listened.open(), quotaDay.open()]);
      gatewayWatch.start();
      // Beside the login, which takes longer than a good answer.
      isUseful = startup.tryModel();
      const isUseless = isUseful.then((known) => (known ? new Promise<never>(() => undefined) : true));
      if ((await Promise.race([bot.start(isUseful), isUseless])) === true) return;
      keyWatch.watch();
    },
    notReady: gatewayWatch.notReady,
    stop: async (graceMs = GRACE_MS) => {
      clearInterval(sweeping);
      keyWatch.stop();
      startup.stop();
      storeWatch.stop();
      intake.close();
      settleAbandoned.stop();
      const left = await drain(running, graceMs);
      floods.end();
      store.hurry(HURRY_MS);
      if (left > 0) log.info({ questions: left }, 'answers that are not done are left to the next start');
      gatewayWatch.stop();
      await listened.close();
      await ledger.close();
      await bot.stop();
      await quotaDay.close();
      await Promise.all([store, fileStore, ledgerStore].map((one) => one.close()));
    },
  };
};
