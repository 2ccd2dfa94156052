import { createGate } from './gate.ts';
import { createLanes } from './lanes.ts';
import { Turns } from './turns.ts';
import type { Line } from '../conversation/ports.ts';
import type { GateOptions } from './gate.ts';

export type LineOptions = GateOptions;

/**
 * One lane for each conversation inside one line for all model calls. A conversation never has more than one question in
 * the line, so a busy channel cannot starve the others; lane and line both go by turns, so a busy member cannot either.
 */
export const createLine = (options: LineOptions): Line => {
  const turns = new Turns(createGate(options));
  return {
    inLane: createLanes(),
    inTurn: async (call) => {
      const lease = await turns.take(call);
      try {
        return await call.run(() => undefined);
      } finally {
        lease.end();
      }
    },
  };
};
