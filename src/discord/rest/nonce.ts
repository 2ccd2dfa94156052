import { hash } from 'node:crypto';

/** Discord's limit for a nonce. @see https://discord.com/developers/docs/resources/message#create-message */
const MAX_NONCE_LENGTH = 25;

/**
 * The same for each attempt to send the same part of the same answer: Discord then hands out the message that an earlier
 * attempt made, although its answer was lost on the way. A part that is sent anew is another message.
 */
export const nonceOf = (questionId: string, part: number, isAnew: boolean): string =>
  hash('sha256', `${questionId}:${part}${isAnew ? ':anew' : ''}`, 'base64url').slice(0, MAX_NONCE_LENGTH);
