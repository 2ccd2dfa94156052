import fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { LeadingThinking } from '../../src/bedrock/leading-thinking.ts';

const shownOf = (pieces: readonly string[]): string => {
  const thinking = new LeadingThinking();
  return pieces.map((piece) => thinking.push(piece)).join('') + thinking.end();
};

describe('thinking before an answer', () => {
  it.each([
    ['<thinking>They greet me.</thinking>\n\nHello!', 'Hello!'],
    ['\n <thinking>\nA\nB\n</thinking> Hello!', 'Hello!'],
    ['<Thinking>Case does not matter</THINKING>Hello!', 'Hello!'],
    ['<think>hm</think>\nHello!', 'Hello!'],
    ['<reasoning>hm</reasoning>Hello!', 'Hello!'],
    ['<thinking>one</thinking>\n<thinking>two</thinking>\nHello!', 'Hello!'],
    ['<thinking>1 < 2 </thinkin</thinking>Hello!', 'Hello!'],
    ['<thinking>never closed', ''],
    ['<thinking></thinking>', ''],
    ['<thinking>nearly closed</thinki', ''],
  ])('is left out however it comes: %j', (text, shown) => {
    expect(shownOf([text])).toBe(shown);
    expect(shownOf(Array.from(text))).toBe(shown);
  });

  it.each([
    'Hello!',
    'I use <thinking>marks</thinking> inside.',
    '<thinkers> are people.',
    '<thin',
    '<',
    '  indented',
    '```xml\n<thinking>example</thinking>\n```',
    'a < b',
    '',
  ])('is not what else begins an answer: %j', (text) => {
    expect(shownOf([text])).toBe(text);
    expect(shownOf(Array.from(text))).toBe(text);
  });

  it('is the same in whatever pieces it comes', () => {
    const parts = fc.constantFrom('<thinking>', '</thinking>', '<think>', '</think>', ' ', '\n', 'word', '<', '>', '/', 'thinking');
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 20 }), (words, lengths) => {
        const text = words.join('');
        const pieces: string[] = [];
        for (let at = 0, index = 0; at < text.length; index += 1) {
          const length = (lengths[index % lengths.length] ?? 0) + 1;
          pieces.push(text.slice(at, at + length));
          at += length;
        }
        expect(shownOf(pieces)).toBe(shownOf([text]));
      }),
    );
  });
});
