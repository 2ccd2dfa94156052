/** A line that opens a fence, maybe in a quote or a list. */
const OPENING = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})([^]*)$/u;
const CLOSING = /^[ \t>]*(`{3,}|~{3,})[ \t\r]*$/u;
const RUNS = /\\?`+/gu;
/** From so many backticks on, Discord's code goes on over blank lines. */
const FENCE = 3;

/**
 * Tells whether the next line of a text stands in code, in however small pieces the text comes. What is never closed counts as
 * code up to the end of its paragraph, and a fence up to the end of the text.
 * @see https://spec.commonmark.org/0.31.2/#fenced-code-blocks
 */
export class CodeInText {
  #line = '';
  /** The run that opened the block. */
  #fence: string | undefined;
  /** Backticks of the run that opened a span; 0: none is open. */
  #span = 0;

  push(piece: string): void {
    let from = 0;
    for (let end = piece.indexOf('\n'); end !== -1; end = piece.indexOf('\n', from)) {
      this.#read(this.#line + piece.slice(from, end));
      this.#line = '';
      from = end + 1;
    }
    this.#line += piece.slice(from);
  }

  /** As of the last line that has ended. */
  get isOpen(): boolean {
    return this.#fence !== undefined || this.#span > 0;
  }

  #read(line: string): void {
    if (this.#fence !== undefined) {
      if (CLOSING.exec(line)?.[1]?.startsWith(this.#fence) === true) this.#fence = undefined;
      return;
    }
    const [, run, info = ''] = OPENING.exec(line) ?? [];
    if (run !== undefined && this.#span < FENCE && (run.startsWith('~') || !info.includes('`'))) {
      this.#fence = run;
      this.#span = 0;
      return;
    }
    if (line.trim() === '' && this.#span < FENCE) this.#span = 0;
    for (const [found] of line.matchAll(RUNS)) {
      const isEscaped = found.startsWith('\\');
      // In code a backslash is one.
      const length = isEscaped ? found.length - 1 : found.length;
      if (this.#span === 0) this.#span = isEscaped ? 0 : length;
      else if (this.#span === length) this.#span = 0;
    }
  }
}
