import { withFileBytes } from './history-files.ts';
import type { Payer } from './call-report.ts';
import type { Role, Turn } from './turn.ts';

/** Looks at what is asked before the model gets it, and at what it answers before anybody sees it. */
export interface ContentChecks {
  /** Answers are looked at, too. */
  readonly ofAnswers: boolean;
  /**
   * Resolves where nothing is to be said against it.
   * @throws {Failure} of kind `guardrail` where there is; `unchecked` or `checks-refused` where nobody can tell; or of the key's kinds
   * @throws the signal's reason when it aborts
   */
  look(role: Role, texts: readonly string[], payer: Payer | undefined, signal: AbortSignal): Promise<void>;
}

/** All of a turn that is text, text files among it, as the model gets it. Images and documents cannot be looked at. */
export const textsIn = (turn: Turn): readonly string[] => withFileBytes(turn, new Map()).content.flatMap((block) => ('text' in block ? [block.text] : []));
