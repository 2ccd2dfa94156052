/**
 * Loaded before Parley (`node --import`): finds each listener that Parley's own code adds to an emitter. On SIGUSR2 each
 * of them fails twice, once by throwing and once by rejecting, and says so on stderr.
 */
import { EventEmitter } from 'node:events';
import { sep } from 'node:path';

type Listener = (...args: unknown[]) => unknown;
interface Found {
  readonly emitter: EventEmitter;
  readonly event: string | symbol;
  readonly name: string;
  failures: ('throws' | 'rejects')[];
}

const SRC = `${sep}src${sep}`;
/** These end the process because somebody asked for it, or are the net below all others. */
const MEANT_TO_END = /^process (?:SIG|exit$|beforeExit$|unhandledRejection$|uncaughtException$)/u;

const found: Found[] = [];
/** Whose turn it is to fail; the others, who listen to the same event, are spared meanwhile. */
let failing: Found | undefined;

/** The file and line in `src/` that called, if it was called from there directly. */
const callerInSrc = (): string | undefined => {
  const caller = new Error('who calls').stack?.split('\n')[3] ?? '';
  return caller.includes(SRC) && !caller.includes('node_modules') ? /src[\\/][\w./\\-]+:\d+/u.exec(caller)?.[0] : undefined;
};

for (const method of ['on', 'once', 'addListener', 'prependListener'] as const) {
  const original = EventEmitter.prototype[method];
  EventEmitter.prototype[method] = function add(this: EventEmitter, event: string | symbol, listener: Listener) {
    const from = callerInSrc();
    const name = `${(this as unknown) === process ? 'process' : this.constructor.name} ${String(event)}`;
    if (from === undefined || MEANT_TO_END.test(name)) return original.call(this, event, listener);
    const entry: Found = { emitter: this, event, name: `${name} (${from})`, failures: [] };
    found.push(entry);
    let isSpent = false;
    const breakable: Listener = (...args) => {
      if (failing !== undefined && failing !== entry) return undefined;
      const failure = entry.failures.shift();
      if (failure === undefined) {
        if (method === 'once' && isSpent) return undefined;
        isSpent = true;
        return listener.apply(this, args);
      }
      process.stderr.write(`${JSON.stringify({ broken: entry.name, failure })}\n`);
      const error = new Error(`a listener ${failure} on purpose`);
      if (failure === 'throws') throw error;
      return Promise.reject(error);
    };
    // One that hears of its event once would be gone before it can fail.
    return EventEmitter.prototype.addListener.call(this, event, breakable);
  };
}

process.on('SIGUSR2', () => {
  process.stderr.write(`${JSON.stringify({ listeners: found.map(({ name }) => name) })}\n`);
  for (const entry of found) {
    entry.failures = ['throws', 'rejects'];
    // Each on its own: what it throws must not spare the others.
    for (const _ of entry.failures) {
      setImmediate(() => {
        failing = entry;
        try {
          entry.emitter.emit(entry.event, new Error('an event on purpose'));
        } finally {
          failing = undefined;
        }
      });
    }
  }
});
