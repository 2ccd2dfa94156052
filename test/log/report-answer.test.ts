import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/conversation/failure.ts';
import { reportQuestions } from '../../src/log/report-answer.ts';
import type { QuestionEvent } from '../../src/conversation/question-events.ts';

const question = { id: '5', conversationId: 'c', guildId: '1', asker: { id: '7', name: 'Ana' }, text: 'my secret' };
const report = { question, outcome: 'failed', failure: new Failure('stopped', 'The question was stopped: shutting down.'), waitedMs: 0, tookMs: 0 };

const linesOf = (event: object): unknown[] => {
  const lines: unknown[] = [];
  const write = (level: string) => (fields: object, message: string) => void lines.push({ level, message, ...fields });
  reportQuestions({ debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } as never)(event as QuestionEvent);
  return lines;
};

describe('a question that somebody else goes on with', () => {
  it('is one line, with its place where another process has it, and with the reason where it was left', () => {
    expect(linesOf({ type: 'taken-over', question })).toEqual([
      { level: 'warn', message: 'another process has taken this question over, and answers it', questionId: '5', conversationId: 'c' },
    ]);
    expect(linesOf({ type: 'left', question, report })).toEqual([
      { level: 'warn', message: 'an answer is left for later', questionId: '5', kind: 'stopped', reason: 'The question was stopped: shutting down.' },
    ]);
  });
});
