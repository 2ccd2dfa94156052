import { afterEach, beforeEach, vi } from 'vitest';
import { Failure } from '../../src/conversation/failure.ts';
import { createLine } from '../../src/queue/line.ts';
import type { FailureKind } from '../../src/conversation/failure.ts';
import type { Wait } from '../../src/conversation/ports.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { Reply, TokenUsage } from '../../src/conversation/reply.ts';
import type { LineOptions } from '../../src/queue/line.ts';

export const NOON = Date.UTC(2026, 10, 25, 12);
export const TOMORROW = Date.UTC(2026, 10, 26);
const never = new AbortController().signal;
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Time that passes when it is told to, from noon on, and nothing by chance. */
export const useFakeTime = (): void => {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOON });
    vi.spyOn(Math, 'random').mockReturnValue(0);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
};

/** A line, and everything that went through it: at which second each call was made. */
export const start = (options: Partial<LineOptions> = {}) => {
  const logged: object[] = [];
  const write = (fields: object): void => void logged.push(fields);
  const line = createLine({
    maxConcurrentCalls: 4,
    maxTokens: 100,
    outputBurndown: 1,
    limits: {},
    log: { info: write, warn: write },
    ...options,
  });
  const madeAt: number[] = [];
  let running = 0;
  let most = 0;
  /** What Bedrock does with each call; answers after a second where nothing is said. */
  let bedrock = async (_index: number): Promise<TokenUsage | undefined> => undefined;
  const heard: (Wait | undefined)[] = [];
  const ask = (asker = 'm', signal = never): Promise<Reply> =>
    line.inTurn({
      question: { id: '1', asker: { id: asker, name: asker } } as Question,
      inputTokens: 100,
      signal,
      onWait: (wait) => heard.push(wait),
      run: async (onBegun) => {
        const index = madeAt.push((Date.now() - NOON) / 1_000);
        running += 1;
        most = Math.max(most, running);
        try {
          const usage = await bedrock(index);
          onBegun();
          await sleep(1_000);
          return { text: 'x', stopReason: 'end_turn', usage, latencyMs: undefined };
        } finally {
          running -= 1;
        }
      },
    });
  return {
    ask,
    heard,
    line,
    logged,
    madeAt,
    mostAtATime: () => {
      const before = most;
      most = running;
      return before;
    },
    respond: (next: typeof bedrock) => (bedrock = next),
  };
};

export const refuse = (kind: FailureKind, retryAt?: number) => (): Promise<never> => Promise.reject(new Failure(kind, 'no', { retryAt }));
export const usage = (inputTokens: number, outputTokens: number, more: Partial<TokenUsage> = {}): TokenUsage => ({ inputTokens, outputTokens, ...more });
