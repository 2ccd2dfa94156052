import { z } from 'zod';
import { checkedTable } from './checked-table.ts';
import { jsonKind } from './record-kind.ts';
import type { Store } from './open-store.ts';
import type { ProcessLease } from './process-lease.ts';

const VERSION = 1;
const peer = z.object({
  version: z.literal(VERSION),
  /** When the sign was given, by the store's clock, in milliseconds. */
  at: z.number().min(0),
  /** It is going to end, and gives away what it has. */
  isLeaving: z.boolean(),
});

/** A process that shares the work with others. A sign of life (`process:`) says whose questions are being answered; this one says who is there to hear new ones, and is given more often. */
export const peerKind = jsonKind<z.infer<typeof peer>>({ name: 'process that shares the work', prefix: 'peer:', version: VERSION, schema: peer });

/** How long a sign lies in the store, in milliseconds: a database may be away for long. */
const KEPT_MS = 60 * 60 * 1000;

export interface Peer {
  readonly owner: string;
  readonly isLeaving: boolean;
}

/** The processes that share a store and the work. All reject when the store does. */
export interface Peers {
  readonly owner: string;
  /** Says that this one is there. */
  sign(isLeaving: boolean): Promise<void>;
  /** The others whose sign is no older than so many milliseconds; `isCertain`: and of which nobody knows better. */
  others(maxAgeMs: number, isCertain: boolean): Promise<readonly Peer[]>;
  /** Is not there any more. */
  leave(): Promise<void>;
}

export const createPeerStore = (store: Store, { owner, isAlive }: Pick<ProcessLease, 'owner' | 'isAlive'>): Peers => {
  const signs = checkedTable(store, peerKind);
  return {
    owner,
    sign: async (isLeaving) => signs.save(owner, { version: VERSION, at: await store.clock.now(), isLeaving }, KEPT_MS),
    others: async (maxAgeMs, isCertain) => {
      const [now, found] = await Promise.all([store.clock.now(), store.withPrefix(peerKind.prefix, peerKind.prefix)]);
      const others: Peer[] = [];
      for (const [key, text] of found) {
        const id = key.slice(peerKind.prefix.length);
        const sign = id === owner ? undefined : await signs.check(id, text);
        if (sign === undefined || now - sign.at > maxAgeMs) continue;
        // One of this machine that was killed is known to be gone at once.
        if (isCertain && !(await isAlive(id))) continue;
        others.push({ owner: id, isLeaving: sign.isLeaving });
      }
      return others;
    },
    leave: async () => {
      await store.delete(signs.key(owner));
    },
  };
};
