import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { machineClock } from './machine-clock.ts';
import { isKnownGone, ownPlace } from './process-place.ts';
import { jsonKind } from './record-kind.ts';
import type { Store } from './open-store.ts';
import type { ProcessPlace } from './process-place.ts';

const lease = z.object({
  pid: z.int().min(0),
  space: z.string(),
  begun: z.string().optional(),
  container: z.string().optional(),
  /** Whose clock, and what it said at the sign of life, in milliseconds. Until version 2 nothing said so. */
  boot: z.string().optional(),
  at: z.number().min(0).optional(),
});
type Lease = z.infer<typeof lease>;
export const leaseKind = jsonKind<Lease>({ name: 'sign of life', prefix: 'process:', version: 2, schema: lease });

/** How long a sign of life lies in the store, in milliseconds: how old it is, clocks do not say, and those of two processes may be apart. */
const KEPT_MS = 60 * 60 * 1000;

/** How long a process counts as alive after its last sign of life, in milliseconds. */
const LEASE_MS = 20_000;
const RENEW_EVERY_MS = 5_000;
/** One sign that is missed may be the machine's fault, in milliseconds. */
const MISSED_MS = 2 * RENEW_EVERY_MS;

export interface ProcessLease {
  /** Names this process, this start of it. */
  readonly owner: string;
  /** Whether another process may still be working. */
  isAlive(owner: string): Promise<boolean>;
  /** Gives the first sign of life, and goes on doing so. */
  open(): Promise<void>;
  /**
   * Resolves at once, unless this process gave no sign of life for so long that others may have taken it for dead: frozen,
   * starved, asleep. Then when `onLapse` has looked into that. Without a store nobody can have done so, and nothing waits.
   */
  assure(): Promise<void>;
  /** Whether others may have taken this process for dead, and the store does not tell: it fails, and others may reach it. */
  isInDoubt(): boolean;
  close(): Promise<void>;
}

export interface ProcessLeaseOptions {
  readonly store: Store;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds since the machine was started, where that is not asked of it and of the store's clock. */
  readonly uptime?: () => number;
  /** Where this process runs. */
  readonly place?: ProcessPlace;
  /** Others may have taken this process for dead. They know again that it is not. */
  readonly onLapse: () => Promise<void>;
  /** A sign of life could not be given. */
  readonly onError: (error: unknown) => void;
}

const leaseKey = (owner: string): string => `${leaseKind.prefix}${owner}`;

const SETTLED = Promise.resolve();
/** Of a sign of life that cannot be read. */
const NOBODY = { pid: 0, space: '' };

/**
 * Tells the processes that share a store which of them are there, by a clock that is one for all of them: the store's. A sign of life that says nothing of it counts as given when it was found: whoever lives gives
 * the next one soon, and whoever looks later, be it another process, knows its age.
 */
export const createProcessLease = ({ store, now, uptime, place = ownPlace(), onLapse, onError }: ProcessLeaseOptions): ProcessLease => {
  const owner = randomUUID();
  const ownUptime = uptime ?? machineClock.now;
  const clock = uptime === undefined ? store.clock : { id: machineClock.id, now: uptime };
  let renewing: NodeJS.Timeout | undefined;
  let signedAt = { now: Number.POSITIVE_INFINITY, uptime: Number.POSITIVE_INFINITY };
  let isFailing = false;
  /** How much older others' signs may be, and until when by our uptime: nobody could give one while the store was away. */
  let patience = { ms: 0, until: 0 };
  let lapse: Promise<void> | undefined;
  let renewal: Promise<void> | undefined;

  /** A clock that was set back hides how long it was; one that was set forward costs a look. */
  const hasLapsed = (): boolean => now() - signedAt.now > LEASE_MS || ownUptime() - signedAt.uptime > LEASE_MS;

  /** Since this process last gave a sign itself; 0 where it never did. */
  const silentMs = (): number => Math.max(0, ownUptime() - signedAt.uptime);

  /** How old the sign of somebody who lives may be. Whoever could give none for long does not know whether others could. */
  const oldestSign = (): number => {
    const silent = silentMs();
    if (silent > MISSED_MS) patience = { ms: silent, until: ownUptime() + LEASE_MS };
    return LEASE_MS + (ownUptime() < patience.until ? patience.ms : 0);
  };

  const renewOnce = async (): Promise<void> => {
    const at = { now: now(), uptime: ownUptime() };
    try {
      await store.set(leaseKey(owner), JSON.stringify({ ...place, boot: clock.id, at: await clock.now() } satisfies Lease), KEPT_MS);
      if (hasLapsed()) await onLapse();
      oldestSign();
      signedAt = at;
      isFailing = false;
    } catch (error) {
      isFailing = true;
      onError(error);
    }
  };

  /** One at a time: behind a store that is slow for long they would pile up, and each look into what others took. */
  const renew = (): Promise<void> => (renewal ??= renewOnce().finally(() => (renewal = undefined)));

  const assure = (): Promise<void> => {
    if (lapse === undefined && hasLapsed() && !isFailing) lapse = renew().finally(() => (lapse = undefined));
    return lapse ?? SETTLED;
  };

  const countFromNow = async (other: string, text: string, its: Omit<Lease, 'boot' | 'at'>): Promise<void> => {
    const dated = JSON.stringify({ ...its, boot: clock.id, at: await clock.now() } satisfies Lease);
    await store.replace(leaseKey(other), text, dated, KEPT_MS);
  };

  return {
    owner,
    isAlive: async (other) => {
      const text = await store.peek(leaseKey(other));
      if (text === undefined) return false;
      const reading = leaseKind.read(text);
      if (reading.is === 'fine') {
        if (isKnownGone({ begun: undefined, container: undefined, ...reading.value }, place)) return false;
        const age = reading.value.boot === clock.id && reading.value.at !== undefined ? (await clock.now()) - reading.value.at : -1;
        if (age >= 0) return age <= oldestSign();
      }
      // One of a newer version is left as it is: so is all that belongs to it.
      if (reading.is !== 'newer') await countFromNow(other, text, reading.is === 'fine' ? reading.value : NOBODY);
      return true;
    },
    open: async () => {
      await renew();
      renewing ??= setInterval(() => void (hasLapsed() && !isFailing ? assure() : renew()), RENEW_EVERY_MS).unref();
    },
    assure,
    isInDoubt: () => isFailing && hasLapsed(),
    close: async () => {
      if (renewing === undefined) return;
      clearInterval(renewing);
      await store.delete(leaseKey(owner)).catch(onError);
    },
  };
};
