import fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { continuationText } from '../../src/conversation/continuation.ts';

const quoted = (reply: string): string => JSON.parse(continuationText(reply).replace(/^.*It ends with: /u, '')) as string;

describe('a continuation', () => {
  it('quotes a short answer whole, and the last words of a long one', () => {
    expect(quoted('One, two, \n')).toBe('One, two,');
    const long = quoted(`${'word '.repeat(100)}end`);
    expect(long).toMatch(/^(?:word )+end$/u);
    expect(long.length).toBeLessThanOrEqual(200);
    expect(quoted('x'.repeat(1_000))).toBe('x'.repeat(200));
  });

  it('ends as the answer ends, whatever that is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 500 }), (reply) => {
        const words = quoted(reply);
        expect(reply.trimEnd().endsWith(words)).toBe(true);
        expect(words.isWellFormed()).toBe(true);
        if (reply.trim() !== '') expect(words.trim()).not.toBe('');
      }),
      { numRuns: 200 },
    );
  });
});
