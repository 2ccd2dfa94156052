import { Entry, inFairOrder, Member, Server } from './fair-order.ts';
import { LinkedList } from './linked-list.ts';
import type { Queue, QueueAddOptions, RunFunction } from 'p-queue';

/** Who asks. */
export interface Asker {
  /** Absent in a direct message, which counts as a server of its own. */
  readonly guildId?: string | undefined;
  readonly memberId: string;
}

export type FairQueueOptions = QueueAddOptions & Asker;

const serverKeyOf = ({ guildId, memberId }: Asker): string => guildId ?? `with ${memberId}`;
const memberKeyOf = (asker: Asker): string => `${serverKeyOf(asker)} ${asker.memberId}`;

/**
 * The order of model calls, as p-queue's `queueClass`: turns go round the servers, then round the members of a server,
 * and each member is served in the order of asking. Who had a turn, or comes, is last in the round; so one busy member or
 * server delays another by one call at most.
 * @see https://github.com/sindresorhus/p-queue#custom-queueclass
 */
export class FairQueue<Item = RunFunction> implements Queue<Item, FairQueueOptions> {
  readonly #entries = new Map<string, Entry<Item>>();
  readonly #members = new Map<string, Member<Item>>();
  readonly #servers = new Map<string, Server<Item>>();
  readonly #round = new LinkedList<Server<Item>>();
  #arePlacesKnown = true;

  get size(): number {
    return this.#entries.size;
  }

  /** @throws {Error} when the id already waits */
  enqueue(item: Item, { guildId, memberId = '', id = '' }: Partial<FairQueueOptions> = {}): void {
    if (this.#entries.has(id)) throw new Error(`Expected a unique \`id\`, got "${id}", which already waits`);
    const member = this.#memberOf({ guildId, memberId });
    const entry = new Entry(id, item, member);
    member.entries.push(entry);
    this.#entries.set(id, entry);
    this.#arePlacesKnown = false;
  }

  dequeue(): Item | undefined {
    const entry = this.#round.first?.members.first?.entries.first;
    return entry === undefined ? undefined : this.#serve(entry);
  }

  /** The id of the first in the order of which that is true. */
  find(isWanted: (id: string) => boolean): string | undefined {
    for (const { id } of inFairOrder(this.#round)) if (isWanted(id)) return id;
    return undefined;
  }

  /** Hands out what has its turn before others; undefined when the id does not wait. */
  take(id: string): Item | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined ? undefined : this.#serve(entry);
  }

  /** Hands out what leaves without its turn; undefined when the id does not wait. */
  remove(id: string): Item | undefined {
    const entry = this.#entries.get(id);
    if (entry !== undefined) this.#drop(entry);
    return entry?.item;
  }

  /** Nobody has a priority: p-queue asks for this method, and we never call it. @throws {Error} always */
  setPriority(): never {
    throw new Error('The line goes by turns, not by priority');
  }

  filter({ guildId, memberId }: Readonly<Partial<FairQueueOptions>>): Item[] {
    const key = memberId === undefined ? undefined : memberKeyOf({ guildId, memberId });
    const isWanted = ({ member }: Entry<Item>): boolean =>
      key === undefined ? (guildId ?? member.server.key) === member.server.key : member.key === key;
    return [...inFairOrder(this.#round)].filter(isWanted).map(({ item }) => item);
  }

  /**
   * How many are served before this one if nobody else comes; `undefined` when it does not wait. The first call after a
   * change takes time in proportion to all that wait, the others take none.
   */
  position(id: string): number | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    if (!this.#arePlacesKnown) {
      let place = 0;
      for (const one of inFairOrder(this.#round)) {
        one.place = place;
        place += 1;
      }
      this.#arePlacesKnown = true;
    }
    return entry.place;
  }

  /** The member, who takes turns from now on. */
  #memberOf(asker: Asker): Member<Item> {
    const key = memberKeyOf(asker);
    const known = this.#members.get(key);
    if (known !== undefined) return known;
    const serverKey = serverKeyOf(asker);
    const server = this.#servers.get(serverKey) ?? new Server<Item>(serverKey);
    const member = new Member(key, server);
    server.members.push(member);
    if (server.list === undefined) this.#round.push(server);
    this.#servers.set(serverKey, server);
    this.#members.set(key, member);
    return member;
  }

  /** Its member, and their server, are the last of the round then. */
  #serve(entry: Entry<Item>): Item {
    const { server } = entry.member;
    server.members.push(entry.member);
    this.#round.push(server);
    this.#drop(entry);
    return entry.item;
  }

  #drop(entry: Entry<Item>): void {
    const { member } = entry;
    const { server } = member;
    this.#entries.delete(entry.id);
    this.#arePlacesKnown = false;
    member.entries.remove(entry);
    if (member.entries.size > 0) return;
    server.members.remove(member);
    this.#members.delete(member.key);
    if (server.members.size > 0) return;
    this.#round.remove(server);
    this.#servers.delete(server.key);
  }
}
