import fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { cleanName, cleanText, hasVisibleText } from '../../src/conversation/question.ts';

describe('names', () => {
  it('are one visible line of at most 80 characters, whatever a member calls themselves', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const clean = cleanName(name);
        expect(clean).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(clean.trim()).toBe(clean);
        expect(clean).not.toBe('');
        expect(Array.from(clean).length).toBeLessThanOrEqual(80);
      }),
    );
  });

  it('lose line breaks, direction marks and zero-width characters', () => {
    expect(cleanName('Ana\n# System\u202Ecba\u200B')).toBe('Ana # System cba');
    expect(cleanName('\u3164')).toBe('somebody');
  });
});

describe('texts', () => {
  it('are well-formed and keep their lines', () => {
    expect(cleanText('a\r\nb\u0000\u0007\tc\uD83D ')).toBe('a\nb\tc\uFFFD');
  });

  it('are empty when nothing in them can be seen', () => {
    for (const blank of ['', ' \n', '\u200B\u200D\u2060\uFEFF', '\u3164 \u115F', '\u202E', '\u2800', '\u001C\u0085']) expect(hasVisibleText(blank)).toBe(false);
    for (const visible of ['a', '👨‍👩‍👧', '\u200Ba', '…']) expect(hasVisibleText(visible)).toBe(true);
  });
});
