// To be imported before a program: writes down for how long its event loop is held, in milliseconds, in a file that `LOOP_HOLDS` names.
import { appendFileSync } from 'node:fs';

/** What is shorter is no news. */
const WORTH_A_LINE_MS = 2;
const LOOK_EVERY_MS = 1;

const file = process.env['LOOP_HOLDS'];

/** The thread's own time: that others run on the machine is not the program's doing. */
const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

if (file !== undefined) {
  let lastMs = cpuMs();
  const look = (): void => {
    const heldMs = cpuMs() - lastMs;
    if (heldMs >= WORTH_A_LINE_MS) appendFileSync(file, `${heldMs}\n`);
    lastMs = cpuMs();
    setTimeout(look, LOOK_EVERY_MS).unref();
  };
  look();
}
