import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Store } from './open-store.ts';

/** How long a process counts as alive after its last sign of life, in milliseconds. */
const LEASE_MS = 20_000;
const RENEW_EVERY_MS = 5_000;

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
  close(): Promise<void>;
}

export interface ProcessLeaseOptions {
  readonly store: Store;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Others may have taken this process for dead. They know again that it is not. */
  readonly onLapse: () => Promise<void>;
  /** A sign of life could not be given. */
  readonly onError: (error: unknown) => void;
}

const attempt = (read: () => string): string => {
  try {
    return read().trim();
  } catch {
    return '';
  }
};

/** Within which process ids are unique: this boot of this machine, and the container if it is one. */
const pidSpace = (): string =>
  [hostname(), attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')), attempt(() => readlinkSync('/proc/self/ns/pid'))].join(' ');

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

const leaseKey = (owner: string): string => `process:${owner}`;

const SETTLED = Promise.resolve();

/** Tells the processes that share a store which of them are there. */
export const createProcessLease = ({ store, now, onLapse, onError }: ProcessLeaseOptions): ProcessLease => {
  const owner = randomUUID();
  const space = pidSpace();
  const text = JSON.stringify({ pid: process.pid, space });
  let renewing: NodeJS.Timeout | undefined;
  let signedAt = Number.POSITIVE_INFINITY;
  let isFailing = false;
  let lapse: Promise<void> | undefined;

  const hasLapsed = (): boolean => now() - signedAt > LEASE_MS;

  const renew = async (): Promise<void> => {
    const at = now();
    try {
      await store.set(leaseKey(owner), text, LEASE_MS);
      if (hasLapsed()) await onLapse();
      signedAt = at;
      isFailing = false;
    } catch (error) {
      isFailing = true;
      onError(error);
    }
  };

  const assure = (): Promise<void> => {
    if (lapse === undefined && hasLapsed() && !isFailing) lapse = renew().finally(() => (lapse = undefined));
    return lapse ?? SETTLED;
  };

  /** A process of this very machine that was killed is known to be gone at once, whatever its lease says. */
  const isKnownDead = (lease: string): boolean => {
    try {
      const { pid, space: otherSpace } = JSON.parse(lease) as { pid?: unknown; space?: unknown };
      return otherSpace === space && typeof pid === 'number' && pid !== process.pid && !isRunning(pid);
    } catch {
      return false;
    }
  };

  return {
    owner,
    isAlive: async (other) => {
      const lease = await store.get(leaseKey(other));
      return lease !== undefined && !isKnownDead(lease);
    },
    open: async () => {
      await renew();
      renewing ??= setInterval(() => void (hasLapsed() && !isFailing ? assure() : renew()), RENEW_EVERY_MS).unref();
    },
    assure,
    close: async () => {
      if (renewing === undefined) return;
      clearInterval(renewing);
      await store.delete(leaseKey(owner)).catch(onError);
    },
  };
};
