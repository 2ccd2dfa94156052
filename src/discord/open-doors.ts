import { createForget } from '../conversation/forget.ts';
import { createMoveConversation } from '../conversation/move-conversation.ts';
import { loadLater } from '../process/load-later.ts';
import { createAdmin } from './admin/open-admin.ts';
import { createAnswering } from './answering.ts';
import { createBot } from './bot.ts';
import { ASK_ABOUT, createAskAbout } from './commands/ask-about-command.ts';
import { createAskCommand } from './commands/ask-command.ts';
import { createHelpCommand } from './commands/help-command.ts';
import { createThreadCommand } from './commands/thread-command.ts';
import { createStatusCommand } from './commands/status-command.ts';
import { CONFIRM, CONFIRM_ANEW, CONTINUE, DECLINE, PAGE, REGENERATE, STOP, controlId } from './controls/control-buttons.ts';
import { createControls } from './controls/create-controls.ts';
import { watchChannelClosures } from './gateway/channel-closures.ts';
import { createChannelsOfMembers } from './gateway/channels-of-members.ts';
import { createEarlierDirectChannels } from './gateway/earlier-sessions.ts';
import { createFillGap } from './gateway/gap-fill.ts';
import { createGatewayCursor } from './gateway/gateway-cursor.ts';
import { createGatewayHealth } from './gateway/gateway-health.ts';
import { createGatewayWatch } from './gateway/gateway-watch.ts';
import { createGreetServer } from './gateway/greet-servers.ts';
import { createNotedSessions } from './gateway/noted-sessions.ts';
import { shardOf } from './gateway/session-plan.ts';
import { createSharedShards } from './gateway/shared-shards.ts';
import { createReadBack } from './gateway/read-back.ts';
import { hearUnknownChannels } from './gateway/unknown-channels.ts';
import { createBursts, joinMessages } from './intake/bursts.ts';
import { createAccepting } from './intake/accept-question.ts';
import { createReadAskedMessage } from './intake/asked-message.ts';
import { createFindConversation } from './intake/find-conversation.ts';
import { createInteractionClaims } from './intake/claim-interaction.ts';
import { createQuestionsInProgress, drain } from './intake/questions-in-progress.ts';
import { createIntake } from './intake/intake.ts';
import { createPatientClaim } from './intake/patient-claim.ts';
import { createMentionAdded, createOnMessage } from './intake/on-message.ts';
import { createRecentResets } from './intake/recent-resets.ts';
import { createWithParentExchange } from './intake/parent-exchange.ts';
import { createQuestionThreads } from './intake/threads.ts';
import { trackRightBefore } from './intake/right-before.ts';
import { trackReferencedMessages } from './intake/referenced-message.ts';
import { answerUnknownInteractions } from './intake/unknown-interactions.ts';
import { createMemory } from './memory/open-memory.ts';
import { isKnownOwner } from './rest/owners.ts';
import { createStartThread } from './rest/start-thread.ts';
import { tellOfPublicBot } from './rest/public-bot.ts';
import { oneAtATime } from './resume/one-at-a-time.ts';
import { createRetryButton } from './resume/retry-button.ts';
import { createDeclineButton } from './resume/decline-button.ts';
import { RETRY_KIND } from './resume/retry-row.ts';
import { createIsOfOwnShards } from './resume/own-shards.ts';
import { createKeepLooking } from './resume/keep-looking.ts';
import { createLeftInteractions } from './resume/left-interactions.ts';
import { createLeftTurns } from './resume/left-turns.ts';
import { createSettleAbandoned } from './resume/settle-abandoned.ts';
import type { Admission } from '../conversation/admission.ts';
import type { Answer } from '../conversation/answer.ts';
import type { Ledger } from '../conversation/ledger.ts';
import type { QuestionListener } from '../conversation/question-events.ts';
import type { Question } from '../conversation/question.ts';
import type { HistoryStore, Line, PickedMessages } from '../conversation/ports.ts';
import type { Scope } from '../conversation/scope.ts';
import type { Threads } from '../conversation/threading.ts';
import type { PendingQuestions, ShownAnswers } from '../conversation/shown-answer.ts';
import type { Log } from '../log/log.ts';
import type { GatewaySigns } from '../operations/observed.ts';
import type { AdminParts } from './admin/open-admin.ts';
import type { Bot } from './bot.ts';
import type { Overhearing } from './intake/overheard.ts';
import type { TitleThreads } from './intake/title-threads.ts';
import type { StatusCommandOptions } from './commands/status-command.ts';
import type { Discord } from './connect-discord.ts';
import type { Processes } from './gateway/earlier-sessions.ts';
import type { ShardSettings } from './gateway/session-plan.ts';
import type { DivisionTable, SharingProcesses } from './gateway/shared-shards.ts';
import type { BegunStore } from './intake/claim-interaction.ts';
import type { LeftStore } from './resume/left-interactions.ts';
import type { SharedNotebook } from './gateway/noted-sessions.ts';
import type { KnownToken } from './rest/known-token.ts';

export interface DoorsOptions extends Pick<StatusCommandOptions, 'status' | 'inspect'> {
  readonly discord: Discord;
  readonly discordToken: string;
  readonly cdnUrl: string | undefined;
  readonly allowsDms: boolean;
  readonly servesGuests: boolean;
  /** Milliseconds between messages that are one question. */
  readonly burstMs: number;
  readonly answer: Answer;
  readonly line: Line;
  /** Whether a question is taken on. */
  readonly admission: Admission;
  /** What is a question without being addressed to us. */
  readonly overhearing: Overhearing;
  readonly titleThreads: Pick<TitleThreads, 'begun'>;
  /** What admins have decided for the place of a question. */
  readonly rules: PlaceRules;
  /** By what admins decide it. */
  readonly admin: AdminParts;
  /** What lasts longer than the process. */
  readonly stores: {
    readonly ledger: Ledger & { readonly processes: Processes };
    readonly histories: HistoryStore;
    readonly shownAnswers: ShownAnswers;
    readonly pendingQuestions: PendingQuestions;
    readonly pickedMessages: PickedMessages;
    readonly notebook: SharedNotebook;
    readonly begun: BegunStore & LeftStore;
    readonly claim: (key: string, word: string, ttlMs: number) => Promise<boolean>;
    /** The processes that divide the work; undefined where the store is for one. */
    readonly sharing: { readonly processes: SharingProcesses; readonly table: DivisionTable } | undefined;
  };
  /** How old a question may be that is answered without being asked again, in milliseconds. */
  readonly youngMs: number;
  /** How long an exchange is remembered, in milliseconds. */
  readonly historyMs: number;
  /** Hears of the beginning and the end of each question. */
  readonly tell: QuestionListener;
  readonly monotonicNow: () => number;
  readonly log: Log;
  /** Discord will not have us: with what an admin can do. */
  readonly onFatal: (reason: string) => void;
  /** The connection is dead, and only a new process helps. */
  readonly onZombie: (reason: string) => void;
  readonly knownToken: KnownToken;
  readonly shards: ShardSettings;
}

/** What admins have decided for the place of a question, as far as its doors differ by it; answered from memory. */
export interface PlaceRules {
  /** Whether failures are told to whoever asked alone. */
  readonly isQuiet: (place: Pick<Question, 'guildId' | 'conversationId'>) => boolean;
  readonly modelNameIn: StatusCommandOptions['modelNameIn'];
  /** Who shares a conversation. */
  readonly scopeIn: (place: Pick<Question, 'guildId' | 'conversationId'>) => Scope;
  /** Which questions get threads of their own. */
  readonly threadsIn: (place: Pick<Question, 'guildId' | 'conversationId'>) => Threads;
}

/** Everything by which people reach Parley, and by which answers reach them. */
export interface Doors {
  /** The commands as Discord is told of them. */
  readonly commands: Bot['commands'];
  /** Hears from now on how far it listened. */
  open(): Promise<void>;
  /** Resolves when Discord says that we are there. @param isUseful whether questions can be answered at all */
  start(isUseful: Promise<boolean>): Promise<void>;
  /** Why no question would be answered now, in one sentence; undefined where one would. */
  notReady(): string | undefined;
  /** What is known of the connections to Discord. */
  signs(): GatewaySigns;
  /** Whether another process is the one that hears what is asked there. */
  isAnothers(guildId: string | undefined): boolean;
  /** These questions have left their conversations, behind their answers. Never rejects. */
  leftHistory(questionIds: readonly string[]): void;
  /** Ends all that is being answered at once: somebody else goes on with it. */
  leaveAll(): void;
  /** Takes nothing on any more. How many answers had not ended after `graceMs`. */
  shut(graceMs: number): Promise<number>;
  /** Notes how far it listened. */
  close(): Promise<void>;
  /** Says goodbye to Discord. */
  leave(): Promise<void>;
}

/** How long others may take to hear what a process that ends has heard, in milliseconds: part of the time that its answers may take. */
const HAND_OVER_MS = 8_000;

export const openDoors = ({
  discord,
  discordToken,
  cdnUrl,
  allowsDms,
  servesGuests,
  burstMs,
  answer,
  line,
  admission,
  overhearing: { listensIn, isAsked: isAskedUnaddressed, isInOwnThread, lastAnswered },
  titleThreads,
  rules,
  admin: adminParts,
  stores,
  youngMs,
  historyMs,
  tell,
  status,
  inspect,
  monotonicNow,
  log,
  onFatal,
  onZombie,
  knownToken,
  shards,
}: DoorsOptions): Doors => {
  const { client, api, channels, startedThreads, readFiles, application, owners, turnedAway, clock } = discord;
  const { now } = clock;
  const { ledger, histories, shownAnswers, pendingQuestions, pickedMessages, notebook, begun, claim, sharing } = stores;
  const inProgress = createQuestionsInProgress(joinMessages(readFiles));
  const resets = createRecentResets();
  const shardOfServer = (guildId: string | undefined): number => shardOf(guildId, client.options.shardCount ?? 1);
  const isLeaving = (guildId: string | undefined): boolean => bot.shared?.isLeaving(shardOfServer(guildId)) === true;
  const intake = createIntake(isLeaving);
  const remembered = { line, histories, pendingQuestions, ledger };
  const forget = createForget(remembered);

  watchChannelClosures(client, inProgress);
  answerUnknownInteractions(client, api, log);
  const referencedMessages = trackReferencedMessages(client);
  const rightBefore = trackRightBefore(client, burstMs);
  const readAskedMessage = createReadAskedMessage({ api, referencedMessage: referencedMessages.of, rightBefore, readFiles });
  const bursts = createBursts({ withinMs: burstMs, inProgress, ledger, read: readAskedMessage });
  const readBack = createReadBack(client, channels, referencedMessages, rightBefore);
  const isThread = (channelId: string): boolean => channels.open(channelId)?.isThread() ?? startedThreads.parentOf(channelId) !== undefined;
  const conversations = createFindConversation({ scopeIn: rules.scopeIn, isThread, inProgress, histories, lastAnswered });
  const showSibling = loadLater(async () => (await import('./controls/show-sibling.ts')).createShowSibling({ scheduler: discord.scheduler, log }));
  const startThread = createStartThread(api);
  const threads = createQuestionThreads({
    api,
    startThread,
    started: startedThreads,
    withParentExchange: createWithParentExchange(histories),
    threadsIn: rules.threadsIn,
    onBegun: titleThreads.begun,
    onRefused: (channelId, reason) => log.info({ channelId, reason }, 'a question gets no thread; it is answered where it was asked'),
  });
  const controls = createControls({ client, channels, api, inProgress, shownAnswers, ...remembered, forget, read: readAskedMessage, readBack, bursts, showSibling, historyMs, now, log });
  const answering = createAnswering({
    discord,
    answer,
    admission,
    inProgress,
    resets,
    controls: controls.answers,
    histories,
    shownAnswers,
    readAskedMessage,
    readFiles,
    isAskedUnaddressed,
    readBack,
    rightBefore,
    bursts,
    conversations,
    threads,
    isQuiet: rules.isQuiet,
    tell,
    claim,
    monotonicNow,
    log,
  });
  const { settle } = answering;
  const patientClaim = createPatientClaim({ ledger, intake, isShared: sharing !== undefined, isQuiet: rules.isQuiet, writeDirectly: discord.writeDirectly, now });
  const accepting = createAccepting({ api, ledger, claimPatiently: patientClaim.claim, intake, admission, resets, conversations, histories, threads, tell, ...answering });
  const { accept } = accepting;
  const onMessage = createOnMessage({ read: readAskedMessage, isAskedUnaddressed, isInOwnThread, admission, isThreadWanted: threads.isWanted, bursts, ...accepting });
  hearUnknownChannels({ client, readBack, onMessage, listensIn, log });

  const cursor = createGatewayCursor(client, notebook, log, now, patientClaim.oldestHeldUp);
  discord.onServer(createGreetServer({ client, api, channels, cursor, claim, historyMs, now, log }));
  const { processes } = ledger;
  const sessions = createNotedSessions({ client, notebook, owner: processes.owner, log });
  const replay = loadLater(async () => (await import('./gateway/replay-session.ts')).replaySession);
  const earlierDirectChannels = createEarlierDirectChannels({ notebook, processes, sessions, replay, channelsOfMembers: createChannelsOfMembers({ rest: client.rest, ledger, log }), lostMessages: discord.lostMessages, token: discordToken, log });
  const fillGap = createFillGap({ client, channels, cursor, earlierDirectChannels, readBack, onMessage, mayBeMore: bursts.mayBeMore, listensIn, isKnown: async (messageId) => (await ledger.find(messageId)) !== undefined, intake, youngMs, now, log });
  const abandoned = createSettleAbandoned({ ledger, isOfOwnShards: createIsOfOwnShards(client, channels), settle, intake, isDiscordClosed: turnedAway.isOn, log });
  const forgetDeleted = oneAtATime(
    loadLater(async () =>
      (await import('./resume/forget-deleted.ts')).createForgetDeleted({ client, shownAnswers, ledger, readBack, deleted: controls.questionDeleted, intake, log }),
    ),
  );
  const finishTurn = loadLater(async () => (await import('./resume/finish-turn.ts')).createFinishTurn({ api, shownAnswers, histories, showSibling, lostMessages: discord.lostMessages, log }));
  const leftTurns = createLeftTurns({ shownAnswers, finishTurn, begun, now, log });
  const gatewayWatch = createGatewayWatch({
    client,
    health: createGatewayHealth(monotonicNow),
    // What was asked comes before what was deleted.
    fillGap: async (shardId) => {
      // Nobody has listened before.
      if (cursor.gap(shardId) === undefined) discord.lostMessages.heardAllOfEarlier(shardId);
      await fillGap(shardId);
      await forgetDeleted();
    },
    isStandingBy: () => bot.shared?.isStandingBy() === true,
    onZombie: (silentMs) => onZombie(`Discord has said nothing for ${Math.round(silentMs / 1000)} seconds.`),
    now: monotonicNow,
    log,
  });

  const askAbout = createAskAbout({ api, accept, readFiles, pickedMessages, admission });
  const memory = createMemory({ ...remembered, forget, scopeIn: rules.scopeIn, isThread, inProgress, resets, deadButtons: controls.deadButtons, undoAnswer: controls.undoAnswer, historyMs, now, log });
  const retry = createRetryButton({ api, ledger, intake, admission, settle });
  const admin = createAdmin({ ...adminParts, client, channels, owners, cdnUrl });
  const threadCommand = createThreadCommand({
    admission,
    scopeIn: rules.scopeIn,
    startThread,
    started: startedThreads,
    histories,
    move: createMoveConversation({ line, histories, answerIdOf: controlId }),
    onFailure: (error) => log.warn({ reason: String(error) }, 'a conversation could not be moved into a thread'),
  });
  const claims = createInteractionClaims({ isForAnother: (interaction) => controls.isForAnother(interaction, isLeaving(interaction.guildId ?? undefined)), begun, log });
  const changesInPlace = new Set([REGENERATE, CONFIRM_ANEW, CONTINUE, PAGE, ...[memory.components, admin.components, admin.modals].flatMap((kinds) => Object.keys(kinds))]);
  const leftInteractions = createLeftInteractions({ api, rest: client.rest, begun, ledger, shownAnswers, changesInPlace, isDiscordClosed: turnedAway.isOn, now, log });
  const looks = [abandoned, leftInteractions, leftTurns].map((looking) => createKeepLooking({ intake, log }, looking));
  const bot = createBot({
    client,
    discordToken,
    log,
    onMessage,
    onEdited: createMentionAdded({ onMessage, youngMs }),
    interactions: (registered) => ({
      commands: [createAskCommand(api, accept, readFiles, threads.isWantedBy), threadCommand, ...memory.commands, createStatusCommand({ status, modelNameIn: rules.modelNameIn, threadsIn: rules.threadsIn, inspect, owners, goneOn: admin.goneOn, standingToday: admin.standingToday }), createHelpCommand(registered, allowsDms), ...admin.commands],
      messageCommands: [askAbout.command, ...controls.menu],
      components: { ...controls.buttons(accepting.acceptPress), [RETRY_KIND]: retry, [CONFIRM]: retry, [DECLINE]: createDeclineButton(ledger), ...memory.components, ...admin.components },
      modals: { [ASK_ABOUT]: askAbout.onForm, ...admin.modals },
      claims,
      onHeard: memory.onHeard,
      allowsDms,
      servesGuests,
      alwaysOpen: new Set([STOP]),
      isOwner: (userId) => isKnownOwner(owners, userId),
    }),
    onReady: () => {
      for (const { start } of looks) start();
      controls.deadButtons.start();
      void tellOfPublicBot(application, log);
    },
    onFatal,
    onOutgrown: onZombie,
    knownToken,
    shards,
    share:
      sharing === undefined || shards.shardIds !== undefined
        ? undefined
        : (options) =>
            createSharedShards({
              ...options,
              ...sharing,
              isBusy: (shardId) => inProgress.all().some(({ question: { guildId } }) => shardOfServer(guildId) === shardId),
              onGone: () => {
                for (const { lookNow } of looks) lookNow();
              },
              now: monotonicNow,
              log,
            }),
    connections: {
      channels,
      onTaken: cursor.take,
      onLeft: async (shardId) => {
        gatewayWatch.left(shardId);
        discord.lostMessages.left(shardId);
        await Promise.all([cursor.leave(shardId), sessions.leave(shardId)]);
      },
    },
    mayRegister: (ms) => claim('registering', '1', ms),
  });

  return {
    commands: bot.commands,
    open: async () => {
      sessions.open();
      await cursor.open();
    },
    start: (isUseful) => {
      gatewayWatch.start();
      return bot.start(isUseful);
    },
    notReady: gatewayWatch.notReady,
    signs: gatewayWatch.signs,
    isAnothers: (guildId) => bot.shared?.isAnothers(shardOfServer(guildId)) === true,
    leftHistory: (questionIds) => void controls.deadButtons.left(questionIds),
    leaveAll: () => {
      for (const question of inProgress.all()) question.cancel('shutting down');
    },
    shut: async (graceMs) => {
      const until = monotonicNow() + graceMs;
      // Whoever hears them from then on is there before nothing is taken on here any more.
      await bot.shared?.handOver(Math.min(graceMs, HAND_OVER_MS));
      intake.close();
      for (const { stop } of looks) stop();
      controls.stop();
      const left = await drain(inProgress, Math.max(0, until - monotonicNow()));
      // What belongs to an answer that goes on elsewhere is not waited for.
      if (left === 0) await claims.allEnded();
      await intake.allTold();
      return left;
    },
    close: async () => {
      gatewayWatch.stop();
      await Promise.all([cursor.close(), sessions.close()]);
    },
    leave: async () => {
      await bot.stop();
      await bot.shared?.stop();
    },
  };
};
