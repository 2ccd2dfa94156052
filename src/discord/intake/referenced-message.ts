import { GatewayDispatchEvents } from 'discord.js';
import type { APIMessage, Client, GatewayMessageCreateDispatchData, Message } from 'discord.js';

/** Finds the message that a reply points at, as Discord sent it along with the reply. */
export type ReferencedMessage = (message: Message) => APIMessage | undefined;

export interface ReferencedMessages {
  readonly of: ReferencedMessage;
  /** For a message that did not come as an event. */
  note(message: Message, referenced: APIMessage): void;
}

/**
 * discord.js puts such a message into its cache, where it may be the oldest and leave at once. So it is read off the
 * event itself: discord.js hands that out right before the message that it makes of it.
 */
export const trackReferencedMessages = (client: Client): ReferencedMessages => {
  let latest: GatewayMessageCreateDispatchData | undefined;
  const noted = new WeakMap<Message, APIMessage>();
  for (const event of [GatewayDispatchEvents.MessageCreate, GatewayDispatchEvents.MessageUpdate] as const) {
    client.ws.on(event, (data: GatewayMessageCreateDispatchData) => {
      latest = data;
    });
  }
  return {
    of: (message) => (latest?.id === message.id ? (latest.referenced_message ?? undefined) : noted.get(message)),
    note: (message, referenced) => {
      noted.set(message, referenced);
    },
  };
};
