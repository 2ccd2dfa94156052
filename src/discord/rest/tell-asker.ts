import { NO_PLACE_TEXT } from '../texts/answer-texts.ts';
import type { WriteDirectly } from './direct-message.ts';

/** Tells somebody by direct message that their question cannot be answered where it was asked. Rejects with discord.js's errors. */
export type TellAsker = (askerId: string, channelId: string, questionId: string) => Promise<void>;

/** Several questions at once are told once; and refusals of Discord count against us. In milliseconds. */
const SILENT_FOR_MS = 60_000;

interface Told {
  /** Until when there is nothing more to say. */
  readonly until: number;
  readonly said: Promise<void>;
}

/** @param now milliseconds that only go forward */
export const createTellAsker = (writeDirectly: WriteDirectly, now: () => number = () => performance.now()): TellAsker => {
  /** By the person and the channel. */
  const told = new Map<string, Told>();
  return async (askerId, channelId, questionId) => {
    for (const [key, { until }] of told) if (until <= now()) told.delete(key);
    const key = `${askerId} ${channelId}`;
    const before = told.get(key);
    if (before !== undefined) {
      await before.said;
      return;
    }
    const said = writeDirectly(askerId, NO_PLACE_TEXT(channelId), `${questionId}:no place`);
    told.set(key, { until: now() + SILENT_FOR_MS, said });
    // What did not arrive is not told.
    said.catch(() => told.delete(key));
    await said;
  };
};
