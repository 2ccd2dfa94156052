import { importFrom, quantile } from './rig.ts';
import type * as TurnsModule from '../../src/queue/turns.ts';
import type { Subject } from './rig.ts';
import type { Lease } from '../../src/queue/admission.ts';
import type { PlannedCall } from '../../src/conversation/ports.ts';
import type { Question } from '../../src/conversation/question.ts';

export interface WaitingFigures {
  /** Microseconds to enter the line, and from one turn to the next, each the slowest of 99 in 100. */
  readonly enterMicros: number;
  readonly leaveMicros: number;
  /** Memory of one that waits, in bytes. */
  readonly bytes: number;
}

const callOf = (index: number): PlannedCall => ({
  question: { id: `${index}`, guildId: index % 3 === 0 ? undefined : `guild ${index % 50}`, asker: { id: `member ${index % 1_000}` } } as Question,
  inputTokens: 100,
  signal: new AbortController().signal,
  onWait: () => undefined,
  run: () => Promise.reject(new Error('is not made')),
});

const nothing = (): void => undefined;

const waitOnce = async ({ Turns }: typeof TurnsModule, count: number): Promise<WaitingFigures> => {
  const log = { info: nothing, warn: nothing };
  const turns = new Turns({ maxConcurrentCalls: 1, maxTokens: 1, outputBurndown: 1, limits: {}, log }, Infinity);
  const first = await turns.take(callOf(0));
  const calls = Array.from({ length: count }, (_, index) => callOf(index));
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const leases: (Lease | Promise<Lease>)[] = [];
  const entered: number[] = [];
  for (const call of calls) {
    const startedAt = performance.now();
    leases.push(turns.take(call));
    entered.push((performance.now() - startedAt) * 1_000);
  }
  // What is done right after entering is done then.
  await Promise.resolve();
  globalThis.gc?.();
  const bytes = (process.memoryUsage().heapUsed - before) / count;
  const left: number[] = [];
  let lastAt = performance.now();
  const all = leases.map(async (waiting) => {
    const lease = await waiting;
    left.push((performance.now() - lastAt) * 1_000);
    lastAt = performance.now();
    lease.settle(undefined);
  });
  lastAt = performance.now();
  first.settle(undefined);
  await Promise.all(all);
  return { enterMicros: quantile(entered, 0.99), leaveMicros: quantile(left, 0.99), bytes };
};

/** The first rounds teach the engine. */
const LESSONS = 4;
const taught = new Set<Subject>();

/** What it costs to wait, beside so many others, from members of many servers and in direct messages. */
export const measureWaiting = async (subject: Subject, count: number): Promise<WaitingFigures> => {
  const turns = await importFrom<typeof TurnsModule>(subject, 'src/queue/turns.ts');
  if (!taught.has(subject)) for (let lesson = 0; lesson < LESSONS; lesson += 1) await waitOnce(turns, count);
  taught.add(subject);
  return waitOnce(turns, count);
};
