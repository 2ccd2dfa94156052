import PQueue from 'p-queue';
import { Failure } from '../conversation/failure.ts';
import { FairQueue } from './fair-queue.ts';
import { GateVisitor } from './gate.ts';
import { Pace } from './pace.ts';
import { Places } from './places.ts';
import type { OnWait, PlannedCall, Wait } from '../conversation/ports.ts';
import type { FairQueueOptions } from './fair-queue.ts';
import type { Gate, Lease } from './gate.ts';
import type { Waiting } from './places.ts';

/** Calls that wait for their turn. */
const MAX_WAITING_IN_LINE = 1_000;

/** A call that waits, first in the queue, then at the gate. One object does all of it, because there may be thousands. */
class WaitingCall extends GateVisitor implements Waiting {
  readonly id: string;
  readonly call: PlannedCall;
  told: Wait | undefined = undefined;
  #isOver = false;
  readonly #turns: Turns;
  readonly #onAdmitted: (lease: Lease) => void;
  readonly #onCancelled: (reason: unknown) => void;
  /** Ends its task in p-queue. */
  #endTask: (() => void) | undefined;

  constructor(id: string, call: PlannedCall, turns: Turns, onAdmitted: (lease: Lease) => void, onCancelled: (reason: unknown) => void) {
    super();
    this.id = id;
    this.call = call;
    this.#turns = turns;
    this.#onAdmitted = onAdmitted;
    this.#onCancelled = onCancelled;
    call.signal.addEventListener('abort', this);
  }

  get onWait(): OnWait {
    return this.call.onWait;
  }

  wait(): Wait {
    return { type: 'line', ahead: this.#turns.aheadOf(this) };
  }

  /** Its task in p-queue: it is first in line now. */
  stand(gate: Gate): Promise<void> | undefined {
    if (this.#isOver) return undefined;
    return new Promise((resolve) => {
      this.#endTask = resolve;
      gate.enter(this);
    });
  }

  admit(lease: Lease): void {
    this.#end();
    this.#onAdmitted(lease);
  }

  /** The question was cancelled. */
  handleEvent(): void {
    this.#end();
    this.#onCancelled(this.call.signal.reason);
  }

  #end(): void {
    this.#isOver = true;
    this.call.signal.removeEventListener('abort', this);
    this.#turns.left(this);
    this.#endTask?.();
  }
}

/**
 * The fair line in front of a gate. Only its head comes to the gate: until then the order can change. A call that need
 * not wait never enters the line, which would take longer than all the rest of it.
 */
export class Turns {
  readonly #gate: Gate;
  readonly #maxWaiting: number;
  readonly #order = new FairQueue();
  readonly #queue: PQueue<FairQueue, FairQueueOptions>;
  readonly #places = new Places();
  readonly #pace = new Pace();
  #lastTurnAt = 0;
  #lastId = 0;

  constructor(gate: Gate, maxWaiting = MAX_WAITING_IN_LINE) {
    this.#gate = gate;
    this.#maxWaiting = maxWaiting;
    // p-queue makes its own queue and keeps it to itself, but only the queue knows places.
    const queueClass = new Proxy(FairQueue, { construct: () => this.#order });
    this.#queue = new PQueue({ queueClass, concurrency: 1 });
  }

  /** Waits until it is a call's turn, and the gate lets it through. Throws as `Line.inTurn` does, and rejects so. */
  take(call: PlannedCall): Lease | Promise<Lease> {
    call.signal.throwIfAborted();
    return (this.#order.size === 0 ? this.#gate.tryEnter() : undefined) ?? this.#wait(call);
  }

  /** How many are served before: those at the gate stand before everyone in the queue. */
  aheadOf({ id }: WaitingCall): number {
    const place = this.#order.position(id);
    return place === undefined ? 0 : place + this.#gate.waiting;
  }

  /** Does not wait any more, for whatever reason. */
  left(waiting: WaitingCall): void {
    this.#gate.leave(waiting);
    // Its task is over at once where it runs now; otherwise p-queue would hold on to it.
    void this.#order.remove(waiting.id)?.();
    this.#places.remove(waiting);
    this.#seePace();
  }

  #wait(call: PlannedCall): Promise<Lease> {
    const { size } = this.#order;
    if (size >= this.#maxWaiting) {
      throw new Failure('line-full', `${size} questions wait in line already.`, { retryAt: Date.now() + this.#pace.averageMs });
    }
    return new Promise((resolve, reject) => {
      const { guildId, asker } = call.question;
      const waiting = new WaitingCall(String((this.#lastId += 1)), call, this, resolve, reject);
      void this.#queue.add(() => waiting.stand(this.#gate), { id: waiting.id, guildId, memberId: asker.id });
      this.#places.add(waiting);
    });
  }

  /** How long after the one before somebody left is known only while others wait. */
  #seePace(): void {
    const now = Date.now();
    if (this.#lastTurnAt > 0) this.#pace.seen(now - this.#lastTurnAt);
    this.#lastTurnAt = this.#order.size > 0 ? now : 0;
  }
}
