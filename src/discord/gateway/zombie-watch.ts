import { MAX_SILENCE_MS } from './gateway-health.ts';
import type { GatewayHealth } from './gateway-health.ts';

const LOOK_EVERY_MS = 10_000;

export interface ZombieWatchOptions {
  readonly health: GatewayHealth;
  /** Asks discord.js for what it does not announce. */
  readonly refresh: () => void;
  readonly onZombie: (silentMs: number) => void;
  /** Whether there is nothing to be heard. */
  readonly isStandingBy?: (() => boolean) | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface ZombieWatch {
  start(): void;
  stop(): void;
  /** Looks once; the watch does so by itself. */
  look(): void;
}

/** Notices a connection that is there and says nothing any more. */
export const createZombieWatch = ({ health, refresh, onZombie, isStandingBy = () => false, now }: ZombieWatchOptions): ZombieWatch => {
  let timer: NodeJS.Timeout | undefined;
  let lookedAt = now();
  let awakeSince = lookedAt;

  const look = (): void => {
    refresh();
    // A machine that slept, and a process that had nothing to hear, has to be given the time to connect anew.
    if (now() - lookedAt > 2 * LOOK_EVERY_MS || isStandingBy()) awakeSince = now();
    lookedAt = now();
    const silentMs = Math.min(health.silentMs(), now() - awakeSince);
    if (silentMs > MAX_SILENCE_MS) onZombie(silentMs);
  };

  return {
    look,
    start: () => {
      lookedAt = awakeSince = now();
      timer ??= setInterval(look, LOOK_EVERY_MS);
    },
    stop: () => clearInterval(timer),
  };
};
