import { ActivityType, Events } from 'discord.js';
import type { Client, PresenceData } from 'discord.js';
import type { FailureKind } from '../../conversation/failure.ts';

export interface Presence {
  /** What keeps it from answering; undefined: nothing does. */
  trouble(kind: FailureKind | undefined): void;
  /** Until when Discord takes no answers, in milliseconds since the epoch; undefined: it takes them. */
  turnedAway(until: number | undefined): void;
}

const textOf = (trouble: FailureKind): string => {
  switch (trouble) {
    case 'store':
      return 'My memory is out of reach';
    case 'store-full':
      return 'My memory has no room left';
    case 'key-expired':
    case 'key-refused':
    case 'no-key':
      return 'Waiting for a new Bedrock API key';
    case 'throttled':
    case 'daily-quota':
    case 'overloaded':
      return 'Amazon Bedrock is busy';
    default:
      return 'Amazon Bedrock is out of reach';
  }
};

const presenceOf = (text: string | undefined): PresenceData =>
  text === undefined
    ? { status: 'online', activities: [] }
    : { status: 'idle', activities: [{ type: ActivityType.Custom, name: 'trouble', state: text }] };

/** "14:05": a status shows no time in its reader's own zone. */
const timeOf = (at: number): string => new Date(at).toISOString().slice(11, 16);

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
    const trouble = known === undefined ? undefined : textOf(known);
    const text = turnedAwayUntil === undefined ? trouble : `Discord takes no answers until ${timeOf(turnedAwayUntil)} UTC`;
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
