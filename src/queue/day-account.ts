import { nextUtcDay } from './utc-day.ts';
import type { Log } from '../log.ts';

/** Where an account is written down: texts under keys, for so many milliseconds. Rejects where that fails. */
export interface DayNotebook {
  get(key: string): Promise<string | undefined>;
  /** Of several processes that write at once, one gets `true`. */
  setIfAbsent(key: string, text: string, ttlMs: number): Promise<boolean>;
  replace(key: string, expected: string, text: string, ttlMs: number): Promise<boolean>;
}

export interface DayAccountOptions {
  readonly notebook: DayNotebook;
  /** Names the quota: a model in a region. */
  readonly key: string;
  readonly log: Pick<Log, 'warn'>;
}

/** Time between two writings, in milliseconds: a crash forgets no more than this. */
const WRITE_EVERY_MS = 5_000;
/** A record says nothing any more when its day is over, and clocks differ. */
const KEPT_MS = 2 * 24 * 60 * 60 * 1000;
/** How often the end tries to write while others do. */
const LAST_ATTEMPTS = 3;

interface Day {
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
  /** Tokens, by all that share the record. */
  readonly used: number;
  readonly closedUntil: number;
}

const toText = ({ endsAt, used, closedUntil }: Day): string => `${endsAt} ${used} ${closedUntil}`;

/** A record of another day, or of something else, says nothing. */
const fromText = (text: string | undefined, endsAt: number): Day => {
  const [day, used, closedUntil] = /^(\d{1,16}) (\d{1,16}) (\d{1,16})$/u.exec(text ?? '')?.slice(1).map(Number) ?? [];
  return day === endsAt ? { endsAt, used: used ?? 0, closedUntil: closedUntil ?? 0 } : { endsAt, used: 0, closedUntil: 0 };
};

/**
 * What was used of a quota for one UTC day, and until when Bedrock closed it. It is kept through restarts, and shared with
 * the processes that write to the same notebook: each adds what it used since the last time. Without a notebook, or while
 * that fails, it is this process's own.
 */
export class DayAccount {
  readonly #options: DayAccountOptions | undefined;
  /** As last read or written. */
  #day: Day;
  /** Tokens used since. */
  #unwritten = 0;
  #closedUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #isFailing = false;
  /** Hears that others found the day's quota used up, or an earlier run of this process did. */
  onClosed: (until: number) => void = () => undefined;

  constructor(options?: DayAccountOptions) {
    this.#options = options;
    this.#day = fromText(undefined, nextUtcDay(Date.now()));
  }

  /** Reads what was used today. Never rejects. */
  open(): Promise<void> {
    return this.#sync();
  }

  /** Writes what is not written yet. Never rejects. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    for (let attempt = 0; attempt < LAST_ATTEMPTS && this.#isChanged(); attempt += 1) await this.#sync();
    clearTimeout(this.#timer);
  }

  /** When the day ends, in milliseconds since the epoch. */
  endsAt(now: number): number {
    this.#begin(now);
    return this.#day.endsAt;
  }

  /** Tokens. */
  used(now: number): number {
    this.#begin(now);
    return this.#day.used + this.#unwritten;
  }

  /** What is no number of tokens adds nothing: it would make the whole record unreadable. */
  add(tokens: number, now: number): void {
    if (!Number.isFinite(tokens) || tokens <= 0) return;
    this.#begin(now);
    this.#unwritten += tokens;
    this.#writeLater();
  }

  /** Bedrock takes no more calls until then, in milliseconds since the epoch. */
  shut(until: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, Math.ceil(until));
    this.#writeLater();
  }

  #begin(now: number): void {
    if (now < this.#day.endsAt) return;
    this.#day = fromText(undefined, nextUtcDay(now));
    this.#unwritten = 0;
  }

  #isChanged(): boolean {
    return this.#unwritten > 0 || this.#closedUntil > this.#day.closedUntil;
  }

  #writeLater(): void {
    if (this.#options === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#sync();
    }, WRITE_EVERY_MS).unref();
  }

  async #sync(): Promise<void> {
    if (this.#options === undefined) return;
    const { notebook, key, log } = this.#options;
    try {
      const text = await notebook.get(key);
      this.#begin(Date.now());
      const read = fromText(text, this.#day.endsAt);
      const unwritten = Math.ceil(this.#unwritten);
      const next = { ...read, used: read.used + unwritten, closedUntil: Math.max(read.closedUntil, this.#closedUntil) };
      if (unwritten > 0 || next.closedUntil > read.closedUntil) {
        const isWritten = await (text === undefined ? notebook.setIfAbsent(key, toText(next), KEPT_MS) : notebook.replace(key, text, toText(next), KEPT_MS));
        // Another process was quicker.
        if (!isWritten) return this.#writeLater();
      }
      this.#isFailing = false;
      this.#adopt(next, unwritten);
    } catch (error) {
      if (!this.#isFailing) log.warn({ reason: String(error) }, "the day's usage could not be read or written");
      this.#isFailing = true;
      if (this.#isChanged()) this.#writeLater();
    }
  }

  #adopt(day: Day, written: number): void {
    // It took a while, in which a new day may have begun.
    if (day.endsAt !== this.#day.endsAt) return;
    this.#day = day;
    this.#unwritten = Math.max(0, this.#unwritten - written);
    if (day.closedUntil <= this.#closedUntil) return;
    this.#closedUntil = day.closedUntil;
    this.onClosed(day.closedUntil);
  }
}
