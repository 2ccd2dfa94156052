import { CodeInText } from './code-in-text.ts';

/** How models begin and end that write their thinking into their answer: Nova; DeepSeek and Qwen; gpt-oss; Gemma; Claude; Magistral; Kimi. */
const MARKS: readonly { readonly opening: string; readonly closing: RegExp }[] = [
  { opening: '<thinking>', closing: /<\/thinking>/iu },
  { opening: '<think>', closing: /<\/think>/iu },
  { opening: '<reasoning>', closing: /<\/reasoning>/iu },
  { opening: '<thought>', closing: /<\/thought>/iu },
  { opening: '<antthinking>', closing: /<\/antthinking>/iu },
  { opening: '[think]', closing: /\[\/think\]/iu },
  { opening: '◁think▷', closing: /◁\/think▷/iu },
];

const LONGEST_OPENING = Math.max(...MARKS.map(({ opening }) => opening.length));
/** All but the last character of the longest mark that ends thinking, which has one more than the one that begins it. */
const TAIL_LENGTH = LONGEST_OPENING;
/** Behind so many blanks nobody begins to think. */
const MAX_BLANKS = 64;
/** What is further in is code. */
const MAX_INDENT = 3;
/** Who thinks begins to, at once or in the next line; who writes about the mark goes on with a blank, or a comma. */
const THINKS_ON = /^[\p{L}\p{N}\n\r]/u;
const FIRST_CHARACTER = 2;

type State =
  /** A line begins, and may become thinking. */
  | { readonly is: 'line'; readonly held: string }
  | { readonly is: 'text' }
  /** `tail`: what may be the beginning of the mark that ends it. */
  | { readonly is: 'thinking'; readonly closing: RegExp; readonly tail: string }
  /** Thinking if it ends as thinking does before its paragraph is over; otherwise somebody wrote about the mark. */
  | { readonly is: 'doubted'; readonly closing: RegExp; readonly held: string; readonly tail: string; readonly isLineBlank: boolean }
  /** Behind what was thought: blanks there belong to it. */
  | { readonly is: 'behind'; readonly lines: number; readonly indent: string };

/** `rest`: what is to be read from the new state on. */
interface Step {
  readonly state: State;
  readonly text: string;
  readonly rest: string;
}

const behind = (rest: string): Step => ({ state: { is: 'behind', lines: 0, indent: '' }, text: '', rest });

/** The end of thinking in what comes next, if it is there. */
const endOf = (closing: RegExp, tail: string, next: string): { readonly rest: string } | { readonly tail: string } => {
  const thought = tail + next;
  const end = closing.exec(thought);
  return end === null ? { tail: thought.slice(-TAIL_LENGTH) } : { rest: thought.slice(end.index + end[0].length) };
};

/**
 * Leaves out what a model thought aloud, before its answer or in between, in however small pieces it comes: what stands between
 * such marks, of which the first begins a line. In code they are what somebody asked for, and in a sentence what it is about.
 * Thinking without an end is thinking.
 */
export class WrittenThinking {
  readonly #code = new CodeInText();
  #state: State = { is: 'line', held: '' };
  /** The end of what was shown. */
  #shown = '';

  /** The part of the answer that a piece of text brings. */
  push(piece: string): string {
    let rest = piece;
    let text = '';
    while (rest !== '') {
      const step = this.#next(this.#state, rest);
      this.#state = step.state;
      this.#code.push(step.text);
      this.#shown = (this.#shown + step.text).slice(-2);
      text += step.text;
      ({ rest } = step);
    }
    return text;
  }

  /** What is left of the answer when it has ended: what might have become thinking. */
  end(): string {
    const state = this.#state;
    this.#state = { is: 'text' };
    if (state.is === 'doubted') return state.held;
    return state.is === 'line' && !MARKS.some(({ opening }) => opening === state.held.trimStart().toLowerCase()) ? state.held : '';
  }

  #next(state: State, next: string): Step {
    switch (state.is) {
      case 'line':
        return this.#line(state.held + next);
      case 'text':
        return this.#text(next);
      case 'thinking': {
        const end = endOf(state.closing, state.tail, next);
        return 'rest' in end ? behind(end.rest) : { state: { ...state, tail: end.tail }, text: '', rest: '' };
      }
      case 'doubted':
        return this.#doubted(state, next);
      case 'behind':
        return this.#behind(state, next);
    }
  }

  #text(next: string): Step {
    const end = next.indexOf('\n') + 1;
    return end === 0 ? { state: { is: 'text' }, text: next, rest: '' } : { state: { is: 'line', held: '' }, text: next.slice(0, end), rest: next.slice(end) };
  }

  #line(text: string): Step {
    const isFirst = this.#shown === '';
    const bare = isFirst ? text.trimStart() : text.replace(/^ +/u, '');
    const begun = bare.slice(0, LONGEST_OPENING).toLowerCase();
    if (this.#code.isOpen || text.length - bare.length > (isFirst ? MAX_BLANKS : MAX_INDENT)) return this.#text(text);
    const mark = MARKS.find(({ opening }) => begun.startsWith(opening));
    if (mark === undefined) return MARKS.some(({ opening }) => opening.startsWith(begun)) ? { state: { is: 'line', held: text }, text: '', rest: '' } : this.#text(text);
    const { opening, closing } = mark;
    const thought = bare.slice(opening.length);
    if (isFirst) return { state: { is: 'thinking', closing, tail: '' }, text: '', rest: thought };
    if (thought === '' || /^[\uD800-\uDBFF]$/u.test(thought)) return { state: { is: 'line', held: text }, text: '', rest: '' };
    if (THINKS_ON.test(thought.slice(0, FIRST_CHARACTER))) return { state: { is: 'thinking', closing, tail: '' }, text: '', rest: thought };
    return { state: { is: 'doubted', closing, held: text.slice(0, text.length - thought.length), tail: '', isLineBlank: false }, text: '', rest: thought };
  }

  #doubted({ closing, held, tail, isLineBlank }: State & { is: 'doubted' }, next: string): Step {
    const lineEnd = next.indexOf('\n') + 1;
    const piece = lineEnd === 0 ? next : next.slice(0, lineEnd);
    const rest = next.slice(piece.length);
    const end = endOf(closing, tail, piece);
    if ('rest' in end) return behind(end.rest + rest);
    const isStillBlank = isLineBlank && piece.trim() === '';
    if (lineEnd > 0 && isStillBlank) return { state: { is: 'line', held: '' }, text: held + piece, rest };
    return { state: { is: 'doubted', closing, held: held + piece, tail: end.tail, isLineBlank: lineEnd > 0 || isStillBlank }, text: '', rest };
  }

  #behind({ lines, indent }: State & { is: 'behind' }, next: string): Step {
    const rest = next.trimStart();
    const blanks = indent + next.slice(0, next.length - rest.length);
    const lastLine = blanks.lastIndexOf('\n') + 1;
    const allLines = lines + blanks.split('\n').length - 1;
    const newIndent = allLines === 0 ? '' : blanks.slice(lastLine, lastLine + MAX_BLANKS);
    if (rest === '') return { state: { is: 'behind', lines: allLines, indent: newIndent }, text: '', rest: '' };
    // A paragraph that ended with it has ended; what follows in its line goes on where it began.
    const isParagraph = allLines > 1 && this.#shown !== '' && this.#shown !== '\n\n';
    return { state: { is: 'line', held: '' }, text: isParagraph ? '\n' : '', rest: newIndent + rest };
  }
}
