import { pino } from 'pino';
import { redact } from './redact.ts';
import type { DestinationStream, Logger as PinoLogger } from 'pino';

/** The part of the log that the rest of the program sees. Fields before the message; message text is never a field. */
export type Log = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

export interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
  /** Secrets of this process, as they are now. */
  readonly secrets: () => readonly string[];
}

/** When nobody reads the log at all, this much is kept for later and the rest is dropped: memory is for questions. */
const MAX_UNREAD_CHARACTERS = 4_000_000;

/** How long lines that nobody has to act on wait for others, in milliseconds: to write a line by itself takes as long as to make two. */
const GATHERED_MS = 20;
const ORDINARY = /^\{"level":"(?:info|debug|trace)"/u;

/** How long the end waits for what the system is just writing, in milliseconds: what is written then would stand before it. */
const UNDER_WAY_MS = 50;

/** Written in the background: whoever reads the log slowly must not hold up the program. What is left is written at the end. */
const openJsonOutput = (): DestinationStream => {
  const out = pino.destination({ fd: 1, sync: false, maxLength: MAX_UNREAD_CHARACTERS });
  // A full disk behind the log is no reason to stop answering; there is nowhere to say it.
  out.on('error', () => undefined);
  let isUnderWay = false;
  out.on('drain', () => (isUnderWay = false));
  let gathered = '';
  let timer: NodeJS.Timeout | undefined;
  const pass = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (gathered === '') return;
    out.write(gathered);
    gathered = '';
    isUnderWay = true;
  };
  process.on('exit', () => {
    try {
      // Nothing that happens is heard of any more, but others go on.
      if (isUnderWay) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, UNDER_WAY_MS);
      pass();
      out.flushSync();
    } catch {
      // Nobody reads it any more.
    }
  });
  return {
    write: (line) => {
      gathered += line;
      if (ORDINARY.test(line)) timer ??= setTimeout(pass, GATHERED_MS);
      else pass();
    },
  };
};

export const createLog = async ({ level, format, secrets }: LogOptions): Promise<PinoLogger> => {
  const out: DestinationStream =
    format === 'json'
      ? openJsonOutput()
      : (await import('pino-pretty')).default({ ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss', sync: true });
  return pino(
    { level, base: null, formatters: { level: (label) => ({ level: label }) }, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line) => out.write(redact(line, secrets())) },
  );
};
