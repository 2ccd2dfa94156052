import { createByteRoom } from './byte-room.ts';
import { DISCORD_CDN_URLS } from './cdn-address.ts';
import { createFileReader } from './file-reader.ts';
import { createImageScaler } from './scale-image.ts';
import type { FileReader } from './file-reader.ts';

/** What files of questions may take of the memory while these wait for their turn: four of the largest, or dozens of photos. */
const FILE_MEMORY_BYTES = 64 * 1024 * 1024;

/** @param cdnUrl the only place that files come from; by default, Discord's own */
export const createReader = (cdnUrl: string | undefined): FileReader =>
  createFileReader({
    cdnUrls: cdnUrl === undefined ? DISCORD_CDN_URLS : [cdnUrl],
    scaleImage: createImageScaler(),
    room: createByteRoom(FILE_MEMORY_BYTES),
  });
