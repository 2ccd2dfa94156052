import { describe, expect, it } from 'vitest';
import { disagreements, loggedEnds } from './watching.ts';

const line = (msg: string): string => `{"level":30,"questionId":"1","msg":"${msg}"}\n`;
const LOG = [
  line('Parley starts'),
  line('question answered'),
  line('Parley starts'),
  ...['question answered', 'question failed', 'question ended by a person', 'an answer is left for later', 'question refused', 'ready'].map(line),
].join('');

const figures = (questions: Readonly<Record<string, number>>, inProgress = 0, ofFloods = 0): string =>
  [
    '# HELP parley_questions_total Questions',
    '# TYPE parley_questions_total counter',
    ...Object.entries(questions).map(([outcome, value]) => `parley_questions_total{door="mention",outcome="${outcome}"} ${value}`),
    '# HELP parley_questions_in_progress Open',
    '# TYPE parley_questions_in_progress gauge',
    `parley_questions_in_progress ${inProgress}`,
    '# HELP parley_question_failures_total Failures',
    '# TYPE parley_question_failures_total counter',
    `parley_question_failures_total{kind="line-full"} ${ofFloods}`,
    '',
  ].join('\n');

describe('what a process says of its questions', () => {
  it('is read in its log from its last beginning on', () => {
    expect(loggedEnds(LOG)).toEqual({ ended: 3, left: 1, 'taken-over': 0 });
  });

  it('agrees where each line was counted, those of a flood and what was turned away aside', () => {
    const logged = loggedEnds(LOG);
    expect(disagreements(figures({ delivered: 1, failed: 3, refused: 1, left: 1, 'turned-away': 4 }, 0, 2), logged)).toEqual([]);
  });

  it.each([
    ['one too many', figures({ delivered: 3, failed: 1, left: 1 }), 'ended: 4 are counted, and 3 are in the log'],
    ['one that never ended', figures({ delivered: 2, failed: 1, left: 1 }, 1), 'in progress: 1 are counted, and 0 are in the log'],
    ['one that was forgotten', figures({ delivered: 2, failed: 1 }), 'left: 0 are counted, and 1 are in the log'],
    ['nothing that can be read', `${figures({ delivered: 2, failed: 1, left: 1 })}what\n`, 'no sample: what'],
  ])('does not agree: %s', (_what, text, problem) => {
    expect(disagreements(text, loggedEnds(LOG))).toContain(problem);
  });
});
