import { readConfig } from '../src/settings/config.ts';
import { createParley } from '../src/parley.ts';
import { TEST_KEY, startBedrockSimulator } from './simulators/bedrock.ts';
import { startDiscordSimulator } from './simulators/discord.ts';
import type { Parley, ParleyConfig } from '../src/parley.ts';
import type { BedrockSimulator, BedrockSimulatorOptions } from './simulators/bedrock.ts';
import type { DiscordSimulator, DiscordSimulatorOptions, SimulatedChannel, SimulatedGuild, SimulatedMessage, SimulatedUser } from './simulators/discord.ts';

export interface World {
  readonly discord: DiscordSimulator;
  readonly bedrock: BedrockSimulator;
  readonly guild: SimulatedGuild;
  readonly channel: SimulatedChannel;
  readonly ana: SimulatedUser;
  readonly bo: SimulatedUser;
  /** Lines of the log, parsed. */
  readonly log: Record<string, unknown>[];
  readonly fatal: string[];
  readonly parley: Parley;
  /** Asks by a mention, and resolves with the answer once it is whole. */
  ask(user: SimulatedUser, text: string, channel?: SimulatedChannel): Promise<SimulatedMessage>;
  /** The question's line in the log, once it is there. */
  outcome(questionId: string): Promise<Record<string, unknown>>;
  /** Stops Parley, after `graceMs` for the answers that are being written, and starts it anew, on the same store if it is a file. */
  restart(environment?: Readonly<Record<string, string>>, graceMs?: number): Promise<void>;
  /** Another Parley with the same settings, beside the first; whoever starts it stops it. */
  startSecond(environment?: Readonly<Record<string, string>>): Promise<Parley>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly discord?: DiscordSimulatorOptions;
  readonly bedrock?: BedrockSimulatorOptions;
  /** How long the line waits where Bedrock refuses calls; by default hardly. */
  readonly waits?: ParleyConfig['waits'];
  /** Parley's clock, in whole milliseconds since the epoch. */
  readonly now?: () => number;
  /** The clock of its durations, in milliseconds. */
  readonly monotonicNow?: () => number;
}

const NO_PATIENCE = { minOpenMs: 10, maxOpenMs: 100, retryScale: 0.02 };

/** Both simulators, one server with two members, and Parley itself between them, over real sockets. */
export const startWorld = async (options: WorldOptions = {}): Promise<World> => {
  const [discord, bedrock] = await Promise.all([startDiscordSimulator({ maxConcurrency: 100, ...options.discord }), startBedrockSimulator(options.bedrock)]);
  const ana = discord.addUser({ name: 'ana', globalName: 'Ana' });
  const bo = discord.addUser({ name: 'bo', globalName: 'Bo' });
  const guild = discord.addGuild({ name: 'Test server', members: [ana, bo] });
  const channel = guild.addChannel({ name: 'general' });
  const log: Record<string, unknown>[] = [];
  const fatal: string[] = [];
  const write =
    (level: string) =>
    (fields: Record<string, unknown>, message: string): void => {
      log.push({ level, message, ...fields });
    };
  const logger = Object.fromEntries(['debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, write(level)]));

  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<Parley> => {
    const config = readConfig({
      DISCORD_TOKEN: discord.token,
      AWS_BEARER_TOKEN_BEDROCK: TEST_KEY,
      DISCORD_API_URL: discord.apiUrl,
      DISCORD_CDN_URL: discord.cdnUrl,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
      AWS_ENDPOINT_URL_BEDROCK: bedrock.url,
      STORE_URL: 'memory://',
      // Requests are counted.
      STARTUP_CHECK: 'false',
      // Two members ask for all others.
      MEMBER_QUESTIONS_PER_MINUTE: '0',
      // Each message is a question of its own there.
      BURST_SECONDS: '0',
      ...options.environment,
      ...environment,
    });
    const parley = createParley({ ...config, waits: options.waits ?? NO_PATIENCE }, logger as never, (reason) => fatal.push(reason), options.now, options.monotonicNow);
    const registrations = (): number => log.filter(({ message }) => String(message).startsWith('commands ')).length;
    const before = registrations();
    await parley.start();
    await waitUntil(() => registrations() > before);
    return parley;
  };

  const waitUntil = async (condition: () => boolean): Promise<void> => {
    const end = performance.now() + 60_000;
    while (!condition()) {
      if (performance.now() > end) throw new Error(`Waited in vain. The log says: ${JSON.stringify(log.slice(-5))}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };

  let parley = await start();
  const outcome = async (questionId: string): Promise<Record<string, unknown>> => {
    const line = () => log.find((fields) => fields['questionId'] === questionId && fields['outcome'] !== undefined);
    await waitUntil(() => line() !== undefined);
    return line() ?? {};
  };

  return {
    discord,
    bedrock,
    guild,
    channel,
    ana,
    bo,
    log,
    fatal,
    get parley() {
      return parley;
    },
    ask: async (user, text, place = channel) => {
      const question = user.say(place, place.guild === undefined ? text : `${discord.botUser.mention} ${text}`);
      await outcome(question.id);
      const answer = place.fromBot.findLast(({ referenceId }) => referenceId === question.id);
      if (answer === undefined) throw new Error(`No answer to "${text}":\n${discord.transcript(place)}`);
      return answer;
    },
    outcome,
    startSecond: (environment) => start(environment),
    restart: async (environment, graceMs) => {
      await parley.stop(graceMs);
      // Discord takes one new session in five seconds.
      discord.advance(5_000);
      log.length = 0;
      parley = await start(environment);
    },
    close: async () => {
      await parley.stop(0);
      await Promise.all([discord.close(), bedrock.close()]);
    },
  };
};
