import { setTimeout as sleep } from 'node:timers/promises';
import { divideShards, shardNumbers } from './divide-shards.ts';
import type { Log } from '../../log/log.ts';
import type { Division, ShardHolders } from './divide-shards.ts';

/** The processes that share a store, this one among them. All reject when the store does. */
export interface SharingProcesses {
  readonly owner: string;
  /** Says that this one is there, and whether it is going to end. */
  sign(isLeaving: boolean): Promise<void>;
  /** The others that gave a sign within so many milliseconds. @param isCertain and of which nobody knows better */
  others(maxAgeMs: number, isCertain: boolean): Promise<readonly { readonly owner: string; readonly isLeaving: boolean }[]>;
  leave(): Promise<void>;
}

/** Where it is written who has which shard. All reject when the store does. */
export interface DivisionTable {
  read(): Promise<{ readonly division: Division; readonly text: string } | undefined>;
  /** @param text as it was read; false where somebody else has written meanwhile */
  replace(text: string | undefined, division: Division): Promise<boolean>;
}

/** This process's connections to Discord. */
export interface ShardConnections {
  /** Makes the first ones: so many shards there are of all, and these it connects. Resolves when they have begun; rejects where they never will. */
  begin(count: number, shardIds: readonly number[]): Promise<void>;
  /** Makes one more. */
  add(shardId: number): Promise<void>;
  /** Ends one that another process has. */
  remove(shardId: number): Promise<void>;
  /** Whether Discord lets sessions be begun that nobody needs. */
  mayMove(): boolean;
}

export interface SharedShardsDependencies {
  readonly processes: SharingProcesses;
  readonly table: DivisionTable;
  readonly connections: ShardConnections;
  /** Whether something is being answered that was asked there. */
  readonly isBusy: (shardId: number) => boolean;
  /** A process is gone, and may have left something. */
  readonly onGone: () => void;
  /** Its first connections failed for good. */
  readonly onFailure: (error: unknown) => void;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  readonly log: Log;
  readonly lookEveryMs?: number;
}

export interface SharedShards {
  /**
   * Connects this process's share of the shards; none where others have them all, until it gets some. Rejects where Discord does.
   * @param wanted how many there are of all, where nobody has any of them yet
   */
  start(wanted: number): Promise<void>;
  /** A shard of this process has begun its session. */
  ready(shardId: number): void;
  /** Whether other processes have all shards. */
  isStandingBy(): boolean;
  /** Whether another process hears that shard, too, and takes what is asked there from now on. */
  isLeaving(shardId: number): boolean;
  /** Whether another process is the one that hears a shard, as far as is known, even if this one does, too. */
  isAnothers(shardId: number): boolean;
  /** Resolves when others hear all that this one did, or nobody is there who could, or after so many milliseconds. Never rejects. */
  handOver(ms: number): Promise<void>;
  /** Is not there any more. Never rejects. */
  stop(): Promise<void>;
}

/** How often a process says that it is there, and looks who else is, in milliseconds; how often while it hands over. */
const LOOK_EVERY_MS = 2_000;
const HAND_OVER_EVERY_MS = 250;
/** After so many milliseconds without a sign a process counts as gone. It may be there all the same: then both hear a shard for a while, and claims tell whose a question is. */
const GONE_MS = 12_000;
/** How often it is tried to write what others have written meanwhile. */
const TRIES = 10;
/** How long a shard that another process hears is heard here, too, because of answers that are being written, in milliseconds. */
const LONGEST_LEAVE_MS = 5 * 60_000;
const LOOK_IDLE_MS = 250;

/** Of a connection: it is being made, it is there, or it goes as soon as nothing depends on it. */
type State = 'connecting' | 'ready' | 'leaving';

const isSame = (one: ShardHolders, other: ShardHolders): boolean => one.owner === other.owner && one.next === other.next;
const holders = (owner: string | undefined, next?: string): ShardHolders => ({ ...(owner === undefined ? {} : { owner }), ...(next === undefined ? {} : { next }) });

/**
 * Divides the shards among the processes that share a store. Each works out by itself who is to have which, and writes down what
 * becomes its own: first that it is about to hear a shard, then that it does. Only then whoever heard it before lets go of it.
 */
export const createSharedShards = ({ processes, table, connections, isBusy, onGone, onFailure, now, log, lookEveryMs = LOOK_EVERY_MS }: SharedShardsDependencies): SharedShards => {
  const { owner: self } = processes;
  const states = new Map<number, State>();
  /** As it was written last, and whether this process has ended. */
  const at: { division: Division | undefined; isOver: boolean } = { division: undefined, isOver: false };
  let known: ReadonlySet<string> = new Set();
  /** Others that stay. */
  let staying: readonly string[] = [];
  let isGoing = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  let isFailing = false;
  let signedAt: number | undefined;
  /** How much older a sign may be, and until when: nobody could give one while the store was away. */
  let patience = { ms: 0, until: 0 };
  let wanted = 1;
  /** The first connections, once they were begun. */
  let begun: { readonly count: number; readonly connected: Promise<void> } | undefined;
  let isStarted = false;

  const isHeard = (shardId: number): boolean => {
    const state = states.get(shardId);
    return state === 'ready' || state === 'leaving';
  };

  /** What becomes of the division by what this process has, or is to have. */
  const claimed = (before: Division, living: ReadonlySet<string>): Division => {
    const alive = (one: string | undefined): string | undefined => (one !== undefined && living.has(one) ? one : undefined);
    const found = new Map(shardNumbers(before.count).map((id): [number, ShardHolders] => {
      const { owner, next } = before.shards[id] ?? {};
      // What it hears and nobody else does is its own, whatever became of the table.
      return [id, holders(alive(owner) ?? (isHeard(id) ? self : undefined), alive(next))];
    }));
    const members = isGoing ? staying : [self, ...staying];
    const plan = members.length === 0 ? new Map<number, string>() : divideShards({ count: before.count, shards: Object.fromEntries(found) }, members, connections.mayMove());
    for (const [id, { owner, next }] of found) {
      if (plan.get(id) === self) found.set(id, isHeard(id) ? holders(self) : holders(owner === self ? undefined : owner, self));
      else if (next === self && !states.has(id)) found.set(id, holders(owner));
    }
    return { count: before.count, shards: Object.fromEntries([...found].filter(([, { owner, next }]) => owner !== undefined || next !== undefined)) };
  };

  const isUnchanged = (before: Division, after: Division): boolean =>
    before.count === after.count && shardNumbers(after.count).every((id) => isSame(before.shards[id] ?? {}, after.shards[id] ?? {}));

  const leave = async (shardId: number): Promise<void> => {
    states.set(shardId, 'leaving');
    const giveUpAt = now() + LONGEST_LEAVE_MS;
    while (isBusy(shardId) && now() < giveUpAt) {
      await sleep(LOOK_IDLE_MS, undefined, { ref: false });
      // It has come back, or all ends.
      if (states.get(shardId) !== 'leaving' || at.isOver) return;
    }
    try {
      await connections.remove(shardId);
      log.info({ shardId }, 'another process hears this shard now');
    } catch (error) {
      log.warn({ shardId, reason: String(error) }, 'a connection that another process has could not be ended');
    }
    states.delete(shardId);
    lookSoon();
  };

  const add = async (shardId: number): Promise<void> => {
    try {
      await begun?.connected;
      await connections.add(shardId);
    } catch (error) {
      log.warn({ shardId, reason: String(error) }, 'a shard could not be connected; I try again');
      if (states.get(shardId) === 'connecting') states.delete(shardId);
    }
  };

  const connect = (count: number, shardIds: readonly number[]): void => {
    if (shardIds.length === 0) return;
    for (const id of shardIds) states.set(id, 'connecting');
    if (begun === undefined) {
      begun = { count, connected: connections.begin(count, shardIds) };
      // Whoever starts this hears of it; later nobody would.
      begun.connected.catch(isStarted ? onFailure : () => undefined);
    } else if (begun.count === count) for (const id of shardIds) void add(id);
    else onFailure(new Error(`The bot has ${count} shards now, and had ${begun.count} when this process connected.`));
  };

  const act = (after: Division): void => {
    const mine: number[] = [];
    for (const id of shardNumbers(after.count)) {
      const { owner, next } = after.shards[id] ?? {};
      const state = states.get(id);
      if (owner === self || next === self) {
        if (state === undefined) mine.push(id);
        else if (state === 'leaving') states.set(id, 'ready');
      } else if (state === 'ready' && owner !== undefined) void leave(id);
    }
    connect(after.count, mine);
  };

  const noteProcesses = (others: readonly { readonly owner: string; readonly isLeaving: boolean }[]): ReadonlySet<string> => {
    const names = new Set(others.map(({ owner }) => owner));
    if ([...known].some((name) => !names.has(name))) onGone();
    if (names.size !== known.size) log.info({ processes: names.size + 1 }, 'processes that divide the shards');
    known = names;
    staying = others.filter(({ isLeaving }) => !isLeaving).map(({ owner }) => owner);
    return new Set([...names, self]);
  };

  const look = async (): Promise<void> => {
    await processes.sign(isGoing);
    const moment = now();
    const silentMs = moment - (signedAt ?? moment);
    signedAt = moment;
    if (silentMs > GONE_MS) patience = { ms: silentMs, until: moment + GONE_MS };
    const isPatient = moment < patience.until;
    const living = noteProcesses(await processes.others(GONE_MS + (isPatient ? patience.ms : 0), !isPatient));
    for (let tries = 0; tries < TRIES && !at.isOver; tries += 1) {
      const found = await table.read();
      const isHeld = Object.values(found?.division.shards ?? {}).some(({ owner, next }) => [owner, next].some((one) => one !== undefined && living.has(one)));
      // How many there are changes while nobody has any.
      const before = found !== undefined && (isHeld || states.size > 0) ? found.division : { count: states.size > 0 ? (at.division?.count ?? wanted) : wanted, shards: {} };
      const after = claimed(before, living);
      if ((found !== undefined && isUnchanged(found.division, after)) || (await table.replace(found?.text, after))) {
        at.division = after;
        if (!at.isOver) act(after);
        return;
      }
    }
  };

  const lookOnce = async (): Promise<void> => {
    try {
      await look();
      if (isFailing) log.info({}, 'the processes that divide the shards can be seen again');
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ reason: String(error) }, 'the store does not tell who has which shard; everybody goes on with what they have');
      isFailing = true;
    }
  };

  /** One at a time; whoever asks while one is under way gets another one. */
  const run = (): Promise<void> => {
    if (looking !== undefined) {
      lookAgain = true;
      return looking;
    }
    looking = (async () => {
      do {
        lookAgain = false;
        await lookOnce();
      } while (lookAgain && !at.isOver);
    })().finally(() => {
      looking = undefined;
    });
    return looking;
  };

  const lookSoon = (): void => {
    if (!at.isOver) void run();
  };

  const isHandedOver = (): boolean =>
    staying.length === 0 || [...states.keys()].every((id) => {
      const owner = at.division?.shards[id]?.owner;
      return owner !== undefined && owner !== self;
    });

  const handOver = async (ms: number): Promise<void> => {
    if (at.division === undefined) return;
    isGoing = true;
    const giveUpAt = now() + ms;
    for (let leftMs = ms; ; leftMs = giveUpAt - now()) {
      // A store that is away may be waited for longer.
      await Promise.race([run(), sleep(Math.max(0, leftMs), undefined, { ref: false })]);
      if (isHandedOver() || isFailing || now() >= giveUpAt) return;
      await sleep(HAND_OVER_EVERY_MS, undefined, { ref: false });
    }
  };

  return {
    start: async (count) => {
      wanted = count;
      for (await run(); at.division === undefined; await run()) await sleep(lookEveryMs, undefined, { ref: false });
      timer = setInterval(lookSoon, lookEveryMs);
      const { count: shardCount } = at.division;
      if (shardCount !== count) log.warn({ shardCount, wanted: count }, 'other processes have another number of shards, which holds for as long as one of them is there');
      if (begun === undefined) log.info({ shardCount }, 'standing by: other processes have all shards');
      await begun?.connected;
      isStarted = true;
    },
    ready: (shardId) => {
      if (states.get(shardId) === 'connecting') states.set(shardId, 'ready');
      lookSoon();
    },
    isStandingBy: () => at.division !== undefined && states.size === 0,
    isLeaving: (shardId) => states.get(shardId) === 'leaving',
    isAnothers: (shardId) => {
      const owner = at.division?.shards[shardId]?.owner;
      return owner !== undefined && owner !== self;
    },
    handOver,
    stop: async () => {
      at.isOver = true;
      clearInterval(timer);
      await looking;
      try {
        await processes.leave();
      } catch (error) {
        log.debug({ reason: String(error) }, 'that this process is gone could not be written down; others will notice');
      }
    },
  };
};
