import { setTimeout as sleep } from 'node:timers/promises';
import { manualStream } from '../simulators/bedrock.ts';
import type { BedrockSimulator, ConverseRequestRecord } from '../simulators/bedrock.ts';

const DELTA_EVERY_MS = 100;

export interface Streamed {
  text: string;
  endedAt: number;
  readonly deltas: { readonly length: number; readonly at: number }[];
}

/** All that a call whose words begin with this name will say. */
export const textOf = (name: string, seconds: number): string =>
  Array.from({ length: Math.ceil((seconds * 1000) / DELTA_EVERY_MS) }, (_, word) => `${name}w${word}`).join(' ');

const byOrder = (_request: ConverseRequestRecord, index: number): string => `a${index}`;

/** Every call of the model gets words, evenly over its seconds; tells what was streamed when, by call. */
export const streamWords = (bedrock: BedrockSimulator, seconds: number, nameOf = byOrder): Streamed[] => {
  const calls: Streamed[] = [];
  bedrock.respond((request) => {
    const hand = manualStream();
    const call: Streamed = { text: '', endedAt: Number.NaN, deltas: [] };
    const index = calls.push(call) - 1;
    const words = textOf(nameOf(request, index), seconds).split(/(?= )/u);
    const write = async (): Promise<void> => {
      const startedAt = performance.now();
      for (const [word, piece] of words.entries()) {
        await sleep(Math.max(0, startedAt + word * DELTA_EVERY_MS - performance.now()));
        call.text += piece;
        call.deltas.push({ length: call.text.length, at: performance.now() });
        await hand.text(piece);
      }
      call.endedAt = performance.now();
      await hand.finish();
    };
    void write();
    return hand.responder(request);
  });
  return calls;
};
