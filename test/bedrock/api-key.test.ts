import { describe, expect, it } from 'vitest';
import { readApiKey } from '../../src/bedrock/api-key.ts';
import { TEST_KEY, shortTermKey } from '../simulators/bedrock.ts';

const MADE_AT = Date.parse('2026-11-25T08:00:00Z');
const HOUR_MS = 3_600_000;

const short = (query: string): string => `bedrock-api-key-${Buffer.from(`bedrock.amazonaws.com/?${query}&Version=1`).toString('base64')}`;

describe('a Bedrock API key', () => {
  it('that is short-term tells its region and its latest end', () => {
    const key = shortTermKey({ region: 'eu-west-1', madeAt: MADE_AT, lifeMs: HOUR_MS });
    expect(readApiKey(key)).toEqual({ kind: 'short-term', region: 'eu-west-1', expiresAt: MADE_AT + HOUR_MS });
  });

  it('lasts twelve hours at most, whatever it claims', () => {
    expect(readApiKey(shortTermKey({ madeAt: MADE_AT, lifeMs: 48 * HOUR_MS })).expiresAt).toBe(MADE_AT + 12 * HOUR_MS);
  });

  it('is read as AWS writes it: with or without padding, in both alphabets of base64', () => {
    const key = shortTermKey({ madeAt: MADE_AT });
    const expected = readApiKey(key);
    expect(readApiKey(key.replace(/=+$/u, ''))).toEqual(expected);
    const [, payload = ''] = key.split('bedrock-api-key-');
    expect(readApiKey(`bedrock-api-key-${Buffer.from(payload, 'base64').toString('base64url')}`)).toEqual(expected);
  });

  it('that is long-term tells nothing', () => {
    expect(readApiKey(TEST_KEY)).toEqual({ kind: 'long-term', region: undefined, expiresAt: undefined });
  });

  it.each([
    ['no base64', 'bedrock-api-key-%%%'],
    ['nothing behind the prefix', 'bedrock-api-key-'],
    ['no date', short('X-Amz-Credential=AKIA/20261125/us-east-1/bedrock/aws4_request&X-Amz-Expires=60')],
    ['a date that is none', short('X-Amz-Date=20261399T000000Z&X-Amz-Expires=60')],
    ['a life that is none', short('X-Amz-Date=20261125T080000Z&X-Amz-Expires=soon')],
    ['a life that is over before it begins', short('X-Amz-Date=20261125T080000Z&X-Amz-Expires=-1')],
  ])('with %s is left to Bedrock', (_what, key) => {
    expect(readApiKey(key)).toMatchObject({ kind: 'short-term', expiresAt: undefined });
  });

  it('of an unknown form is left to Bedrock too', () => {
    expect(readApiKey('anything')).toEqual({ kind: 'unknown', region: undefined, expiresAt: undefined });
  });
});
