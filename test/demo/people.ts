import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TEST_KEY, startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { answerTo } from './answers.ts';
import type { DiscordSimulator, SimulatedChannel, SimulatedUser } from '../simulators/discord.ts';

const ROOT = join(import.meta.dirname, '../..');
/** About as quick as a small model. */
const PIECE_CHARACTERS = 26;
const PIECE_EVERY_MS = 25;

export interface People {
  readonly discord: DiscordSimulator;
  readonly ana: SimulatedUser;
  readonly bo: SimulatedUser;
  readonly general: SimulatedChannel;
  /** In the order of the play; threads are added when they begin. */
  readonly channels: SimulatedChannel[];
  close(): Promise<void>;
}

/** Simulators of Discord and Bedrock, two members of a server, and Parley as a process of its own, with nothing configured. */
export const startPeople = async (): Promise<People> => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-demo-'));
  const [discord, bedrock] = await Promise.all([startDiscordSimulator({ botName: 'Parley' }), startBedrockSimulator()]);
  bedrock.respond(({ body }) => {
    // Behind what came along with it: what it replies to, and what its thread is about.
    const question = (body?.messages.at(-1)?.content ?? []).findLast(({ text }) => text !== undefined)?.text ?? '';
    return { text: answerTo(question), deltas: { size: PIECE_CHARACTERS }, firstDelayMs: 500, deltaDelayMs: PIECE_EVERY_MS };
  });
  const ana = discord.addUser({ name: 'ana', globalName: 'Ana' });
  const bo = discord.addUser({ name: 'bo', globalName: 'Bo' });
  const general = discord.addGuild({ name: 'Tea house', members: [ana, bo] }).addChannel({ name: 'general' });
  const child = spawn(process.execPath, [join(ROOT, 'src/start.js'), '--env-file', join(ROOT, 'test/no-settings.env')], {
    // Away from the project, so that a .env there is not part of the play.
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.apiUrl,
      AWS_BEARER_TOKEN_BEDROCK: TEST_KEY,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
      AWS_ENDPOINT_URL_BEDROCK: bedrock.url,
      LOG_FORMAT: 'json',
      STARTUP_CHECK: 'false',
      MEMBER_QUESTIONS_PER_MINUTE: '0',
      // Each message is a question of its own there.
      BURST_SECONDS: '0',
    },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const isRegistered = (): boolean => discord.commands.puts > 0;
  await Promise.race([
    discord.waitFor(isRegistered, 15_000),
    ended.then(() => Promise.reject(new Error(`Parley ended before it was ready:\n${lines.join('\n')}`))),
  ]);
  return {
    discord,
    ana,
    bo,
    general,
    channels: [general],
    close: async () => {
      child.kill('SIGTERM');
      await ended;
      await Promise.all([discord.close(), bedrock.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
};
