import { ChannelType, GatewayDispatchEvents } from 'discord.js';
import { isOverheard, mayBeOurs } from '../intake/addressed.ts';
import { onRawEvent } from './plausible-events.ts';
import { describeDeliveryError } from '../rest/delivery-error.ts';
import { persist } from '../rest/persist.ts';
import type { APIMessage, Client, Message } from 'discord.js';
import type { Log } from '../../log/log.ts';
import type { ListensIn, RawMessage } from '../intake/addressed.ts';
import type { OnMessage } from '../intake/on-message.ts';
import type { ReadBack } from './read-back.ts';

/** How long Discord is asked for a channel while it fails, or refuses that for a reason that nobody knows, in milliseconds. */
const OPEN_MS = 60_000;

export interface UnknownChannelsDependencies {
  readonly client: Client;
  readonly readBack: ReadBack;
  readonly onMessage: OnMessage;
  readonly listensIn: ListensIn;
  readonly log: Log;
}

/**
 * discord.js drops a message of a channel that it was not told of, unless the event says what kind of channel that is; which
 * depends on the order of events, and on the server. A direct channel needs nothing else than being called one; any other is asked for.
 */
export const hearUnknownChannels = ({ client, readBack, onMessage, listensIn, log }: UnknownChannelsDependencies): void => {
  const hear = async (data: RawMessage): Promise<void> => {
    let message: Message | undefined;
    const open = async (): Promise<void> => {
      message = await readBack.opened(data as APIMessage);
    };
    try {
      const error = await persist([open], OPEN_MS);
      if (message === undefined) throw error as Error;
      await onMessage(message);
    } catch (error) {
      log.warn({ channelId: data.channel_id, reason: describeDeliveryError(error) }, 'a message of a channel that I was not told of could not be handled');
    }
  };

  onRawEvent(client, (packet) => {
    if (packet.t !== GatewayDispatchEvents.MessageCreate) return;
    const data = packet.d as RawMessage & { readonly guild_id?: string | null };
    if (client.channels.cache.has(data.channel_id)) return;
    if (!data.guild_id) packet.d = { ...data, channel_type: ChannelType.DM };
    else if (data.author?.bot !== true && client.user !== null && (mayBeOurs(data, client.user.id) || isOverheard(data, data.guild_id, listensIn))) void hear(data);
  });
};
