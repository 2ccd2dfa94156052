/** The two clocks that the line goes by, in milliseconds. */
export interface Clocks {
  /** Only goes forward, whoever sets the time: for pauses, deadlines and ages. */
  readonly monotonic: () => number;
  /** Since the epoch. It may be set to any time: for days, and for what people read. */
  readonly wall: () => number;
}

export const OWN_CLOCKS: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() };

/** For people: what the wall clock would show at a time of the monotonic one; never less, for it cuts its milliseconds off. */
export const onWall = (at: number, { monotonic, wall }: Clocks): number => Math.ceil(wall() + at - monotonic());
