import { setTimeout as sleep } from 'node:timers/promises';
import { createBedrockChecks } from '../bedrock/bedrock-checks.ts';
import { createCatalogue } from '../bedrock/catalogue.ts';
import { createControlPlane } from '../bedrock/control-plane.ts';
import { openContentChecks } from '../bedrock/open-content-checks.ts';
import { createModelChoices } from '../bedrock/model-choices.ts';
import { createDiscordChecks } from '../discord/discord-checks.ts';
import { createServerFacts } from '../discord/server-facts.ts';
import { NO_SETTINGS } from '../policy/server-settings.ts';
import { createPlaceChecks } from './place-checks.ts';
import { createStoreChecks } from '../store/store-checks.ts';
import { createDiscordClock } from '../discord/rest/discord-clock.ts';
import { connectModel } from '../bedrock/open-model.ts';
import type { KeyKeeper } from '../bedrock/key-keeper.ts';
import type { ModelBook } from '../bedrock/model-facts.ts';
import type { OnReport } from '../conversation/call-report.ts';
import type { Config } from '../settings/config.ts';
import type { DiscordChecksOptions } from '../discord/discord-checks.ts';
import type { ServerSettings } from '../policy/server-settings.ts';
import type { DiscordClock } from '../discord/rest/discord-clock.ts';
import type { PlaceChecksOptions } from './place-checks.ts';
import type { CheckGroup, Finding } from '../operations/finding.ts';

export interface CheckGroupsOptions {
  readonly config: Config;
  readonly keys: KeyKeeper;
  readonly book: ModelBook;
  readonly commands: DiscordChecksOptions['commands'];
  /** The clock that Parley goes by. */
  readonly clock: DiscordClock;
  /** Our own, in milliseconds since the epoch, and the one that only goes forward. */
  readonly wall: () => number;
  readonly monotonicNow: () => number;
  /** Hears of the calls that look at the model. */
  readonly onReport: OnReport;
  /** What admins have decided inside Discord, by server. */
  readonly decided: PlaceChecksOptions['settings'];
  readonly today: PlaceChecksOptions['today'];
}

/** And Bedrock for its list of models. */
const LISTING_MS = 10_000;
/** How long Discord is waited for to say what time it is, in milliseconds. */
const DISCORD_MS = 2_000;

/** All that can be looked at from here, for the doctor and for `/status`. */
export const createCheckGroups = ({ config, keys, book, commands, clock, wall, monotonicNow, onReport, decided, today }: CheckGroupsOptions): readonly CheckGroup[] => {
  const { region, endpoint, controlEndpoint, proxy, isStreaming, settings } = config.bedrock;
  const { modelId, maxTokens } = settings;
  const [atDiscord, atBedrock] = [createDiscordClock(wall, monotonicNow), createDiscordClock(wall, monotonicNow)];
  const { promise: discordHeard, resolve: onDiscordHeard } = Promise.withResolvers<void>();
  const hear = (theirs: DiscordClock): DiscordClock['heard'] => (date, sentAt) => {
    theirs.heard(date, sentAt);
    clock.heard(date, sentAt);
    if (atDiscord.aheadMs() !== undefined) onDiscordHeard();
  };
  const said = (check: string, theirs: DiscordClock, whose: Parameters<typeof clockFinding>[2]): readonly Finding[] => {
    const aheadMs = theirs.aheadMs();
    return aheadMs === undefined ? [] : [clockFinding(check, aheadMs, whose)];
  };
  /** Only what is wrong, and only where Discord says nothing of it, at its side: once is enough. */
  const saidByBedrock = async (check: string): Promise<readonly Finding[]> => {
    const findings = said(check, atBedrock, 'Amazon Bedrock').filter(({ state }) => state !== 'good');
    if (findings.length > 0) await Promise.race([discordHeard, sleep(DISCORD_MS, undefined, { ref: false })]);
    return atDiscord.aheadMs() === undefined ? findings : [];
  };
  const controlPlane = createControlPlane({ apiKey: keys.read, region, endpoint: controlEndpoint, onDate: hear(atBedrock), monotonicNow });
  const catalogue = createCatalogue({ controlPlane, book, region });
  const choices = createModelChoices({ catalogue, book, region, defaultId: modelId });
  return [
    createDiscordChecks({
      discordToken: config.discord.token.read,
      apiUrl: config.discord.apiUrl,
      readsMessageContent: config.discord.readsMessageContent,
      wantsThreads: async () => {
        // What keeps the store from being read, its own checks tell.
        const all = await decided().catch(() => new Map<string, ServerSettings>());
        return (guildId) => config.conversation.threads !== 'off' || hasThreads(all.get(guildId));
      },
      commands,
      onDate: hear(atDiscord),
      monotonicNow,
      checkClock: (check) => said(check, atDiscord, 'Discord'),
    }),
    createStoreChecks(config.store.url, config.store.keys),
    createBedrockChecks({
      keys,
      catalogue,
      book,
      region,
      modelId,
      maxTokens,
      isStreaming,
      now: clock.now,
      isTimeKnown: () => clock.aheadMs() !== undefined,
      contentChecks: { wanted: config.bedrock.checks, problem: openContentChecks({ connection: config.bedrock, keys, onReport, monotonicNow }).problem },
      checkClock: saidByBedrock,
      // Nothing but the model: fields that one of its parameters forbids would hide whether it can be called.
      oneTokenModel: (streams) => connectModel({ region, endpoint, proxy, isStreaming: streams, settings: { modelId, maxTokens: 1 } }, keys, { onReport }),
    }),
    createPlaceChecks({
      settings: decided,
      today,
      serverFacts: createServerFacts({ discordToken: config.discord.token.read, apiUrl: config.discord.apiUrl }),
      // Without a list nobody can tell.
      modelProblem: async (id) => ((await catalogue.listing(AbortSignal.timeout(LISTING_MS))) === undefined ? undefined : choices.problemWith(id)),
    }),
  ];
};

/** Whether answers are to get threads of their own anywhere on a server. */
const hasThreads = ({ server, categories, channels }: ServerSettings = NO_SETTINGS): boolean =>
  [server, ...Object.values(categories), ...Object.values(channels)].some(({ threads = 'off' }) => threads !== 'off');

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Less is no matter for anybody. */
const NOTABLE_MS = 5 * SECOND_MS;

/** `3 days`, `2 h 5 min`, `7 min`, `12 s`. */
const lengthOf = (ms: number): string => {
  if (ms >= 2 * DAY_MS) return `${Math.round(ms / DAY_MS)} days`;
  if (ms >= HOUR_MS) return `${Math.floor(ms / HOUR_MS)} h ${Math.round((ms % HOUR_MS) / MINUTE_MS)} min`;
  return ms >= 2 * MINUTE_MS ? `${Math.round(ms / MINUTE_MS)} min` : `${Math.round(ms / SECOND_MS)} s`;
};

/**
 * What is to be said of this machine's clock.
 * @param aheadMs how far it is ahead, in milliseconds
 * @param whose who said what time it is
 */
const clockFinding = (check: string, aheadMs: number, whose: 'Discord' | 'Amazon Bedrock'): Finding => {
  if (Math.abs(aheadMs) < NOTABLE_MS) return { check, state: 'good', says: `This machine's clock agrees with that of ${whose}.` };
  return {
    check,
    state: 'warning',
    says: `This machine's clock is ${lengthOf(Math.abs(aheadMs))} ${aheadMs > 0 ? 'fast' : 'slow'}, by that of ${whose}. Parley goes by theirs, but the log shows wrong times.`,
    cure: 'Set the clock, and let it be kept right: on Linux "timedatectl set-ntp true"; for a virtual machine or a container, on its host.',
  };
};
