import { setTimeout as sleep } from 'node:timers/promises';
import type { QuestionsInProgress } from './questions-in-progress.ts';

/** How long questions that were told to leave may take to do so, in milliseconds: a request may be under way. */
const LEAVE_MS = 3_000;

const allEnded = async (inProgress: QuestionsInProgress): Promise<void> => {
  while (inProgress.all().length > 0) await Promise.all(inProgress.all().map(({ ended }) => ended));
};

const atMost = async (work: Promise<void>, ms: number): Promise<void> => {
  const over = new AbortController();
  await Promise.race([work, sleep(ms, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
};

/**
 * Lets the answers that are being written end, for at most `graceMs`; then leaves the rest as they are, for the next process.
 * @returns how many were left
 */
export const drain = async (inProgress: QuestionsInProgress, graceMs: number): Promise<number> => {
  await atMost(allEnded(inProgress), graceMs);
  const left = inProgress.all();
  for (const question of left) question.cancel('shutting down');
  await atMost(allEnded(inProgress), LEAVE_MS);
  return left.length;
};
