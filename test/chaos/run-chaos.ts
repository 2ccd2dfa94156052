import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PermissionFlagsBits } from 'discord-api-types/v10';
import { TEST_KEY, startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { createCounting } from './booked.ts';
import { damageStore } from './damage.ts';
import { faultOf } from './discord-troubles.ts';
import { startPostgres } from '../postgres/postgres-server.ts';
import { readHistories, readRecords, refusedHistories } from './histories.ts';
import { isDraft, judge, saidTo } from './judge.ts';
import { createModel } from './model.ts';
import { createParleyProcess } from './parley-process.ts';
import { gatherPeople } from './people.ts';
import { askedIndex } from './marks.ts';
import { createRandom } from './random.ts';
import { planChaos } from './schedule.ts';
import { createTrace } from './trace.ts';
import { createWatching, portApart } from './watching.ts';
import type { PostgresServer } from '../postgres/postgres-server.ts';
import type { DiscordSimulator } from '../simulators/discord.ts';
import type { ConverseRequestRecord } from '../simulators/bedrock.ts';
import type { Outcome } from './judge.ts';
import type { ParleyProcess } from './parley-process.ts';
import type { DamagedRecord } from './damage.ts';
import type { AskedQuestion, People } from './people.ts';
import type { Happening, PlannedQuestion, Schedule } from './schedule.ts';

const MODEL = 'us.anthropic.claude-haiku-5-5';
/** Questions without an outcome at one time, at most. */
const OPEN_AT_MOST = 16;
/** A question that is open for so long no longer holds up the others; what becomes of it is judged at the end. */
const HELD_UP_AT_MOST_MS = 60_000;
/** How long the last questions may take: longer than Parley waits for a silent model, for a Discord that is down, and for a Bedrock that refuses calls. */
const LAST_ONES_MS = 330_000;
const LOOK_EVERY_MS = 15;
/** An outcome that takes longer helps nobody. */
const HUNG_MS = 120_000;
/** Typing is repeated each 8.5 s, so it would show within this. */
const QUIET_MS = 9_500;
/** A request that Discord has carried out but never answers costs discord.js 15 s, and until then an answer is not known to be there. */
const TYPING_AT_MOST_MS = 30_000;

export interface ChaosOptions {
  readonly seed: number;
  readonly questions: number;
  /** What nobody foresees, besides: damaged records, odd answers of both platforms, clocks, a second process. */
  readonly isOdd?: boolean;
  /** Three processes on a PostgreSQL database, which divide the servers, instead of one on a file. */
  readonly isOnPostgres?: boolean;
  readonly progress: (text: string) => void;
  /** Threads of their own, another scope with each seed, summaries, and questions in several messages. */
  readonly hasConversations?: boolean;
  /** Keeps the folder with the log, the store, all requests and what happened when, and tells where it is. */
  readonly keep?: boolean;
}

export interface ChaosResult {
  readonly asked: number;
  readonly outcomes: ReadonlyMap<Outcome, number>;
  readonly kills: number;
  readonly happenings: number;
  /** Milliseconds from each question to its outcome. */
  readonly took: readonly number[];
  /** Records of the store that were written over. */
  readonly damaged: number;
  /** Calls of which the simulator has told the tokens. */
  readonly reportedCalls: number;
  /** What must be 0, by what it is. */
  readonly wrong: Readonly<Record<string, number>>;
  /** A few lines on each wrong thing. */
  readonly details: readonly string[];
  readonly seconds: number;
}

/** How many processes there are on PostgreSQL, and as many shards. */
const PROCESSES = 3;

interface Scene {
  readonly discord: DiscordSimulator;
  readonly people: People;
  /** Those that are to be there all the time. */
  readonly processes: readonly ParleyProcess[];
  readonly second: ParleyProcess;
  readonly schedule: Schedule;
  readonly storeFile: string;
  readonly database: PostgresServer | undefined;
  readonly counting: ReturnType<typeof createCounting>;
  /** Something of the schedule begins now. */
  readonly note: (what: string) => void;
}

/** Brings on what the schedule says. Kills come one after the other. */
const createFate = ({ discord, people, processes, second, schedule, storeFile, database, counting, note }: Scene) => {
  const random = createRandom(schedule.seed);
  const damaged: DamagedRecord[] = [];
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
    note(JSON.stringify(happening));
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
          const [only, ...others] = processes;
          const parley = only === undefined || others.length > 0 ? random.pick(processes) : only;
          note(`${happening.how} goes out to ${parley.name}`);
          await counting.killing(parley.name, () => parley.kill(happening.how, happening.graceMs));
          note('the process is gone');
          await pause(happening.downMs);
          const records = happening.damage === undefined || second.isUp ? [] : damageStore(storeFile, happening.damage, random);
          damaged.push(...records);
          await parley.start();
          note(`the next one is ready; damaged: ${records.map(({ key }) => key).join(', ') || 'nothing'}`);
        });
        await killing;
        return;
      case 'odd refusal':
        // Where both the place and the asker refuse everything, there is nothing left to see.
        discord.faults.add({ ...happening.rule, when: ({ path }) => people.places.some(({ id }) => path.includes(id)) || !path.startsWith('/channels/') });
        return;
      case 'forbidden': {
        const place = people.places[happening.channel];
        place?.denyBot(PermissionFlagsBits.SendMessages);
        await pause(happening.ms);
        place?.denyBot(0n);
        return;
      }
      case 'unanswered resume':
        discord.gateway.setResuming(false);
        discord.gateway.drop();
        await pause(happening.ms);
        discord.gateway.setResuming(true);
        return;
      case 'clock':
        for (const parley of processes) parley.setClock(happening.aheadMs);
        return;
      case 'database':
        await counting.withoutStore(async () => {
          await database?.stop('immediate');
          await pause(happening.ms);
          await database?.start();
        });
        return;
      case 'second process':
        if (second.isUp) return;
        second.setClock(happening.aheadMs);
        await second.start();
        await pause(happening.ms);
        await second.stop();
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
    damaged,
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

const SCOPES = ['room', 'user', 'thread', 'reply'] as const;

/** Histories are so short that they fold after a few questions. */
const conversationSettings = (seed: number): Readonly<Record<string, string>> => ({
  CONVERSATION_SCOPE: SCOPES[seed % SCOPES.length] ?? 'room',
  THREADS: seed % (2 * SCOPES.length) < SCOPES.length ? 'always' : 'on_mention',
  COMPACTION: 'on',
  HISTORY_MAX_TOKENS: '2000',
  BURST_SECONDS: '1.5',
});

/** Whoever writes directly within this, in milliseconds, goes on with the same question. */
const APART_MS = 2_000;

/** Asks, kills, and judges by what people see in the end. */
export const runChaos = async ({ seed, questions, isOdd = false, isOnPostgres = false, hasConversations = false, progress, keep = false }: ChaosOptions): Promise<ChaosResult> => {
  const startedAt = performance.now();
  const schedule = planChaos({ seed, questions, isOdd, isOnPostgres, isInParts: hasConversations });
  const folder = await mkdtemp(join(tmpdir(), 'parley-chaos-'));
  const storeFile = join(folder, 'parley.sqlite');
  const counting = createCounting();
  const count = isOnPostgres ? PROCESSES : 1;
  const [discord, bedrock, database] = await Promise.all([
    startDiscordSimulator({ maxConcurrency: 16, recommendedShards: count, record: keep ? 'heads' : 'none' }),
    startBedrockSimulator({ record: 'heads' }),
    isOnPostgres ? startPostgres() : undefined,
  ]);
  const storeUrl = (await database?.freshDatabase()) ?? `sqlite://${storeFile}`;
  const environment = {
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    AWS_BEARER_TOKEN_BEDROCK: TEST_KEY,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
    BEDROCK_MODEL_ID: MODEL,
    STORE_URL: storeUrl,
    STARTUP_CHECK: 'false',
    MAX_CONCURRENT_CALLS: '8',
    MEMBER_QUESTIONS_PER_MINUTE: '100000',
    // Each message is a question of its own there.
    BURST_SECONDS: '0',
    ...(hasConversations ? conversationSettings(seed) : {}),
    LOG_FORMAT: 'json',
  };
  const secondFolder = await mkdtemp(join(tmpdir(), 'parley-chaos-second-'));
  const otherFolders = await Promise.all(Array.from({ length: count - 1 }, () => mkdtemp(join(tmpdir(), 'parley-chaos-'))));
  const ports = new Map<ParleyProcess, number>();
  const createWatched = async (name: string, own: string): Promise<ParleyProcess> => {
    const port = await portApart();
    const created = createParleyProcess({ name, folder: own, environment: { ...environment, HTTP_PORT: String(port) } });
    ports.set(created, port);
    return created;
  };
  const processes = await Promise.all([folder, ...otherFolders].map((own, index) => createWatched(`process-${index}`, own)));
  const second = await createWatched('second', secondFolder);
  const everybody = [...processes, second];
  try {
    const people = gatherPeople(discord, count);
    const askers = new Map<number, string>();
    const askerOf = ({ body }: ConverseRequestRecord): string | undefined => askers.get(askedIndex((body?.messages.at(-1)?.content ?? []).map((block) => block.text ?? '').join('\n')) ?? -1);
    bedrock.respond(counting.watching(createModel(schedule.questions), askerOf));
    await Promise.all(processes.map((parley) => parley.start()));
    await discord.waitFor(() => discord.commands.puts > 0, 60_000);
    const watching = createWatching(ports);
    const trace = createTrace(keep);
    const fate = createFate({ discord, people, processes, second, schedule, storeFile, database, counting, note: trace.note });

    const asked: AskedQuestion[] = [];
    const open = new Map<AskedQuestion, number>();
    let lastSettledAt = performance.now();
    /** Milliseconds from each question to its outcome. */
    const took = new Map<AskedQuestion, number>();
    const isSettled = (question: AskedQuestion): boolean => {
      const outcome = judge(question);
      return outcome !== 'nothing' && outcome !== 'draft';
    };
    const look = (): void => {
      for (const question of open.keys()) {
        if (!isSettled(question)) continue;
        took.set(question, performance.now() - (open.get(question) ?? 0));
        trace.note(`question ${question.planned.index} has its outcome: ${judge(question)}, after ${(took.get(question) ?? 0).toFixed(0)} ms`);
        open.delete(question);
        lastSettledAt = performance.now();
      }
    };
    const holdingUp = (): number => [...open.values()].filter((at) => performance.now() - at < HELD_UP_AT_MOST_MS).length;
    const say = (what: string): void =>
      progress(`${Math.floor((asked.length * 100) / questions)} %  ${asked.length} of ${questions} asked, ${open.size} open, ${fate.kills} kills  ${what}`);

    const directAt = new Map<number, number>();
    const apart = async ({ member, place }: PlannedQuestion): Promise<void> => {
      if (place.type !== 'dm') return;
      await pause(Math.max(0, (directAt.get(member) ?? -Infinity) + APART_MS - performance.now()));
      directAt.set(member, performance.now());
    };

    for (const planned of schedule.questions) {
      await pause(planned.gapMs);
      if (hasConversations) await apart(planned);
      for (look(); holdingUp() >= OPEN_AT_MOST; look()) await pause(LOOK_EVERY_MS);
      const question = people.ask(planned);
      asked.push(question);
      askers.set(planned.index, question.asker.id);
      open.set(question, performance.now());
      trace.note(`question ${planned.index}: ${question.id}, ${planned.door} in ${question.place.id}`);
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
    const misread = await watching.end();
    const exitCodes = await Promise.all(processes.map((parley) => parley.stop()));
    trace.keepIn(folder, discord, counting.lines());
    const logs = everybody.map(({ logFile }) => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '')).join('');

    const lostRows = new Set(fate.damaged.flatMap(({ key }) => /\d{15,20}/u.exec(key)?.[0] ?? []));
    const judged = asked.map((question) => {
      const outcome = judge(question);
      // A command leaves no trace but its row in the ledger: nobody can find what was written over.
      const isLost = (outcome === 'nothing' || outcome === 'draft') && question.interaction !== undefined && lostRows.has(question.id);
      return { question, outcome: isLost ? ('lost with its only record' as const) : outcome };
    });
    const outcomes = Map.groupBy(judged, ({ outcome }) => outcome);
    const messages = [...people.places, ...new Set(asked.map(({ place }) => place)), ...asked.flatMap(({ thread }) => thread() ?? [])].flatMap(({ fromBot }) => fromBot);
    const drafts = new Set(messages.filter(isDraft));
    for (const { question } of outcomes.get('draft') ?? []) for (const message of saidTo(question)) drafts.add(message);
    const pings = discord.pings.filter(({ messageId }) => discord.message(messageId)?.author.bot === true);
    const secrets = secretsIn(logs, discord);
    const oddIndexes = new Set(schedule.questions.filter(({ oddity }) => oddity === 'refused in odd words').map(({ index }) => index));
    const invalid = oddIndexes.size > 0 ? [] : bedrock.requests.filter(({ status }) => status === 400);
    // What is reported in odd words, and what is written over, nobody can add up.
    // Titles and summaries are booked, too, and asked by nobody.
    const misbooked = isOdd || hasConversations ? [] : await counting.differences(storeUrl);
    const histories = readHistories(await readRecords(storeUrl), isOdd);
    const refused = await refusedHistories(bedrock, MODEL, histories);
    const defects = [...everybody.flatMap((parley) => parley.defects), ...exitCodes.filter((exitCode) => exitCode !== 0).map((exitCode) => `ended with ${exitCode} after SIGTERM`)];

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
      took: [...took.values()],
      damaged: fate.damaged.length,
      reportedCalls: counting.count(),
      wrong: {
        'without an outcome': outcomes.get('nothing')?.length ?? 0,
        'with two': outcomes.get('two')?.length ?? 0,
        'drafts left behind': drafts.size + typing.length,
        'histories that Converse would refuse': refused.length + invalid.length,
        pings: pings.length,
        'members and models whose tokens are not those that were reported': misbooked.length,
        'secrets in the log': secrets.length,
        'model calls left running': callsLeft,
        'open for more than 120 s': isOdd ? [...took.values()].filter((ms) => ms > HUNG_MS).length : 0,
        'ends of the process that nobody asked for': defects.length,
        'figures that do not agree with the log': misread.length,
      },
      details: [
        ...describe('nothing'),
        ...describe('two'),
        ...describe('draft'),
        ...[...drafts].filter(isDraft).map(({ id, channelId, content }) => `draft: ${id} in ${channelId}: ${JSON.stringify(content.slice(-100))}`),
        ...pings.map(({ messageId, kind }) => `ping: ${kind} by ${JSON.stringify(discord.message(messageId)?.content.slice(0, 100))}`),
        ...typing.map(({ channelId }) => `typing in ${channelId}`),
        ...(isOdd ? [...took].filter(([, ms]) => ms > HUNG_MS) : []).map(([{ id, planned }, ms]) => `slow: question ${planned.index} (${id}, ${planned.door}) took ${(ms / 1000).toFixed(0)} s`),
        ...misbooked,
        ...refused.map((key) => `refused: ${key}`),
        ...secrets,
        ...defects,
        ...misread,
        ...(keep ? [`kept: ${[folder, ...otherFolders].join(', ')}`] : []),
      ],
      seconds: (performance.now() - startedAt) / 1000,
    };
  } finally {
    for (const one of everybody) if (one.isUp) await one.kill('SIGKILL', 0);
    await Promise.all([discord.close(), bedrock.close(), database?.remove()]);
    if (!keep) await Promise.all([folder, secondFolder, ...otherFolders].map((one) => rm(one, { recursive: true, force: true })));
  }
};
