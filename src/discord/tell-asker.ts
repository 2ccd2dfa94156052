import { NO_PLACE_TEXT } from './texts.ts';
import type { WriteDirectly } from './direct-message.ts';

/** Tells somebody by direct message that their question cannot be answered where it was asked. Rejects with discord.js's errors. */
export type TellAsker = (askerId: string, channelId: string, questionId: string) => Promise<void>;

/** Nobody needs to hear the same twice; and refusals of Discord count against us. In milliseconds. */
const SILENT_FOR_MS = 10 * 60_000;

/** @param now milliseconds that only go forward */
export const createTellAsker = (writeDirectly: WriteDirectly, now: () => number = () => performance.now()): TellAsker => {
  /** Until when there is nothing more to say of a channel to somebody. */
  const told = new Map<string, number>();
  return async (askerId, channelId, questionId) => {
    for (const [key, until] of told) if (until <= now()) told.delete(key);
    const key = `${askerId} ${channelId}`;
    if (told.has(key)) return;
    told.set(key, now() + SILENT_FOR_MS);
    await writeDirectly(askerId, NO_PLACE_TEXT(channelId), `${questionId}:no place`);
  };
};
