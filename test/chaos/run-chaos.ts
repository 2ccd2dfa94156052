import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { TEST_KEY, startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { faultOf } from './discord-troubles.ts';
import { readHistories, refusedHistories } from './histories.ts';
import { isDraft, judge, saidTo } from './judge.ts';
import { createModel } from './model.ts';
import { createParleyProcess } from './parley-process.ts';
import { gatherPeople } from './people.ts';
import { planChaos } from './schedule.ts';
import type { DiscordSimulator } from '../simulators/discord.ts';
import type { Outcome } from './judge.ts';
import type { ParleyProcess } from './parley-process.ts';
import type { AskedQuestion } from './people.ts';
import type { Happening, Schedule } from './schedule.ts';

const MODEL = 'us.anthropic.claude-haiku-5-5';
/** Questions without an outcome at one time, at most. */
const OPEN_AT_MOST = 16;
/** A question that is open for so long no longer holds up the others; what becomes of it is judged at the end. */
const HELD_UP_AT_MOST_MS = 60_000;
/** How long the last questions may take: longer than Parley waits for a silent model, for a Discord that is down, and for a Bedrock that refuses calls. */
const LAST_ONES_MS = 330_000;
const LOOK_EVERY_MS = 15;
/** Typing is repeated each 8.5 s, so it would show within this. */
const QUIET_MS = 9_500;
/** A request that Discord has carried out but never answers costs discord.js 15 s, and until then an answer is not known to be there. */
const TYPING_AT_MOST_MS = 30_000;

export interface ChaosOptions {
  readonly seed: number;
  readonly questions: number;
  readonly progress: (text: string) => void;
  /** Keeps the folder with the log and the store, and tells where it is. */
  readonly keep?: boolean;
}

export interface ChaosResult {
  readonly asked: number;
  readonly outcomes: ReadonlyMap<Outcome, number>;
  readonly kills: number;
  readonly happenings: number;
  /** What must be 0, by what it is. */
  readonly wrong: Readonly<Record<string, number>>;
  /** A few lines on each wrong thing. */
  readonly details: readonly string[];
  readonly seconds: number;
}

interface Scene {
  readonly discord: DiscordSimulator;
  readonly parley: ParleyProcess;
  readonly schedule: Schedule;
}

/** Brings on what the schedule says. Kills come one after the other. */
const createFate = ({ discord, parley, schedule }: Scene) => {
  const under = new Set<Promise<void>>();
  let kills = 0;
  let killing = Promise.resolve();

  const gateway = (trouble: Extract<Happening, { type: 'gateway' }>['trouble']): void => {
    if (trouble === 'drop') discord.gateway.drop();
    else if (trouble === 'reconnect') discord.gateway.requestReconnect();
    else discord.gateway.invalidate({ resumable: trouble === 'invalidate, resumable' });
  };

  const happen = async (happening: Happening): Promise<void> => {
    await pause(happening.delayMs);
    switch (happening.type) {
      case 'gateway':
        gateway(happening.trouble);
        return;
      case 'discord':
        discord.faults.add({ ...faultOf(happening.trouble), times: happening.times });
        return;
      case 'outage': {
        const outage = discord.faults.add({ does: { status: 503 } });
        await pause(happening.ms);
        outage.remove();
        return;
      }
      case 'kill':
        killing = killing.then(async () => {
          kills += 1;
          await parley.kill(happening.how, happening.graceMs);
          await pause(happening.downMs);
          await parley.start();
        });
        await killing;
    }
  };

  return {
    after: (index: number): void => {
      for (const happening of schedule.happenings.filter(({ after }) => after === index)) {
        const happened = happen(happening).finally(() => under.delete(happened));
        under.add(happened);
      }
    },
    over: async (): Promise<void> => {
      while (under.size > 0) await Promise.all(under);
    },
    get kills() {
      return kills;
    },
  };
};

const secretsIn = (log: string, discord: DiscordSimulator): string[] => {
  const secrets = [discord.token, TEST_KEY, ...discord.interactions.map(({ token }) => token)];
  const found = secrets.filter((secret) => log.includes(secret)).map(() => 'a token or key');
  return log.includes('{ask ') || log.includes('{Q') ? [...found, 'the text of a message'] : found;
};

/** Asks, kills, and judges by what people see in the end. */
export const runChaos = async ({ seed, questions, progress, keep = false }: ChaosOptions): Promise<ChaosResult> => {
  const startedAt = performance.now();
  const schedule = planChaos({ seed, questions });
  const folder = await mkdtemp(join(tmpdir(), 'parley-chaos-'));
  const storeFile = join(folder, 'parley.sqlite');
  const [discord, bedrock] = await Promise.all([
    startDiscordSimulator({ maxConcurrency: 16, record: 'none' }),
    startBedrockSimulator({ record: 'heads' }),
  ]);
  const parley = createParleyProcess({
    folder,
    environment: {
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.apiUrl,
      AWS_BEARER_TOKEN_BEDROCK: TEST_KEY,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
      BEDROCK_MODEL_ID: MODEL,
      STORE_URL: `sqlite://${storeFile}`,
      MAX_CONCURRENT_CALLS: '8',
      MEMBER_QUESTIONS_PER_MINUTE: '0',
      HTTP_PORT: '0',
      LOG_FORMAT: 'json',
    },
  });
  try {
    const people = gatherPeople(discord);
    bedrock.respond(createModel(schedule.questions));
    await parley.start();
    await discord.waitFor(() => discord.commands.puts > 0, 60_000);
    const fate = createFate({ discord, parley, schedule });

    const asked: AskedQuestion[] = [];
    const open = new Map<AskedQuestion, number>();
    let lastSettledAt = performance.now();
    const isSettled = (question: AskedQuestion): boolean => {
      const outcome = judge(question);
      return outcome !== 'nothing' && outcome !== 'draft';
    };
    const look = (): void => {
      for (const question of open.keys()) {
        if (!isSettled(question)) continue;
        open.delete(question);
        lastSettledAt = performance.now();
      }
    };
    const holdingUp = (): number => [...open.values()].filter((at) => performance.now() - at < HELD_UP_AT_MOST_MS).length;
    const say = (what: string): void =>
      progress(`${Math.floor((asked.length * 100) / questions)} %  ${asked.length} of ${questions} asked, ${open.size} open, ${fate.kills} kills  ${what}`);

    for (const planned of schedule.questions) {
      await pause(planned.gapMs);
      for (look(); holdingUp() >= OPEN_AT_MOST; look()) await pause(LOOK_EVERY_MS);
      const question = people.ask(planned);
      asked.push(question);
      open.set(question, performance.now());
      fate.after(planned.index);
      say('');
    }
    await fate.over();
    discord.faults.clear();
    for (look(); open.size > 0 && performance.now() - lastSettledAt < LAST_ONES_MS; look()) {
      say(`waiting for the last ones, for ${((performance.now() - lastSettledAt) / 1000).toFixed(0)} s`);
      await pause(100);
    }
    say('listening for typing that does not end          ');
    const quietFrom = performance.now();
    const lastTyping = (): number => discord.typing.findLast(({ userId }) => userId === discord.botUser.id)?.at ?? 0;
    while (performance.now() - Math.max(quietFrom, lastTyping()) < QUIET_MS && performance.now() - quietFrom < TYPING_AT_MOST_MS) await pause(LOOK_EVERY_MS);
    const typing = discord.typing.filter(({ at, userId }) => at > quietFrom + TYPING_AT_MOST_MS - QUIET_MS && userId === discord.botUser.id);
    const callsLeft = bedrock.inFlight;
    const exitCode = await parley.stop();

    const judged = asked.map((question) => ({ question, outcome: judge(question) }));
    const outcomes = Map.groupBy(judged, ({ outcome }) => outcome);
    const messages = [...people.places, ...new Set(asked.map(({ place }) => place))].flatMap(({ fromBot }) => fromBot);
    const drafts = new Set(messages.filter(isDraft));
    for (const { question } of outcomes.get('draft') ?? []) for (const message of saidTo(question)) drafts.add(message);
    const pings = discord.pings.filter(({ messageId }) => discord.message(messageId)?.author.bot === true);
    const secrets = secretsIn(readFileSync(parley.logFile, 'utf8'), discord);
    const invalid = bedrock.requests.filter(({ status }) => status === 400);
    const histories = readHistories(storeFile);
    const refused = await refusedHistories(bedrock, MODEL, histories);
    const defects = [...parley.defects, ...(exitCode === 0 ? [] : [`ended with ${exitCode} after SIGTERM`])];

    const describe = (outcome: Outcome): string[] =>
      (outcomes.get(outcome) ?? []).map(({ question }) => {
        const said = saidTo(question).map(({ content, referenceId, thinking }) => `${thinking ? '(thinking) ' : ''}${referenceId === undefined ? '' : '↩ '}${JSON.stringify(content.slice(-160))}`);
        return `${outcome}: question ${question.planned.index} (${question.id}, ${question.planned.door} in ${question.place.name}): ${said.join(' | ')}`;
      });
    return {
      asked: asked.length,
      outcomes: new Map([...outcomes].map(([outcome, all]) => [outcome, all.length])),
      kills: fate.kills,
      happenings: schedule.happenings.length,
      wrong: {
        'without an outcome': outcomes.get('nothing')?.length ?? 0,
        'with two': outcomes.get('two')?.length ?? 0,
        'drafts left behind': drafts.size + typing.length,
        'histories that Converse would refuse': refused.length + invalid.length,
        pings: pings.length,
        'secrets in the log': secrets.length,
        'model calls left running': callsLeft,
        'ends of the process that nobody asked for': defects.length,
      },
      details: [
        ...describe('nothing'),
        ...describe('two'),
        ...describe('draft'),
        ...[...drafts].filter(isDraft).map(({ id, channelId, content }) => `draft: ${id} in ${channelId}: ${JSON.stringify(content.slice(-100))}`),
        ...typing.map(({ channelId }) => `typing in ${channelId}`),
        ...refused.map((key) => `refused: ${key}`),
        ...secrets,
        ...defects,
        ...(keep ? [`log and store: ${folder}`] : []),
      ],
      seconds: (performance.now() - startedAt) / 1000,
    };
  } finally {
    if (parley.isUp) await parley.kill('SIGKILL', 0);
    await Promise.all([discord.close(), bedrock.close()]);
    if (!keep) await rm(folder, { recursive: true, force: true });
  }
};
