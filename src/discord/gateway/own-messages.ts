import type { Client, GatewayMessageCreateDispatchData } from 'discord.js';

/** What discord.js makes of an event, when all that hear the event itself have heard it. It does not declare this. */
interface Action {
  handle(data: Partial<GatewayMessageCreateDispatchData>): object;
}

/**
 * Discord tells us of each message of ours, and of each edit: of every draft of an answer. Who needs that reads the event; discord.js
 * would make objects of it, with their lists and caches, which nobody looks at.
 */
export const leaveOwnMessages = (client: Client): void => {
  const { MessageCreate, MessageUpdate } = (client as unknown as { readonly actions: Readonly<Record<'MessageCreate' | 'MessageUpdate', Action>> }).actions;
  for (const action of [MessageCreate, MessageUpdate]) {
    const handle = action.handle.bind(action);
    action.handle = (data) => (data.author !== undefined && data.author.id === client.user?.id ? {} : handle(data));
  }
};
