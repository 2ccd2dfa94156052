import { expect } from 'vitest';

const OPENING = /^[ \t]*(?:>[ \t]*)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,12}|~{3,12})([^\n]*)$/;

/** What a part may be once that is taken away which a splitter adds: opening and closing fences, quote marks. */
const bodiesOf = (part: string): string[] => {
  const bodies = [part];
  for (const pattern of [/^[> ]*(?:`{3,}|~{3,})[^\n]*\n/, /^(?:> )+/, /\n?[> ]*(?:`+|~+)$/]) {
    bodies.push(...bodies.map((body) => body.replace(pattern, '')));
  }
  // An info string as long as a message is shown as code, on a line of its own, behind as many quote marks as the block has.
  const long = [0, 1, 2, 3].map((depth) => new RegExp(`^([^\\n]*(?:\`{3,}|~{3,}))\\n(?:> ){${depth}}`));
  bodies.push(...bodies.flatMap((body) => long.map((pattern) => body.replace(pattern, '$1'))));
  return [...new Set(bodies)];
};

/**
 * Whether the parts, without what was added, are the text in order, with nothing left out but white space, quote marks
 * and fences where it was cut.
 */
export const isNothingLost = (text: string, parts: readonly string[]): boolean => {
  const seen = new Set<string>();
  const follow = (index: number, at: number): boolean => {
    const skippable = /^[\s>`~]*/.exec(text.slice(at))?.[0].length ?? 0;
    const part = parts[index];
    if (part === undefined) return at + skippable === text.length;
    if (seen.has(`${index}:${at}`)) return false;
    seen.add(`${index}:${at}`);
    const bodies = bodiesOf(part);
    for (let skipped = 0; skipped <= skippable; skipped += 1) {
      for (const body of bodies) if (text.startsWith(body, at + skipped) && follow(index + 1, at + skipped + body.length)) return true;
    }
    return false;
  };
  return follow(0, 0);
};

/** The lines of a message with the info string of the code block around them; undefined for those outside of one. */
export const readBlocks = (part: string): { readonly lines: { line: string; info: string | undefined }[]; readonly isOpen: boolean; readonly isQuoted: boolean } => {
  const lines: { line: string; info: string | undefined }[] = [];
  let open: { marker: string; info: string; isQuoted: boolean } | undefined;
  for (const line of part.split('\n')) {
    const isQuoted = line.trimStart().startsWith('>');
    if (open !== undefined && open.isQuoted && !isQuoted) open = undefined;
    if (open !== undefined) {
      const run = /^[ \t]*(`+|~+)[ \t\r]*$/.exec(line.replace(open.isQuoted ? /^[ \t]*(?:> ?)+/ : /^/, ''))?.[1] ?? '';
      if (run.startsWith(open.marker)) open = undefined;
      else lines.push({ line, info: open.info });
      continue;
    }
    const [, marker = '', info = ''] = OPENING.exec(line) ?? [];
    if (marker !== '' && !info.includes('`')) open = { marker, info: info.trim(), isQuoted };
    else lines.push({ line, info: undefined });
  }
  return { lines, isOpen: open !== undefined, isQuoted: open?.isQuoted === true };
};

/** What holds for the parts of any text. */
export const checkParts = (text: string, parts: readonly string[], limit: number): void => {
  for (const part of parts) {
    expect(part.length).toBeLessThanOrEqual(limit);
    expect(part.trim()).not.toBe('');
  }
  expect(isNothingLost(text, parts), `lost something:\n${JSON.stringify({ text, parts }, null, 1)}`).toBe(true);
};

/** Each way to cut a text into growing prefixes that a test wants to try. */
export const prefixesOf = (text: string, cuts: readonly number[]): string[] =>
  [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b).map((cut) => text.slice(0, cut));
