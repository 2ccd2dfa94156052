import { createByteRoom } from '../../conversation/byte-room.ts';
import { collectGarbage } from './collect-garbage.ts';
import { DISCORD_CDN_URLS } from './cdn-address.ts';
import { createFileReader } from './file-reader.ts';
import { createImageScaler } from './image-process.ts';
import type { FileReader } from './file-reader.ts';

/** What files of questions may take of the memory while these wait for their turn: two of the largest, or dozens of photos. */
const FILE_MEMORY_BYTES = 32 * 1024 * 1024;
/** The same for what is being read, as it comes: one of the largest, or two photos, of which one is made smaller. */
const READING_BYTES = 16 * 1024 * 1024;

/** Milliseconds after the last question with files: who asks again soon is not held up. */
const QUIET_MS = 20_000;

/** Calls `work` when nothing was taken for a while. */
const whenQuiet = (quietMs: number, work: () => void): ((isEmpty: boolean) => void) => {
  let timer: NodeJS.Timeout | undefined;
  return (isEmpty) => {
    clearTimeout(timer);
    if (isEmpty) timer = setTimeout(work, quietMs).unref();
  };
};

/** @param cdnUrl the only place that files come from; by default, Discord's own */
export const createReader = (cdnUrl: string | undefined): FileReader =>
  createFileReader({
    cdnUrls: cdnUrl === undefined ? DISCORD_CDN_URLS : [cdnUrl],
    scaleImage: createImageScaler(),
    room: createByteRoom(FILE_MEMORY_BYTES, whenQuiet(QUIET_MS, collectGarbage)),
    readingRoom: createByteRoom(READING_BYTES),
  });
