import { spawn } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import { readFrames, writeFrame } from './frames.ts';
import type { ImageFormat } from './image-header.ts';
import type { ScaleImage, ScaleLimits, ScaledImage } from './image-block.ts';

const WORKER = join(import.meta.dirname, 'image-worker.ts');
/** Milliseconds without an image after which the process ends, and with it all the memory that decoding took. */
const IDLE_MS = 5_000;
/** Milliseconds for one image; the process has a limit of its own, below this one. */
const MAX_MS = 10_000;

/**
 * All that the process is given: nothing of ours, which holds secrets, and what keeps glibc from holding on to memory, which
 * has to be known before a process begins. One heap, and what is large is mapped by itself and given back at once: rows of
 * a picture have tens of kilobytes, and between those that stay the heap would never become smaller.
 * @see https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
 */
const environment = (): Record<string, string> => {
  const cache = getCompileCacheDir();
  return {
    MALLOC_ARENA_MAX: '1',
    MALLOC_MMAP_THRESHOLD_: '32768',
    MALLOC_TRIM_THRESHOLD_: '32768',
    UV_THREADPOOL_SIZE: '1',
    // What strips types takes 20 MiB; where the cache has the code, it is not loaded. Each version has a folder in it.
    ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) }),
  };
};

interface Worker {
  /** Rejects when the image cannot be scaled, or the process ends. */
  scale(bytes: Uint8Array, limits: ScaleLimits): Promise<ScaledImage>;
  /** No more images: the process ends by itself. */
  end(): void;
}

type Answer = { readonly format: ImageFormat } | { readonly error: string };

const startWorker = (program: string, onEnd: () => void): Worker => {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'ignore'], env: environment(), windowsHide: true });
  const { promise: broken, reject: breakOff } = Promise.withResolvers<never>();
  broken.catch(() => undefined);
  const stop = (reason: string): void => {
    onEnd();
    breakOff(new Error(reason));
    child.kill('SIGKILL');
  };
  child.once('error', (error) => stop(`the decoder cannot be started: ${error.message}`));
  child.once('exit', () => stop('the decoder ended'));
  child.stdin.on('error', () => stop('the decoder does not listen'));
  // A process that is to end does not wait for this one, which ends with it.
  child.unref();
  for (const pipe of [child.stdin, child.stdout]) (pipe as typeof pipe & { unref?: () => void }).unref?.();
  const answers = readFrames(child.stdout);
  return {
    scale: async (bytes, limits) => {
      const timer = setTimeout(() => stop('an image took too long'), MAX_MS);
      try {
        writeFrame(child.stdin, { head: limits, bytes });
        const { value } = await Promise.race([answers.next(), broken]);
        if (value === undefined) {
          // Its output ends before it does: the next image needs another one.
          stop('the decoder ended');
          return await broken;
        }
        const answer = value.head as Answer;
        if ('error' in answer) throw new RangeError(answer.error);
        return { format: answer.format, bytes: value.bytes };
      } finally {
        clearTimeout(timer);
      }
    },
    end: () => child.stdin.end(),
  };
};

/**
 * Makes a scaler that decodes in a process of its own, one image at a time. It starts with the first image and ends soon
 * after the last: what decoders take and leave behind is the system's again, and a decoder that breaks over a stranger's
 * file breaks alone.
 */
export const createImageScaler = (idleMs = IDLE_MS, program = WORKER): ScaleImage => {
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const current = (): Worker => {
    clearTimeout(idle);
    if (worker !== undefined) return worker;
    const started = startWorker(program, () => {
      if (worker === started) worker = undefined;
    });
    worker = started;
    return started;
  };

  const rest = (): void => {
    clearTimeout(idle);
    idle = setTimeout(() => {
      worker?.end();
      worker = undefined;
    }, idleMs).unref();
  };

  return (bytes, limits, signal) => {
    const scaled = last.then(async () => {
      signal.throwIfAborted();
      try {
        return await current().scale(bytes, limits);
      } finally {
        rest();
      }
    });
    last = scaled.catch(() => undefined);
    return scaled;
  };
};
