import { spawn } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { DrawUsage } from './usage-picture.ts';

const WORKER = join(import.meta.dirname, 'picture-worker.ts');
const FONTS = join(import.meta.dirname, 'fonts.conf');
/** Milliseconds for one picture. */
const MAX_MS = 10_000;
/** How long one is kept that was begun for nothing, in milliseconds. */
const UNUSED_MS = 5_000;
const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

/** All that the process is given: nothing of ours, which holds secrets. Where the font is has to be known before it begins. */
const environment = (): Record<string, string> => {
  const cache = getCompileCacheDir();
  return { FONTCONFIG_FILE: FONTS, MALLOC_ARENA_MAX: '1', UV_THREADPOOL_SIZE: '1', ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) }) };
};

interface Worker {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  /** Rejects when it cannot work. */
  readonly broken: Promise<never>;
}

const start = (program: string): Worker => {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'ignore'], env: environment(), windowsHide: true });
  const { promise: broken, reject: breakOff } = Promise.withResolvers<never>();
  broken.catch(() => undefined);
  child.once('error', breakOff);
  child.stdin.on('error', breakOff);
  // A process that is to end waits for its pipes alone: until it has drawn, or was begun for nothing.
  child.unref();
  return { child, broken };
};

const draw = async (input: string, { child, broken }: Worker): Promise<Buffer> => {
  child.stdin.end(input);
  try {
    const tooLong = sleep(MAX_MS, undefined, { ref: false }).then(() => Promise.reject(new Error('a picture took too long')));
    tooLong.catch(() => undefined);
    const png = await Promise.race([buffer(child.stdout), broken, tooLong]);
    if (!png.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)) throw new Error('what draws ended without a picture');
    return png;
  } finally {
    child.kill('SIGKILL');
  }
};

/** Draws in a process of its own, one picture at a time: a chart takes 40 MB, and a tenth of a second in which nothing else would happen. */
export const createDrawUsage = (program = WORKER): DrawUsage => {
  let last: Promise<unknown> = Promise.resolve();
  let prepared: Worker | undefined;
  let unused: NodeJS.Timeout | undefined;

  const take = (): Worker => {
    clearTimeout(unused);
    const worker = prepared ?? start(program);
    prepared = undefined;
    return worker;
  };
  return {
    prepare: () => {
      if (prepared !== undefined) return;
      prepared = start(program);
      unused = setTimeout(() => take().child.kill('SIGKILL'), UNUSED_MS).unref();
    },
    draw: (picture) => {
      const drawn = last.then(() => draw(JSON.stringify(picture), take()));
      last = drawn.catch(() => undefined);
      return drawn;
    },
  };
};
