import { sizeOf, sourceOf } from './content.ts';
import { hasFiles, keptSources } from './history-files.ts';
import type { FileSource } from './content.ts';
import type { History } from './history.ts';
import type { Turn } from './turn.ts';

/** Room that is taken; disposing of it gives it back. */
export interface TakenRoom extends Disposable {
  /** Gives back what turned out not to be needed. */
  shrink(bytes: number): void;
}

/** How many bytes of files may be in memory together. */
export interface ByteRoom {
  /**
   * Resolves when there is room, in the order of asking; what is more than all of it takes all of it. Rejects with the
   * signal's reason when that aborts first.
   * @param onCrowded called when there is no room yet
   */
  take(bytes: number, signal: AbortSignal, onCrowded?: () => void): Promise<TakenRoom>;
}

interface Waiting {
  readonly bytes: number;
  readonly start: () => void;
}

/**
 * @param total bytes
 * @param onChange hears whether all of it is free, each time when some is taken or given back
 */
export const createByteRoom = (total: number, onChange: (isEmpty: boolean) => void = () => undefined): ByteRoom => {
  let free = total;
  const waiting = new Set<Waiting>();

  const serve = (): void => {
    for (const one of waiting) {
      if (one.bytes > free) break;
      waiting.delete(one);
      free -= one.bytes;
      one.start();
    }
    onChange(free === total);
  };

  const taken = (bytes: number): TakenRoom => {
    let held = bytes;
    const shrink = (needed: number): void => {
      if (needed >= held) return;
      free += held - needed;
      held = needed;
      serve();
    };
    return { shrink, [Symbol.dispose]: () => shrink(0) };
  };

  return {
    take: async (wanted, signal, onCrowded) => {
      signal.throwIfAborted();
      const bytes = Math.min(wanted, total);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const one: Waiting = { bytes, start: resolve };
      const leave = (): void => {
        // Who was served before may not be served anew.
        if (waiting.delete(one)) reject(signal.reason);
        serve();
      };
      waiting.add(one);
      signal.addEventListener('abort', leave, { once: true });
      serve();
      if (waiting.has(one)) onCrowded?.();
      try {
        await promise;
      } finally {
        signal.removeEventListener('abort', leave);
      }
      return taken(bytes);
    },
  };
};

/** What the files of all calls may take of the memory while their requests are made and sent: one of the largest and many small. */
const CALL_BYTES = 48 * 1024 * 1024;
/** What a request has of each byte: it travels as base64. */
const WIRE_SHARE = 4 / 3;

export interface CallRoom {
  /**
   * Resolves when there is room for the files of a call. What its request takes is given back by `sent`, the rest when it is
   * disposed of. Rejects with the signal's reason when that aborts first.
   */
  take(history: History, turn: Turn<FileSource>, signal: AbortSignal, onCrowded: () => void): Promise<{ sent(): void } & Disposable>;
}

const fileBytes = ({ content }: Turn<FileSource>): number =>
  content.reduce((sum, block) => ('text' in block ? sum : sum + sizeOf(sourceOf(block))), 0);

const NOTHING = { sent: () => undefined, [Symbol.dispose]: () => undefined };

/** The files of the new turn are in memory already, and have their room; those of earlier ones are read for the call. */
export const createCallRoom = (total = CALL_BYTES): CallRoom => {
  const room = createByteRoom(total);
  return {
    take: async (history, turn, signal, onCrowded) => {
      const read = hasFiles(history) ? keptSources(history).reduce((sum, { size }) => sum + size, 0) : 0;
      const carried = read + fileBytes(turn);
      if (carried === 0) return NOTHING;
      const taken = await room.take(Math.ceil(read + carried * WIRE_SHARE), signal, onCrowded);
      return { sent: () => taken.shrink(read), [Symbol.dispose]: () => taken[Symbol.dispose]() };
    },
  };
};
