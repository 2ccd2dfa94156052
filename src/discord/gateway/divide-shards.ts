/** Who hears a shard, and who is about to. */
export interface ShardHolders {
  readonly owner?: string;
  readonly next?: string;
}

/** How the shards are divided among processes: by the number of each, where anybody has it. */
export interface Division {
  readonly count: number;
  readonly shards: Readonly<Record<string, ShardHolders>>;
}

/** Whose a shard is: of those who stay, whoever is about to hear it, or else hears it. */
const holderOf = ({ owner, next }: ShardHolders, staying: ReadonlySet<string>): string | undefined => [next, owner].find((one) => one !== undefined && staying.has(one));

export const shardNumbers = (count: number): readonly number[] => Array.from({ length: count }, (_, id) => id);

/**
 * Which process is to have which shard: everybody keeps what they have, as far as it is no more than their share; shares differ by one at most.
 * The same for whoever works it out.
 * @param staying the processes among which they are divided, at least one
 * @param mayMove where nothing is to move that somebody has, whatever the shares
 */
export const divideShards = ({ count, shards }: Division, staying: readonly string[], mayMove = true): ReadonlyMap<number, string> => {
  const names = new Set(staying);
  const held = new Map<string, number[]>(staying.map((name) => [name, []]));
  const free: number[] = [];
  for (const id of shardNumbers(count)) {
    const holder = holderOf(shards[id] ?? {}, names);
    if (holder === undefined) free.push(id);
    else held.get(holder)?.push(id);
  }
  // Who has more already keeps the one that is over.
  const members = [...held].toSorted(([one, ofOne], [other, ofOther]) => ofOther.length - ofOne.length || (one < other ? -1 : 1));
  for (const [index, [, ids]] of members.entries()) {
    const share = Math.floor(count / members.length) + (index < count % members.length ? 1 : 0);
    if (mayMove) free.push(...ids.splice(share));
  }
  for (const id of free.toSorted((one, other) => one - other)) {
    const [first] = members.toSorted(([, ofOne], [, ofOther]) => ofOne.length - ofOther.length);
    first?.[1].push(id);
  }
  return new Map(members.flatMap(([name, ids]) => ids.map((id) => [id, name] as const)));
};
