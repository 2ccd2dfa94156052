/** What a Bedrock API key says of itself, without asking anybody. */
export interface ApiKeyFacts {
  readonly kind: 'short-term' | 'long-term' | 'unknown';
  /** The only region in which a short-term key works. */
  readonly region: string | undefined;
  /** Milliseconds since the epoch: a short-term key is dead from then on, and perhaps earlier, when the session behind it ends. */
  readonly expiresAt: number | undefined;
}

const SHORT_TERM_PREFIX = 'bedrock-api-key-';
/** AWS signs short-term keys for twelve hours at most, whatever they claim. */
const LONGEST_LIFE_S = 12 * 60 * 60;
const NOTHING = { region: undefined, expiresAt: undefined };

/** `20261124T161700Z`, as AWS signatures write it. */
const AMZ_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u;

const expiryOf = (query: URLSearchParams): number | undefined => {
  const [, year, month, day, hours, minutes, seconds] = AMZ_DATE.exec(query.get('X-Amz-Date') ?? '') ?? [];
  const signedAt = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  const claimed = Number(query.get('X-Amz-Expires') ?? LONGEST_LIFE_S);
  if (Number.isNaN(signedAt) || !(claimed > 0)) return undefined;
  return signedAt + Math.min(claimed, LONGEST_LIFE_S) * 1000;
};

/** The scope of a signature: `AKIA…/20261124/us-east-1/bedrock/aws4_request`. */
const regionOf = (query: URLSearchParams): string | undefined =>
  /^[^/]+\/\d{8}\/([a-z\d-]+)\/[a-z-]+\/aws4_request$/u.exec(query.get('X-Amz-Credential') ?? '')?.[1];

/**
 * Reads a key offline. A short-term key is a presigned request in base64, so it tells its region and its latest end;
 * of what cannot be read nothing is said, and Bedrock has the last word.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-how.html
 */
export const readApiKey = (key: string): ApiKeyFacts => {
  if (key.startsWith('ABSK') || key.startsWith('BedrockAPIKey-')) return { kind: 'long-term', ...NOTHING };
  if (!key.startsWith(SHORT_TERM_PREFIX)) return { kind: 'unknown', ...NOTHING };
  const address = Buffer.from(key.slice(SHORT_TERM_PREFIX.length), 'base64').toString('utf8');
  const query = new URLSearchParams(address.slice(address.indexOf('?') + 1));
  return { kind: 'short-term', region: regionOf(query), expiresAt: expiryOf(query) };
};
