const NEW_KEY_HINT = {
  variable: 'Make a new one in the Amazon Bedrock console, set `AWS_BEARER_TOKEN_BEDROCK` to it, and start me again.',
  file: 'Make a new one in the Amazon Bedrock console and replace the file that `AWS_BEARER_TOKEN_BEDROCK_FILE` names: I take it up by myself.',
  command: '`AWS_BEARER_TOKEN_BEDROCK_COMMAND` has not given me a new one: my log says why.',
} as const;

/** What an owner reads shortly before the key dies. @param expiresAt milliseconds since the epoch */
export const keyExpiresText = (expiresAt: number, origin: keyof typeof NEW_KEY_HINT): string =>
  `My Bedrock API key expires <t:${Math.floor(expiresAt / 1000)}:R>. ${NEW_KEY_HINT[origin]}`;

/** What an owner reads who was not told before. */
export const keyExpiredText = (origin: keyof typeof NEW_KEY_HINT): string =>
  `My Bedrock API key has expired, and until there is a new one I cannot answer questions. ${NEW_KEY_HINT[origin]}`;

/** What an owner reads when the store takes nothing any more. */
export const storeFullText = (says: string, cure: string): string => `${says} ${cure} Until then I answer what I can, and remember nothing new.`;
