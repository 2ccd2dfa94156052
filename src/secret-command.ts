import { spawn } from 'node:child_process';

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
   * @throws {Error} whose message tells why, without anything that the command printed
   */
  readonly run: () => Promise<string>;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** Far above any key. */
const MAX_OUTPUT_BYTES = 64 * 1024;

const HAS_GROUPS = process.platform !== 'win32';

/** What the command printed. Its errors go nowhere: they may hold what it printed. */
const outputOf = ({ command, environment, timeoutMs = DEFAULT_TIMEOUT_MS }: SecretCommandOptions): Promise<string> =>
  new Promise((resolve, reject) => {
    // A group of its own, so that whatever the shell started ends with it.
    const child = spawn(command, { shell: true, detached: HAS_GROUPS, stdio: ['ignore', 'pipe', 'ignore'], env: { ...environment } });
    const chunks: Buffer[] = [];
    let size = 0;
    let reason: string | undefined;
    const end = (why: string): void => {
      reason ??= why;
      try {
        if (HAS_GROUPS && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch {
        // It has ended by itself.
      }
      child.stdout.destroy();
    };
    const timer = setTimeout(() => end(`it took longer than ${timeoutMs / 1000} s`), timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT_BYTES) end('it printed far more than a key');
      else chunks.push(chunk);
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`it could not be started (${'code' in error ? error.code : 'error'})`));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (reason !== undefined) reject(new Error(reason));
      else if (code === 0) resolve(Buffer.concat(chunks).toString('utf8').trim());
      else reject(new Error(code === null ? `it was ended by ${signal}` : `it ended with exit code ${code}`));
    });
  });

/** A secret that a command prints, as `credential_process` and git's credential helpers do it. */
export const createSecretCommand = (options: SecretCommandOptions): SecretCommand => {
  let content = '';
  let running: Promise<string> | undefined;
  const run = async (): Promise<string> => {
    try {
      const printed = await outputOf(options);
      const problem = options.problemOf(printed);
      if (problem !== undefined) throw new Error(problem);
      content = printed;
      return printed;
    } finally {
      running = undefined;
    }
  };
  return { read: () => content, run: () => (running ??= run()) };
};
