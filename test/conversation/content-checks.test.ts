import { describe, expect, it } from 'vitest';
import { createAnswer } from '../../src/conversation/answer.ts';
import { Failure } from '../../src/conversation/failure.ts';
import { createImageLimit } from '../../src/conversation/image-limit.ts';
import { createLiveQuestion } from '../../src/conversation/live-question.ts';
import { NO_HISTORIES, UNSEEN } from './idle-ports.ts';
import type { ContentChecks } from '../../src/conversation/content-checks.ts';
import type { AnswerReport, LanguageModel, Line } from '../../src/conversation/ports.ts';
import type { Prompt } from '../../src/conversation/prompt.ts';
import type { Question } from '../../src/conversation/question.ts';

const QUESTION: Question = { id: '1', conversationId: '10', guildId: '5', asker: { id: '7', name: 'Ana' }, askedAt: 0, text: 'hello', isShared: false };

/** Asks, with checks that stop what has "bad" in it. @param whileWaiting happens when its turn has come, before the model is asked */
const ask = async (question: Question, { answer = 'Hello.', ofAnswers = true, whileWaiting = (_live: ReturnType<typeof createLiveQuestion>): void => undefined } = {}) => {
  const order: string[] = [];
  const live = createLiveQuestion(question);
  const model: LanguageModel = {
    async *converse({ turns }: Prompt) {
      order.push(`asked ${JSON.stringify(turns.at(-1)?.content.at(-1))}`);
      yield { type: 'text', text: answer };
      yield { type: 'end', stopReason: 'end_turn', usage: undefined, latencyMs: undefined };
    },
  };
  const checks: ContentChecks = {
    ofAnswers,
    look: async (role, texts, payer) => {
      order.push(`looked at ${role} of ${payer?.asker.name}: ${texts.at(-1)}`);
      if (texts.some((text) => text.includes('bad'))) throw new Failure('guardrail', 'stopped');
    },
  };
  const line: Line = {
    inLane: (_id, work) => work(),
    inTurn: ({ run }) => {
      order.push('in line');
      whileWaiting(live);
      return run(() => undefined);
    },
  };
  const shown: string[] = [];
  const view = { ...UNSEEN, show: (text: string): void => void shown.push(text) };
  const settings = { model, systemPrompt: '', maxTokens: 1_000, historyMs: 1_000, imageLimit: createImageLimit(), checks };
  const report: AnswerReport = await createAnswer({ line, histories: NO_HISTORIES, settingsFor: () => settings, now: () => 0 })(question, view, new AbortController().signal, live);
  return { order, shown, outcome: report.failure?.kind ?? report.outcome };
};

describe('what is checked', () => {
  it('is the question before it waits, and the answer before anybody sees it', async () => {
    expect(await ask(QUESTION)).toEqual({
      order: ['looked at user of Ana: hello', 'in line', 'asked {"text":"hello"}', 'looked at assistant of Ana: Hello.'],
      shown: [],
      outcome: 'delivered',
    });
  });

  it('is only the question where that is wanted: the answer is shown as it grows', async () => {
    const { order, shown } = await ask(QUESTION, { ofAnswers: false, answer: 'Something bad.' });
    expect(order).not.toContainEqual(expect.stringContaining('assistant'));
    expect(shown).toEqual(['Something bad.']);
  });

  it('is also what a question was changed to while it waited', async () => {
    const { order, outcome } = await ask(QUESTION, { whileWaiting: (live) => live.revise({ ...QUESTION, text: 'something bad' }) });
    expect(order).toEqual(['looked at user of Ana: hello', 'in line', 'looked at user of Ana: something bad']);
    expect(outcome).toBe('guardrail');
  });

  it('keeps what is stopped from the model, and what the model wrote from everybody', async () => {
    expect(await ask({ ...QUESTION, text: 'bad' })).toEqual({ order: ['looked at user of Ana: bad'], shown: [], outcome: 'guardrail' });
    expect(await ask(QUESTION, { answer: 'Something bad.' })).toMatchObject({ shown: [], outcome: 'guardrail' });
  });

  it('is what is quoted, too', async () => {
    expect((await ask({ ...QUESTION, repliedTo: { author: { id: '8', name: 'Bo' }, text: 'so bad' } })).outcome).toBe('guardrail');
  });
});
