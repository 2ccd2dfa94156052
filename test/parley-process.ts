import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { TEST_KEY } from './simulators/bedrock.ts';
import type { ChildProcess, ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { BedrockSimulator } from './simulators/bedrock.ts';
import type { DiscordSimulator } from './simulators/discord.ts';

const MAIN = join(import.meta.dirname, '../src/start.js');

export interface ParleyProcess {
  readonly child: ChildProcess;
  /** Its exit code, or null where a signal ended it. */
  readonly ended: Promise<number | null>;
  output(): string;
  /** Resolves when it answers. */
  ready(): Promise<void>;
}

/** What a process says, from its beginning on. */
export const follow = (child: ChildProcessByStdio<null | Writable, Readable, Readable>): ParleyProcess => {
  const output: string[] = [];
  child.stdout.on('data', (data: Buffer) => output.push(data.toString()));
  child.stderr.on('data', (data: Buffer) => output.push(data.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    child,
    ended,
    output: () => output.join(''),
    ready: () => expect.poll(() => output.join('')).toMatch(/commands (?:are )?registered/u),
  };
};

/** A folder to run in, with a store of its own. */
export const freshFolder = (): string => mkdtempSync(join(tmpdir(), 'parley-'));

/** Starts Parley as an admin does: a process of its own, which can be killed. */
export const startProcess = (
  { discord, bedrock }: { readonly discord: Pick<DiscordSimulator, 'token' | 'apiUrl' | 'advance'>; readonly bedrock: Pick<BedrockSimulator, 'url'> },
  folder: string,
  environment: Readonly<Record<string, string>> = {},
  /** Instead of whoever runs the tests. */
  uid?: number,
): ParleyProcess => {
  // Discord takes one new session in five seconds.
  discord.advance(5_000);
  const child = spawn(process.execPath, [MAIN, '--env-file', join(import.meta.dirname, 'no-settings.env')], {
    cwd: folder,
    ...(uid === undefined ? {} : { uid, gid: uid }),
    env: {
      PATH: process.env['PATH'],
      LOG_FORMAT: 'json',
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.apiUrl,
      AWS_BEARER_TOKEN_BEDROCK: TEST_KEY,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
      // Requests are counted.
      STARTUP_CHECK: 'false',
      MEMBER_QUESTIONS_PER_MINUTE: '0',
      // Each message is a question of its own there.
      BURST_SECONDS: '0',
      ...environment,
    },
  });
  return follow(child);
};
