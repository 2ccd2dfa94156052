import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { redact } from './redact.ts';

export interface SecretCommandOptions {
  /** A line for the shell, exactly as the admin wrote it: nothing is ever put into it. */
  readonly command: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What is wrong with a value, said without it; undefined when it is good. */
  readonly problemOf: (value: string) => string | undefined;
  /** Milliseconds that one run may take. */
  readonly timeoutMs?: number;
}

export interface SecretCommand {
  /** What the last good run printed; empty before. */
  readonly read: () => string;
  /**
   * Runs the command; whoever asks while it runs gets the same run.
   * @throws {SecretCommandError} whose message tells why, without the secret
   */
  readonly run: () => Promise<string>;
  readonly longestRunMs: number;
}

/** Why a command gave no secret: in its own words where it had some, without anything that may be the secret. */
export class SecretCommandError extends Error {
  override readonly name = 'SecretCommandError';
  /** It is the command that has to be changed: running it again will not help. */
  readonly isLasting: boolean;

  constructor(message: string, isLasting = false) {
    super(message);
    this.isLasting = isLasting;
  }
}

/** Somebody may have to log in on a phone, or a role take its time. */
const DEFAULT_TIMEOUT_MS = 120_000;
/** Far above any key. */
const MAX_OUTPUT_BYTES = 64 * 1024;
/** Of what a command says on stderr: the end, where tools say why. */
const MAX_SAID_BYTES = 4 * 1024;
const MAX_SAID_CHARACTERS = 300;
const LEAST_SECRET_LENGTH = 6;

/** What a shell says of a command that may not be run, or is not there. @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02 */
const NOT_RUNNABLE = new Set([126, 127]);

/** What tools print for a value that is not there, with exit code 0: jq, the AWS CLI, and others. No secret is that short. */
const NOTHING = /^(?:null|none|nil|undefined|""|'')$/iu;
/** An answer of a service, printed as it came: JSON, or a page. */
const ANSWER = /^[{[<]/u;
const WITH_KEY = /ABSK|bedrock-api-key-/u;

/** What was printed where the secret should be, of words that would pass for one. */
const printedInstead = (printed: string): string | undefined => {
  if (NOTHING.test(printed)) return `it printed ${printed} instead of a key`;
  return ANSWER.test(printed) ? 'it printed an answer of a service (JSON, or a page) instead of a key' : undefined;
};

/** Whether what a command printed instead may be another thing the next time: a vault is sealed for a minute, and a pipe hides that its first part failed. */
const mayPass = (printed: string): boolean => printed === '' || NOTHING.test(printed) || (ANSWER.test(printed) && !WITH_KEY.test(printed));

const HAS_GROUPS = process.platform !== 'win32';

/** Words that are made like secrets, however short: keys of AWS, and long mixtures of letters and digits. */
const LIKE_SECRET = /\b(?:ABSK|AKIA|ASIA|bedrock-api-key-)\S*|(?<![\w+/=-])(?=[\w+/=-]*\d)(?=[\w+/=-]*[a-z])(?=[\w+/=-]*[A-Z])[\w+/=-]{32,}/gu;

/** What a command said on stderr, in one line, without what it printed, or what may be a secret. */
const spoken = (said: string, printed: string): string => {
  const words = printed.split(/\s+/u).filter(({ length }) => length >= LEAST_SECRET_LENGTH);
  const line = redact(stripVTControlCharacters(said).replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim(), words).replaceAll(LIKE_SECRET, '[redacted]');
  return line.length > MAX_SAID_CHARACTERS ? `…${line.slice(-MAX_SAID_CHARACTERS)}` : line;
};

interface Output {
  readonly printed: string;
  readonly said: string;
}

const outputOf = ({ command, environment, timeoutMs = DEFAULT_TIMEOUT_MS }: SecretCommandOptions): Promise<Output> =>
  new Promise((resolve, reject) => {
    // A group of its own, so that whatever the shell started ends with it.
    const child = spawn(command, { shell: true, detached: HAS_GROUPS, stdio: ['ignore', 'pipe', 'pipe'], env: { ...environment } });
    const chunks: Buffer[] = [];
    let size = 0;
    let said = Buffer.alloc(0);
    let stopped: SecretCommandError | undefined;
    const end = (why: SecretCommandError): void => {
      stopped ??= why;
      try {
        if (HAS_GROUPS && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch {
        // It has ended by itself.
      }
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => end(new SecretCommandError(`it took longer than ${timeoutMs / 1000} s`)), timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT_BYTES) end(new SecretCommandError('it printed far more than a key', true));
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said = Buffer.concat([said, chunk]).subarray(-MAX_SAID_BYTES);
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new SecretCommandError(`it could not be started (${'code' in error ? String(error.code) : 'error'})`));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const output = { printed: Buffer.concat(chunks).toString('utf8').trim(), said: said.toString('utf8') };
      const words = spoken(output.said, output.printed);
      const why = words === '' ? '' : `; it said: ${words}`;
      if (stopped !== undefined) reject(new SecretCommandError(`${stopped.message}${why}`, stopped.isLasting));
      else if (code === 0) resolve(output);
      else reject(new SecretCommandError(`${code === null ? `it was ended by ${signal}` : `it ended with exit code ${code}`}${why}`, code !== null && NOT_RUNNABLE.has(code)));
    });
  });

/** A secret that a command prints, as `credential_process` and git's credential helpers do it. */
export const createSecretCommand = (options: SecretCommandOptions): SecretCommand => {
  let content = '';
  let running: Promise<string> | undefined;
  const run = async (): Promise<string> => {
    try {
      const { printed, said } = await outputOf(options);
      const problem = printedInstead(printed) ?? options.problemOf(printed);
      if (problem !== undefined) {
        const words = spoken(said, printed);
        throw new SecretCommandError(words === '' ? problem : `${problem}; it said: ${words}`, !mayPass(printed));
      }
      content = printed;
      return printed;
    } finally {
      running = undefined;
    }
  };
  return { read: () => content, run: () => (running ??= run()), longestRunMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS };
};
