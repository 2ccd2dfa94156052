import fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { WrittenThinking } from '../../src/bedrock/written-thinking.ts';

const shownOf = (pieces: readonly string[]): string => {
  const thinking = new WrittenThinking();
  return pieces.map((piece) => thinking.push(piece)).join('') + thinking.end();
};

const MARK_PARTS = ['<thinking>', '</thinking>', '<think>', '</think>', ' ', '    ', '\n', '\n\n', 'word', '<', '>', '/', 'thinking', '`', '```', '~~~', '- ', '\\', '😀'];

describe('thinking in an answer', () => {
  it.each([
    ['<thinking>They greet me.</thinking>\n\nHello!', 'Hello!'],
    ['\n <thinking>\nA\nB\n</thinking> Hello!', 'Hello!'],
    ['<Thinking>Case does not matter</THINKING>Hello!', 'Hello!'],
    ['<think>hm</think>\nHello!', 'Hello!'],
    ['<thought>\nhm\n</thought>\nHello!', 'Hello!'],
    ['<antThinking>hm</antThinking>Hello!', 'Hello!'],
    ['[THINK]hm[/THINK]Hello!', 'Hello!'],
    ['◁think▷hm ◁/think▷Hello!\n[THINK]more[/THINK]', 'Hello!\n'],
    ['<antThinking>nearly closed</antThinkin', ''],
    ['<reasoning>hm</reasoning>Hello!', 'Hello!'],
    ['<thinking>one</thinking>\n<thinking>two</thinking>\nHello!', 'Hello!'],
    ['<thinking>1 < 2 </thinkin</thinking>Hello!', 'Hello!'],
    ['<thinking>never closed', ''],
    ['<thinking></thinking>', ''],
    ['<thinking>nearly closed</thinki', ''],
    ['Hello!\n\n<think>\nA\n\nB\n</think>\n\nBye!', 'Hello!\n\nBye!'],
    ['Hello!\n<think>hm</think>\n\nBye!', 'Hello!\n\nBye!'],
    ['Hello!\n<think>hm</think>\nBye!', 'Hello!\nBye!'],
    ['- one\n  <reasoning> It goes on. </reasoning>\n  - two', '- one\n  - two'],
    ['A\n<think>1</think>\nB\n\n<thinking>2\n</thinking> C\n<reasoning>3', 'A\nB\n\nC\n'],
    ['A\n<think>\nnever closed', 'A\n'],
    ['A\n<think>', 'A\n'],
    ['A\n  <think>', 'A\n'],
    ['A\n<Thinking>', 'A\n'],
    ['A\n<think> over\ntwo lines</think>B', 'A\nB'],
    ['A\n<think>in `code`, </think>B', 'A\nB'],
    ['```\ncode\n```\n<think>hm</think>B', '```\ncode\n```\nB'],
    ['`a` \\` and ``b ` c``\n<think>hm</think>B', '`a` \\` and ``b ` c``\nB'],
    ['a ` b\n\n<think>hm</think>B', 'a ` b\n\nB'],
    ['~~~\n```\n~~~\n<think>hm</think>B', '~~~\n```\n~~~\nB'],
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
    'So:\n```\n<think>\nexample\n</think>\n```\nDone.',
    'So:\n- ````\n  ```\n  <think>example</think>\n  ````\n',
    '~~~ a`b\n<think>example</think>\n~~~',
    '```\n```js\n<think>example</think>',
    'A ```code\n\n<think>example</think>```',
    'A `code\n<think>example</think>` B',
    'A\n    <think>code</think>\nB',
    'Some use\n`<think>` and `</think>`.',
    'Models write "<think>" first.\n\n<think> is a mark of theirs.\n\nAnd </think> ends it.',
    'A\n<think>, for one, is a mark.',
    '[thinking](https://example.com) is a link.',
    'A\n[THINK] over there\n\nB',
    '<thoughts> are free.',
    '> <think>quoted</think>',
    'A\n<thin',
    'a < b',
    '',
  ])('is not what else begins an answer: %j', (text) => {
    expect(shownOf([text])).toBe(text);
    expect(shownOf(Array.from(text))).toBe(text);
  });

  it('is the same in whatever pieces it comes', () => {
    const parts = fc.constantFrom(...MARK_PARTS);
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 30 }), fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 20 }), (words, lengths) => {
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

  it('holds nothing else back', () => {
    const thinking = new WrittenThinking();
    for (const piece of ['Hello', ' <', 'think> ', 'there', '\n', 'a', '\n\n  b <']) expect(thinking.push(piece)).toBe(piece);
    expect([thinking.push('\n<'), thinking.push('th'), thinking.push('e')]).toEqual(['\n', '', '<the']);
  });

  it('shows all of a text without such marks, in its pieces', () => {
    const texts = fc.array(fc.constantFrom(...MARK_PARTS.filter((part) => !part.startsWith('<')), '<thing>'), { maxLength: 40 });
    fc.assert(fc.property(texts, (words) => {
      expect(shownOf(words)).toBe(words.join(''));
    }));
  });
});
