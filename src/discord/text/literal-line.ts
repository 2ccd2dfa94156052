import type { Read } from './inline-item.ts';

/** A line in which no mark is one. Discord would take what it begins with for the mark of a list, a heading or a quote; one of nothing else shows nothing. */
export const literalLine = (line: string): Pick<Read, 'kind' | 'text'>[] => {
  const [mark, number = ''] = /^(?:(\d{1,9})?[-*#>.](?=[\s#>])|>$)/.exec(line) ?? [];
  if (mark === undefined || (number === '') === mark.endsWith('.')) return [{ kind: 'text', text: line }];
  return [
    { kind: 'text', text: number },
    { kind: 'escape', text: `\\${mark.slice(-1)}` },
    { kind: 'text', text: line.slice(mark.length) },
  ];
};
