/** How models begin and end that write their thinking into their answer: Nova; DeepSeek and Qwen; gpt-oss. */
const MARKS: readonly { readonly opening: string; readonly closing: RegExp }[] = [
  { opening: '<thinking>', closing: /<\/thinking>/iu },
  { opening: '<think>', closing: /<\/think>/iu },
  { opening: '<reasoning>', closing: /<\/reasoning>/iu },
];

const LONGEST_OPENING = 11;
/** All but the last character of the longest mark that ends thinking. */
const TAIL_LENGTH = 11;
/** Behind so many blanks nobody begins to think. */
const MAX_BLANKS = 64;

type State =
  /** It may still become thinking. `hasThought`: blanks before the answer belong to what was thought. */
  | { readonly is: 'undecided'; readonly held: string; readonly hasThought: boolean }
  /** `tail`: what may be the beginning of the mark that ends it. */
  | { readonly is: 'thinking'; readonly closing: RegExp; readonly tail: string }
  | { readonly is: 'answer' };

interface Step {
  readonly state: State;
  readonly text: string;
}

const undecided = (text: string, hasThought: boolean): Step => {
  const bare = text.trimStart();
  const held = hasThought ? bare : text;
  const begun = bare.slice(0, LONGEST_OPENING).toLowerCase();
  const mark = MARKS.find(({ opening }) => begun.startsWith(opening));
  if (mark !== undefined) return thinking(mark.closing, bare.slice(mark.opening.length));
  const mayOpen = held.length - bare.length <= MAX_BLANKS && MARKS.some(({ opening }) => opening.startsWith(begun));
  return mayOpen ? { state: { is: 'undecided', held, hasThought }, text: '' } : { state: { is: 'answer' }, text: held };
};

const thinking = (closing: RegExp, thought: string): Step => {
  const end = closing.exec(thought);
  if (end !== null) return undecided(thought.slice(end.index + end[0].length), true);
  return { state: { is: 'thinking', closing, tail: thought.slice(-TAIL_LENGTH) }, text: '' };
};

/**
 * Leaves out what a model thought aloud before its answer, in however small pieces it comes. Behind the first word of the
 * answer nothing is looked at any more: such a mark is then one that somebody asked for.
 */
export class LeadingThinking {
  #state: State = { is: 'undecided', held: '', hasThought: false };

  /** The part of the answer that a piece of text brings. */
  push(piece: string): string {
    const state = this.#state;
    if (state.is === 'answer') return piece;
    const step = state.is === 'undecided' ? undecided(state.held + piece, state.hasThought) : thinking(state.closing, state.tail + piece);
    this.#state = step.state;
    return step.text;
  }

  /** What is left of the answer when it has ended: the beginning of a mark that never came. Thinking without an end is thinking. */
  end(): string {
    const state = this.#state;
    this.#state = { is: 'answer' };
    return state.is === 'undecided' ? state.held : '';
  }
}
