import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { TEST_KEY, startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { startInspected } from './inspected-process.ts';
import type { SimulatedChannel } from '../simulators/discord.ts';
import type { Inspection } from './inspector.ts';

const IN_FLIGHT = 40;
const MEMBERS = 200;
/** Longer than a channel's pacing is remembered, so that what goes by itself has gone. */
const QUIET_MS = 12_000;
const LOOK_EVERY_MS = 2;

export interface SoakOptions {
  readonly questions: number;
  readonly channels: number;
  /** How often it is looked into; a multiple of four. */
  readonly samples: number;
  readonly quietMs?: number;
  readonly progress: (text: string) => void;
}

export interface SoakResult {
  readonly inspections: readonly Inspection[];
  readonly answered: number;
  readonly answersPerSecond: number;
  readonly exitCode: number | null;
}

/** Asks on and on, in all channels by turns, and looks into the process in between, when it is quiet. */
export const runSoak = async ({ questions, channels: channelCount, samples, quietMs = QUIET_MS, progress }: SoakOptions): Promise<SoakResult> => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-soak-'));
  const [discord, bedrock] = await Promise.all([
    startDiscordSimulator({ rateLimits: 'off', globalPerSecond: Infinity, record: 'none', keepMessagesPerChannel: 4 }),
    startBedrockSimulator({ record: 'none' }),
  ]);
  try {
    const members = Array.from({ length: MEMBERS }, (_, index) => discord.addUser({ name: `member${index}` }));
    const guild = discord.addGuild({ members });
    const channels = Array.from({ length: channelCount }, (_, index) => guild.addChannel({ name: `channel-${index}` }));
    bedrock.respond({ text: 'An answer of a few words, which is remembered.' });
    const parley = await startInspected(folder, {
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.apiUrl,
      AWS_BEARER_TOKEN_BEDROCK: TEST_KEY,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
      STORE_URL: `sqlite://${join(folder, 'parley.sqlite')}`,
      MAX_CONCURRENT_CALLS: '100',
      DISCORD_REQUESTS_PER_SECOND: '10000',
      MEMBER_QUESTIONS_PER_MINUTE: '100000',
      // Each message is a question of its own there.
      BURST_SECONDS: '0',
      HTTP_PORT: '0',
      LOG_FORMAT: 'json',
    });

    const waiting = new Map<SimulatedChannel, () => void>();
    const look = setInterval(() => {
      for (const [channel, resolve] of waiting) {
        if (channel.messages.at(-1)?.author.bot !== true) continue;
        waiting.delete(channel);
        resolve();
      }
    }, LOOK_EVERY_MS);
    let asked = 0;
    let answered = 0;
    let askingMs = 0;
    /** A channel has one question at a time, because a worker has channels of its own. */
    const work = async (worker: number, until: number): Promise<void> => {
      while (asked < until) {
        const index = asked;
        asked += 1;
        const channel = channels[(Math.floor(index / IN_FLIGHT) * IN_FLIGHT + worker) % channelCount];
        const member = members[index % MEMBERS];
        if (channel === undefined || member === undefined) throw new Error('There is nobody to ask, or nowhere');
        member.say(channel, `${discord.botUser.mention} question ${index}`);
        await new Promise<void>((resolve) => waiting.set(channel, resolve));
        answered += 1;
        if (answered % 100 === 0) progress(`${Math.floor((answered * 100) / questions)} %  ${answered} of ${questions} answered`);
      }
    };

    const inspections: Inspection[] = [];
    for (let sample = 1; sample <= samples; sample += 1) {
      const startedAt = performance.now();
      const until = Math.floor((questions * sample) / samples);
      await Promise.all(Array.from({ length: IN_FLIGHT }, (_, worker) => work(worker, until)));
      askingMs += performance.now() - startedAt;
      await pause(quietMs);
      const inspection = await parley.inspect();
      inspections.push(inspection);
      progress(`${Math.floor((answered * 100) / questions)} %  ${(inspection.rss / 2 ** 20).toFixed(0)} MiB resident, ${(inspection.heapUsed / 2 ** 20).toFixed(1)} MiB of heap, ${JSON.stringify({ ...inspection.resources, ...inspection.objects })}\n`);
    }
    clearInterval(look);
    return { inspections, answered, answersPerSecond: (answered * 1000) / askingMs, exitCode: await parley.stop() };
  } finally {
    await Promise.all([discord.close(), bedrock.close()]);
    await rm(folder, { recursive: true, force: true });
  }
};
