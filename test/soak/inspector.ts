/**
 * Loaded before the program that is measured (`node --expose-gc --import`): on SIGUSR2 it tidies up and says on stderr
 * what is still alive.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { FairQueue } from '../../src/queue/fair-queue.ts';

export interface Inspection {
  /** Bytes. */
  readonly rss: number;
  readonly heapUsed: number;
  /** Open handles and pending requests, by their kind; timers among them. */
  readonly resources: Readonly<Record<string, number>>;
  /** Objects that are alive, by their class. A lane in which somebody waits has a queue; whatever is under way has a controller. */
  readonly objects: Readonly<Record<string, number>>;
}

const count = (constructor: unknown): number => Number(queryObjects(constructor as typeof Map, { format: 'count' }));

/** The engine gives pages back to the system behind a collection, on threads of its own. In milliseconds. */
const SETTLE_MS = 1_000;

const inspect = async (): Promise<Inspection> => {
  for (let round = 0; round < 2; round += 1) {
    globalThis.gc?.();
    await sleep(SETTLE_MS);
  }
  const { rss, heapUsed } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    rss,
    heapUsed,
    resources,
    objects: { queues: count(FairQueue), controllers: count(AbortController), promises: count(Promise), maps: count(Map) },
  };
};

process.on('SIGUSR2', () => {
  void inspect().then((inspection) => process.stderr.write(`${JSON.stringify({ inspection })}\n`));
});
