import { Failure } from '../conversation/failure.ts';
import { OWN_CLOCKS } from './clocks.ts';
import { FairQueue } from './fair-queue.ts';
import { Pace } from './pace.ts';
import { Places } from './places.ts';
import type { LaneVisitor, Line } from '../conversation/ports.ts';
import type { Waiting } from './places.ts';

/** Questions of one member that wait in one lane: whoever asks more leaves the places of the others alone. */
const MAX_WAITING_OF_MEMBER = 30;
/** And of all: nobody waits for more answers than that. */
const MAX_WAITING_IN_LANE = 300;

/** Visitors who take turns, or one who came for all. */
interface Round {
  readonly queue: FairQueue<() => void>;
  readonly isForAll: boolean;
}

/** What runs, and behind it the rounds that wait, one after the other. */
interface Lane {
  readonly rounds: Round[];
  waiting: number;
  /** How many of each asker wait. */
  readonly waitingOf: Map<string, number>;
}

/** Why nobody else may wait in it; undefined where there is room. */
const whyFull = ({ waiting, waitingOf }: Lane, { askerId }: LaneVisitor): string | undefined => {
  if (waiting >= MAX_WAITING_IN_LANE) return `${waiting} questions wait in this conversation already.`;
  const own = waitingOf.get(askerId) ?? 0;
  return own >= MAX_WAITING_OF_MEMBER ? `${own} questions of this member wait in this conversation already.` : undefined;
};

/** How many end before this one begins: the one that runs, the rounds before, and some of its own round. */
const aheadOf = (id: string, round: Round, { rounds }: Lane): number =>
  rounds.slice(0, rounds.indexOf(round)).reduce((sum, { queue }) => sum + queue.size, 1 + (round.queue.position(id) ?? 0));

/** The round that a visitor enters: the last one, or a new one where turns must not be mixed. */
const roundFor = (lane: Lane, visitor: LaneVisitor | undefined): Round => {
  const last = lane.rounds.at(-1);
  if (last !== undefined && visitor !== undefined && !last.isForAll) return last;
  const round = { queue: new FairQueue<() => void>(), isForAll: visitor === undefined };
  lane.rounds.push(round);
  return round;
};

/**
 * A lane for each conversation, so that it never has more than one question in the line. A lane is there while something
 * runs in it, and costs an entry in a map until somebody has to wait.
 */
export const createLanes = ({ monotonic, wall } = OWN_CLOCKS): Line['inLane'] => {
  const lanes = new Map<string, Lane>();
  const pace = new Pace();
  const places = new Places();
  let lastId = 0;

  const wait = (lane: Lane, signal: AbortSignal, visitor: LaneVisitor | undefined): Promise<void> => {
    const full = visitor && whyFull(lane, visitor);
    if (full !== undefined) throw new Failure('line-full', full, { retryAt: wall() + pace.averageMs });
    const count = (change: number): void => {
      lane.waiting += change;
      if (visitor === undefined) return;
      const own = (lane.waitingOf.get(visitor.askerId) ?? 0) + change;
      if (own === 0) lane.waitingOf.delete(visitor.askerId);
      else lane.waitingOf.set(visitor.askerId, own);
    };
    return new Promise((resolve, reject) => {
      const id = String((lastId += 1));
      const round = roundFor(lane, visitor);
      const waiting: Waiting = { onWait: visitor?.onWait, told: undefined, wait: () => ({ type: 'line', ahead: aheadOf(id, round, lane) }) };
      const end = (): void => {
        signal.removeEventListener('abort', cancel);
        count(-1);
        if (round.queue.size === 0) lane.rounds.splice(lane.rounds.indexOf(round), 1);
        places.remove(waiting);
      };
      const begin = (): void => {
        end();
        resolve();
      };
      const cancel = (): void => {
        round.queue.remove(id);
        end();
        reject(signal.reason);
      };
      signal.addEventListener('abort', cancel);
      round.queue.enqueue(begin, { id, memberId: visitor?.askerId ?? '' });
      count(1);
      places.add(waiting);
    });
  };

  const enter = async (conversationId: string, signal: AbortSignal, visitor: LaneVisitor | undefined): Promise<Lane> => {
    signal.throwIfAborted();
    const busy = lanes.get(conversationId);
    if (busy !== undefined) {
      await wait(busy, signal, visitor);
      return busy;
    }
    const lane = { rounds: [], waiting: 0, waitingOf: new Map<string, number>() };
    lanes.set(conversationId, lane);
    return lane;
  };

  return async (conversationId, work, signal, visitor) => {
    const lane = await enter(conversationId, signal, visitor);
    const startedAt = monotonic();
    try {
      return await work();
    } finally {
      pace.seen(monotonic() - startedAt);
      const begin = lane.rounds[0]?.queue.dequeue();
      if (begin === undefined) lanes.delete(conversationId);
      else begin();
    }
  };
};
