import PQueue from 'p-queue';
import type { Line } from '../conversation/ports.ts';

/**
 * Adds work that can leave the queue while it waits. Once it runs, stopping is its own business: p-queue would free its
 * place and reject while it still runs, and a question would end twice.
 */
const addAbortable = async <Result>(queue: PQueue, work: () => Promise<Result>, signal: AbortSignal): Promise<Result> => {
  signal.throwIfAborted();
  const waiting = new AbortController();
  const leave = (): void => waiting.abort(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  const run = (): Promise<Result> => {
    signal.removeEventListener('abort', leave);
    return work();
  };
  try {
    return await queue.add(run, { signal: waiting.signal });
  } finally {
    signal.removeEventListener('abort', leave);
  }
};

/**
 * One lane for each conversation inside one line for all model calls. A lane is a queue of its own with one place, so a
 * conversation never has more than one question in the line, and a busy channel cannot starve the others. Lanes go when
 * they are empty.
 */
export const createLine = ({ maxConcurrentCalls }: { readonly maxConcurrentCalls: number }): Line => {
  const calls = new PQueue({ concurrency: maxConcurrentCalls });
  const lanes = new Map<string, PQueue>();

  const laneOf = (conversationId: string): PQueue => {
    const existing = lanes.get(conversationId);
    if (existing !== undefined) return existing;
    const lane = new PQueue({ concurrency: 1 });
    lane.addEventListener('idle', () => {
      if (lane.size === 0 && lane.pending === 0) lanes.delete(conversationId);
    });
    lanes.set(conversationId, lane);
    return lane;
  };

  return {
    inLane: (conversationId, work, signal) => addAbortable(laneOf(conversationId), work, signal),
    inTurn: (_question, call, signal) => addAbortable(calls, call, signal),
  };
};
