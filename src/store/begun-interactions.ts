import { z } from 'zod';
import { checkedTable } from './checked-table.ts';
import { carefully, jsonKind } from './record-kind.ts';
import { bounds } from './record-parts.ts';
import type { RecordKind } from './record-kind.ts';
import type { Store } from './open-store.ts';
import type { ProcessLease } from './process-lease.ts';
import type { Seal } from './seal.ts';

/** A command, button or form that somebody handles. */
export interface BegunInteraction {
  readonly id: string;
  readonly applicationId: string;
  /** A secret: whoever has it writes in our name until it ends. */
  readonly token: string;
  /** The name of its command, or the kind of its button or form. */
  readonly kind: string;
}

/** What was begun, and of which nobody knows yet that whoever caused it was told how it went. Everything rejects when the store does. */
export interface BegunInteractions {
  /** True for the first who asks, of all processes and for all the time in which Discord takes a response. */
  begin(interaction: BegunInteraction): Promise<boolean>;
  /** Whoever caused it has been told. */
  ended(id: string): Promise<void>;
  /** Could not be told now: whoever looks next tries it. */
  leave(id: string): Promise<void>;
  /** Takes over what was left, or begun by processes that are gone; of any number of processes, one gets each. */
  takeLeft(): Promise<readonly BegunInteraction[]>;
}

const VERSION = 1;

const record = z.object({
  version: z.literal(VERSION),
  /** The process that works on it; null when anybody may. */
  owner: bounds.id.nullable(),
  id: bounds.id,
  applicationId: bounds.id,
  token: z.string().max(10_000),
  kind: z.string().max(200),
});

type Owned = BegunInteraction & { readonly owner: string | null };

const records = jsonKind<z.infer<typeof record>>({ name: 'begun interaction', prefix: 'begun:', version: VERSION, schema: record });

/** The token is never in the store as it is; one that cannot be opened any more is as good as an expired one. */
export const begunKind = (seal: Seal): RecordKind<Owned> => ({
  name: records.name,
  prefix: records.prefix,
  read: (text) => {
    const reading = records.read(text);
    if (reading.is !== 'fine') return reading;
    const { version: _version, ...begun } = reading.value;
    return { is: 'fine', value: { ...begun, token: seal.open(begun.token) ?? '' } };
  },
  write: (begun) => carefully(() => records.write({ version: VERSION, ...begun, token: seal.close(begun.token) })),
});

/** Discord takes no response after fifteen minutes; clocks may be apart. In milliseconds. */
const KEPT_MS = 60 * 60 * 1000;
/** That it is there is all that a claim says. */
const CLAIMED = '1';

export interface BegunInteractionsOptions {
  readonly store: Store;
  readonly seal: Seal;
  /** This process, and the others that share the store. */
  readonly processes: Pick<ProcessLease, 'owner' | 'isAlive'>;
}

export const createBegunInteractions = ({ store, seal, processes }: BegunInteractionsOptions): BegunInteractions => {
  const table = checkedTable(store, begunKind(seal));
  /** What this one took over: it is not handled by whoever began it. */
  const taken = new Set<string>();

  const isLeft = async ({ id, owner }: Owned): Promise<boolean> => owner === null || (owner === processes.owner ? taken.has(id) : !(await processes.isAlive(owner)));

  const change = async (id: string, owner: string | null): Promise<BegunInteraction | undefined> => {
    const found = await table.find(id);
    const entry = found && table.entry(id, { ...found.value, owner }, KEPT_MS);
    if (found === undefined || entry === undefined || !(await store.replace(entry.key, found.text, entry.text, KEPT_MS))) return undefined;
    const { owner: _owner, ...begun } = found.value;
    return begun;
  };

  return {
    begin: async (interaction) => {
      const claim = { key: `interaction:${interaction.id}`, text: CLAIMED, ttlMs: KEPT_MS };
      const noted = table.entry(interaction.id, { ...interaction, owner: processes.owner }, KEPT_MS);
      const [isOurs = false, isNoted = false] = await store.setManyIfAbsent(noted === undefined ? [claim] : [claim, noted]);
      // Whoever has it has ended it already.
      if (!isOurs && isNoted) await store.delete(table.key(interaction.id));
      return isOurs;
    },
    ended: async (id) => {
      taken.delete(id);
      await store.delete(table.key(id));
    },
    leave: async (id) => {
      taken.delete(id);
      await change(id, null);
    },
    takeLeft: async () => {
      const left: BegunInteraction[] = [];
      for await (const [id, begun] of table.list()) {
        if (!(await isLeft(begun))) continue;
        const ours = await change(id, processes.owner);
        if (ours === undefined) continue;
        taken.add(id);
        left.push(ours);
      }
      return left;
    },
  };
};
