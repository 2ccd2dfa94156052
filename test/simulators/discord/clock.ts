interface Alarm {
  readonly dueAt: number;
  readonly ring: () => void;
  timer: NodeJS.Timeout;
}

/** The wall clock of the simulated Discord. It can be moved forward; alarms ring as they become due. */
export class Clock {
  readonly #wall: () => number;
  readonly #alarms = new Set<Alarm>();
  #offset = 0;

  constructor(wall: () => number = Date.now) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall() + this.#offset;
  }

  advance(ms: number): void {
    this.#offset += ms;
    for (const alarm of [...this.#alarms].sort((a, b) => a.dueAt - b.dueAt)) this.#check(alarm);
  }

  /** Returns a function that cancels the alarm. */
  after(ms: number, ring: () => void): () => void {
    const alarm: Alarm = { dueAt: this.now() + ms, ring, timer: setTimeout(() => this.#check(alarm), ms).unref() };
    this.#alarms.add(alarm);
    return () => this.#remove(alarm);
  }

  close(): void {
    for (const alarm of this.#alarms) this.#remove(alarm);
  }

  #check(alarm: Alarm): void {
    if (!this.#alarms.has(alarm)) return;
    const left = alarm.dueAt - this.now();
    if (left <= 0) {
      this.#remove(alarm);
      alarm.ring();
      return;
    }
    // A timer may fire a millisecond early, and an injected clock may stand still.
    clearTimeout(alarm.timer);
    alarm.timer = setTimeout(() => this.#check(alarm), Math.max(left, 1)).unref();
  }

  #remove(alarm: Alarm): void {
    clearTimeout(alarm.timer);
    this.#alarms.delete(alarm);
  }
}
