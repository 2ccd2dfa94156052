import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiscordSimulator } from '../simulators/discord.ts';

/** What happened when, each request to Discord, and each call that Bedrock has reported, by the real clock: the logs of processes whose clocks step do not say why something took long. */
export interface Trace {
  note(what: string): void;
  /** Writes all of it beside the log, as `happened.log`, `requests.log` and `calls.log`. */
  keepIn(folder: string, discord: Pick<DiscordSimulator, 'requests'>, calls: readonly string[]): void;
}

export const createTrace = (isKept: boolean): Trace => {
  const happened: string[] = [];
  const at = (moment: number): string => new Date(performance.timeOrigin + moment).toISOString();
  const write = (path: string, lines: readonly string[]): void => writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return {
    note: (what) => {
      if (isKept) happened.push(`${at(performance.now())} ${what}`);
    },
    keepIn: (folder, { requests }, calls) => {
      if (!isKept) return;
      write(join(folder, 'happened.log'), happened);
      const lines = requests.map(
        ({ at: came, method, path, query, status, code, answeredAt }) =>
          `${at(came)} ${method} ${path}${query === '' ? '' : `?${query}`} → ${status}${code === undefined ? '' : ` (${code})`}, ${answeredAt === undefined ? 'never' : `${(answeredAt - came).toFixed(0)} ms`}`,
      );
      write(join(folder, 'requests.log'), lines);
      write(join(folder, 'calls.log'), calls);
    },
  };
};
