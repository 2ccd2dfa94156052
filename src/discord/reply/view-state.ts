import type { Failure } from '../../conversation/failure.ts';

/**
 * What the visible side of an answer is doing.
 * - `waiting`: no words yet. A notice may be shown, and follows the waiting.
 * - `gathering`: the first words are there, and nothing is sent for a moment: a whole answer may be right behind them.
 * - `drafting`: what is shown follows the text; newer drafts overtake older ones, and a refusal stops them.
 * - `ending`: the end is known, and tried until it is there. Nothing else is shown any more.
 * - `ended`: all that was to be shown is shown.
 * - `lost`: it never will be, with the reason: the place takes nothing more, or somebody took the answer away.
 * - `left`: somebody else goes on, and what is shown stays. A request that was under way may still turn out to be lost.
 */
export type ViewStateName = 'waiting' | 'gathering' | 'drafting' | 'ending' | 'ended' | 'lost' | 'left';

interface StateRules {
  /** The text may still grow: no end is known. */
  readonly mayGrow: boolean;
  /** What is wanted may be sent. */
  readonly maySend: boolean;
  /** Which states may follow; where it is over, only that it was lost after all. */
  readonly next: readonly ViewStateName[];
}

const RULES: Readonly<Record<ViewStateName, StateRules>> = {
  waiting: { mayGrow: true, maySend: true, next: ['gathering', 'ending', 'lost', 'left'] },
  gathering: { mayGrow: true, maySend: false, next: ['drafting', 'ending', 'lost', 'left'] },
  drafting: { mayGrow: true, maySend: true, next: ['ending', 'lost', 'left'] },
  ending: { mayGrow: false, maySend: true, next: ['ended', 'lost', 'left'] },
  ended: { mayGrow: false, maySend: false, next: [] },
  lost: { mayGrow: false, maySend: false, next: [] },
  left: { mayGrow: false, maySend: false, next: ['lost'] },
};

/** What is begun with a state, and ends with it. */
export interface StateWork {
  begin?(): void;
  /** Also where it never began. */
  end?(): void;
}

export interface ViewState extends Pick<StateRules, 'mayGrow' | 'maySend'> {
  readonly is: ViewStateName;
  /** Nothing is sent any more. */
  readonly isOver: boolean;
  /** Why it is lost; undefined where it is not. */
  readonly lostBy: Failure | undefined;
  /** The one way from state to state. @throws {Error} where the one cannot follow the other: a defect */
  enter(next: Exclude<ViewStateName, 'lost'>): void;
  lose(reason: Failure): void;
}

class StateOfView implements ViewState {
  readonly #work: Partial<Readonly<Record<ViewStateName, StateWork>>>;
  #is: ViewStateName = 'waiting';
  #lostBy: Failure | undefined;

  constructor(work: Partial<Readonly<Record<ViewStateName, StateWork>>>) {
    this.#work = work;
  }

  get is(): ViewStateName {
    return this.#is;
  }

  get mayGrow(): boolean {
    return RULES[this.#is].mayGrow;
  }

  get maySend(): boolean {
    return RULES[this.#is].maySend;
  }

  get isOver(): boolean {
    return !RULES[this.#is].next.some((next) => next !== 'lost');
  }

  get lostBy(): Failure | undefined {
    return this.#lostBy;
  }

  enter(next: Exclude<ViewStateName, 'lost'>): void {
    this.#go(next);
  }

  lose(reason: Failure): void {
    this.#go('lost', reason);
  }

  #go(next: ViewStateName, lostBy?: Failure): void {
    const before = this.#is;
    if (!RULES[before].next.includes(next)) throw new Error(`An answer that is ${before} cannot be ${next}.`);
    this.#is = next;
    this.#lostBy = lostBy;
    this.#work[before]?.end?.();
    this.#work[next]?.begin?.();
  }
}

/** Begins with `waiting`, whose work whoever makes it begins. */
export const createViewState = (work: Partial<Readonly<Record<ViewStateName, StateWork>>> = {}): ViewState => new StateOfView(work);
