import { DAY_MS, nextUtcDay } from './clocks.ts';
import type { Log } from '../log/log.ts';

/** Where an account is written down: texts under keys, for so many milliseconds. Rejects where that fails. */
export interface DayNotebook {
  get(key: string): Promise<string | undefined>;
  /** Of several processes that write at once, one gets `true`. */
  setIfAbsent(key: string, text: string, ttlMs: number): Promise<boolean>;
  replace(key: string, expected: string, text: string, ttlMs: number): Promise<boolean>;
}

export interface DayAccountOptions {
  readonly notebook?: DayNotebook;
  /** Names the quota: a model in a region. */
  readonly key?: string;
  readonly log?: Pick<Log, 'warn'>;
  /** Milliseconds since the epoch: days are told by the wall clock. */
  readonly now?: () => number;
}

/** Time between two writings, in milliseconds: a crash forgets no more than this. */
const WRITE_EVERY_MS = 5_000;
/** A record says nothing any more when its day is over, and clocks differ. */
const KEPT_MS = 2 * DAY_MS;
/** How often the end tries to write while others do. */
const LAST_ATTEMPTS = 3;

/** One day, as this process knows it. */
interface Day {
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
  /** Tokens, by all that share the record, as last read or written. */
  written: number;
  /** Tokens used since. */
  unwritten: number;
  /** Bedrock takes no more calls in it. */
  isClosed: boolean;
  isClosedWritten: boolean;
}

const newDay = (endsAt: number): Day => ({ endsAt, written: 0, unwritten: 0, isClosed: false, isClosedWritten: false });

interface DayRecord {
  readonly used: number;
  readonly isClosed: boolean;
}

/** The last number was once a time, which lay behind the end of a day that was closed. */
const toText = (endsAt: number, { used, isClosed }: DayRecord): string => `${endsAt} ${used} ${isClosed ? endsAt : 0}`;

/** A record of another day, or of something else, says nothing. */
const fromText = (text: string | undefined, endsAt: number): DayRecord => {
  const [day, used = 0, closedUntil = 0] = /^(\d{1,16}) (\d{1,16}) (\d{1,16})$/u.exec(text ?? '')?.slice(1).map(Number) ?? [];
  return day === endsAt ? { used, isClosed: closedUntil >= endsAt } : { used: 0, isClosed: false };
};

const isChanged = ({ unwritten, isClosed, isClosedWritten }: Day): boolean => unwritten > 0 || (isClosed && !isClosedWritten);

/**
 * What was used of a quota for one UTC day, and whether Bedrock closed it. It is kept through restarts, and shared with
 * the processes that write to the same notebook: each adds what it used since the last time. Without a notebook, or while
 * that fails, it is this process's own. Each day has a record of its own: a clock that is set back over midnight, and the
 * other clock of another process, find the day as they left it.
 */
export class DayAccount {
  readonly #options: DayAccountOptions;
  readonly #now: () => number;
  /** By their ends: today, and the days beside it, in which a clock may have been or may be again. */
  readonly #days = new Map<number, Day>();
  #day: Day;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #isFailing = false;
  /** Hears of the end of a day in which others found the quota used up, or an earlier run of this process did. */
  onClosed: (dayEndsAt: number) => void = () => undefined;

  constructor(options: DayAccountOptions = {}) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#day = newDay(nextUtcDay(this.#now()));
    this.#days.set(this.#day.endsAt, this.#day);
  }

  /** Reads what was used today. Never rejects. */
  open(): Promise<void> {
    this.#today();
    return this.#sync();
  }

  /** Writes what is not written yet. Never rejects. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    for (let attempt = 0; attempt < LAST_ATTEMPTS && this.#isChanged(); attempt += 1) await this.#sync();
    clearTimeout(this.#timer);
  }

  /** Milliseconds until the day ends. */
  leftMs(): number {
    const now = this.#now();
    return nextUtcDay(now) - now;
  }

  /** Tokens. */
  used(): number {
    const { written, unwritten } = this.#today();
    return written + unwritten;
  }

  /** What is no number of tokens adds nothing: it would make the whole record unreadable. */
  add(tokens: number): void {
    if (!Number.isFinite(tokens) || tokens <= 0) return;
    this.#today().unwritten += tokens;
    this.#writeLater();
  }

  /** Bedrock takes no more calls in the day that ends then, in milliseconds since the epoch. */
  shut(dayEndsAt: number): void {
    const day = this.#days.get(dayEndsAt);
    if (day === undefined) return;
    day.isClosed = true;
    this.#writeLater();
  }

  #today(): Day {
    const endsAt = nextUtcDay(this.#now());
    if (endsAt === this.#day.endsAt) return this.#day;
    this.#day = this.#days.get(endsAt) ?? newDay(endsAt);
    this.#days.set(endsAt, this.#day);
    for (const day of this.#days.keys()) if (Math.abs(day - endsAt) > DAY_MS) this.#days.delete(day);
    // Others may have been in it before.
    this.#writeLater();
    return this.#day;
  }

  #isChanged(): boolean {
    return this.#days.values().some(isChanged);
  }

  #writeLater(): void {
    if (this.#options.notebook === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#sync();
    }, WRITE_EVERY_MS).unref();
  }

  async #sync(): Promise<void> {
    const { notebook, log } = this.#options;
    if (notebook === undefined) return;
    try {
      for (const day of this.#days.values()) if (day === this.#day || isChanged(day)) await this.#syncDay(day, notebook);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) log?.warn({ reason: String(error) }, "the day's usage could not be read or written");
      this.#isFailing = true;
      if (this.#isChanged()) this.#writeLater();
    }
  }

  async #syncDay(day: Day, notebook: DayNotebook): Promise<void> {
    const { endsAt } = day;
    const { key = '' } = this.#options;
    const dayKey = `${key}/${endsAt}`;
    const text = await notebook.get(dayKey);
    // There was one record for all days once.
    const read = fromText(text ?? (await notebook.get(key)), endsAt);
    const unwritten = Math.ceil(day.unwritten);
    const next = { used: read.used + unwritten, isClosed: read.isClosed || day.isClosed };
    if (unwritten > 0 || next.isClosed !== read.isClosed) {
      const written = toText(endsAt, next);
      const isWritten = await (text === undefined ? notebook.setIfAbsent(dayKey, written, KEPT_MS) : notebook.replace(dayKey, text, written, KEPT_MS));
      // Another process was quicker.
      if (!isWritten) return this.#writeLater();
    }
    day.written = next.used;
    day.unwritten = Math.max(0, day.unwritten - unwritten);
    day.isClosedWritten = next.isClosed;
    if (!next.isClosed || day.isClosed) return;
    day.isClosed = true;
    this.onClosed(endsAt);
  }
}
