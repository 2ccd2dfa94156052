import { describe, expect, it } from 'vitest';
import { redact } from '../../src/log/redact.ts';

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

  it.each([
    ['base64', (secret: string) => Buffer.from(secret).toString('base64')],
    ['base64 without its end', (secret: string) => Buffer.from(secret).toString('base64').replaceAll('=', '')],
    ['the base64 of addresses', (secret: string) => Buffer.from(secret).toString('base64url')],
    ['base64 behind a name', (secret: string) => Buffer.from(`u:${secret}`).toString('base64')],
    ['base64 between two others', (secret: string) => Buffer.from(`name:${secret}:rest`).toString('base64')],
    ['an address', (secret: string) => encodeURIComponent(secret)],
    ['an address in small letters', (secret: string) => encodeURIComponent(secret).replaceAll(/%../gu, (code) => code.toLowerCase())],
    ['JSON', (secret: string) => JSON.stringify(secret)],
  ])('hides them in %s too', (_how, encode) => {
    for (const secret of [DISCORD_TOKEN, LONG_KEY, SHORT_KEY, 'pa"ss/wörd+with=odd?signs']) {
      const encoded = encode(secret);
      const shown = redact(`said <${encoded}>`, [secret]);
      for (let at = 0; at + 12 <= encoded.length - 8; at += 4) expect(shown).not.toContain(encoded.slice(at + 4, at + 16));
    }
  });

  it.each(['my secret words', '[{"content":"hello", my secret words and more of them}]', '{"content":"x"} my secret words', 'a\n"my secret words"'])('hides what the parser quotes of what it could not read: %j', (text) => {
    let error: unknown;
    try {
      JSON.parse(text);
    } catch (caught) {
      error = caught;
    }
    for (const line of [String(error), JSON.stringify({ reason: String(error) })]) {
      expect(redact(line)).not.toMatch(/secret|words/u);
      expect(redact(line)).toContain('SyntaxError');
    }
  });

  it.each([LONG_KEY, SHORT_KEY])('hides the base64 of a key that it was not given', (key) => {
    expect(redact(`got ${Buffer.from(key).toString('base64')}`)).not.toContain(Buffer.from(key).toString('base64').slice(20, 60));
  });

  it.each([
    ['GET https://kim:hunter22@proxy.example:8080/x', 'hunter22'],
    ['postgres://kim:hun%3Fter22@db.example/parley', 'hun%3Fter22'],
    ['https://tokenwithoutname@host.example', 'tokenwithoutname'],
    ['https://host.example/x?api_key=hunter22&y=1', 'hunter22'],
    ['https://host.example/x?y=1&access_token=hunter22', 'hunter22'],
  ])('hides what an address has of secrets: %s', (line, secret) => {
    expect(redact(line)).not.toContain(secret);
    expect(redact(line)).toContain('.example');
  });

  it('leaves the rest as it is', () => {
    const line = '{"level":"info","questionId":"1193812345678901234","message":"question answered"}';
    expect(redact(line)).toBe(line);
  });
});
