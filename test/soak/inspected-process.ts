import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Inspection } from './inspector.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface InspectedProcess {
  /** Resolves with what is alive in the process after it was tidied up. */
  inspect(): Promise<Inspection>;
  /** Resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Parley as a process of its own, that can be looked into; resolves when it is ready. */
export const startInspected = async (folder: string, environment: Readonly<Record<string, string>>): Promise<InspectedProcess> => {
  const child = spawn(process.execPath, ['--expose-gc', '--import', join(import.meta.dirname, 'inspector.ts'), join(ROOT, 'src/start.js')], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...environment },
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const ready = Promise.withResolvers<void>();
  let inspected: PromiseWithResolvers<Inspection> | undefined;
  const last: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    last.push(line);
    if (last.length > 10) last.shift();
    if (line.includes('"msg":"ready"')) ready.resolve();
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (!line.startsWith('{"inspection"')) process.stderr.write(`${line}\n`);
    else inspected?.resolve((JSON.parse(line) as { inspection: Inspection }).inspection);
  });
  void ended.then((code) => {
    const reason = new Error(`Parley ended with ${code}:\n${last.join('\n')}`);
    ready.reject(reason);
    inspected?.reject(reason);
  });
  await ready.promise;
  return {
    inspect: () => {
      inspected = Promise.withResolvers();
      child.kill('SIGUSR2');
      return inspected.promise;
    },
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
};
