import { ActivityType, Events } from 'discord.js';
import { presenceText, turnedAwayText } from '../texts/presence-texts.ts';
import type { Client, PresenceData } from 'discord.js';
import type { FailureKind } from '../../conversation/failure.ts';

export interface Presence {
  /** What keeps it from answering; undefined: nothing does. */
  trouble(kind: FailureKind | undefined): void;
  /** Until when Discord takes no answers, in milliseconds since the epoch; undefined: it takes them. */
  turnedAway(until: number | undefined): void;
}

const presenceOf = (text: string | undefined): PresenceData =>
  text === undefined
    ? { status: 'online', activities: [] }
    : { status: 'idle', activities: [{ type: ActivityType.Custom, name: 'trouble', state: text }] };

/**
 * Shows beside the bot's name what keeps it from answering. What every new session begins with is "online".
 * @see https://discord.com/developers/docs/events/gateway-events#update-presence
 */
export const createPresence = (client: Client): Presence => {
  let known: FailureKind | undefined;
  let turnedAwayUntil: number | undefined;
  let shown: string | undefined;
  client.on(Events.ShardReady, (shardId) => {
    if (shown !== undefined) client.user?.setPresence({ ...presenceOf(shown), shardId });
  });
  const update = (): void => {
    const trouble = known === undefined ? undefined : presenceText(known);
    const text = turnedAwayUntil === undefined ? trouble : turnedAwayText(turnedAwayUntil);
    if (text === shown) return;
    shown = text;
    client.user?.setPresence(presenceOf(text));
  };
  return {
    trouble: (kind) => {
      known = kind;
      update();
    },
    turnedAway: (until) => {
      turnedAwayUntil = until;
      update();
    },
  };
};
