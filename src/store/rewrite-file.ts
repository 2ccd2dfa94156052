import { Worker } from 'node:worker_threads';

const WORKER = new URL('rewrite-worker.ts', import.meta.url);

/** How long the thread waits for a lock that somebody else has, in milliseconds. */
const PATIENCE_MS = 1_000;

/**
 * Has SQLite write a file anew, without what was deleted in it, on a thread of its own: for each MiB it takes some milliseconds,
 * in which others can read but not write. Resolves to whether it was done; it never rejects.
 */
export const rewriteFile = (path: string): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  try {
    const worker = new Worker(WORKER, { workerData: { path, busyTimeoutMs: PATIENCE_MS }, env: {}, stderr: true, stdout: true });
    worker.unref();
    // An error ends it with another code.
    worker.once('error', () => resolve(false));
    worker.once('exit', (code) => resolve(code === 0));
  } catch {
    resolve(false);
  }
  return promise;
};
