/** Who shares a conversation: all in a channel, each asker alone, those in a thread, or those in a chain of replies. */
export const SCOPES = ['room', 'user', 'thread', 'reply'] as const;
export type Scope = (typeof SCOPES)[number];

/** Where a question is asked among several people. */
export interface AskedThere {
  readonly channelId: string;
  readonly isThread: boolean;
  readonly askerId: string;
  readonly questionId: string;
}

const REPLIES = ':reply:';

/** The channel in which a conversation is held: its id stands first in the conversation's. */
export const channelOf = (conversationId: string): string => conversationId.split(':', 1)[0] ?? conversationId;

/** All chains of replies of a channel, by one name. */
export const chainsIn = (channelId: string): string => `${channelId}${REPLIES}`.slice(0, -1);

/**
 * The conversation that a question belongs to which replies to nothing. The ids of scopes differ from each other, and from those of
 * private conversations: what one holds is never loaded for another.
 */
export const conversationFor = (scope: Scope, { channelId, isThread, askerId, questionId }: AskedThere): string => {
  if (scope === 'reply') return `${channelId}${REPLIES}${questionId}`;
  return scope === 'user' || (scope === 'thread' && !isThread) ? `${channelId}:user:${askerId}` : channelId;
};

/** Whether a conversation can go on from any of its answers: a chain of replies does, all others from the last one. */
export const hasBranches = (conversationId: string): boolean => conversationId.includes(REPLIES);

/** The name of all chains that one is among; undefined where it is none. */
export const chainsAround = (conversationId: string): string | undefined => {
  const end = conversationId.indexOf(REPLIES);
  return end === -1 ? undefined : conversationId.slice(0, end + REPLIES.length - 1);
};
