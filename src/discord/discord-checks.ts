import { ApplicationFlagsBitField, DefaultRestOptions, DiscordAPIError, HTTPError, RateLimitError, Routes } from 'discord.js';
import { areRegistered } from './commands/register-commands.ts';
import { inviteUrl, missingPermissions } from './rest/permissions.ts';
import { describeDeliveryError } from './rest/delivery-error.ts';
import { LIMIT_CURE, createImpatientRest } from './rest/impatient-rest.ts';
import { publicBotAdvice } from './rest/public-bot.ts';
import type {
  APIApplication,
  APIApplicationCommand,
  APIGatewayBotInfo,
  APIUser,
  RESTAPIPartialCurrentUserGuild,
  RESTPutAPIApplicationCommandsJSONBody,
} from 'discord.js';
import type { Check, CheckGroup, Finding } from '../operations/finding.ts';

export interface DiscordChecksOptions {
  readonly discordToken: () => string;
  readonly apiUrl: string | undefined;
  readonly readsMessageContent: boolean;
  /** Whether answers are to get threads of their own anywhere on a server, by its id. */
  readonly wantsThreads: () => Promise<(guildId: string) => boolean>;
  /** What should be registered. */
  readonly commands: () => RESTPutAPIApplicationCommandsJSONBody;
  /** Hears the `Date` header of each answer, and when its request was sent. */
  readonly onDate: (date: string | null, sentAt: number) => void;
  /** Milliseconds that only go forward. */
  readonly monotonicNow: () => number;
  /** What is to be said of this machine's clock; nothing where Discord did not say what time it is. */
  readonly checkClock: (check: string) => readonly Finding[];
}

/** A page of servers. @see https://discord.com/developers/docs/resources/user#get-current-user-guilds */
const PAGE_SIZE = 200;
const MAX_PAGES = 50;
/** Servers that are named one by one. */
const MAX_NAMED = 20;
const FEW_SESSIONS = 10;
const PORTAL = 'https://discord.com/developers/applications';

/** What members wrote must not steer a terminal. */
const plain = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '').slice(0, 100);

const one = (check: string, state: Finding['state'], says: string, cure?: string): readonly Finding[] => [{ check, state, says, cure }];

const hasFlag = ({ flags }: APIApplication, name: 'GatewayMessageContent' | 'GatewayMessageContentLimited'): boolean =>
  ((flags ?? 0) & ApplicationFlagsBitField.Flags[name]) !== 0;

/** Looks at Discord's side over REST alone: the running bot keeps its gateway session. */
export const createDiscordChecks = ({ discordToken, apiUrl, readsMessageContent, wantsThreads, commands, onDate, monotonicNow, checkClock }: DiscordChecksOptions): CheckGroup => {
  /** Whether the token was good; the rest has nothing to look at otherwise. */
  let application: APIApplication | undefined;

  const makeRequest: typeof DefaultRestOptions.makeRequest = async (url, init) => {
    const sentAt = monotonicNow();
    const response = await DefaultRestOptions.makeRequest(url, init);
    onDate(response.headers.get('date'), sentAt);
    return response;
  };

  const get = <Result>(route: `/${string}`, signal: AbortSignal, query?: URLSearchParams): Promise<Result> =>
    createImpatientRest({ discordToken: discordToken(), apiUrl, makeRequest }).get(route, { signal, ...(query === undefined ? {} : { query }) }) as Promise<Result>;

  const checkToken = async (signal: AbortSignal): Promise<readonly Finding[]> => {
    const check = 'discord.token';
    application = undefined;
    try {
      const { username, id } = await get<APIUser>(Routes.user(), signal);
      application = await get<APIApplication>(Routes.currentApplication(), signal);
      return one(check, 'good', `Discord takes the token; it belongs to ${plain(username)} (${id}).`);
    } catch (error) {
      if (error instanceof DiscordAPIError && error.status === 401) {
        return one(check, 'bad', 'Discord refused DISCORD_TOKEN.', `Copy the token again from the "Bot" page of ${PORTAL}.`);
      }
      if (error instanceof RateLimitError) return one(check, 'bad', `${describeDeliveryError(error)}.`, LIMIT_CURE);
      const isAnswer = error instanceof DiscordAPIError || error instanceof HTTPError;
      if (isAnswer) return one(check, 'bad', `${describeDeliveryError(error)}.`, 'Try again; https://discordstatus.com tells when Discord is down.');
      return one(check, 'bad', `Discord cannot be reached (${describeDeliveryError(error).replace(/^\w*Error: /u, '')}).`, 'Check the network, the proxy and DISCORD_API_URL.');
    }
  };

  const checkApplication = (found: APIApplication): readonly Finding[] => {
    const { name, owner, team, interactions_endpoint_url: endpoint, bot_require_code_grant: needsCode } = found;
    const check = 'discord.application';
    if (typeof endpoint === 'string' && endpoint !== '') {
      return one(
        check,
        'bad',
        'The application has an interactions endpoint, so commands and buttons never reach Parley.',
        `Empty "Interactions Endpoint URL" under "General Information" on ${PORTAL}.`,
      );
    }
    if (needsCode === true) {
      return one(check, 'bad', 'The application asks for a code grant, so inviting it does not work.', `Switch off "Requires OAuth2 Code Grant" on the "Bot" page of ${PORTAL}.`);
    }
    const whose = team ? `the team ${plain(team.name)}` : plain(owner?.username ?? 'nobody');
    const advice = publicBotAdvice(found);
    return [
      ...one(check, 'good', `The application ${plain(name)} belongs to ${whose}.`),
      ...(advice === undefined ? [] : [{ check, state: 'warning', ...advice } as const]),
    ];
  };

  const checkIntents = (found: APIApplication): readonly Finding[] => {
    const check = 'discord.intents';
    const isGranted = hasFlag(found, 'GatewayMessageContent') || hasFlag(found, 'GatewayMessageContentLimited');
    if (!readsMessageContent) return one(check, 'good', 'No privileged intent is asked for, and none is needed.');
    if (isGranted) return one(check, 'good', 'The Message Content intent is asked for and granted.');
    return one(
      check,
      'bad',
      'DISCORD_MESSAGE_CONTENT=true asks for the Message Content intent, which the application does not have; Discord closes the connection with code 4014.',
      `Switch on "Message Content Intent" on the "Bot" page of ${PORTAL}, or set DISCORD_MESSAGE_CONTENT=false.`,
    );
  };

  const checkGateway = async (_application: APIApplication, signal: AbortSignal): Promise<readonly Finding[]> => {
    const check = 'discord.gateway';
    const { shards, session_start_limit: limit } = await get<APIGatewayBotInfo>(Routes.gatewayBot(), signal);
    const resetHours = Math.ceil(limit.reset_after / 3_600_000);
    if (limit.remaining < FEW_SESSIONS) {
      const state = limit.remaining === 0 ? 'bad' : 'warning';
      return one(check, state, `Only ${limit.remaining} of ${limit.total} starts are left for the next ${resetHours} h.`, 'Find out what starts Parley so often: its log tells why it ended.');
    }
    return one(check, 'good', `Discord allows ${limit.total} starts a day, and ${limit.remaining} are left${shards === 1 ? '' : `; it recommends ${shards} shards`}.`);
  };

  const checkCommands = async ({ id }: APIApplication, signal: AbortSignal): Promise<readonly Finding[]> => {
    const check = 'discord.commands';
    const registered = await get<APIApplicationCommand[]>(Routes.applicationCommands(id), signal);
    const wanted = commands();
    if (areRegistered(registered, wanted)) return one(check, 'good', `All ${wanted.length} commands are registered.`);
    const missing = wanted.filter(({ name }) => !registered.some((command) => command.name === name)).map(({ name }) => name);
    const what = missing.length === 0 ? 'The registered commands are those of another version' : `Not all commands are registered (${missing.join(', ')})`;
    return one(check, 'warning', `${what}.`, 'Start Parley: it registers them by itself.');
  };

  const listServers = async (signal: AbortSignal): Promise<readonly RESTAPIPartialCurrentUserGuild[]> => {
    const servers: RESTAPIPartialCurrentUserGuild[] = [];
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const after = servers.at(-1)?.id;
      const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(after === undefined ? {} : { after }) });
      const found = await get<RESTAPIPartialCurrentUserGuild[]>(Routes.userGuilds(), signal, query);
      const known = new Set(servers.map(({ id }) => id));
      const fresh = found.filter(({ id }) => !known.has(id));
      servers.push(...fresh);
      if (found.length < PAGE_SIZE || fresh.length === 0) break;
    }
    return servers;
  };

  const checkServers = async ({ id }: APIApplication, signal: AbortSignal): Promise<readonly Finding[]> => {
    const check = 'discord.servers';
    const servers = await listServers(signal);
    if (servers.length === 0) return one(check, 'warning', 'Parley is on no server yet.', `Invite it: ${inviteUrl(id)}`);
    const areThreadsWanted = await wantsThreads();
    const lacking = servers.flatMap(({ id: guildId, name, permissions }) => {
      const missing = missingPermissions(BigInt(permissions), areThreadsWanted(guildId));
      return missing.length === 0 ? [] : [{ name: plain(name), missing }];
    });
    if (lacking.length === 0) return one(check, 'good', `On ${servers.length === 1 ? 'one server' : `${servers.length} servers`}, with all permissions that are needed.`);
    const findings = lacking.slice(0, MAX_NAMED).map(({ name, missing }): Finding => ({
      check,
      state: 'bad',
      says: `On the server "${name}", ${missing.length === 1 ? 'this permission is' : 'these permissions are'} missing: ${missing.join(', ')}.`,
      cure: `Give ${missing.length === 1 ? 'it' : 'them'} to Parley's role in the server's settings, or invite it again: ${inviteUrl(id)}`,
    }));
    const others = lacking.length - findings.length;
    return others === 0 ? findings : [...findings, ...one(check, 'bad', `On ${others} more servers permissions are missing.`, `Invite it again: ${inviteUrl(id)}`)];
  };

  const after = (
    name: string,
    about: string,
    isForAdmins: boolean,
    look: (application: APIApplication, signal: AbortSignal) => readonly Finding[] | Promise<readonly Finding[]>,
  ): Check => ({
    id: `discord.${name}`,
    about,
    isForAdmins,
    run: async (signal) => {
      if (application === undefined) return name === 'application' ? one('discord.application', 'skipped', 'I can look at the rest of Discord once it has taken the token.') : [];
      try {
        return await look(application, signal);
      } catch (error) {
        return one(`discord.${name}`, 'bad', `I could not look at ${about}: ${describeDeliveryError(error)}.`, error instanceof RateLimitError ? LIMIT_CURE : 'Try again in a minute.');
      }
    },
  });

  return {
    id: 'discord',
    title: 'Discord',
    checks: [
      { id: 'discord.token', about: 'the Discord token', isForAdmins: true, run: checkToken },
      { id: 'discord.clock', about: "this machine's clock", isForAdmins: false, run: () => Promise.resolve(checkClock('discord.clock')) },
      after('application', 'the application', false, checkApplication),
      after('intents', 'the intents', true, checkIntents),
      after('gateway', 'the gateway', false, checkGateway),
      after('commands', 'the commands', true, checkCommands),
      after('servers', 'the permissions on each server', false, checkServers),
    ],
  };
};
