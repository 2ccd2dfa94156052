import { pino } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';

/** The part of the log that the rest of the program sees. Fields before the message; message text is never a field. */
export type Log = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

/** Everything that may stand for a secret, wherever it turns up in a line. */
const SECRETS: readonly [RegExp, string][] = [
  [/bedrock-api-key-[\w+/=%.-]+/gu, 'bedrock-api-key-[redacted]'],
  [/\bABSK[A-Za-z0-9+/=]{20,}/gu, 'ABSK[redacted]'],
  [/\bBedrockAPIKey-[\w.:+/=-]+/gu, 'BedrockAPIKey-[redacted]'],
  [/Bearer\s+(?!\[)[^\s"',\\]+/giu, 'Bearer [redacted]'],
  [/\b[\w-]{23,28}\.[\w-]{6}\.[\w-]{27,}/gu, '[redacted Discord token]'],
  [/(\/webhooks\/\d+\/)[^/\s"'?]+/gu, '$1[redacted]'],
  [/(\/interactions\/\d+\/)[^/\s"'?]+/gu, '$1[redacted]'],
  [/(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s"']+/giu, '$1[redacted]'],
];

/** A line without secrets: known forms, and the exact ones that this process was given. */
export const redact = (line: string, known: readonly string[] = []): string => {
  const withoutKnown = known.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), line);
  return SECRETS.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), withoutKnown);
};

export interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
  /** Secrets of this process, as they are now. */
  readonly secrets: () => readonly string[];
}

/** When nobody reads the log at all, this much is kept for later and the rest is dropped: memory is for questions. */
const MAX_UNREAD_CHARACTERS = 4_000_000;

/** Written in the background: whoever reads the log slowly must not hold up the program. What is left is written at the end. */
const openJsonOutput = (): DestinationStream => {
  const out = pino.destination({ fd: 1, sync: false, maxLength: MAX_UNREAD_CHARACTERS });
  process.on('exit', () => {
    try {
      out.flushSync();
    } catch {
      // Nobody reads it any more.
    }
  });
  return out;
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
