/** A mutant that no test can notice, or that none should, and why. */
export interface NamedSurvivor {
  readonly file: string;
  readonly kind: string;
  /** What stands in the line, without the blanks around it. */
  readonly line: string;
  readonly reason: string;
}

export const NAMED_SURVIVORS: readonly NamedSurvivor[] = [
  {
    file: 'src/store/sqlite-file.ts',
    kind: 'await dropped',
    line: 'await this.#rewriting;',
    reason: 'a rewriting that is under way when the store is closed comes to its end in a thread of its own; only whoever closes it knows sooner',
  },
];
