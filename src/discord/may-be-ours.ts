import type { GatewayMessageCreateDispatchData } from 'discord.js';

/** Of a message as an event brings it: servers that speak Discord's protocol leave some of it out. */
export type RawMessage = Partial<GatewayMessageCreateDispatchData> & Pick<GatewayMessageCreateDispatchData, 'id' | 'channel_id'>;

/**
 * Whether a message of a server can be addressed to us at all: it names us or some role, or answers one of our messages. Which
 * roles are ours only the server's members tell; so this says yes too often, and `addressed.ts` decides.
 */
export const mayBeOurs = ({ content, mentions, mention_roles: roles, referenced_message: original }: RawMessage, ourId: string): boolean =>
  content?.includes(ourId) === true ||
  mentions?.some(({ id }) => id === ourId) === true ||
  (roles?.length ?? 0) > 0 ||
  original?.author?.id === ourId;
