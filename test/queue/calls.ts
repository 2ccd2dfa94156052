import { afterEach, beforeEach, expect, vi } from 'vitest';
import { createLine } from '../../src/queue/line.ts';
import type { Wait } from '../../src/conversation/ports.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { Reply } from '../../src/conversation/reply.ts';

export const never = new AbortController().signal;
export const REPLY: Reply = { text: 'yes', stopReason: 'end_turn', usage: undefined, latencyMs: undefined };
const log = { info: () => undefined, warn: () => undefined };
export const lineOf = (maxConcurrentCalls: number) => createLine({ maxConcurrentCalls, maxTokens: 100, outputBurndown: 1, limits: {}, log });
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let questions = 0;
export const questionOf = (askerId: string, guildId?: string): Question => ({ id: String((questions += 1)), guildId, asker: { id: askerId, name: askerId } }) as Question;

/** A call that takes so long. */
export const callOf = (question: Question, run: () => Promise<unknown>, signal = never, onWait: (wait: Wait | undefined) => void = () => undefined) => ({
  question,
  inputTokens: 10,
  signal,
  onWait,
  run: async () => {
    await run();
    return REPLY;
  },
});

/** Time that passes when it is told to; at the end of each test nothing waits for it any more. */
export const useIdleTimers = (): void => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
};
