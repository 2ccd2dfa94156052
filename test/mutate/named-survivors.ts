/** A mutant that no test can notice, or that none should, and why. */
export interface NamedSurvivor {
  readonly file: string;
  readonly kind: string;
  /** What stands in the line, without the blanks around it. */
  readonly line: string;
  readonly reason: string;
}

export const NAMED_SURVIVORS: readonly NamedSurvivor[] = [];
