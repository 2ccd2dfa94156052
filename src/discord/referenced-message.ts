import { GatewayDispatchEvents } from 'discord.js';
import type { APIMessage, Client, GatewayMessageCreateDispatchData, Message } from 'discord.js';

/** Finds the message that a reply points at, as Discord sent it along with the reply. */
export type ReferencedMessage = (message: Message) => APIMessage | undefined;

/**
 * discord.js puts such a message into its cache, where it may be the oldest and leave at once. So it is read off the
 * event itself: discord.js hands that out right before the message that it makes of it.
 */
export const trackReferencedMessages = (client: Client): ReferencedMessage => {
  let latest: GatewayMessageCreateDispatchData | undefined;
  client.ws.on(GatewayDispatchEvents.MessageCreate, (data: GatewayMessageCreateDispatchData) => {
    latest = data;
  });
  return (message) => (latest?.id === message.id ? (latest.referenced_message ?? undefined) : undefined);
};
