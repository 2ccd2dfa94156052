/** No code span is looked for beyond this, counted from its first backtick: a growing text must not be held up by a single one. */
export const LONGEST_SPAN = 400;

export interface CodeSpans {
  /**
   * Where the content of the code span ends that a run of backticks at `at` opens; nothing when it opens none, and `wait`
   * when that depends on what comes next.
   */
  endOf(text: string, at: number, run: number, isWhole: boolean): number | 'wait' | undefined;
  /** So many characters were taken from the beginning of the text. */
  drop(count: number): void;
  /** Another text begins. */
  begin(): void;
}

/** Finds code spans. Each backtick is looked at once, however many runs of other lengths stand between two of a kind. */
export const createCodeSpans = (): CodeSpans => {
  /** How far a run goes on that is too long to be one. */
  let passing = -1;
  /** The runs that were found ahead, by their length, with how many of them have been passed. */
  const runs = new Map<number, { readonly at: number[]; passed: number }>();
  let scanned = 0;
  let dropped = 0;
  const scan = (text: string, to: number, isWhole: boolean): void => {
    while (scanned - dropped < to) {
      const from = text.indexOf('`', scanned - dropped);
      if (from < 0) {
        scanned = dropped + text.length;
        return;
      }
      let end = from + 1;
      while (text[end] === '`' && end - from < LONGEST_SPAN) end += 1;
      if (dropped + from === passing || end - from === LONGEST_SPAN) {
        passing = dropped + end;
        scanned = passing;
        continue;
      }
      if (end === text.length && !isWhole) {
        scanned = dropped + from;
        return;
      }
      const found = runs.get(end - from);
      if (found === undefined) runs.set(end - from, { at: [dropped + from], passed: 0 });
      else found.at.push(dropped + from);
      scanned = dropped + end;
    }
  };
  return {
    endOf: (text, at, run, isWhole) => {
      const inside = at + run;
      scanned = Math.max(scanned, dropped + inside);
      scan(text, at + LONGEST_SPAN, isWhole);
      const found = runs.get(run) ?? { at: [], passed: 0 };
      while ((found.at[found.passed] ?? Number.POSITIVE_INFINITY) < dropped + inside) found.passed += 1;
      const end = found.at[found.passed];
      if (end !== undefined && end - dropped < at + LONGEST_SPAN) return end - dropped;
      return !isWhole && text.length - at <= LONGEST_SPAN ? 'wait' : undefined;
    },
    drop: (count) => {
      dropped += count;
    },
    begin: () => {
      runs.clear();
      passing = -1;
      scanned = 0;
      dropped = 0;
    },
  };
};

/**
 * The content of a code span between as few backticks as Discord reads as one: three would be a block there.
 * @returns nothing when there is no such way to write it
 */
export const shownCode = (raw: string): string | undefined => {
  const lines = raw.replaceAll('\n', ' ');
  const code = /^ .* $/s.test(lines) && lines.trim() !== '' ? lines.slice(1, -1) : lines;
  if (!code.includes('`')) return `\`${code}\``;
  const runs = new Set(Array.from(code.matchAll(/`+/g), ([run]) => run.length));
  const edge = /^`|`$/.test(code) ? ' ' : '';
  if (!runs.has(1) && edge === '') return `\`${code}\``;
  if (!runs.has(2)) return `\`\`${edge}${code}${edge}\`\``;
  return [...runs].some((run) => run >= 3) ? undefined : `\`\`\`${edge}${code}${edge}\`\`\``;
};
