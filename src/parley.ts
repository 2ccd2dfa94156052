import { createEvents } from './conversation/events.ts';
import { TOKEN_REFUSED } from './discord/bot.ts';
import { connectDiscord } from './discord/connect-discord.ts';
import { createPlaceOfChannel } from './discord/gateway/channel-place.ts';
import { openDoors } from './discord/open-doors.ts';
import { createKnownToken } from './discord/rest/known-token.ts';
import { createEnds, createLifecycle } from './lifecycle.ts';
import { createLookingOn } from './looking-on.ts';
import { openAnswer } from './open-answer.ts';
import { openBedrock } from './open-bedrock.ts';
import { openRules } from './open-rules.ts';
import { openUsage } from './open-usage.ts';
import { createShareLimits } from './share-limits.ts';
import { openStores } from './store/open-stores.ts';
import { createUpkeep } from './upkeep/create-upkeep.ts';
import type { OnReport } from './conversation/call-report.ts';
import type { QuestionEvent } from './conversation/question-events.ts';
import type { WorkEvent } from './conversation/work-events.ts';
import type { Lifecycle, OnEnd } from './lifecycle.ts';
import type { Log } from './log/log.ts';
import type { LookingOn } from './looking-on.ts';
import type { Hurry } from './open-bedrock.ts';
import type { Config } from './settings/config.ts';

/** How old a question may be that is answered without being asked again, in milliseconds: the conversation has moved on. */
const YOUNG_MS = 15 * 60 * 1000;

export type ParleyConfig = Config & Hurry;
export type Parley = Lifecycle & Pick<LookingOn, 'checks' | 'observed'>;

/**
 * Puts the parts together.
 * @param wall our own clock, in milliseconds since the epoch
 * @param monotonicNow milliseconds that only go forward, for durations
 */
export const createParley = (config: ParleyConfig, log: Log, onEnd: OnEnd, wall = () => Date.now(), monotonicNow = () => performance.now()): Parley => {
  const { discord: ofDiscord, store: ofStore, limits } = config;
  const ends = createEnds(onEnd);
  const onBrokenListener = (error: unknown): void => log.error({ reason: String(error) }, 'a listener failed; nobody else is affected');
  const events = createEvents<QuestionEvent>(onBrokenListener);
  const work = createEvents<WorkEvent>(onBrokenListener);
  let isUseful = Promise.resolve(true);
  const onTried = (whether: Promise<boolean>): void => void (isUseful = whether);
  const common = { wall, monotonicNow, log };

  const listensIn = (guildId: string, channelId: string): boolean => rules.overhearing.listensIn(guildId, channelId);
  const ofToken = { onTokenRefused: () => ends.refused(TOKEN_REFUSED), hasTokenWorked: () => knownToken.hasWorked(), takeTurn: (row: number, everyMs: number) => stores.sharing?.table.takeTurn(row, everyMs) };
  const discord = connectDiscord({ ...ofDiscord, ...ofToken, listensIn, isUseful: () => isUseful, onRequest: (purpose, status) => work.tell({ type: 'request-ended', purpose, status }), ...common });
  const { now } = discord.clock;
  const discordToken = ofDiscord.token.read();

  const onNewer: typeof ends.newerStore = (record, version) => {
    // Nothing is to be said or written any more: whoever can read it goes on with what is under way.
    doors.leaveAll();
    ends.newerStore(record, version);
  };
  // How long it takes is measured where somebody can ask for it.
  const onUsed = config.http === undefined ? undefined : (does: 'read' | 'write', tookMs: number): void => work.tell({ type: 'store-used', does, tookMs });
  const stores = openStores({ url: ofStore.url, keys: ofStore.keys, secret: discordToken, ttlMs: ofStore.historyMs, youngMs: YOUNG_MS, now, companion: { claimed: (question) => rules.companion.claimed(question), closed: (row) => rules.companion.closed(row) }, isAnothers: ({ guildId }) => doors.isAnothers(guildId), onFailure: (error) => upkeep.storeFailed(error), onNewer, onUsed, ...common });
  const knownToken = createKnownToken({ token: discordToken, notebook: stores.notebook, now, log });

  const onReport: OnReport = (report) => {
    rules.onReport(report);
    work.tell({ type: 'call-reported', report });
    return usage.calls.report(report);
  };
  const upkeep = createUpkeep({ config, stores, ...discord, onTrouble: () => lookingOn.troubled(), onHopeless: ends.useless, onReport, ...common });
  const bedrock = openBedrock({ config, keys: upkeep.keys, stores, onReport, tell: work.tell, now, ...common });
  const { models, book, quotaPart, trips } = bedrock;
  const sharedLimits = createShareLimits({ needs: stores.sharing?.needs, scheduler: discord.scheduler, quotaPart, line: models.line, trips, log });
  const placeOf = createPlaceOfChannel(discord.channels, discord.startedThreads);
  const usage = openUsage({ store: stores.usage, priceOf: bedrock.priceOf, placeOf, limits, now, log });
  const rules = openRules({ config, discord, stores, bedrock, usage, placeOf, events, ...common });
  const asking = openAnswer({ discord, stores, models, settingsFor: rules.settingsFor, events, onLeft: (questionIds) => doors.leftHistory(questionIds), ...common });

  const lookingOn = createLookingOn({ ...models, book, priceOf: bedrock.priceOf, config, events, work, upkeep, backlog: discord.scheduler.backlog, doors: () => doors, onTrouble: discord.presence.trouble, clock: discord.clock, onReport, decided: stores.settings.all, today: usage.today, commands: () => doors.commands, ...common });
  const doors = openDoors({ ...ofDiscord, youngMs: YOUNG_MS, historyMs: ofStore.historyMs, ...rules, ...asking, ...models, ...lookingOn, discord, discordToken, stores, tell: events.tell, onFatal: ends.refused, onZombie: ends.anew, knownToken, ...common });
  const lifecycle = createLifecycle({ ...rules, ...models, ...asking, upkeep, doors, sharedLimits, calls: usage.calls, stores, onTried, onQuiet: lookingOn.end, log });
  return { ...lifecycle, checks: lookingOn.checks, observed: lookingOn.observed };
};
