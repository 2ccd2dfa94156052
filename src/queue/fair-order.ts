import { Link, LinkedList } from './linked-list.ts';

/** Something that waits. */
export class Entry<Item> extends Link<Entry<Item>> {
  /** How many are served before; right only while the queue says that places are known. */
  place = 0;
  readonly id: string;
  readonly item: Item;
  readonly member: Member<Item>;

  constructor(id: string, item: Item, member: Member<Item>) {
    super();
    this.id = id;
    this.item = item;
    this.member = member;
  }
}

/** One member in one server, while something of theirs waits. */
export class Member<Item> extends Link<Member<Item>> {
  readonly entries = new LinkedList<Entry<Item>>();
  readonly key: string;
  readonly server: Server<Item>;

  constructor(key: string, server: Server<Item>) {
    super();
    this.key = key;
    this.server = server;
  }
}

export class Server<Item> extends Link<Server<Item>> {
  /** In the order of their next turns. */
  readonly members = new LinkedList<Member<Item>>();
  readonly key: string;

  constructor(key: string) {
    super();
    this.key = key;
  }
}

/** One item of each line in turn, until all are at their end. */
function* takingTurns<Item>(lines: Iterator<Item, void>[]): Generator<Item, void> {
  for (let waiting = lines; waiting.length > 0; ) {
    const left: Iterator<Item, void>[] = [];
    for (const line of waiting) {
      const next = line.next();
      if (next.done === true) continue;
      yield next.value;
      left.push(line);
    }
    waiting = left;
  }
}

const lineOf = <Item>(server: Server<Item>): Iterator<Entry<Item>, void> =>
  takingTurns([...server.members].map((member) => member.entries[Symbol.iterator]()));

/** All that waits, in the order in which it is served if nobody else comes. */
export const inFairOrder = <Item>(servers: Iterable<Server<Item>>): Generator<Entry<Item>, void> =>
  takingTurns([...servers].map(lineOf));
