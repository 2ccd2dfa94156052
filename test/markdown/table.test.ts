import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { toDisplayText } from '../../src/markdown/display-text.ts';
import { displayWidth } from '../../src/markdown/table.ts';
import { settleMarks } from '../../src/markdown/settle-marks.ts';
import { fuzzRuns } from './fuzz-runs.ts';

const show = (markdown: string): string => settleMarks(toDisplayText(markdown, { final: true }));
const FENCE = '```';
const WIDEST = 56;
const GAP = 2;

const piece = fc.constantFrom('word', 'x', '12.5', 'über', '日本', '。', '한국', 'ﾊﾛ', '👍🏽', '👩‍👩‍👧‍👦', '🇩🇪', '❤️', '1️⃣', 'e\u0301', '—', 'C++', 'a-b');
const cell = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(' '));
const tables = fc.integer({ min: 1, max: 5 }).chain((columns) =>
  fc.record({
    header: fc.array(cell, { minLength: columns, maxLength: columns }),
    marks: fc.array(fc.constantFrom('---', ':--', '--:', ':-:'), { minLength: columns, maxLength: columns }),
    rows: fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 30 }),
  }),
);
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const slice = (line: string, from: number, width: number): string => {
  let at = 0;
  let found = '';
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    if (at >= from && at < from + width) found += segment;
    at += displayWidth(segment);
  }
  return found;
};

describe('the width of a text', () => {
  it.each([
    ['plain', 5],
    ['日本語', 6],
    ['한국', 4],
    ['Ａ（', 4],
    ['ﾊﾛｰ', 3],
    ['👍🏽', 2],
    ['👩‍👩‍👧‍👦', 2],
    ['🇩🇪🇫🇷', 4],
    ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', 2],
    ['❤️', 2],
    ['1️⃣', 2],
    ['1', 1],
    ['©', 1],
    ['e\u0301', 1],
    ['नमस्ते', 4],
    ['a\u200Bb', 2],
    ['𝒳', 1],
    ['—…→', 3],
  ])('of %j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('any table', () => {
  it('has its columns below each other where they fit, and all its fields in lists where they do not', () => {
    fc.assert(
      fc.property(tables, ({ header, marks, rows }) => {
        const widths = header.map((name, column) => Math.max(...[name, ...rows.map((cells) => cells[column] ?? '')].map(displayWidth)));
        const shown = show(`Before\n\n${[header, marks, ...rows].map(row).join('\n')}\n\nAfter`);
        expect(shown).toMatch(/^Before\n\n[^]*\n\nAfter$/u);
        const lines = shown.split('\n').slice(2, -2);
        if (widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1)) > WIDEST) {
          const fields = rows.flatMap((cells) => [...cells.map((text, column) => `- **${header[column]}**: ${text}`), '']);
          expect([...lines, '']).toEqual(fields);
          return;
        }
        expect(lines.filter((line) => line === FENCE).length % 2).toBe(0);
        const found = lines.filter((line) => line !== FENCE && !/^[- ]+$/u.test(line));
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(WIDEST);
        const cells = found.map((line) => {
          let from = -GAP;
          return widths.map((width) => {
            from += GAP;
            const text = slice(line, from, width).trim();
            from += width;
            return text;
          });
        });
        expect(cells.filter((line) => line.join() !== header.join())).toEqual(rows.filter((line) => line.join() !== header.join()));
      }),
      { numRuns: fuzzRuns(300) },
    );
  });
});

describe('a table', () => {
  const block = (...lines: string[]): string => [FENCE, ...lines, FENCE].join('\n');
  it.each([
    ['without rows', '| a | b |\n|---|---|', block('a  b', '-  -')],
    ['with more and fewer cells than its header', '| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 |', block('a  b', '-  -  -', '1', '1  2  3')],
    ['with pipes in its cells', '| a |\n|---|\n| x \\| y |\n| `c|d` |', block('a', '-----', 'x | y', 'c|d')],
    ['with marks and links in its cells', '| a |\n|---|\n| **b** _c_ ~~d~~ `e*f*` |\n| [g](https://h.i) |', block('a', '---------------', 'b c d e*f*', 'g (https://h.i)')],
    ['with pings and invites in its cells', '| a |\n|---|\n| @everyone |\n| discord.gg/x |', block('a', '--------------', '@\u200Beveryone', 'discord[.]gg/x')],
    ['in a quote', '> | a | b |\n> |---|---|\n> | 1 | 2 |\n> after', ['> ```', '> a  b', '> -  -', '> 1  2', '> ```', '> after'].join('\n')],
    ['in a list', '- item\n\n  | a | b |\n  |---|---|\n  | 1 | 2 |', ['- item', '', '  ```', '  a  b', '  -  -', '  1  2', '  ```'].join('\n')],
    ['that is none', '| a | b |\nno delimiter\n| c |', '| a | b |\nno delimiter\n| c |'],
    ['within code', '```\n| a |\n|---|\n```', '```\n| a |\n|---|\n```'],
  ])('%s', (_name, markdown, expected) => {
    expect(show(markdown).trimEnd()).toBe(expected);
  });

  it('of any length shows while it grows what it shows in the end', () => {
    for (const cell of ['short', 'a cell that is so long that no phone has room for it beside another one']) {
      const rows = Array.from({ length: 500 }, (_, index) => `| ${index} | ${cell} |`);
      const text = `| key | value |\n|---|---|\n${rows.join('\n')}\n\nafter`;
      const whole = toDisplayText(text, { final: true });
      for (const index of rows.keys()) expect(whole).toMatch(new RegExp(`\\b${index}\\b`));
      expect(whole.endsWith('after')).toBe(true);
      for (let to = 500; to < text.length; to += 500) expect(whole.startsWith(toDisplayText(text.slice(0, to), { final: false }))).toBe(true);
      expect(toDisplayText(text.slice(0, 10_000), { final: false }).length).toBeGreaterThan(3_000);
    }
  });

  it('that ends where its next part would begin has no header behind it', () => {
    const row = `| ${'x'.repeat(27)} | 1 |\n`;
    for (let count = 230; count < 250; count += 1) {
      const shown = show(`| key | value |\n|---|---|\n${row.repeat(count)}`);
      expect(shown.trimEnd().endsWith('```')).toBe(true);
      expect(shown.split('xxx  1').length - 1).toBe(count);
      expect(shown).not.toMatch(/-\n```/u);
    }
  });

  it('longer than a message is several blocks, each with its header', () => {
    const shown = show(`| key | value |\n|---|---|\n${Array.from({ length: 200 }, (_, index) => `| key ${index} | ${'x'.repeat(20)} |`).join('\n')}`);
    const blocks = shown.split(/\n```\n```\n/u);
    expect(blocks.length).toBeGreaterThan(3);
    for (const text of blocks) {
      expect(text.length).toBeLessThan(2_000);
      expect(text).toMatch(/^(?:```\n)?key {5,}value/u);
    }
  });
});
