// Bedrock API keys: who may come in.
// https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
import { bedrockErrors, Refusal } from './bedrock-errors.ts';

const secret = 'simulated-secret-'.repeat(4);
const credential = `BedrockAPIKey-test-at-123456789012:${secret}`;

/** Formed like a long-term key; opens nothing but the simulator. */
export const TEST_KEY = `ABSK${Buffer.from(credential).toString('base64')}`;

/** Formed like a short-term key: a presigned request in base64. The signature is made up. */
export function shortTermKey({ region = 'us-east-1', madeAt = Date.now(), lifeMs = 12 * 3_600_000, name = 'one' } = {}): string {
  const date = new Date(madeAt).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const query = new URLSearchParams({
    Action: 'CallWithBearerToken',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `ASIAEXAMPLE/${date.slice(0, 8)}/${region}/bedrock/aws4_request`,
    'X-Amz-Date': date,
    'X-Amz-Expires': String(Math.floor(lifeMs / 1000)),
    'X-Amz-Security-Token': `simulated-session-${name}`,
    'X-Amz-Signature': '0'.repeat(64),
    'X-Amz-SignedHeaders': 'host',
  });
  return `bedrock-api-key-${Buffer.from(`bedrock.amazonaws.com/?${query}&Version=1`).toString('base64')}`;
}

const SHORT = 'bedrock-api-key-';

/** What a short-term key says of itself; nothing when it is not formed like one. */
function claimsOf(key: string): { readonly region: string; readonly endsAt: number } | undefined {
  if (!key.startsWith(SHORT)) return undefined;
  const query = new URLSearchParams(Buffer.from(key.slice(SHORT.length), 'base64').toString().split('?', 2)[1]);
  const [, y, m, d, h, min, s] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(query.get('X-Amz-Date') ?? '') ?? [];
  const region = query.get('X-Amz-Credential')?.split('/')[2];
  if (y === undefined || region === undefined) return undefined;
  return { region, endsAt: Date.parse(`${y}-${m}-${d}T${h}:${min}:${s}Z`) + Number(query.get('X-Amz-Expires')) * 1000 };
}

export class KeyRing {
  readonly #region: string;
  readonly #now: () => number;
  readonly #keys: Set<string>;
  /** Whether the answer for an expired key names its exception's type. */
  readonly #expired = new Map<string, boolean>();

  constructor(keys: readonly string[] = [TEST_KEY], region = 'us-east-1', now: () => number = Date.now) {
    this.#region = region;
    this.#now = now;
    this.#keys = new Set(keys);
  }

  add(key: string): void {
    this.#keys.add(key);
    this.#expired.delete(key);
  }

  remove(key: string): void {
    this.#keys.delete(key);
    this.#expired.delete(key);
  }

  expire(key: string, typed: boolean): void {
    this.#expired.set(key, typed);
  }

  check(authorization: string | undefined): void {
    const key = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
    const typed = this.#expired.get(key);
    if (typed !== undefined) throw new Refusal(typed ? bedrockErrors.expiredKey() : bedrockErrors.untyped());
    if (!this.#keys.has(key)) throw new Refusal(bedrockErrors.badKey());
    // A short-term key works only where it was made for, and not for ever.
    const claims = claimsOf(key);
    if (claims !== undefined && claims.region !== this.#region) throw new Refusal(bedrockErrors.badKey());
    if (claims !== undefined && this.#now() >= claims.endsAt) throw new Refusal(bedrockErrors.expiredKey());
  }
}
