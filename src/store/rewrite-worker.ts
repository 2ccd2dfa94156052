import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';

// A thread of its own, begun by `rewrite-file.ts`: what SQLite does in one go holds nobody up here.
const { path, busyTimeoutMs } = workerData as { readonly path: string; readonly busyTimeoutMs: number };
const db = new DatabaseSync(path, { timeout: busyTimeoutMs });
try {
  db.exec('PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
} finally {
  db.close();
}
