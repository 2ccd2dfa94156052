import type { DiscordSimulatorOptions } from './api.ts';

/** The options with their defaults. The three portal switches are in `portal`, because they can be turned while it runs. */
export type Settings = ReturnType<typeof settingsFrom>;

export function settingsFrom(options: DiscordSimulatorOptions) {
  return {
    port: options.port ?? 0,
    userInstall: options.userInstall ?? true,
    recommendedShards: options.recommendedShards ?? 1,
    maxConcurrency: options.maxConcurrency ?? 1,
    identifiesPerDay: options.identifiesPerDay ?? 1000,
    guildsPerShard: options.guildsPerShard ?? 2500,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 41_250,
    resumeWindowMs: options.resumeWindowMs ?? 3 * 60_000,
    replayBuffer: options.replayBuffer ?? 5000,
    rateLimits: options.rateLimits ?? 'strict',
    rateLimitOverrides: options.rateLimitOverrides ?? {},
    globalPerSecond: options.globalPerSecond ?? 50,
    invalidPerTenMinutes: options.invalidPerTenMinutes ?? 10_000,
    record: options.record ?? 'all',
    keepMessagesPerChannel: options.keepMessagesPerChannel ?? Infinity,
    attachmentSizeLimit: options.attachmentSizeLimit ?? 10 * 1024 * 1024,
    maxActiveThreads: options.maxActiveThreads ?? 1000,
    botName: options.botName ?? 'Parley',
    tellsChannelTypes: options.tellsChannelTypes ?? true,
    tellsDates: options.tellsDates ?? true,
    sendsInstead: options.sendsInstead ?? ((_event: string, data: unknown) => data),
    answersInstead: options.answersInstead ?? ((_route: string, body: unknown) => body),
  } as const;
}
