const DISCORD_TOKEN = /^(?:mfa\.)?[\w-]{23,30}\.[\w-]{6,7}\.[\w-]{27,}$/u;
const BEDROCK_KEY = /^(?:ABSK[\w+/=]{8,}|bedrock-api-key-|BedrockAPIKey-)/u;
/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
const AWS_KEY_ID = /^(?:AKIA|ASIA)[A-Z2-7]{12,}$/u;
/** What documents and templates put in a secret's place. */
const PLACEHOLDER = /^(?:<.*>|\{.*\}|\.{3,}|x{3,}|\*{3,}|your[-_ ].*|change[-_]?me|replace[-_]?me)$/iu;

const OTHERS: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  DISCORD_TOKEN: [
    [BEDROCK_KEY, 'holds a Bedrock API key, which belongs into AWS_BEARER_TOKEN_BEDROCK'],
    [/^\d{15,20}$/u, 'holds an id of Discord, not a token'],
  ],
  AWS_BEARER_TOKEN_BEDROCK: [
    [DISCORD_TOKEN, 'holds a Discord token, which belongs into DISCORD_TOKEN'],
    [AWS_KEY_ID, 'holds the id of an AWS access key, which is another thing than a Bedrock API key'],
  ],
};

/**
 * What stands in a secret's place instead of it, as the end of a sentence that begins with the setting's name, and without the
 * value; undefined where nothing speaks against it. Only what is certain: forms of secrets change, and a proxy may have its own.
 */
export const mistakenFor = (name: string, value: string): string | undefined => {
  if (PLACEHOLDER.test(value)) return 'still holds a placeholder';
  return OTHERS[name]?.find(([pattern]) => pattern.test(value))?.[1];
};
