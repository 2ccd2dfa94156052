import type { ChaosResult } from './run-chaos.ts';
import type { Outcome } from './judge.ts';

const OUTCOMES: Readonly<Partial<Record<Outcome, string>>> = {
  answered: 'answered, whole',
  'broken off': 'broken off, and said so',
  refused: 'not answered, and said why',
  'lost with its only record': 'commands whose row in the ledger was damaged, their only trace',
  'not accepted': 'commands while the process was away (Discord tells the member)',
};

/** One run as a table for the README. */
export const chaosTable = (seed: number, { asked, outcomes, kills, happenings, wrong, seconds }: ChaosResult): string => {
  const rows: [string, string | number][] = [
    ['seed', seed],
    ['questions', asked],
    ['kills', kills],
    ['other troubles on schedule', happenings - kills],
    ...Object.entries(OUTCOMES).map(([outcome, text]): [string, number] => [text, outcomes.get(outcome as Outcome) ?? 0]),
    ...Object.entries(wrong),
    ['seconds', seconds.toFixed(0)],
  ];
  return ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n');
};
