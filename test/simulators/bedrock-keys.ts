// Bedrock API keys: who may come in.
// https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
import { bedrockErrors, Refusal } from './bedrock-errors.ts';

const secret = 'simulated-secret-'.repeat(4);
const credential = `BedrockAPIKey-test-at-123456789012:${secret}`;

/** Formed like a long-term key; opens nothing but the simulator. */
export const TEST_KEY = `ABSK${Buffer.from(credential).toString('base64')}`;

export class KeyRing {
  readonly #keys: Set<string>;
  /** Whether the answer for an expired key names its exception's type. */
  readonly #expired = new Map<string, boolean>();

  constructor(keys: readonly string[] = [TEST_KEY]) {
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
  }
}
