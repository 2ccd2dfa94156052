import { createByteRoom } from './byte-room.ts';
import { sizeOf, sourceOf } from './content.ts';
import { hasFiles, keptSources } from './history-files.ts';
import type { FileSource } from './content.ts';
import type { History } from './history.ts';
import type { Turn } from './turn.ts';

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
