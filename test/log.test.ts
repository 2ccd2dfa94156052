import { describe, expect, it } from 'vitest';
import { redact } from '../src/redact.ts';

/** Put together here, so that no scanner takes this file for a leak. */
const DISCORD_TOKEN = ['MTIzNDU2Nzg5MDEyMzQ1Njc4', 'GabcdE', 'abcdefghijklmnopqrstuvwxyz0123456789AB'].join('.');
const LONG_KEY = `ABSK${'QmVkcm9ja0FQSUtleS1h'.repeat(6)}==`;
const SHORT_KEY = `bedrock-api-key-${'YmVkcm9jay5hbWF6b25hd3MuY29t'.repeat(4)}`;

describe('the log', () => {
  it.each([
    ['a Discord token', `login with ${DISCORD_TOKEN} failed`, DISCORD_TOKEN],
    ['a long-term key', `{"key":"${LONG_KEY}"}`, LONG_KEY],
    ['a short-term key', `key ${SHORT_KEY}.`, SHORT_KEY],
    ['a header', 'authorization: Bearer some-other-token', 'some-other-token'],
    ['the name that a long-term key has inside', 'user BedrockAPIKey-ab1c-at-123456789012 failed', 'BedrockAPIKey-ab1c-at-123456789012'],
    ['a header in any case', 'AUTHORIZATION: BEARER some-other-token', 'some-other-token'],
    ['a signed address', 'GET https://cdn.example/file?X-Amz-Signature=0123abcd&x=1', '0123abcd'],
    ['an interaction token', 'PATCH https://discord.com/api/v10/webhooks/123/aW50ZXJhY3Rpb24/messages/@original', 'aW50ZXJhY3Rpb24'],
    ['a callback token', 'POST /interactions/123/aW50ZXJhY3Rpb24/callback', 'aW50ZXJhY3Rpb24'],
  ])('hides %s', (_what, line, secret) => {
    expect(line).toContain(secret);
    expect(redact(line)).not.toContain(secret);
  });

  it('hides the secrets of this process whatever they look like', () => {
    expect(redact('using hunter2 now', ['hunter2'])).toBe('using [redacted] now');
  });

  it('leaves the rest as it is', () => {
    const line = '{"level":"info","questionId":"1193812345678901234","message":"question answered"}';
    expect(redact(line)).toBe(line);
  });
});
