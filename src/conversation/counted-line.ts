import type { Line } from './ports.ts';

/** A line that knows how many questions wait for their call. */
export interface CountedLine extends Line {
  waiting(): number;
}

export const countWaiting = (line: Line): CountedLine => {
  let waiting = 0;
  return {
    inLane: line.inLane,
    inTurn: async (call) => {
      // It waits for nobody.
      if (call.giveWay !== undefined) return line.inTurn(call);
      let isWaiting = true;
      waiting += 1;
      const go = (): void => {
        if (isWaiting) waiting -= 1;
        isWaiting = false;
      };
      try {
        return await line.inTurn({
          ...call,
          run: (onBegun) => {
            go();
            return call.run(onBegun);
          },
        });
      } finally {
        go();
      }
    },
    waiting: () => waiting,
  };
};
