import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TEST_KEY, startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { residentMiB, residentOfAllMiB } from './resident.ts';
import type { ChildProcess } from 'node:child_process';
import type { BedrockSimulator } from '../simulators/bedrock.ts';
import type { DiscordSimulator, DiscordSimulatorOptions, SimulatedChannel, SimulatedGuild, SimulatedUser } from '../simulators/discord.ts';

/** What is measured: a program that answers mentions. */
export interface Subject {
  readonly name: string;
  readonly program: string;
  /** The checkout that the program is of; this one where it is not said. */
  readonly root?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** This checkout. */
const ROOT = join(import.meta.dirname, '../..');
export const PARLEY: Subject = { name: 'Parley', program: 'src/start.js' };
export const FLOOR: Subject = { name: 'floor', program: 'test/bench/floor.mjs' };
export const FLOOR_STREAM: Subject = { name: 'floor', program: 'test/bench/floor-stream.mjs' };

/**
 * What a file of the subject's own code exports, as this checkout's does.
 * @param files where it stands, and where it stood in older checkouts
 */
export const importFrom = async <T>({ root = ROOT }: Subject, ...files: readonly string[]): Promise<T> =>
  (await import(files.map((file) => join(root, file)).find((file) => existsSync(file)) ?? join(root, files[0] ?? ''))) as T;

/** What the image of a checkout gives its process for memory: each is measured as admins run it. */
const allocationIn = (root: string): Record<string, string> => {
  const file = join(root, 'Dockerfile');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return Object.fromEntries(Array.from(text.matchAll(/^[^#\n]*?\b(MALLOC_\w+)=(\d+)/gmu), ([, name = '', value = '']) => [name, value]));
};

const MODEL = 'us.anthropic.claude-haiku-5-5';

export interface RigOptions {
  readonly channels?: number;
  /** What is undefined is left out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly discord?: DiscordSimulatorOptions;
  /** Further servers, with so many channels and roles each. */
  readonly servers?: { readonly count: number; readonly channels: number; readonly roles: number };
  /** How many processes divide as many shards, each with a server whose channels are every so many of the rig's. Default 1. */
  readonly processes?: number;
  /** What is to be there before the subject starts. */
  readonly prepare?: (discord: DiscordSimulator, member: SimulatedUser) => Promise<void>;
}

export interface Rig {
  readonly discord: DiscordSimulator;
  readonly bedrock: BedrockSimulator;
  readonly channels: readonly SimulatedChannel[];
  readonly member: SimulatedUser;
  /** One more person on the server. */
  addMember(): SimulatedUser;
  /** Milliseconds from the start of the process to its READY. */
  readonly readyMs: number;
  /** Of the subject's processes. */
  readonly pids: readonly number[];
  /** Resident memory of the process, in MiB. */
  memory(): number;
  /** The same with the processes that it has started. */
  memoryOfAll(): number;
  /** CPU time of all its processes so far, in milliseconds, in steps of ten. */
  cpu(): number;
  /** The same without steps: exact where none of its threads runs. */
  exactCpu(): number;
  close(): Promise<void>;
}

const CLOCK_TICKS_PER_SECOND = 100;
const NS_PER_MS = 1_000_000;

/** Resolves at READY; the output is read on to the end, so that nobody waits for us. */
const started = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (data: Buffer) => {
      if (output.includes('"ready"')) return;
      output += data.toString();
      if (output.includes('"ready"')) resolve();
    });
    child.once('exit', () => reject(new Error(`${child.spawnargs.join(' ')} ended before it was ready`)));
  });

/** So that a subject that registers no commands can be asked by one too. */
const registerAsk = (discord: DiscordSimulator): Promise<unknown> =>
  fetch(`${discord.apiUrl}/v10/applications/${discord.applicationId}/commands`, {
    method: 'PUT',
    headers: { authorization: `Bot ${discord.token}`, 'content-type': 'application/json', 'user-agent': 'DiscordBot (test, 1)' },
    body: JSON.stringify([{ name: 'ask', description: 'Ask', options: [{ type: 3, name: 'prompt', description: 'What', required: true }] }]),
  });

/** What a server usually has: overwrites for three of its roles and one member in each channel. */
const addServers = (discord: DiscordSimulator, { count, channels, roles }: NonNullable<RigOptions['servers']>): void => {
  const owner = discord.addUser();
  for (let server = 0; server < count; server += 1) {
    const guild = discord.addGuild({ members: [owner] });
    const added = Array.from({ length: roles }, (_, index) => guild.addRole({ name: `role ${index}` }));
    for (let index = 0; index < channels; index += 1) {
      const channel = guild.addChannel({ name: `channel-${index}`, topic: `What is said in channel ${index} of server ${server}` });
      for (const role of added.slice(0, 3)) channel.setOverwrite(role, { deny: 1n << 11n });
      channel.setOverwrite(owner, { allow: 1n << 11n });
    }
  }
};

/** A server of each shard. @see https://docs.discord.com/developers/events/gateway#sharding */
const addServerOfEach = (discord: DiscordSimulator, shards: number, member: SimulatedUser): readonly SimulatedGuild[] => {
  const byShard = new Map<number, SimulatedGuild>();
  while (byShard.size < shards) {
    const guild = discord.addGuild({ members: [member] });
    byShard.set(Number((BigInt(guild.id) >> 22n) % BigInt(shards)), guild);
  }
  return [...byShard.values()];
};

/** Starts the simulators here and the subject as a process of its own, or several. */
export const startRig = async (subject: Subject, options: RigOptions = {}): Promise<Rig> => {
  const count = options.processes ?? 1;
  const discord = await startDiscordSimulator({
    rateLimits: 'off',
    globalPerSecond: Infinity,
    record: 'none',
    keepMessagesPerChannel: 4,
    ...(count === 1 ? {} : { recommendedShards: count, maxConcurrency: 16 }),
    ...options.discord,
  });
  const bedrock = await startBedrockSimulator({ record: 'none', checks: 'none' });
  const member = discord.addUser({ name: 'ana' });
  const guilds = addServerOfEach(discord, count, member);
  const guildAt = (index: number): SimulatedGuild => guilds[index % count] as SimulatedGuild;
  const channels = Array.from({ length: options.channels ?? 1 }, (_, index) => guildAt(index).addChannel({ name: `c${index}` }));
  if (options.servers !== undefined) addServers(discord, options.servers);
  await registerAsk(discord);
  await options.prepare?.(discord, member);
  const startedAt = performance.now();
  const root = subject.root ?? ROOT;
  const start = (): ChildProcess => spawn(process.execPath, [join(root, subject.program)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      TMPDIR: process.env['TMPDIR'],
      DISCORD_TOKEN: discord.token,
      MEMBER_QUESTIONS_PER_MINUTE: '100000',
      // Each message is a question of its own there.
      BURST_SECONDS: '0',
      DISCORD_API_URL: discord.apiUrl,
      DISCORD_CDN_URL: discord.cdnUrl,
      AWS_BEARER_TOKEN_BEDROCK: TEST_KEY,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
      BEDROCK_MODEL_ID: MODEL,
      MAX_CONCURRENT_CALLS: '1000',
      DISCORD_REQUESTS_PER_SECOND: '10000',
      STORE_URL: 'memory://',
      LOG_FORMAT: 'json',
      ...allocationIn(root),
      ...subject.environment,
      ...options.environment,
    },
  });
  const children: ChildProcess[] = [];
  const end = async (): Promise<void> => {
    const ended = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null).map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(ended);
    await Promise.all([discord.close(), bedrock.close()]);
  };
  try {
    // One after the other, as a process that comes gets its part from those that are there.
    for (let index = 0; index < count; index += 1) {
      const child = start();
      children.push(child);
      await started(child);
    }
  } catch (error) {
    await end();
    throw error;
  }
  const readyMs = performance.now() - startedAt;
  const pids = children.map(({ pid }) => pid as number);
  const [pid] = pids as [number];
  const proc = (of: number, file: string): string => readFileSync(`/proc/${of}/${file}`, 'utf8');
  const sumOf = (each: (pid: number) => number): number => pids.reduce((sum, one) => sum + each(one), 0);
  return {
    discord,
    bedrock,
    channels,
    member,
    addMember: () => {
      const user = discord.addUser();
      for (const guild of guilds) guild.addMember(user);
      return user;
    },
    readyMs,
    pids,
    memory: () => residentMiB(pid),
    memoryOfAll: () => residentOfAllMiB(pid),
    cpu: () =>
      sumOf((one) => {
        const fields = proc(one, 'stat').slice(proc(one, 'stat').lastIndexOf(')') + 2).split(' ');
        return ((Number(fields[11]) + Number(fields[12])) * 1000) / CLOCK_TICKS_PER_SECOND;
      }),
    exactCpu: () => sumOf((one) => readdirSync(`/proc/${one}/task`).reduce((sum, thread) => sum + Number(proc(one, `task/${thread}/schedstat`).split(' ')[0]), 0) / NS_PER_MS),
    close: end,
  };
};

/** The middle one; of an even count, what lies between the two in the middle. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
};

export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

/** Looks again each millisecond, until it is so or the time is over. */
export const until = async (condition: () => boolean, timeoutMs = 30_000): Promise<boolean> => {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return true;
};
