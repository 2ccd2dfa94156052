/** Everything that may stand for a secret, wherever it turns up in a line. */
const SECRETS: readonly [RegExp, string][] = [
  [/bedrock-api-key-[\w+/=%.-]+/gu, 'bedrock-api-key-[redacted]'],
  [/ABSK[A-Za-z0-9+/=]{20,}/gu, 'ABSK[redacted]'],
  [/\bBedrockAPIKey-[\w.:+/=-]+/gu, 'BedrockAPIKey-[redacted]'],
  // A variable's name is no secret: it stands where the shell puts one in.
  [/Bearer\s+(?![[$])[^\s"',\\]+/giu, 'Bearer [redacted]'],
  [/\b[\w-]{23,28}\.[\w-]{6}\.[\w-]{27,}/gu, '[redacted Discord token]'],
  [/(\/webhooks\/\d+\/)[^/\s"'?]+/gu, '$1[redacted]'],
  [/(\/interactions\/\d+\/)[^/\s"'?]+/gu, '$1[redacted]'],
  [/(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s"']+/giu, '$1[redacted]'],
];

/** A line in which none of those can be, as nearly all are: looked through once instead of eight times. */
const HINT = /bedrock-?api-?key-|ABSK|Bearer\s|\.[\w-]{6}\.|\/webhooks\/|\/interactions\/|X-Amz-/iu;

/** A line without secrets: known forms, and the exact ones that this process was given. */
export const redact = (line: string, known: readonly string[] = []): string => {
  const withoutKnown = known.reduce((text, secret) => (secret === '' ? text : text.replaceAll(secret, '[redacted]')), line);
  if (!HINT.test(withoutKnown)) return withoutKnown;
  return SECRETS.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), withoutKnown);
};
