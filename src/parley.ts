import { createCatalogue } from './bedrock/catalogue.ts';
import { createControlPlane } from './bedrock/control-plane.ts';
import { createKeyedModel } from './bedrock/keyed-model.ts';
import { createModelBook } from './bedrock/model-facts.ts';
import { outputBurndown } from './bedrock/output-burndown.ts';
import { createAnswer } from './conversation/answer.ts';
import { countWaiting } from './conversation/counted-line.ts';
import { createForget } from './conversation/forget.ts';
import { createAsked } from './discord/asked.ts';
import { createBot } from './discord/bot.ts';
import { createDiscordClient } from './discord/client.ts';
import { ASK_ABOUT, createAskAbout } from './discord/commands/ask-about-command.ts';
import { createAskCommand } from './discord/commands/ask-command.ts';
import { createHelpCommand } from './discord/commands/help-command.ts';
import { createResetCommand } from './discord/commands/reset-command.ts';
import { createStatusCommand } from './discord/commands/status-command.ts';
import { createControls } from './discord/controls/create-controls.ts';
import { createDiscordApi } from './discord/discord-api.ts';
import { createByteRoom } from './discord/files/byte-room.ts';
import { DISCORD_CDN_URLS } from './discord/files/cdn-address.ts';
import { createFileReader } from './discord/files/file-reader.ts';
import { createImageScaler } from './discord/files/scale-image.ts';
import { createOnMessage } from './discord/on-message.ts';
import { createOwners } from './discord/owners.ts';
import { trackReferencedMessages } from './discord/referenced-message.ts';
import { trackChannelActivity } from './discord/reply/channel-activity.ts';
import { createPacers } from './discord/reply/pacer.ts';
import { createRunning } from './discord/running.ts';
import { createTellOwners } from './discord/tell-owners.ts';
import { createInspect } from './operations/inspect.ts';
import { createPulse } from './operations/pulse.ts';
import { createLine } from './queue/line.ts';
import { createHistoryStore } from './store/history-store.ts';
import { createKeptFiles } from './store/kept-files.ts';
import { openStore } from './store/open-store.ts';
import { createPickedMessages } from './store/picked-messages.ts';
import { createPendingQuestionStore, createShownAnswerStore } from './store/shown-answer-store.ts';
import { createCheckGroups } from './check-groups.ts';
import { connectModel } from './connect-model.ts';
import { reportAnswer } from './report-answer.ts';
import { createKeyWatch } from './watch-key.ts';
import type { Config } from './config.ts';
import type { AnswerReport } from './conversation/ports.ts';
import type { Status } from './discord/status-texts.ts';
import type { CheckGroup } from './finding.ts';
import type { LineOptions } from './queue/line.ts';
import type { Log } from './log.ts';
import type { Store } from './store/open-store.ts';

/** What files of questions may take of the memory while these wait for their turn: four of the largest, or dozens of photos. */
const FILE_MEMORY_BYTES = 64 * 1024 * 1024;

/** Milliseconds between two looks for values that are past their time. */
const SWEEP_EVERY_MS = 60 * 60 * 1000;

/** `waits`: how long the line waits where Bedrock refuses calls; only tests, which are in a hurry, set it. */
export type ParleyConfig = Config & { readonly waits?: Pick<LineOptions, 'minClosedMs' | 'maxClosedMs' | 'retryScale'> };

export interface Parley {
  /** What can be looked at, running or not. */
  readonly checks: readonly CheckGroup[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Puts the parts together. */
export const createParley = (config: ParleyConfig, log: Log, onFatal: (reason: string) => void): Parley => {
  const store = openStore(config.store.url);
  const fileStore = openStore(config.store.url, { table: 'files' });
  const ttlMs = config.store.historyMs;
  const histories = createHistoryStore({ store, files: createKeptFiles({ store: fileStore, ttlMs, log }), ttlMs, log });
  const { modelId, maxTokens } = config.bedrock.settings;
  const line = countWaiting(
    createLine({
      maxConcurrentCalls: config.maxConcurrentCalls,
      limits: config.quota,
      maxTokens,
      outputBurndown: outputBurndown(modelId),
      log,
      ...config.waits,
    }),
  );
  const client = createDiscordClient(config.discord);
  const api = createDiscordApi(client.rest);
  const owners = createOwners(client.rest, config.discord.ownerIds);
  const keyWatch = createKeyWatch({
    source: config.bedrock.apiKey,
    region: config.bedrock.region,
    log,
    tellOwners: createTellOwners(client.rest, api, owners, log),
    claim: store.setIfAbsent,
  });
  const { keys } = keyWatch;
  const book = createModelBook(config.bedrock.models);
  const { region, controlEndpoint, settings } = config.bedrock;
  const catalogue = createCatalogue({ controlPlane: createControlPlane({ apiKey: keys.read, region, endpoint: controlEndpoint }), book, region });
  const checks = createCheckGroups({ config, keys, catalogue, book, commands: () => bot.commands });
  const pulse = createPulse(Date.now);
  const status = (): Status => ({
    trouble: keys.state().isExpired ? 'key-expired' : pulse.trouble(),
    waiting: line.waiting(),
    modelName: book.find(settings.modelId)?.name,
  });
  const report = (told: AnswerReport): void => {
    pulse.heard(told);
    reportAnswer(log, told);
  };
  const answer = createAnswer({
    line,
    histories,
    model: createKeyedModel(keys, () => connectModel(config.bedrock, keys, (field) => log.warn({ field }, 'the model takes no such field; it is left out from now on'))),
    settings: { ...config.prompt, historyMs: config.store.historyMs },
    now: Date.now,
  });
  const remembered = { line, histories, pendingQuestions: createPendingQuestionStore({ store, ttlMs }) };
  const forget = createForget(remembered);
  const running = createRunning();
  const controls = createControls({ client, api, running, shownAnswers: createShownAnswerStore({ store, ttlMs }), ...remembered, forget, log });
  const asked = createAsked({
    answer,
    running,
    pacers: createPacers(),
    watchChannel: trackChannelActivity(client),
    controls: controls.answers,
    log,
    report,
  });
  const readFiles = createFileReader({
    cdnUrls: config.discord.cdnUrl === undefined ? DISCORD_CDN_URLS : [config.discord.cdnUrl],
    scaleImage: createImageScaler(),
    room: createByteRoom(FILE_MEMORY_BYTES),
  });
  const askAbout = createAskAbout({ api, asked, readFiles, pickedMessages: createPickedMessages(store) });
  const bot = createBot({
    client,
    discordToken: config.discord.token.read(),
    log,
    onMessage: createOnMessage({
      api,
      asked,
      allowsDms: config.discord.allowsDms,
      referencedMessage: trackReferencedMessages(client),
      readFiles,
    }),
    interactions: (registered) => ({
      commands: [
        createAskCommand(api, asked, readFiles),
        createResetCommand(forget, (error) => log.error({ reason: String(error) }, 'a conversation could not be forgotten')),
        createStatusCommand({ status, inspect: createInspect(checks, Date.now), owners }),
        createHelpCommand(registered),
      ],
      messageCommands: [askAbout.command],
      components: controls.buttons(asked),
      modals: { [ASK_ABOUT]: askAbout.onForm },
    }),
    onFatal,
  });
  const sweepTable = (table: Store): void => {
    try {
      if (table.sweep()) setImmediate(sweepTable, table);
    } catch (error) {
      log.warn({ reason: String(error) }, 'old records could not be swept');
    }
  };
  const sweep = (): void => {
    sweepTable(store);
    sweepTable(fileStore);
    histories.sweepFiles().catch((error: unknown) => log.warn({ reason: String(error) }, 'stray files could not be swept'));
  };
  const sweeping = setInterval(sweep, SWEEP_EVERY_MS).unref();
  return {
    checks,
    start: async () => {
      await keyWatch.start();
      await bot.start();
      keyWatch.watch();
    },
    stop: async () => {
      clearInterval(sweeping);
      keyWatch.stop();
      await bot.stop();
      await Promise.all([store.close(), fileStore.close()]);
    },
  };
};
