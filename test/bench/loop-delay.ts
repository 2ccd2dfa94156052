// To be imported before a program: notes by how much its timers are late, in a file that `LOOP_DELAY` names.
import { appendFileSync } from 'node:fs';

const EVERY_MS = 10;
const LINE_EVERY = 100;

const file = process.env['LOOP_DELAY'];

if (file !== undefined) {
  const late: number[] = [];
  let dueAt = performance.now() + EVERY_MS;
  const look = (): void => {
    const now = performance.now();
    late.push(Math.max(0, now - dueAt));
    if (late.length === LINE_EVERY) appendFileSync(file, `${JSON.stringify({ at: performance.timeOrigin + now, late: late.splice(0) })}\n`);
    dueAt = performance.now() + EVERY_MS;
    setTimeout(look, EVERY_MS).unref();
  };
  setTimeout(look, EVERY_MS).unref();
}
