import { describe, expect, it } from 'vitest';
import { notebookText } from '../../../src/discord/files/notebook-text.ts';

const picture = 'iVBORw0KGgoAAAANSUhEUg'.repeat(50);
const cells = [
  { cell_type: 'markdown', source: ['# Sales\n', `A chart: ![c](data:image/png;base64,${picture}) ends.`] },
  {
    cell_type: 'code',
    source: 'plot(sales)\nprint("done")',
    outputs: [
      { output_type: 'display_data', data: { 'image/png': picture, 'text/plain': ['<Figure size 640x480>'] } },
      { output_type: 'stream', name: 'stdout', text: ['done\n'] },
      { output_type: 'execute_result', data: { 'text/html': '<table></table>', 'text/plain': '   a\n0  1' } },
    ],
  },
  { cell_type: 'code', source: ['1/0'], outputs: [{ output_type: 'error', ename: 'ZeroDivisionError', evalue: 'division by zero', traceback: ['\u001B[31m'] }] },
  { cell_type: 'raw', source: 'As it is.' },
];

describe('a notebook', () => {
  it('reads as its cells and what they gave, without pictures', () => {
    const text = notebookText(JSON.stringify({ cells, metadata: { kernelspec: { language: 'python' } }, nbformat: 4 }));
    expect(text).toBe(
      [
        '# Sales\nA chart: ![c](data:image/png;base64,…) ends.',
        '```python\nplot(sales)\nprint("done")\n```',
        'Output:\n```\n[image/png] <Figure size 640x480>\ndone\n\n   a\n0  1\n```',
        '```python\n1/0\n```',
        'Output:\n```\nZeroDivisionError: division by zero\n```',
        'As it is.',
      ].join('\n\n'),
    );
    expect(text).not.toContain(picture);
  });

  it.each([
    ['no JSON', '{'],
    ['another JSON', '{"cells": 3}'],
    ['a list', '[1]'],
    ['nothing', 'null'],
  ])('is none: %s', (_name, text) => {
    expect(notebookText(text)).toBeUndefined();
  });

  it('with hundreds of thousands of fences in a cell is read, too', () => {
    const source = `${'```\n'.repeat(300_000)}\`\`\`\`\n`;
    const text = notebookText(JSON.stringify({ cells: [{ cell_type: 'code', source }] }));
    expect(text?.startsWith('`````\n```\n')).toBe(true);
    expect(text?.endsWith('````\n`````')).toBe(true);
  });

  it('with odd cells is read as far as it goes', () => {
    expect(notebookText(JSON.stringify({ cells: [3, null, { source: 4 }, { cell_type: 'code', source: ['a'], outputs: [null, { data: [] }] }] }))).toBe('```\na\n```');
  });
});
