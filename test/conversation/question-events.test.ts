import { expect, it } from 'vitest';
import { createEvents } from '../../src/conversation/events.ts';
import { onOutcome } from '../../src/conversation/question-events.ts';
import type { QuestionEvent } from '../../src/conversation/question-events.ts';

const event: QuestionEvent = {
  type: 'called',
  question: { id: '1', conversationId: '10', guildId: undefined, asker: { id: '7', name: 'Ana' }, askedAt: 0, text: 'hello', isShared: false },
  waitedMs: 3,
};

it('tells all listeners what happens to a question, in their order, also where one of them throws', () => {
  const broken: unknown[] = [];
  const heard: string[] = [];
  const events = createEvents<QuestionEvent>((error) => broken.push(error));
  events.listen(({ type }) => heard.push(`first ${type}`));
  events.listen(() => {
    throw new Error('no room');
  });
  events.listen(({ type }) => heard.push(`last ${type}`));
  events.tell(event);
  expect(heard).toEqual(['first called', 'last called']);
  expect(broken).toEqual([new Error('no room')]);
});

it.each(['delivered', 'refused', 'failed'] as const)('tells of an outcome whoever listens for outcomes alone: %s', (type) => {
  const heard: unknown[] = [];
  const report = { outcome: type };
  const events = createEvents<QuestionEvent>(() => undefined);
  events.listen(onOutcome((outcome) => heard.push(outcome)));
  events.tell(event);
  events.tell({ question: event.question, type, report } as unknown as QuestionEvent);
  events.tell({ question: event.question, type: 'left', report } as unknown as QuestionEvent);
  expect(heard).toEqual([report]);
});
