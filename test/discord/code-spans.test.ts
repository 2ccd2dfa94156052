import fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../src/discord/intake/code-spans.ts';

const codeIn = (content: string): string[] => piecesOf(content).filter(({ isCode }) => isCode).map(({ text }) => text);

describe('code in a message', () => {
  it('is found as Discord draws it', () => {
    expect(codeIn('a `b` c ``d ` e`` ```js\nf\n```')).toEqual(['`b`', '``d ` e``', '```js\nf\n```']);
    expect(codeIn('no `end, and ``none')).toEqual([]);
    expect(codeIn('\\`not\\` but \\\\`this`')).toEqual(['`this`']);
    expect(codeIn('\\``this` and `that\\`')).toEqual(['`this`', '`that\\`']);
    expect(codeIn('```a ` b `` c```` d')).toEqual(['```a ` b `` c````']);
  });

  it('is nothing added and nothing lost', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('`', '\\', 'a', '\n', '``', '```') }), (content) => {
        expect(piecesOf(content).map(({ text }) => text).join('')).toBe(content);
      }),
    );
  });
});
