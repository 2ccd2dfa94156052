import { describe, expect, it } from 'vitest';
import { createAnswerText } from '../../../src/discord/reply/answer-text.ts';

const numbered = (lines: number, width: number): string => Array.from({ length: lines }, (_, index) => String(index).padEnd(width, 'x')).join('\n');

describe('a long answer where there is room for many messages', () => {
  it.each([40, 81, 99, 163, 409, 999])('is all there, wherever a piece of it ends that is read at once: lines of %i characters', (width) => {
    const markdown = numbered(Math.ceil(20_000 / width), width);
    const text = createAnswerText({ askerId: '7', maxMessages: 20 });
    const shown = text.finish(markdown, '').map(({ content }) => content);
    expect(shown.length).toBeGreaterThan(5);
    expect(shown.join('\n')).toBe(markdown);
  });
});

describe('an answer that grows', () => {
  it('shows what it would have shown at once, and begins anew where it is another text', () => {
    const markdown = numbered(60, 60);
    const growing = createAnswerText({ askerId: '7' });
    for (let end = 500; end < markdown.length; end += 500) growing.update(markdown.slice(0, end));
    expect(growing.update(markdown)).toEqual(createAnswerText({ askerId: '7' }).update(markdown));
    expect(growing.finish('Something else.', '')).toEqual([{ content: 'Something else.' }]);
  });

  it('shows nothing where it says nothing, but says so at its end', () => {
    const text = createAnswerText({ askerId: '7' });
    expect(text.update('<!-- nothing -->')).toEqual([]);
    expect(text.finish('<!-- nothing -->', '')[0]?.content).not.toBe('');
  });
});
