/** What a look at one part of the house found. For admins: it names settings, ids and servers, but no secret. */
export interface Finding {
  /** What was looked at, for machines: `discord.token`. */
  readonly check: string;
  /** `bad` keeps Parley from answering, somewhere at least; a `warning` will, or may; `skipped`: there was nothing to look at. */
  readonly state: 'good' | 'warning' | 'bad' | 'skipped';
  /** One sentence. */
  readonly says: string;
  /** What to do about it. */
  readonly cure?: string | undefined;
}

/** One look, of a few requests at most. */
export interface Check {
  readonly id: string;
  /** What is being looked at, while it takes time. */
  readonly about: string;
  /** Whether it may be shown to the admins of servers who are no owners of the bot. */
  readonly isForAdmins: boolean;
  /** Rejects when it could not look; that is a finding too. */
  run(signal: AbortSignal): Promise<readonly Finding[]>;
}

/** Checks that build on each other, so they run one after the other. */
export interface CheckGroup {
  readonly id: 'discord' | 'store' | 'bedrock' | 'places';
  readonly title: string;
  readonly checks: readonly Check[];
}

const SIGNS: Readonly<Record<Finding['state'], string>> = { good: '✓', warning: '!', bad: '✗', skipped: '–' };

/** One finding for a terminal, with its cure below. */
export const findingText = ({ state, says, cure }: Finding): string => `  ${SIGNS[state]} ${says}\n${cure === undefined ? '' : `    → ${cure}\n`}`;

const count = (findings: readonly Finding[], state: Finding['state']): number => findings.filter((finding) => finding.state === state).length;

/** What it all comes to. */
export const verdictText = (findings: readonly Finding[]): string => {
  const bad = count(findings, 'bad');
  const warnings = count(findings, 'warning');
  const noticed = warnings === 0 ? '' : ` ${warnings === 1 ? 'One thing is' : `${warnings} things are`} worth a look.`;
  if (bad === 0) return `Parley can work.${noticed}`;
  return `Fix ${bad === 1 ? 'one thing' : `${bad} things`}, marked ${SIGNS.bad} above.${noticed}`;
};
