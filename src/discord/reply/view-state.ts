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

/** Which states may follow. */
const NEXT: Readonly<Record<ViewStateName, readonly ViewStateName[]>> = {
  waiting: ['gathering', 'ending', 'lost', 'left'],
  gathering: ['drafting', 'ending', 'lost', 'left'],
  drafting: ['ending', 'lost', 'left'],
  ending: ['ended', 'lost', 'left'],
  ended: [],
  lost: [],
  left: ['lost'],
};

export interface ViewState {
  readonly is: ViewStateName;
  /** The text may still grow: no end is known. */
  readonly mayGrow: boolean;
  /** Nothing is sent any more. */
  readonly isOver: boolean;
  /** Why it is lost; undefined where it is not. */
  readonly lostBy: unknown;
  /** The one way from state to state. @throws {Error} where the one cannot follow the other: a defect */
  enter(next: Exclude<ViewStateName, 'lost'>): void;
  lose(reason: unknown): void;
}

class StateOfView implements ViewState {
  #is: ViewStateName = 'waiting';
  #lostBy: unknown;

  get is(): ViewStateName {
    return this.#is;
  }

  get mayGrow(): boolean {
    return this.#is === 'waiting' || this.#is === 'gathering' || this.#is === 'drafting';
  }

  get isOver(): boolean {
    return this.#is === 'ended' || this.#is === 'lost' || this.#is === 'left';
  }

  get lostBy(): unknown {
    return this.#lostBy;
  }

  enter(next: Exclude<ViewStateName, 'lost'>): void {
    this.#go(next);
  }

  lose(reason: unknown): void {
    this.#go('lost');
    this.#lostBy = reason;
  }

  #go(next: ViewStateName): void {
    if (!NEXT[this.#is].includes(next)) throw new Error(`An answer that is ${this.#is} cannot be ${next}.`);
    this.#is = next;
  }
}

export const createViewState = (): ViewState => new StateOfView();
