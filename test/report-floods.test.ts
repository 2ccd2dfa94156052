import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../src/conversation/failure.ts';
import { reportAnswer } from '../src/report-answer.ts';
import { createFloodReport } from '../src/report-floods.ts';
import type { AnswerReport } from '../src/conversation/ports.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const start = () => {
  const lines: Record<string, unknown>[] = [];
  const write = (level: string) => (fields: object, message: string) => void lines.push({ level, message, ...fields });
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } as never;
  const floods = createFloodReport(log);
  let id = 0;
  const refuse = (count: number, askerId = '7', conversationId = 'c'): void => {
    for (let index = 0; index < count; index += 1) {
      const failure = new Failure('line-full', '30 questions of this member wait in this conversation already.');
      const question = { id: String((id += 1)), conversationId, guildId: '1', asker: { id: askerId, name: 'Ana' } };
      const report = { question, outcome: 'failed', failure, waitedMs: 0, tookMs: 0 } as AnswerReport;
      reportAnswer(log, report);
      floods.heard(report);
    }
  };
  const told = (): Record<string, unknown>[] => lines.filter(({ level }) => level !== 'debug');
  return { lines, told, floods, refuse };
};

describe('questions for which there is no room', () => {
  it('are one line a minute, with how many they were and by whom', () => {
    const { lines, told, refuse } = start();
    refuse(29);
    vi.advanceTimersByTime(59_000);
    refuse(4);
    expect(told()).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(told()).toEqual([
      expect.objectContaining({ level: 'warn', conversationId: 'c', askerId: '7', questions: 33, firstQuestionId: '1', lastQuestionId: '33', reason: expect.stringContaining('wait in this conversation') }),
    ]);
    refuse(2);
    vi.advanceTimersByTime(60_000);
    expect(told().map(({ questions }) => questions)).toEqual([33, 2]);
    expect(lines.filter(({ level }) => level === 'debug')).toHaveLength(35);
  });

  it('are told for each conversation, with how many members asked them', () => {
    const { told, refuse } = start();
    refuse(3, '7', 'a');
    refuse(2, '8', 'a');
    refuse(1, '8', 'b');
    vi.advanceTimersByTime(60_000);
    expect(told()).toEqual([expect.objectContaining({ conversationId: 'a', questions: 5, members: 2 }), expect.objectContaining({ conversationId: 'b', questions: 1, askerId: '8' })]);
    expect(told()[0]).not.toHaveProperty('askerId');
  });

  it('are told when the process ends, and only once', () => {
    const { told, refuse, floods } = start();
    refuse(5);
    floods.end();
    vi.advanceTimersByTime(120_000);
    expect(told()).toHaveLength(1);
  });
});
