import { ActivityType, Events } from 'discord.js';
import type { Client, PresenceData } from 'discord.js';
import type { FailureKind } from '../conversation/failure.ts';

const textOf = (trouble: FailureKind): string => {
  switch (trouble) {
    case 'store':
      return 'My memory is out of reach';
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

const presenceOf = (trouble: FailureKind | undefined): PresenceData =>
  trouble === undefined
    ? { status: 'online', activities: [] }
    : { status: 'idle', activities: [{ type: ActivityType.Custom, name: 'trouble', state: textOf(trouble) }] };

/**
 * Shows beside the bot's name what keeps it from answering; undefined: nothing does. What every new session begins with is "online".
 * @see https://discord.com/developers/docs/events/gateway-events#update-presence
 */
export const createPresence = (client: Client): ((trouble: FailureKind | undefined) => void) => {
  let shown: FailureKind | undefined;
  client.on(Events.ShardReady, (shardId) => {
    if (shown !== undefined) client.user?.setPresence({ ...presenceOf(shown), shardId });
  });
  return (trouble) => {
    if (trouble === shown) return;
    shown = trouble;
    client.user?.setPresence(presenceOf(trouble));
  };
};
