import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { textOfFile } from '../../src/conversation/history-files.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a text file as the model reads it', () => {
  it('has its name and its text, and neither ends what it stands in', () => {
    const line = fc.oneof(fc.constantFrom('```', '  `````', '{"file":"b"}', '~~~', 'x`y'), fc.string().map((text) => text.replaceAll(/[\r\n]/gu, '')));
    fc.assert(
      fc.property(fc.string(), fc.array(line, { maxLength: 20 }), (name, lines) => {
        const { text } = textOfFile(name, utf8(lines.join('\n')));
        const [first = '', fence = '', ...rest] = text.split('\n');
        expect(JSON.parse(first)).toEqual({ file: name });
        expect(fence).toMatch(/^`{3,}$/u);
        expect(rest.at(-1)).toBe(fence);
        expect(rest.slice(0, -1).filter((one) => one.trimStart().startsWith(fence))).toEqual([]);
      }),
    );
  });

  it('has lines that Bedrock takes', () => {
    expect(textOfFile('a', utf8('one\r\ntwo\u0000\u0007\n\n')).text).toBe('{"file":"a"}\n```\none\ntwo\n```');
    expect(textOfFile('a', utf8('  indented')).text).toBe('{"file":"a"}\n```\n  indented\n```');
  });
});
