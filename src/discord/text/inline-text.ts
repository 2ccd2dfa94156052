import { cleanText, CODE_SPAN, undecidedTail } from './clean-text.ts';
import { openFence } from './fence.ts';
import { showTokens } from './inline-tokens.ts';
import { codeSpanEnd } from './inline-elements.ts';
import type { TokenOptions } from './inline-tokens.ts';

/** No code span is looked for beyond this: a growing line must not be held up by a single backtick. */
const LONGEST_SPAN = 400;

export interface InlineText {
  /**
   * Takes the line as far as it has come, and gives what there is to show of it beyond what was given before.
   * @param isWhole nothing more will come
   */
  feed(line: string, isWhole: boolean): string;
  /** Where in a whole line a code block opens that does not stand on a line of its own. */
  readonly fenceAt: number | undefined;
}

/** Whether backticks in the middle of a line are meant to open a code block, as in `Like this: ` and three of them with a language. */
const opensBlock = (line: string, at: number, run: string): boolean => {
  const info = line.slice(at + run.length).trimEnd();
  const isMeant = /^[\w+#.-]+$/.test(info) || (info === '' && line.slice(0, at).trimEnd().endsWith(':'));
  return isMeant && openFence(line.slice(at)) !== undefined;
};

/**
 * Reads one growing line of running text and makes it safe to show. Its code spans stay as they are. A backtick that
 * opens none is escaped, so that Discord sees code exactly where this does.
 */
export const createInlineText = (options: TokenOptions, mayOpenBlock: boolean): InlineText => {
  /** Text with a placeholder for each of the spans, of which nothing was shown yet. */
  let pending = '';
  const spans: string[] = [];
  let read = 0;
  let fenceAt: number | undefined;
  let before = '';

  /** Reads the backticks at an offset. False when the line is not to be read on, for now or because they open a block. */
  const readBackticks = (line: string, at: number, isWhole: boolean): boolean => {
    const run = /^`+/.exec(line.slice(at))?.[0] ?? '';
    const inside = at + run.length;
    if (inside === line.length && !isWhole) return false;
    const found = codeSpanEnd(line, run, inside, at + LONGEST_SPAN);
    if (!isWhole && (found === line.length || (found < 0 && line.length - at <= LONGEST_SPAN))) return false;
    // Three are a code block for Discord, which ends at the next three: more of them anywhere would be read otherwise.
    const isSpan = found >= 0 && run.length <= 3 && !(run.length === 3 && line.slice(inside, found - 3).includes('```'));
    if (isSpan) {
      spans.push(line.slice(at, found));
      pending += CODE_SPAN;
    } else if (isWhole && mayOpenBlock && run.length >= 3 && opensBlock(line, at, run)) {
      fenceAt = at;
      return false;
    } else {
      pending += '\\`'.repeat(run.length);
    }
    read = isSpan ? found : inside;
    return true;
  };

  const readLine = (line: string, isWhole: boolean): void => {
    const end = isWhole ? line.length : line.length - undecidedTail(line);
    while (read < end) {
      const special = line.slice(read, end).search(/[\\`]/);
      const to = special < 0 ? end : read + special;
      pending += cleanText(line, read, to);
      read = to;
      if (special < 0) return;
      if (line[read] === '`') {
        if (!readBackticks(line, read, isWhole)) return;
        continue;
      }
      if (read + 1 >= end && !isWhole) return;
      const [next = ''] = line.slice(read + 1, read + 3);
      const isPair = next === '`' || next === '\\';
      // What hides behind it is left out: then it must not escape what follows that.
      const isBeforeHidden = next !== '' && cleanText(next) === '';
      pending += isPair ? `\\${next}` : isBeforeHidden ? '\\\\' : '\\';
      read += isPair ? 2 : 1;
    }
  };

  return {
    feed: (line, isWhole) => {
      readLine(line, isWhole);
      const { shown, rest } = showTokens(pending, isWhole, { ...options, spans, before });
      pending = rest;
      before = `${before}${shown}`;
      return shown;
    },
    get fenceAt() {
      return fenceAt;
    },
  };
};

/** A whole line of running text, made safe to show. */
export const inlineText = (line: string, options: TokenOptions): string => createInlineText(options, false).feed(line, true);
