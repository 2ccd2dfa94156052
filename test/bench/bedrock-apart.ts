// Bedrock's simulator as a process of its own, so that its time is not Discord's.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startBedrockSimulator } from '../simulators/bedrock.ts';
import { streamWords } from './word-streams.ts';
import type { ConverseRequestRecord } from '../simulators/bedrock.ts';
import type { Streamed } from './word-streams.ts';

export interface BedrockApart {
  readonly url: string;
  /** What was streamed so far, by this process's `performance.now()`. A call's name is the mark in its question. */
  streamed(): Promise<readonly Streamed[]>;
  close(): Promise<void>;
}

interface Report {
  readonly timeOrigin: number;
  readonly calls: readonly Streamed[];
}

/** The name of a call, as it stands in its question: `write a17, please`. */
const nameOf = ({ body }: ConverseRequestRecord, index: number): string => {
  const text = (body?.messages.at(-1)?.content ?? []).map((block) => block.text ?? '').join(' ');
  return /\bwrite (a\d+),/u.exec(text)?.[1] ?? `x${index}`;
};

/** Every call is answered with words, evenly over its seconds. */
export const startBedrockApart = async (seconds: number): Promise<BedrockApart> => {
  const child = fork(import.meta.filename, [String(seconds)], { execArgv: [], serialization: 'advanced' });
  const next = async <T>(): Promise<T> => (await once(child, 'message'))[0] as T;
  const url = await next<string>();
  return {
    url,
    streamed: async () => {
      child.send('report');
      const { timeOrigin, calls } = await next<Report>();
      const ahead = timeOrigin - performance.timeOrigin;
      return calls.map(({ text, endedAt, deltas }) => ({
        text,
        endedAt: endedAt + ahead,
        deltas: deltas.map(({ length, at }) => ({ length, at: at + ahead })),
      }));
    },
    close: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
};

if (import.meta.main) {
  const bedrock = await startBedrockSimulator({ record: 'none', checks: 'none' });
  const calls = streamWords(bedrock, Number(process.argv[2]), nameOf);
  process.on('message', () => process.send?.({ timeOrigin: performance.timeOrigin, calls } satisfies Report));
  process.once('disconnect', () => process.exit());
  process.send?.(bedrock.url);
}
