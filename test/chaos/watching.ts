import { existsSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { readExposition } from '../read-exposition.ts';
import type { ParleyProcess } from './parley-process.ts';

/** Below the ports that outgoing connections are given: a process that comes back is to find its own free. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;
const EVERY_MS = 2_000;
/** Whoever asks gives up then, in milliseconds; on a busy machine a process stands still for a while. */
const ANSWERED_WITHIN_MS = 10_000;
/** Lines of a log that was written to a pipe are there by then, in milliseconds. */
const WRITTEN_WITHIN_MS = 5_000;

/** A port of loopback on which nobody listens, and to which nobody is connected from. */
export const portApart = async (): Promise<number> => {
  for (;;) {
    const server = createServer();
    try {
      server.listen(FIRST_PORT + Math.floor(Math.random() * PORTS), '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      if (address !== null && typeof address === 'object') return address.port;
    } catch {
      // Somebody has it.
    } finally {
      server.close();
    }
  }
};

interface Told {
  readonly status: number;
  readonly text: string;
}

/** Undefined where nobody listens, or whoever did is gone before the end. */
const ask = async (port: number, path: string): Promise<Told | undefined | 'late'> => {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'late' : undefined;
  }
};

/** What a process has said of questions since it began last, by what its lines say. */
export const loggedEnds = (log: string): Readonly<Record<'ended' | 'left' | 'taken-over', number>> => {
  const lines = log.slice(log.lastIndexOf('"Parley starts"')).split('\n');
  const count = (...words: readonly string[]): number => lines.filter((line) => words.some((one) => line.includes(`"msg":"${one}"`))).length;
  return {
    ended: count('question answered', 'question failed', 'question ended by a person'),
    left: count('an answer is left for later'),
    'taken-over': count('another process has taken this question over, and answers it'),
  };
};

/** What is wrong with figures, where the process has said so much in its log. */
export const disagreements = (text: string, logged: ReturnType<typeof loggedEnds>): readonly string[] => {
  const { samples, problems } = readExposition(text);
  const sum = (name: string, of: (labels: Readonly<Record<string, string>>) => boolean = () => true): number =>
    samples.filter((sample) => sample.name === name && of(sample.labels)).reduce((all, { value }) => all + value, 0);
  const ended = (...outcomes: readonly string[]): number => sum('parley_questions_total', ({ outcome = '' }) => outcomes.includes(outcome));
  // Those that are told of together have no lines of their own.
  const ofFloods = sum('parley_question_failures_total', ({ kind }) => kind === 'line-full');
  const compared: readonly (readonly [what: string, counted: number, expected: number])[] = [
    ['in progress', sum('parley_questions_in_progress'), 0],
    ['ended', ended('delivered', 'refused', 'failed') - ofFloods, logged.ended],
    ['left', ended('left'), logged.left],
    ['taken over', ended('taken-over'), logged['taken-over']],
  ];
  return [...problems, ...compared.flatMap(([what, counted, expected]) => (counted === expected ? [] : [`${what}: ${counted} are counted, and ${expected} are in the log`]))];
};

/** Looks at processes as Prometheus and a supervisor do, all the time, and at the end at whether all that they say fits together. */
export const createWatching = (ports: ReadonlyMap<ParleyProcess, number>) => {
  const wrong: string[] = [];
  const goOn = new AbortController();

  const look = async ({ name }: ParleyProcess, port: number): Promise<void> => {
    for (const path of ['/livez', '/readyz', '/metrics']) {
      const told = await ask(port, path);
      if (told === undefined) return;
      const may = path === '/readyz' ? [200, 503] : [200];
      if (told === 'late') wrong.push(`${name}: ${path} was not answered`);
      else if (!may.includes(told.status)) wrong.push(`${name}: ${path} ${told.status} ${told.text.slice(0, 200)}`);
      else if (path === '/metrics') wrong.push(...readExposition(told.text).problems.map((problem) => `${name}: ${problem}`));
    }
  };
  const watched = (async () => {
    while (!goOn.signal.aborted) {
      await Promise.all([...ports].map(([parley, port]) => (parley.isUp ? look(parley, port) : undefined)));
      await pause(EVERY_MS, undefined, { signal: goOn.signal, ref: false }).catch(() => undefined);
    }
  })();

  const lookAtEnd = async ({ name, logFile }: ParleyProcess, port: number): Promise<readonly string[]> => {
    const readyz = await ask(port, '/readyz');
    if (readyz === undefined || readyz === 'late') return ['nobody answers'];
    const { ready, connected, storeWorks } = JSON.parse(readyz.text) as Record<string, unknown>;
    const found = [
      ...((readyz.status === 200) === ready ? [] : [`/readyz says ${readyz.status} and ready: ${ready}`]),
      ...(connected === true && storeWorks === true ? [] : [`/readyz: ${readyz.text.trim()}`]),
    ];
    for (const giveUpAt = performance.now() + WRITTEN_WITHIN_MS; ; await pause(100)) {
      const metrics = await ask(port, '/metrics');
      const figures = metrics === undefined || metrics === 'late' ? ['nobody answers'] : disagreements(metrics.text, loggedEnds(existsSync(logFile) ? readFileSync(logFile, 'utf8') : ''));
      if (figures.length === 0 || performance.now() > giveUpAt) return [...found, ...figures].map((one) => `${name}: ${one}`);
    }
  };

  return {
    /** What was wrong. To be called while the processes run and nothing goes on any more. */
    end: async (): Promise<readonly string[]> => {
      goOn.abort();
      await watched;
      const found = await Promise.all([...ports].flatMap(([parley, port]) => (parley.isUp ? [lookAtEnd(parley, port)] : [])));
      return [...wrong, ...found.flat()];
    },
  };
};
