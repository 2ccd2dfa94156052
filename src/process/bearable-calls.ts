import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/** Of the memory that there is, in bytes, for one model call: a long prompt as turns, as JSON and as bytes, its socket and its answer. */
const BYTES_FOR_EACH = 512 * 1024;

/**
 * How many model calls the memory can bear at once, their files aside, which have room of their own (`conversation/byte-room.ts`).
 * @param limits in bytes; those that say nothing are 0, or more than there is
 * @see https://nodejs.org/api/process.html#processconstrainedmemory the container's limit
 */
export const bearableCalls = (limits = [process.constrainedMemory(), totalmem(), getHeapStatistics().heap_size_limit]): number =>
  Math.max(1, Math.floor(Math.min(...limits.filter((bytes) => bytes > 0)) / BYTES_FOR_EACH));
