import { Events, GatewayDispatchEvents } from 'discord.js';
import { describeDeliveryError } from '../rest/delivery-error.ts';
import type {
  Client,
  GatewayChannelDeleteDispatchData,
  GatewayMessageDeleteBulkDispatchData,
  GatewayMessageDeleteDispatchData,
  GatewayThreadDeleteDispatchData,
} from 'discord.js';
import type { Log } from '../../log/log.ts';
import type { KeptChannels } from '../gateway/kept-channels.ts';
import type { QuestionDeleted } from './question-deleted.ts';
import type { QuestionEdited } from './question-edited.ts';

/** Discord does not tell of each thread of a deleted channel. */
const withThreads = (client: Client, channels: KeptChannels, channelId: string): readonly string[] => [
  channelId,
  ...channels.threadsOf(channelId),
  ...client.channels.cache.filter((channel) => channel.isThread() && channel.parentId === channelId).keys(),
];

/**
 * Follows what becomes of questions after they were asked. Deletions are read off the events themselves: they are ids, and
 * discord.js, which keeps no messages, would make some up for us.
 */
export const watchQuestions = (client: Client, channels: KeptChannels, deleted: QuestionDeleted, edited: QuestionEdited, log: Log): void => {
  const guarded = (what: string, work: Promise<void>): void => {
    work.catch((error: unknown) => log.error({ reason: describeDeliveryError(error) }, `${what} could not be followed`));
  };
  client.ws.on(GatewayDispatchEvents.MessageDelete, ({ id }: GatewayMessageDeleteDispatchData) =>
    guarded('a deleted message', deleted.messages([id])),
  );
  client.ws.on(GatewayDispatchEvents.MessageDeleteBulk, ({ ids }: GatewayMessageDeleteBulkDispatchData) =>
    guarded('deleted messages', deleted.messages(ids)),
  );
  client.ws.on(GatewayDispatchEvents.ChannelDelete, ({ id }: GatewayChannelDeleteDispatchData) =>
    guarded('a deleted channel', deleted.places(withThreads(client, channels, id))),
  );
  client.ws.on(GatewayDispatchEvents.ThreadDelete, ({ id }: GatewayThreadDeleteDispatchData) =>
    guarded('a deleted thread', deleted.places([id])),
  );
  client.on(Events.MessageUpdate, (_before, message) => guarded('an edited message', edited(message)));
};
