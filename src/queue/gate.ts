import { Link, LinkedList } from './linked-list.ts';

/** The leave for one model call. */
export interface Lease {
  /** The call is over. */
  end(): void;
}

export interface GateOptions {
  readonly maxConcurrentCalls: number;
}

/** Who stands at the gate. */
export abstract class GateVisitor extends Link<GateVisitor> {
  /** May go. To be quick, and not to throw. */
  abstract admit(lease: Lease): void;
}

/** Where calls are let through, in the order in which they come. */
export interface Gate {
  /** How many stand here. */
  readonly waiting: number;
  /** The leave for a call that need not wait. */
  tryEnter(): Lease | undefined;
  enter(visitor: GateVisitor): void;
  /** Does nothing when the visitor is not here. */
  leave(visitor: GateVisitor): void;
}

/** Lets so many calls through at a time. */
export const createGate = ({ maxConcurrentCalls }: GateOptions): Gate => {
  const waiting = new LinkedList<GateVisitor>();
  let running = 0;
  const hasRoom = (): boolean => running < maxConcurrentCalls;

  const lend = (): Lease => {
    running += 1;
    let isOver = false;
    return {
      end: () => {
        if (isOver) return;
        isOver = true;
        running -= 1;
        pump();
      },
    };
  };

  const pump = (): void => {
    for (let first = waiting.first; first !== undefined && hasRoom(); first = waiting.first) {
      waiting.remove(first);
      first.admit(lend());
    }
  };

  return {
    get waiting() {
      return waiting.size;
    },
    tryEnter: () => (waiting.size === 0 && hasRoom() ? lend() : undefined),
    enter: (visitor) => {
      waiting.push(visitor);
      pump();
    },
    leave: (visitor) => {
      waiting.remove(visitor);
      pump();
    },
  };
};
