import PQueue from 'p-queue';
import { Failure } from '../conversation/failure.ts';
import { AskedCall } from './asked-call.ts';
import { OWN_CLOCKS } from './clocks.ts';
import { CallsBeside } from './beside.ts';
import { FairQueue } from './fair-queue.ts';
import { createGate, GateVisitor, refusal } from './gate.ts';
import { CallDuration } from './call-duration.ts';
import { QueuePositions } from './queue-positions.ts';
import type { OnWait, PlannedCall, Wait } from '../conversation/ports.ts';
import type { FairQueueOptions } from './fair-queue.ts';
import type { AdmissionOptions, Lease } from './admission.ts';
import type { Clocks } from './clocks.ts';
import type { Gate } from './gate.ts';
import type { Waiting } from './queue-positions.ts';

/** @param limit tokens of a minute */
export const beyondQuota = (limit: number, cause?: unknown): Failure =>
  new Failure('beyond-quota', `The call alone takes more tokens than Bedrock admits in a minute, which are ${Math.round(limit)} at most.`, { cause });

/** Calls that wait for their turn. */
const MAX_WAITING_IN_LINE = 1_000;

/** How soon it is looked again at a call that has waited for so long while the line moves, in milliseconds. */
const EXPIRES_AGAIN_MS = 15_000;

/** A call that waits, in the queue or at the gate. One object does all of it, because there may be thousands. */
class WaitingCall extends GateVisitor implements Waiting {
  /** In the queue; empty where the call had its turn already. */
  readonly id: string;
  readonly call: PlannedCall;
  readonly deadline: number;
  told: Wait | undefined = undefined;
  readonly asked: AskedCall;
  /** It leaves the queue for good, and need not stand at the gate. */
  isPassing = false;
  readonly #turns: Turns;
  /** How its standing at the gate ends; undefined before. */
  #resolve: ((lease: Lease) => void) | undefined;
  #reject: ((reason: unknown) => void) | undefined;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(id: string, call: PlannedCall, asked: AskedCall, turns: Turns, now: number) {
    super();
    this.asked = asked;
    this.id = id;
    this.deadline = asked.deadline(now);
    this.call = call;
    this.#turns = turns;
    call.signal.addEventListener('abort', this);
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
      if (!this.isPassing) this.#turns.enterGate(this);
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

  get isInQueue(): boolean {
    return this.#reject === undefined;
  }

  /** The question was cancelled. */
  handleEvent(): void {
    if (this.isInQueue) this.#turns.leaveQueue(this);
    this.refuse(this.call.signal.reason);
  }

  /** Who stands behind others is sent away in time, too. */
  expireIn(ms: number): void {
    this.#timer = setTimeout(() => this.#turns.expire(this), Math.max(0, ms)).unref();
  }

  #end(): void {
    clearTimeout(this.#timer);
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
  /** Those in the order, by their ids. */
  readonly #waiting = new Map<string, WaitingCall>();
  readonly #queue: PQueue<FairQueue, FairQueueOptions>;
  readonly #positions = new QueuePositions();
  readonly #pace = new CallDuration();
  /** Those that only go while nobody waits. */
  readonly beside = new CallsBeside();
  #lastTurnAt = 0;
  #lastId = 0;

  constructor(options: AdmissionOptions, maxWaiting = MAX_WAITING_IN_LINE) {
    this.#gate = createGate(options, () => this.#positions.changed(), { next: (canGo) => this.#letPass(canGo) });
    this.#clocks = options.clocks ?? OWN_CLOCKS;
    this.#maxWaiting = maxWaiting;
    // p-queue makes its own queue and keeps it to itself, but only the queue knows places.
    const queueClass = new Proxy(FairQueue, { construct: () => this.#order });
    this.#queue = new PQueue({ queueClass, concurrency: 1 });
  }

  /** Waits until it is a call's turn, and the gate lets it through. Throws as `Line.inTurn` does, and rejects so. */
  take(call: PlannedCall, asked = new AskedCall(call)): Lease | Promise<Lease> {
    call.signal.throwIfAborted();
    const limit = this.#gate.exceededBy(asked);
    if (limit !== undefined) throw beyondQuota(limit);
    return (this.#order.size === 0 ? this.#gate.tryEnter(asked) : undefined) ?? this.#wait(call, asked);
  }

  /** Waits for the gate again, before everyone else: this call had its turn already. Throws and rejects as `take` does. */
  again(call: PlannedCall, asked: AskedCall): Promise<Lease> {
    call.signal.throwIfAborted();
    asked.beginsAnew();
    this.beside.giveWay();
    const waiting = new WaitingCall('', call, asked, this, this.#clocks.monotonic());
    this.#positions.add(waiting);
    return waiting.stand();
  }

  /** The leave for a call that is nobody's question; undefined where anybody waits, or would have to. */
  tryBeside(asked: AskedCall): Lease | undefined {
    return this.#order.size === 0 ? this.#gate.tryBeside(asked) : undefined;
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

  /** It has waited for long enough, unless the line moves. */
  expire(waiting: WaitingCall): void {
    const { trip } = this.#gate;
    if (trip === undefined) {
      waiting.expireIn(EXPIRES_AGAIN_MS);
      return;
    }
    waiting.isPassing = true;
    if (waiting.isInQueue) this.leaveQueue(waiting);
    waiting.refuse(refusal(trip.until, trip, this.#clocks));
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
    this.#waiting.delete(waiting.id);
    this.#gate.leave(waiting);
    this.#positions.remove(waiting);
    this.#seePace();
  }

  /** Whoever had a turn in vain finds room. */
  #wait(call: PlannedCall, asked: AskedCall): Promise<Lease> {
    const { size } = this.#order;
    if (size >= this.#maxWaiting && !asked.wasRefused) {
      throw new Failure('line-full', `${size} questions wait in line already.`, { retryAt: this.#clocks.wall() + this.#pace.averageMs });
    }
    this.beside.giveWay();
    const { guildId, asker } = call.question;
    const waiting = new WaitingCall(String((this.#lastId += 1)), call, asked, this, this.#clocks.monotonic());
    this.#waiting.set(waiting.id, waiting);
    if (asked.wasRefused) waiting.expireIn(waiting.deadline - this.#clocks.monotonic());
    // First this: it may be its turn at once, and the gate sends away who would wait too long.
    this.#positions.add(waiting);
    const turn = this.#queue.add(waiting.stand.bind(waiting), { id: waiting.id, guildId, memberId: asker.id });
    // Whoever stands at the gate may be one whom this one need not wait for.
    if (this.#waiting.size > 1) this.#gate.look();
    return turn;
  }

  /** Somebody has their turn although others come first, who cannot go. */
  #letPass(canGo: (waiting: WaitingCall) => boolean): WaitingCall | undefined {
    const id = this.#order.find((one) => {
      const waiting = this.#waiting.get(one);
      return waiting !== undefined && canGo(waiting);
    });
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || waiting === undefined) return undefined;
    waiting.isPassing = true;
    void this.#order.take(id)?.();
    return waiting;
  }

  /** How long after the one before somebody left is known only while others wait. */
  #seePace(): void {
    const now = this.#clocks.monotonic();
    if (this.#lastTurnAt > 0) this.#pace.seen(now - this.#lastTurnAt);
    this.#lastTurnAt = this.#order.size > 0 ? now : 0;
  }
}
