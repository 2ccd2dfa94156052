import { GatewayDispatchEvents } from 'discord.js';
import { loadLater } from '../process/load-later.ts';
import { createDiscordClient } from './gateway/client.ts';
import { hearServers } from './gateway/greet-servers.ts';
import { createKeptChannels } from './gateway/kept-channels.ts';
import { leaveOwnMessages } from './gateway/own-messages.ts';
import { expectPlausibleEvents, onRawEvent, readableApiMessage } from './gateway/plausible-events.ts';
import { createStartedThreads } from './intake/started-threads.ts';
import { createSurroundings } from './intake/surroundings.ts';
import { createPresence } from './gateway/presence.ts';
import { createTellOwners, createWriteDirectly } from './rest/direct-message.ts';
import { createDiscordApi } from './rest/discord-api.ts';
import { createDiscordRequests } from './rest/discord-requests.ts';
import { createLostFollowUps } from './rest/lost-follow-ups.ts';
import { createLostMessages } from './rest/lost-messages.ts';
import { createScheduler } from './rest/scheduler.ts';
import { createDiscordClock } from './rest/discord-clock.ts';
import { createKnownApplication, createOwners } from './rest/owners.ts';
import { createMemberships } from './rest/memberships.ts';
import { createTurnedAway } from './rest/turned-away.ts';
import type { Log } from '../log/log.ts';
import type { ListensIn } from './intake/addressed.ts';
import type { DiscordClientOptions } from './gateway/client.ts';

export interface ConnectDiscordOptions extends Omit<DiscordClientOptions, 'answers' | 'followUps' | 'messages' | 'scheduler'> {
  /** Whether in a channel also what is not addressed to us may be a question. */
  readonly listensIn: ListensIn;
  /** Over all routes, as Discord granted them. */
  readonly requestsPerSecond: number;
  /** The ids of those who may do everything; undefined for the application's own. */
  readonly ownerIds: Parameters<typeof createOwners>[1];
  /** The only place that files come from; undefined for Discord's own. */
  readonly cdnUrl: string | undefined;
  /** Our own clock, in milliseconds since the epoch; and one that only goes forward. */
  readonly wall: () => number;
  readonly monotonicNow: () => number;
  readonly log: Log;
}

/** The way to Discord and back, on which nothing is asked or answered yet: requests, their limits, Discord's clock, and the owners. */
export const connectDiscord = ({ ownerIds, requestsPerSecond, listensIn, cdnUrl, wall, monotonicNow, log, ...options }: ConnectDiscordOptions) => {
  // Bedrock's keys end, questions age and exchanges expire by the clock of those who gave them.
  const clock = createDiscordClock(wall, monotonicNow);
  const turnedAway = createTurnedAway({
    monotonic: monotonicNow,
    onChange: (forMs) => {
      presence.turnedAway(forMs === undefined ? undefined : clock.now() + forMs);
      if (forMs === undefined) log.info({}, 'Discord takes requests from this address again');
      else log.error({ seconds: Math.ceil(forMs / 1000) }, 'Discord turns away all requests from this address for so long; answers wait');
    },
  });
  const scheduler = createScheduler(requestsPerSecond);
  const followUps = createLostFollowUps();
  const messages = createLostMessages(
    (authorId) => authorId === client.user?.id,
    () => (Array.isArray(client.options.shards) ? client.options.shards : undefined),
  );
  const { client, interactions } = createDiscordClient({
    ...options,
    scheduler,
    followUps,
    messages,
    answers: {
      monotonic: monotonicNow,
      onDate: clock.heard,
      onOddLimit: (odd) => log.warn(odd, 'Discord names a limit that makes no sense; I wait a minute at most'),
      turnedAway,
    },
  });
  const presence = createPresence(client);
  // Before those are left out of which nobody else is to hear.
  onRawEvent(client, ({ t, d }) => {
    if (t !== GatewayDispatchEvents.MessageCreate) return;
    followUps.heard(d);
    messages.heard(d);
  });
  // The first that read an event.
  expectPlausibleEvents(client);
  leaveOwnMessages(client);
  const onServer = hearServers(client);
  const channels = createKeptChannels(client, listensIn);
  const startedThreads = createStartedThreads();
  const api = createDiscordApi(createDiscordRequests(client.rest, interactions, scheduler), messages);
  const writeDirectly = createWriteDirectly(client.rest, api);
  const application = createKnownApplication(client.rest);
  const owners = createOwners(application, ownerIds);
  const memberships = createMemberships(client, monotonicNow);
  const readFiles = loadLater(async () => (await import('./files/create-reader.ts')).createReader(cdnUrl));
  const surroundingsOf = createSurroundings({ client, openChannel: channels.open, rolesOf: memberships.rolesOf, readFiles, readable: readableApiMessage });
  return { client, api, scheduler, lostMessages: messages, readFiles, surroundingsOf, channels, onServer, startedThreads, clock, presence, turnedAway, writeDirectly, application, owners, memberships, tellOwners: createTellOwners(writeDirectly, owners, log) };
};

export type Discord = ReturnType<typeof connectDiscord>;
