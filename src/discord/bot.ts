import { Events, GatewayCloseCodes } from 'discord.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { awaitDiscord, logInWhenThere } from './gateway/await-discord.ts';
import { createRefusedSessions } from './gateway/refused-sessions.ts';
import { beginSession, leaveSessions, logIn } from './gateway/connections.ts';
import { offered, registerCommands } from './commands/register-commands.ts';
import { awaitSessions, planShards } from './gateway/session-plan.ts';
import { createShardConnections } from './gateway/shard-connections.ts';
import { describeDeliveryError } from './rest/delivery-error.ts';
import { createOnInteraction } from './intake/on-interaction.ts';
import { inviteUrl } from './rest/permissions.ts';
import type { APIApplicationCommand, Client, Message, PartialMessage, RESTPutAPIApplicationCommandsJSONBody } from 'discord.js';
import type { Log } from '../log/log.ts';
import type { GatewayBot, ShardSettings } from './gateway/session-plan.ts';
import type { ShardConnectionsDependencies } from './gateway/shard-connections.ts';
import type { SharedShards, SharedShardsDependencies } from './gateway/shared-shards.ts';
import type { KnownToken } from './rest/known-token.ts';
import type { InteractionHandlers } from './intake/on-interaction.ts';

export interface BotOptions {
  readonly client: Client;
  readonly discordToken: string;
  readonly log: Log;
  readonly onMessage: (message: Message) => Promise<void>;
  readonly onEdited: (message: Message | PartialMessage) => Promise<void>;
  readonly interactions: (registered: () => Promise<readonly APIApplicationCommand[]>) => InteractionHandlers;
  /** Everything is there that Discord tells at the beginning. */
  readonly onReady: () => void;
  /** Discord will not have us: the process has to end, with this reason. */
  readonly onFatal: (reason: string) => void;
  /** A new process would connect rightly. */
  readonly onOutgrown: (reason: string) => void;
  readonly knownToken: KnownToken;
  readonly shards: ShardSettings;
  /** Divides the shards among several processes; undefined where each connects what its settings say. */
  readonly share: ((options: Pick<SharedShardsDependencies, 'connections' | 'onFailure'>) => SharedShards) | undefined;
  readonly connections: Pick<ShardConnectionsDependencies, 'channels' | 'onTaken' | 'onLeft'>;
  /** Of any number of processes, one is to register the commands, for so many milliseconds. Rejects when the store does. */
  readonly mayRegister: (ms: number) => Promise<boolean>;
}

export interface Bot {
  /** The commands as Discord is told of them. */
  readonly commands: RESTPutAPIApplicationCommandsJSONBody;
  /**
   * Resolves when Discord says that we are there.
   * @param isUseful resolves when it is known whether questions can be answered; where they never can, nobody is told that we are ready
   */
  start(isUseful?: Promise<boolean>): Promise<void>;
  stop(): Promise<void>;
  /** Undefined where the shards are not divided. */
  readonly shared: SharedShards | undefined;
}

export const TOKEN_REFUSED = 'Discord refused DISCORD_TOKEN. Copy the token again from the "Bot" page of the developer portal.';

/** Close codes after which discord.js stays away for good, and what an admin can do. */
const FATAL_CLOSES: Readonly<Record<number, string>> = {
  [GatewayCloseCodes.InvalidShard]: 'Discord refused the shard. Check SHARD_IDS and SHARD_COUNT.',
  [GatewayCloseCodes.ShardingRequired]: 'The bot is on so many servers that Discord wants more shards. Check SHARD_COUNT.',
  [GatewayCloseCodes.InvalidIntents]: 'Discord refused the gateway intents.',
  [GatewayCloseCodes.DisallowedIntents]:
    'DISCORD_MESSAGE_CONTENT=true asks for an intent that the application does not have. Switch on "Message Content Intent" ' +
    'under "Privileged Gateway Intents" on the "Bot" page of the developer portal (https://discord.com/developers/applications), ' +
    'or set DISCORD_MESSAGE_CONTENT=false.',
};

const fatalReason = (code: number): string => FATAL_CLOSES[code] ?? `Discord closed the gateway connection for good (code ${code}).`;

/** Milliseconds between two attempts at registering the commands: twice as long each time, up to the longest. */
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 10 * 60_000;
/** How long others leave it to one process, in milliseconds: they look again when the first retry is due. */
const REGISTERING_MS = 4_000;

/** How long saying goodbye to Discord may take, in milliseconds. */
const LEAVE_MS = 2_000;

export const createBot = ({ client, discordToken, log, onMessage, onEdited, interactions, onReady, onFatal, onOutgrown, knownToken, shards, share, connections, mayRegister }: BotOptions): Bot => {
  let registration: Promise<readonly APIApplicationCommand[]> = Promise.resolve([]);
  const handlers = interactions(() => registration);
  const definitions = [...handlers.commands, ...handlers.messageCommands].map(({ definition }) => offered(definition, handlers.servesGuests));

  let registering: NodeJS.Timeout | undefined;
  /** Until it has worked: commands that were never registered are a door that nobody sees. */
  const register = async (ready: Client<true>, retryMs = FIRST_RETRY_MS): Promise<readonly APIApplicationCommand[]> => {
    try {
      const { commands: registered, isNew } = await registerCommands(ready, definitions, () => mayRegister(REGISTERING_MS));
      if (registered === undefined) return await again(ready, retryMs);
      log.info({ commands: registered.length, isNew }, isNew ? 'commands registered' : 'commands are registered already');
      return registered;
    } catch (error) {
      log.error({ reason: describeDeliveryError(error), retryMs }, 'commands could not be registered; mentions and direct messages work, and I try again');
      return again(ready, retryMs);
    }
  };
  const again = (ready: Client<true>, retryMs: number): readonly APIApplicationCommand[] => {
    registering = setTimeout(() => (registration = register(ready, Math.min(retryMs * 2, LONGEST_RETRY_MS))), retryMs).unref();
    return [];
  };

  /** No failure of a listener may end the process. */
  const guarded =
    <Event>(what: string, listener: (event: Event) => Promise<void>) =>
    (event: Event): void => {
      listener(event).catch((error: unknown) => log.error({ reason: describeDeliveryError(error) }, `${what} could not be handled`));
    };

  client.on(Events.MessageCreate, guarded('a message', onMessage));
  const editedGuarded = guarded('an edited message', onEdited);
  client.on(Events.MessageUpdate, (_before, message) => editedGuarded(message));
  client.on(Events.InteractionCreate, guarded('an interaction', createOnInteraction(handlers, log)));
  client.on(Events.Error, (error) => log.error({ reason: describeDeliveryError(error) }, 'the connection to Discord had an error'));
  const sessions = createRefusedSessions({
    client,
    logIn: () => logInWhenThere(() => logIn(client, discordToken), log),
    connect: (shardId) => beginSession(client, shardId),
    hasTokenWorked: knownToken.hasWorked,
    onRefused: () => onFatal(TOKEN_REFUSED),
    log,
  });
  client.on(Events.ShardDisconnect, ({ code }, shardId) => {
    if (code === GatewayCloseCodes.AuthenticationFailed) void sessions.refused(shardId);
    // With as many shards as Discord recommends then.
    else if (code === GatewayCloseCodes.ShardingRequired && shards.shardCount === undefined) onOutgrown('The bot is on so many servers that Discord wants more shards.');
    else onFatal(fatalReason(code));
  });
  const announce = async (ready: Client<true>, isUseful: Promise<boolean>): Promise<void> => {
    if (!(await isUseful)) return;
    onReady();
    const servers = ready.guilds.cache.size;
    log.info({ user: ready.user.tag, servers }, 'ready');
    // What nobody can ask does not look like a fault.
    if (servers === 0) log.warn({ invite: inviteUrl(ready.application.id) }, 'Parley is on no server yet: open this address to invite it');
  };

  const ask = (): Promise<GatewayBot> => awaitDiscord(client.rest.setToken(discordToken), log);
  const shared = share?.({
    connections: createShardConnections({ client, ...connections, logIn: sessions.logIn, ask, log }),
    onFailure: (error) => {
      const isRefused = error instanceof Error && 'code' in error && error.code === 'TokenInvalid';
      if (isRefused) onFatal(TOKEN_REFUSED);
      else onOutgrown(describeDeliveryError(error));
    },
  });
  client.on(Events.ShardReady, (shardId) => shared?.ready(shardId));

  let isUseful: Promise<boolean> = Promise.resolve(true);
  client.once(Events.ClientReady, (ready) => {
    knownToken.works();
    void announce(ready, isUseful);
    registration = register(ready);
  });

  return {
    commands: definitions,
    shared,
    start: async (known = isUseful) => {
      isUseful = known;
      const gatewayBot = await ask();
      if (shared !== undefined) return shared.start(shards.shardCount ?? gatewayBot.shards);
      await awaitSessions(gatewayBot, planShards(client, gatewayBot, shards, log), ask, log);
      return sessions.logIn();
    },
    // discord.js can wait for ever for a connection that is just being made anew; nothing is lost with it.
    stop: () => {
      clearTimeout(registering);
      return Promise.race([leaveSessions(client), sleep(LEAVE_MS, undefined, { ref: false })]);
    },
  };
};
