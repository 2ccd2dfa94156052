import PQueue from 'p-queue';
import { Failure } from '../conversation/failure.ts';
import { FairQueue } from './fair-queue.ts';
import { createGate, GateVisitor } from './gate.ts';
import { Pace } from './pace.ts';
import { Places } from './places.ts';
import type { OnWait, PlannedCall, Wait } from '../conversation/ports.ts';
import type { FairQueueOptions } from './fair-queue.ts';
import type { AdmissionOptions, Lease } from './admission.ts';
import type { Gate } from './gate.ts';
import type { Waiting } from './places.ts';

/** Calls that wait for their turn. */
const MAX_WAITING_IN_LINE = 1_000;

/** How long a call waits at most while the gate is closed, in milliseconds: as long as an interaction's token lives. */
const MAX_WAIT_MS = 15 * 60_000;

/** How a call that waits ends its waiting. */
interface Outcome {
  readonly resolve: (lease: Lease) => void;
  readonly reject: (reason: unknown) => void;
}

/** A call that waits, in the queue or at the gate. One object does all of it, because there may be thousands. */
class WaitingCall extends GateVisitor implements Waiting {
  readonly id: string;
  readonly call: PlannedCall;
  readonly deadline = Date.now() + MAX_WAIT_MS;
  told: Wait | undefined = undefined;
  #isOver = false;
  readonly #turns: Turns;
  readonly #outcome: Outcome;
  /** Ends its task in p-queue. */
  #endTask: (() => void) | undefined;

  constructor(id: string, call: PlannedCall, turns: Turns, outcome: Outcome) {
    super();
    this.id = id;
    this.call = call;
    this.#turns = turns;
    this.#outcome = outcome;
    call.signal.addEventListener('abort', this);
  }

  get inputTokens(): number {
    return this.call.inputTokens;
  }

  get onWait(): OnWait {
    return this.call.onWait;
  }

  wait(): Wait {
    return this.#turns.waitOf(this);
  }

  /** Its task in p-queue: it is first in line now. */
  stand(gate: Gate): Promise<void> | undefined {
    if (this.#isOver) return undefined;
    return new Promise((resolve) => {
      this.#endTask = resolve;
      gate.enter(this, false);
    });
  }

  admit(lease: Lease): void {
    this.#end();
    this.#outcome.resolve(lease);
  }

  refuse(reason: unknown): void {
    this.#end();
    this.#outcome.reject(reason);
  }

  /** The question was cancelled. */
  handleEvent(): void {
    this.refuse(this.call.signal.reason);
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

  constructor(options: AdmissionOptions, maxWaiting = MAX_WAITING_IN_LINE) {
    this.#gate = createGate(options, () => this.#places.changed());
    this.#maxWaiting = maxWaiting;
    // p-queue makes its own queue and keeps it to itself, but only the queue knows places.
    const queueClass = new Proxy(FairQueue, { construct: () => this.#order });
    this.#queue = new PQueue({ queueClass, concurrency: 1 });
  }

  /** Waits until it is a call's turn, and the gate lets it through. Throws as `Line.inTurn` does, and rejects so. */
  take(call: PlannedCall): Lease | Promise<Lease> {
    call.signal.throwIfAborted();
    return (this.#order.size === 0 ? this.#gate.tryEnter(call.inputTokens) : undefined) ?? this.#wait(call);
  }

  /** Waits for the gate again, before everyone else: this call had its turn already. Rejects as `take` does. */
  again(call: PlannedCall): Promise<Lease> {
    return new Promise((resolve, reject) => {
      call.signal.throwIfAborted();
      const waiting = new WaitingCall('', call, this, { resolve, reject });
      this.#places.add(waiting);
      this.#gate.enter(waiting, true);
    });
  }

  waitOf({ id }: WaitingCall): Wait {
    const { closing } = this.#gate;
    if (closing !== undefined) return { type: 'closed', kind: closing.reason, untilMs: closing.until };
    // Those at the gate stand before everyone in the queue.
    const place = this.#order.position(id);
    return { type: 'line', ahead: place === undefined ? 0 : place + this.#gate.waiting };
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
      const waiting = new WaitingCall(String((this.#lastId += 1)), call, this, { resolve, reject });
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
