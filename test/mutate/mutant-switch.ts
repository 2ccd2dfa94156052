import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** In which file beside this one stands which mutant is on: its number, `NONE`, or `REACH`. */
export const CHOICE = 'mutant-choice';
export const NONE = 'none';
/** None is on, and of each that is come to the number is written into `REACHED`, a line each. */
export const REACH = 'reach';
export const REACHED = 'mutants-reached';

let chosen: number | undefined;
let isMeasuring = false;
const reached = new Set<number>();

/** Whether this mutant is on in this process. What changeable code asks. */
export const $mutant = (id: number): boolean => {
  if (chosen === undefined) {
    const choice = readFileSync(join(import.meta.dirname, CHOICE), 'utf8');
    isMeasuring = choice === REACH;
    chosen = isMeasuring || choice === NONE ? -1 : Number(choice);
  }
  if (isMeasuring && !reached.has(id)) {
    reached.add(id);
    // At once: the process may be killed.
    appendFileSync(join(import.meta.dirname, REACHED), `${id}\n`);
  }
  return id === chosen;
};
