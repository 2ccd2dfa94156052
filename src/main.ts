import { enableCompileCache, flushCompileCache } from 'node:module';

// Before anything else is loaded: the next start finds its code compiled.
enableCompileCache();

const { run } = await import('./run.ts');
await run(process);

/** Milliseconds after the start, when there is time for it. */
const FLUSH_AFTER_MS = 1_000;
// A process that is killed would never write what it compiled.
setTimeout(flushCompileCache, FLUSH_AFTER_MS).unref();
