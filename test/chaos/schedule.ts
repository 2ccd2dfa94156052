import { createRandom } from './random.ts';
import { ODD_ANSWERS } from './odd-answers.ts';
import { oddRefusal } from './odd-refusals.ts';
import { DISCORD_TROUBLES, RARE_DISCORD_TROUBLES } from './discord-troubles.ts';
import type { FaultRule } from '../simulators/discord.ts';
import type { OddAnswer } from './odd-answers.ts';
import type { Random } from './random.ts';
import type { DiscordTrouble } from './discord-troubles.ts';

export const MEMBERS = 40;
export const CHANNELS = 20;
export const THREADS = 8;
/** Members who also write to the bot directly. */
export const DM_MEMBERS = 10;

export type Door = 'mention' | 'reply' | 'ask' | 'private ask' | 'direct message';
export type PlannedPlace =
  | { readonly type: 'channel' | 'thread'; readonly number: number }
  /** The one between the member and the bot. */
  | { readonly type: 'dm' };

/** What goes wrong at Bedrock, once for each try of a question; then the answer comes whole. */
export type BedrockTrouble =
  | 'throttled'
  | 'overloaded'
  | 'server error'
  | 'error in the stream'
  | 'end without a stop'
  | 'cut off'
  | 'reset'
  | 'pause'
  | 'slow start'
  | 'silence';

export interface PlannedQuestion {
  readonly index: number;
  readonly member: number;
  readonly place: PlannedPlace;
  readonly door: Door;
  /** Milliseconds after the question before it. */
  readonly gapMs: number;
  /** Sentences of the answer: more than about thirty do not fit into one message. */
  readonly sentences: number;
  /** Milliseconds between two pieces of the answer. */
  readonly pieceMs: number;
  readonly troubles: readonly BedrockTrouble[];
  /** The rest of it is said in a message of its own, so many milliseconds later. */
  readonly moreAfterMs?: number | undefined;
  /** What is odd about the whole answer, if anything. */
  readonly oddity?: OddAnswer | undefined;
}

export type Kill = 'SIGKILL' | 'SIGTERM' | 'SIGTERM, then SIGKILL';
export type GatewayTrouble = 'drop' | 'reconnect' | 'invalidate, resumable' | 'invalidate';

export type Happening = {
  /** It happens so long after this question was asked. */
  readonly after: number;
  readonly delayMs: number;
} & (
  | { readonly type: 'kill'; readonly how: Kill; readonly graceMs: number; readonly downMs: number; readonly damage?: number }
  | { readonly type: 'gateway'; readonly trouble: GatewayTrouble }
  | { readonly type: 'discord'; readonly trouble: DiscordTrouble; readonly times: number }
  /** Nothing of Discord's REST answers but with 503. */
  | { readonly type: 'outage'; readonly ms: number }
  /** Something that no document foresees. */
  | { readonly type: 'odd refusal'; readonly rule: FaultRule }
  /** The permission to write is taken away in a channel, for so long. */
  | { readonly type: 'forbidden'; readonly channel: number; readonly ms: number }
  /** The connection is lost, and to its resumption Discord says nothing for so long. */
  | { readonly type: 'unanswered resume'; readonly ms: number }
  /** The wall clock of the process is so far ahead from now on. */
  | { readonly type: 'clock'; readonly aheadMs: number }
  /** The database is away for so long. */
  | { readonly type: 'database'; readonly ms: number }
  /** Another process on the same store, with a clock of its own, for so long. */
  | { readonly type: 'second process'; readonly aheadMs: number; readonly ms: number }
);

export interface Schedule {
  readonly seed: number;
  readonly questions: readonly PlannedQuestion[];
  /** In the order of the questions that they follow. */
  readonly happenings: readonly Happening[];
}

const BEDROCK_WEIGHTS: Readonly<Record<BedrockTrouble, number>> = {
  // Each shuts the line for some seconds, and several in a row for a minute.
  throttled: 2,
  overloaded: 1,
  'server error': 3,
  'error in the stream': 3,
  'end without a stop': 2,
  'cut off': 2,
  reset: 2,
  pause: 5,
  'slow start': 5,
  // Ends only with Parley's own patience.
  silence: 0.1,
};

const MORE_WITHIN_MS = 1_200;

const planPlace = (random: Random, member: number): PlannedPlace => {
  const type = random.weighted({ channel: 6, thread: 2, dm: member < DM_MEMBERS ? 3 : 0 });
  return type === 'dm' ? { type } : { type, number: random.integer(0, (type === 'channel' ? CHANNELS : THREADS) - 1) };
};

const planQuestion = (random: Random, index: number): PlannedQuestion => {
  // Whoever writes directly begins with it: nobody can find a conversation that was never heard of.
  const opensDm = index < DM_MEMBERS;
  const member = opensDm ? index : random.integer(0, MEMBERS - 1);
  const place: PlannedPlace = opensDm ? { type: 'dm' } : planPlace(random, member);
  const door: Door = opensDm
    ? 'direct message'
    : place.type === 'dm'
      ? random.weighted({ 'direct message': 5, ask: 1 })
      : random.weighted({ mention: 10, reply: 5, ask: 5, 'private ask': 1 });
  const hasTrouble = !opensDm && random.chance(0.2);
  return {
    index,
    member,
    place,
    door,
    gapMs: random.chance(0.3) ? 0 : random.integer(1, 160),
    sentences: random.chance(0.1) ? random.integer(40, 90) : random.integer(1, 12),
    pieceMs: random.integer(0, 40),
    troubles: hasTrouble ? Array.from({ length: random.pick([1, 1, 1, 2, 5]) }, () => random.weighted(BEDROCK_WEIGHTS)) : [],
  };
};

/** The first three kills: chance must leave none of the ways out. */
const EACH_WAY = ['SIGKILL', 'SIGTERM, then SIGKILL', 'SIGTERM'] as const;

const planKill = (random: Random, number: number): Extract<Happening, { type: 'kill' }> => ({
  type: 'kill',
  after: 0,
  delayMs: random.integer(0, 700),
  how: EACH_WAY[number] ?? random.weighted({ SIGKILL: 3, SIGTERM: 2, 'SIGTERM, then SIGKILL': 1 }),
  graceMs: random.integer(0, 1_500),
  downMs: random.pick([0, 0, 200, 800, 2_000]),
});

const planTrouble = (random: Random): Happening => {
  const type = random.weighted({ gateway: 2, discord: 5, outage: 0.3 });
  const when = { after: 0, delayMs: random.integer(0, 300) };
  if (type === 'gateway') {
    const trouble = random.weighted({ drop: 3, reconnect: 2, 'invalidate, resumable': 1, invalidate: 3 });
    return { ...when, type, trouble };
  }
  if (type === 'outage') return { ...when, type, ms: random.integer(1_000, 5_000) };
  return { ...when, type, trouble: random.pick(DISCORD_TROUBLES), times: random.integer(1, 3) };
};

/** As many as `count`, one in each of as many equal stretches behind the first questions. */
const spread = (random: Random, questions: number, count: number, plan: (random: Random, number: number) => Happening): Happening[] => {
  const first = Math.min(DM_MEMBERS, questions - 1);
  return Array.from({ length: count }, (_, number) => {
    const position = (number + random.next()) / count;
    return { ...plan(random, number), after: first + Math.floor(position * (questions - first)) };
  });
};

const ONE_MINUTE_MS = 60_000;

const MINUTE_MS = 60_000;

const planOdd = (random: Random): Happening => {
  const type = random.weighted({ 'odd refusal': 10, forbidden: 1, clock: 1 });
  const when = { after: 0, delayMs: random.integer(0, 300) };
  if (type === 'odd refusal') return { ...when, type, rule: oddRefusal(random) };
  if (type === 'forbidden') return { ...when, type, channel: random.integer(0, CHANNELS - 1), ms: random.integer(500, 4_000) };
  return { ...when, type, aheadMs: random.pick([-10, -1, 0, 1, 10, 90]) * MINUTE_MS };
};

/** The same schedule, with what nobody foresees besides. */
const withOdd = (schedule: Schedule): Schedule => {
  const random = createRandom(schedule.seed ^ 0x0dd);
  const count = schedule.questions.length;
  const happenings: Happening[] = [
    ...schedule.happenings.map((happening) => (happening.type === 'kill' ? { ...happening, damage: random.integer(0, 3) } : happening)),
    ...spread(random, count, Math.ceil(count * 0.2), planOdd),
    ...spread(random, count, Math.max(1, Math.floor(count / 400)), () => ({ type: 'second process', after: 0, delayMs: 0, aheadMs: random.pick([-10, 10]) * MINUTE_MS, ms: 15_000 })),
    ...spread(random, count, Math.floor(count / 500), () => ({ type: 'unanswered resume', after: 0, delayMs: 0, ms: 3_000 })),
  ];
  return {
    seed: schedule.seed,
    questions: schedule.questions.map((question) => (question.door !== 'direct message' && random.chance(0.15) ? { ...question, oddity: random.pick(ODD_ANSWERS) } : question)),
    happenings: happenings.toSorted((a, b) => a.after - b.after),
  };
};

/** The same schedule, with one restart of the database. */
const withDatabase = (schedule: Schedule): Schedule => {
  const random = createRandom(schedule.seed ^ 0xdb);
  const happenings = [...schedule.happenings, ...spread(random, schedule.questions.length, 1, () => ({ type: 'database', after: 0, delayMs: 0, ms: random.integer(500, 3_000) }))];
  return { ...schedule, happenings: happenings.toSorted((a, b) => a.after - b.after) };
};

export interface ChaosPlan {
  /** On a database that is restarted once. */
  readonly isOnPostgres?: boolean;
  readonly seed: number;
  readonly questions: number;
  /** What nobody foresees, besides. */
  readonly isOdd?: boolean;
  /** Some say what they ask in two messages. */
  readonly isInParts?: boolean;
}

/** The rest of a question comes while it is taken on, or just as it is answered. */
const withParts = (schedule: Schedule): Schedule => {
  const random = createRandom(schedule.seed ^ 0x9a7);
  const questions = schedule.questions.map((question) =>
    question.door === 'mention' && random.chance(0.3) ? { ...question, moreAfterMs: random.integer(0, MORE_WITHIN_MS) } : question,
  );
  return { ...schedule, questions };
};

const planForeseen = ({ seed, questions }: Pick<ChaosPlan, 'seed' | 'questions'>): Schedule => {
  const random = createRandom(seed);
  const planned = Array.from({ length: questions }, (_, index) => planQuestion(random, index));
  const isLong = questions >= 500;
  const happenings = [
    ...spread(random, questions, Math.max(4, Math.ceil(questions * 0.032)), planKill),
    ...spread(random, questions, Math.ceil(questions * 0.15), planTrouble),
    ...spread(random, questions, Math.floor(questions / 200), () => ({
      type: 'discord',
      after: 0,
      delayMs: 0,
      trouble: random.pick(RARE_DISCORD_TROUBLES),
      times: 1,
    })),
    ...spread(random, questions, isLong ? 1 : 0, () => ({ type: 'outage', after: 0, delayMs: 0, ms: ONE_MINUTE_MS })),
  ];
  return { seed, questions: planned, happenings: happenings.toSorted((a, b) => a.after - b.after) };
};

/** Everything that will be asked and everything that will go wrong; the same for the same plan. */
export const planChaos = ({ isOdd = false, isOnPostgres = false, isInParts = false, ...plan }: ChaosPlan): Schedule => {
  const foreseen = isInParts ? withParts(planForeseen(plan)) : planForeseen(plan);
  if (isOnPostgres) return withDatabase(foreseen);
  return isOdd ? withOdd(foreseen) : foreseen;
};
