import type { Finding } from './finding.ts';

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
