import { createPriceOf } from './bedrock/answer-cost.ts';
import { createModelBook } from './bedrock/model-facts.ts';
import { openContentChecks } from './bedrock/open-content-checks.ts';
import { createAdmission } from './conversation/admission.ts';
import { createSideCalls } from './conversation/side-call.ts';
import { createAnswer } from './conversation/answer.ts';
import { createQuestionEvents, onOutcome } from './conversation/question-events.ts';
import { TOKEN_REFUSED } from './discord/bot.ts';
import { connectDiscord } from './discord/connect-discord.ts';
import { isKnownOwner } from './discord/rest/owners.ts';
import { createKnownToken } from './discord/rest/known-token.ts';
import { createOverhearing } from './discord/intake/overheard.ts';
import { createPlaceOfChannel } from './discord/gateway/channel-place.ts';
import { openDoors } from './discord/open-doors.ts';
import { createEnds, createLifecycle } from './lifecycle.ts';
import { createLookingOn } from './looking-on.ts';
import { bearableCalls } from './process/bearable-calls.ts';
import { openPlaceModels } from './place-models.ts';
import { openLimits } from './open-limits.ts';
import { openModelChoices } from './open-model-choices.ts';
import { openToday, openUsage } from './open-usage.ts';
import { openPolicy } from './open-policy.ts';
import { createAnswersTo } from './policy/answers-to.ts';
import { createPrivateAnswers } from './policy/private-answers.ts';
import { createSettingsBook } from './policy/settings-book.ts';
import { createWhoMayAsk } from './policy/who-may-ask.ts';
import { openStores } from './store/open-stores.ts';
import { createCallBook } from './usage/call-book.ts';
import { createBudgetWatch } from './upkeep/watch-budget.ts';
import { createUpkeep } from './upkeep/create-upkeep.ts';
import type { OnReport } from './conversation/call-report.ts';
import type { AdminParts } from './discord/admin/open-admin.ts';
import type { Doors, PlaceRules } from './discord/open-doors.ts';
import type { Lifecycle, OnEnd } from './lifecycle.ts';
import type { Log } from './log/log.ts';
import type { LookingOn } from './looking-on.ts';
import type { LineOptions } from './queue/line.ts';
import type { Config } from './settings/config.ts';
import type { LedgerCompanion } from './store/ledger-store.ts';

/** How old a question may be that is answered without being asked again, in milliseconds: the conversation has moved on. */
const YOUNG_MS = 15 * 60 * 1000;

/** `waits`: how long the line waits where Bedrock refuses calls; only tests, which are in a hurry, set it. */
export type ParleyConfig = Config & { readonly waits?: Pick<LineOptions, 'minOpenMs' | 'maxOpenMs' | 'retryScale'> };

export type Parley = Lifecycle & Pick<LookingOn, 'checks'> & Pick<Doors, 'notReady'>;

/**
 * Puts the parts together.
 * @param wall our own clock, in milliseconds since the epoch
 * @param monotonicNow milliseconds that only go forward, for durations
 */
export const createParley = (config: ParleyConfig, log: Log, onEnd: OnEnd, wall = () => Date.now(), monotonicNow = () => performance.now()): Parley => {
  const { bedrock, discord: ofDiscord, store: ofStore } = config;
  const ends = createEnds(onEnd);
  let isUseful = Promise.resolve(true);

  const onTokenRefused = (): void => ends.refused(TOKEN_REFUSED);
  const discord = connectDiscord({ ...ofDiscord, listensIn: (guildId, channelId) => overhearing.listensIn(guildId, channelId), wall, monotonicNow, log, isUseful: () => isUseful, onTokenRefused, hasTokenWorked: () => knownToken.hasWorked() });
  const { clock, presence, tellOwners } = discord;
  const { now } = clock;
  const [discordToken, ttlMs, youngMs] = [ofDiscord.token.read(), ofStore.historyMs, YOUNG_MS];
  const onNewer: typeof ends.newerStore = (record, version) => {
    // Nothing is to be said or written any more: whoever can read it goes on with what is under way.
    doors.leaveAll();
    ends.newerStore(record, version);
  };
  const onFailure = (error: Error): void => upkeep.storeFailed(error);
  const companion: LedgerCompanion = { claimed: (question) => limits.companion.claimed(question), closed: (row) => limits.companion.closed(row) };
  const stores = openStores({ url: ofStore.url, secret: discordToken, ttlMs, youngMs, now, wall, companion, log, onFailure, onNewer });
  const { histories, ledger, notebook } = stores;
  const knownToken = createKnownToken({ token: discordToken, notebook, now, log });
  const book = createModelBook(bedrock.models);
  const placeOf = createPlaceOfChannel(discord.channels);
  const priceOf = createPriceOf(book);
  const calls = createCallBook({ store: stores.usage, priceOf, placeOf, now, log });
  const onReport: OnReport = (report) => {
    calls.report(report);
    limits.onReport(report);
  };
  const upkeep = createUpkeep({ config, stores, clock, tellOwners, monotonicNow, log, onTrouble: presence.trouble, onHopeless: ends.useless, onReport });

  const models = openPlaceModels({
    connection: bedrock,
    maxTokens: bedrock.maxTokens,
    keys: upkeep.keys,
    book,
    beforeReading: ledger.quiet,
    onReport,
    maxConcurrentCalls: config.maxConcurrentCalls,
    confirmAboveUsd: config.confirmAboveUsd,
    bearableCalls: bearableCalls(),
    limits: config.quota,
    clocks: { monotonic: monotonicNow, wall: now },
    now,
    notebook,
    log,
    ...config.waits,
  });
  const { line, day, concurrency } = models;
  const settings = createSettingsBook({ store: stores.settings, now });
  const contentChecks = openContentChecks({ connection: bedrock, keys: upkeep.keys, onReport, monotonicNow });
  const policy = openPolicy({ config, settings, models, checkContent: contentChecks.check, book, historyMs: ttlMs, placeOf });
  const events = createQuestionEvents((error) => log.error({ reason: String(error) }, 'a listener to questions failed; nobody else is affected'));
  const modelName = (id: string): string | undefined => book.find(id)?.name;
  const limits = openLimits({ config, settings, policy, placeOf, counts: stores.limits, rolesOf: discord.memberships.rolesOf, priceOf, modelName, now });
  events.listen(limits.heard);
  const budget = createBudgetWatch({ budgets: limits.budgets, tellOwners, claim: stores.claim, keep: stores.keep, log });
  events.listen(onOutcome(budget.heard));
  const sideCalls = createSideCalls({ line, monotonicNow, onFailure: ({ kind, message: reason }) => log.info({ kind, reason }, "a call that was nobody's question came to nothing") });
  const answer = createAnswer({ line, histories, settingsFor: limits.settingsFor, surroundingsOf: discord.surroundingsOf, tell: events.tell, now, monotonicNow });

  const lookingOn = createLookingOn({ config, events, upkeep, line, concurrency, book, clock, wall, monotonicNow, log, onReport, decided: stores.settings.all, today: openToday({ calls, store: stores.usage, now, limits: config.limits }), commands: () => doors.commands });
  const { checks, status, inspect } = lookingOn;
  const common = { discord, discordToken, ...ofDiscord, stores, youngMs, historyMs: ttlMs, monotonicNow, log };
  const whoMayAsk = createWhoMayAsk({ policy, operator: config.access, ...config.access, memberships: discord.memberships, isOwner: (userId) => isKnownOwner(discord.owners, userId) });
  const admission = createAdmission([whoMayAsk, createPrivateAnswers(policy), limits.check]);
  const overhearing = createOverhearing({ answersTo: createAnswersTo(settings, policy), ...ofDiscord, histories, now, monotonicNow });
  events.listen(overhearing.heard);
  const rules: PlaceRules = {
    isQuiet: (place) => policy.valuesFor(place).errorStyle?.value === 'quiet',
    scopeIn: (place) => policy.valuesFor(place).scope?.value ?? config.conversation.scope,
    modelNameIn: (place) => book.find(policy.valuesFor(place).model?.value ?? '')?.name,
  };
  const admin: AdminParts = {
    book: settings,
    policy,
    whoMayAsk,
    models: openModelChoices({ config, book, keys: upkeep.keys, monotonicNow }),
    modelName,
    limits: limits.look,
    usage: openUsage({ calls, store: stores.usage, now }),
    checksProblem: contentChecks.problem,
  };
  const asking = { answer, line, admission, overhearing, rules, admin, tell: events.tell };
  const doors = openDoors({ ...common, ...asking, status, inspect, onFatal: ends.refused, onZombie: ends.anew, knownToken });

  const onTried = (whether: Promise<boolean>): void => void (isUseful = whether);
  return { checks, notReady: doors.notReady, ...createLifecycle({ upkeep, doors, day, settings, calls, stores, onTried, budget, sideCalls, onQuiet: lookingOn.end, log }) };
};
