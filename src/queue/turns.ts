import PQueue from 'p-queue';
import { Failure } from '../conversation/failure.ts';
import { OWN_CLOCKS } from './clocks.ts';
import { FairQueue } from './fair-queue.ts';
import { createGate, GateVisitor } from './gate.ts';
import { CallDuration } from './call-duration.ts';
import { QueuePositions } from './queue-positions.ts';
import type { OnWait, PlannedCall, Wait } from '../conversation/ports.ts';
import type { FairQueueOptions } from './fair-queue.ts';
import type { AdmissionOptions, Lease } from './admission.ts';
import type { Clocks } from './clocks.ts';
import type { Gate } from './gate.ts';
import type { Waiting } from './queue-positions.ts';

/** Calls that wait for their turn. */
const MAX_WAITING_IN_LINE = 1_000;

/** How long a call waits at most while the gate is closed, in milliseconds: as long as an interaction's token lives. */
const MAX_WAIT_MS = 15 * 60_000;

/** A call that waits, in the queue or at the gate. One object does all of it, because there may be thousands. */
class WaitingCall extends GateVisitor implements Waiting {
  /** In the queue; empty where the call had its turn already. */
  readonly id: string;
  readonly call: PlannedCall;
  readonly deadline: number;
  told: Wait | undefined = undefined;
  readonly #turns: Turns;
  /** How its standing at the gate ends; undefined before. */
  #resolve: ((lease: Lease) => void) | undefined;
  #reject: ((reason: unknown) => void) | undefined;

  constructor(id: string, call: PlannedCall, turns: Turns, now: number) {
    super();
    this.id = id;
    this.deadline = now + MAX_WAIT_MS;
    this.call = call;
    this.#turns = turns;
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

  /** Its turn has come: it goes to the gate. */
  stand(): Promise<Lease> {
    return new Promise((resolve, reject) => {
      // Also how a cancelled one leaves the queue.
      this.call.signal.throwIfAborted();
      this.#resolve = resolve;
      this.#reject = reject;
      this.#turns.enterGate(this);
    });
  }

  admit(lease: Lease): void {
    this.#end();
    this.#resolve?.(lease);
  }

  refuse(reason: unknown): void {
    this.#end();
    this.#reject?.(reason);
  }

  /** The question was cancelled. */
  handleEvent(): void {
    if (this.#reject === undefined) this.#turns.leaveQueue(this);
    this.refuse(this.call.signal.reason);
  }

  #end(): void {
    this.call.signal.removeEventListener('abort', this);
    this.#turns.left(this);
  }
}

/**
 * The fair line in front of a gate. Only its head comes to the gate: until then the order can change. A call that need
 * not wait never enters the line, which would take longer than all the rest of it.
 */
export class Turns {
  readonly #gate: Gate;
  readonly #clocks: Clocks;
  readonly #maxWaiting: number;
  readonly #order = new FairQueue();
  readonly #queue: PQueue<FairQueue, FairQueueOptions>;
  readonly #positions = new QueuePositions();
  readonly #pace = new CallDuration();
  #lastTurnAt = 0;
  #lastId = 0;

  constructor(options: AdmissionOptions, maxWaiting = MAX_WAITING_IN_LINE) {
    this.#gate = createGate(options, () => this.#positions.changed());
    this.#clocks = options.clocks ?? OWN_CLOCKS;
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

  /** Waits for the gate again, before everyone else: this call had its turn already. Throws and rejects as `take` does. */
  again(call: PlannedCall): Promise<Lease> {
    call.signal.throwIfAborted();
    const waiting = new WaitingCall('', call, this, this.#clocks.monotonic());
    this.#positions.add(waiting);
    return waiting.stand();
  }

  /** How many calls may be out at a time, as it is now. */
  get concurrency(): number {
    return this.#gate.concurrency;
  }

  waitOf({ id }: WaitingCall): Wait {
    const { trip } = this.#gate;
    if (trip !== undefined) return { type: 'closed', kind: trip.reason, untilMs: trip.untilMs };
    // Those at the gate stand before everyone in the queue.
    const place = this.#order.position(id);
    return { type: 'line', ahead: place === undefined ? 0 : place + this.#gate.waiting };
  }

  /** Who had a turn already stands before everyone. */
  enterGate(waiting: WaitingCall): void {
    this.#gate.enter(waiting, waiting.id === '');
  }

  /** Without its turn. p-queue holds on to a task until it ran, and this one now ends at once. */
  leaveQueue({ id }: WaitingCall): void {
    void this.#order.remove(id)?.();
  }

  /** Does not wait any more, for whatever reason. */
  left(waiting: WaitingCall): void {
    this.#gate.leave(waiting);
    this.#positions.remove(waiting);
    this.#seePace();
  }

  #wait(call: PlannedCall): Promise<Lease> {
    const { size } = this.#order;
    if (size >= this.#maxWaiting) {
      throw new Failure('line-full', `${size} questions wait in line already.`, { retryAt: this.#clocks.wall() + this.#pace.averageMs });
    }
    const { guildId, asker } = call.question;
    const waiting = new WaitingCall(String((this.#lastId += 1)), call, this, this.#clocks.monotonic());
    // First this: it may be its turn at once, and the gate sends away who would wait too long.
    this.#positions.add(waiting);
    return this.#queue.add(waiting.stand.bind(waiting), { id: waiting.id, guildId, memberId: asker.id });
  }

  /** How long after the one before somebody left is known only while others wait. */
  #seePace(): void {
    const now = this.#clocks.monotonic();
    if (this.#lastTurnAt > 0) this.#pace.seen(now - this.#lastTurnAt);
    this.#lastTurnAt = this.#order.size > 0 ? now : 0;
  }
}
