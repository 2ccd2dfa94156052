import * as fc from '../../property.ts';
import { describe, expect, it } from 'vitest';
import { DISCORD_CDN_URLS, createCdnAddress } from '../../../src/discord/files/cdn-address.ts';

const discord = createCdnAddress(DISCORD_CDN_URLS);
const proxy = createCdnAddress(['http://127.0.0.1:1234/cdn/']);

describe("an attachment's address", () => {
  it.each([
    'https://cdn.discordapp.com/attachments/1/2/a.png?ex=1&is=2&hm=3&',
    'https://cdn.discordapp.com/ephemeral-attachments/1/2/a.png',
    'https://media.discordapp.net/attachments/1/2/a.png',
    'HTTPS://CDN.discordapp.com:443/attachments/1/2/a.png',
  ])('is taken: %s', (address) => {
    expect(discord(address)?.href).toBe(new URL(address).href);
  });

  it.each([
    'http://cdn.discordapp.com/attachments/1/2/a.png',
    'ftp://cdn.discordapp.com/attachments/1/2/a.png',
    'https://cdn.discordapp.com:8443/attachments/1/2/a.png',
    'https://cdn.discordapp.com.evil.example/attachments/1/2/a.png',
    'https://evil.example/attachments/1/2/a.png',
    'https://evil.example/https://cdn.discordapp.com/attachments/1/2/a.png',
    'https://evil.example#https://cdn.discordapp.com/attachments/1/2/a.png',
    'https://cdn.discordapp.com@evil.example/attachments/1/2/a.png',
    'https://cdn.discordapp.com\\@evil.example/attachments/1/2/a.png',
    'https://user@cdn.discordapp.com/attachments/1/2/a.png',
    'https://user:secret@cdn.discordapp.com/attachments/1/2/a.png',
    'https://cdn.discordapp.com/icons/1/2/a.png',
    'https://cdn.discordapp.com/attachments/',
    'https://cdn.discordapp.com/attachments/../icons/1.png',
    'https://cdn.discordapp.com/attachments/%2e%2e/icons/1.png',
    'https://cdn.discordapp.com/attachments/..%2ficons/1.png',
    'https://cdn.discordapp.com/attachments/..%5Cicons/1.png',
    'https://cdn.discordapp.com/x/attachments/1/2/a.png',
    'http://169.254.169.254/latest/meta-data/',
    'http://127.0.0.1:1234/cdn/attachments/1/2/a.png',
    'data:text/plain,hello',
    'file:///etc/passwd',
    'javascript:alert(1)',
    '//cdn.discordapp.com/attachments/1/2/a.png',
    '',
  ])('is refused: %s', (address) => {
    expect(discord(address)).toBeUndefined();
  });

  it('may lie below a path that was configured', () => {
    expect(proxy('http://127.0.0.1:1234/cdn/attachments/1/2/a.png')?.pathname).toBe('/cdn/attachments/1/2/a.png');
    expect(createCdnAddress(['http://127.0.0.1:1234/cdn'])('http://127.0.0.1:1234/cdn/attachments/1/2/a.png')).toBeDefined();
  });

  it.each([
    'http://127.0.0.1:1234/attachments/1/2/a.png',
    'http://127.0.0.1:1234/cdn-other/attachments/1/2/a.png',
    'http://127.0.0.1:1234/cdn/../attachments/1/2/a.png',
    'http://127.0.0.1:12345/cdn/attachments/1/2/a.png',
    'https://127.0.0.1:1234/cdn/attachments/1/2/a.png',
    'http://127.0.0.1:1234@evil/cdn/attachments/1/2/a.png',
    'http://localhost:1234/cdn/attachments/1/2/a.png',
    'https://cdn.discordapp.com/attachments/1/2/a.png',
  ])('is refused beside a path that was configured: %s', (address) => {
    expect(proxy(address)).toBeUndefined();
  });

  it('leads to a configured place, whatever the text', () => {
    const part = fc.constantFrom('https:', 'http:', '/', '//', '\\', '@', ':', '#', '?', '..', '%2e', '%2f', 'cdn.discordapp.com', 'evil', 'attachments', '\t', ' ');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const url = discord(parts.join(''));
        if (url === undefined) return;
        expect(url.origin).toBe('https://cdn.discordapp.com');
        expect(url.href.startsWith('https://cdn.discordapp.com/attachments/')).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('must be one where it is configured', () => {
    expect(() => createCdnAddress(['cdn.discordapp.com'])).toThrow(TypeError);
    expect(() => createCdnAddress(['file:///tmp'])).toThrow(TypeError);
  });
});
