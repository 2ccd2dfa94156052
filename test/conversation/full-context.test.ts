import { describe, expect, it } from 'vitest';
import { createAnswer } from '../../src/conversation/answer.ts';
import { createImageLimit } from '../../src/conversation/image-limit.ts';
import { NO_HISTORIES, UNSEEN } from './idle-ports.ts';
import type { LanguageModel, Line, PlaceSettings } from '../../src/conversation/ports.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { StopReason } from '../../src/conversation/reply.ts';

const line: Line = { inLane: (_id, work) => work(), inTurn: ({ run }) => run(() => undefined) };
const question: Question = { id: '42', conversationId: '10', guildId: '1', asker: { id: '7', name: 'Ana' }, askedAt: 0, text: 'hello', isShared: false };

/** What is learned of a model's window, and said below the answer, where it stops for a reason. */
const answered = async (stopReason: StopReason) => {
  const learned: unknown[] = [];
  const said: (readonly string[])[] = [];
  const model: LanguageModel = {
    async *converse() {
      yield { type: 'text', text: 'Hello.' };
      yield { type: 'end', stopReason, usage: { inputTokens: 700, outputTokens: 50, cacheReadInputTokens: 200, cacheWriteInputTokens: 40 }, latencyMs: undefined };
    },
  };
  const settings: Partial<PlaceSettings> = {
    model,
    systemPrompt: '',
    maxTokens: 1_000,
    historyMs: 1_000,
    imageLimit: createImageLimit(),
    contextLimit: { promptTokens: () => 1_000, refused: ({ told }) => void learned.push(told) },
  };
  const answer = createAnswer({ line, histories: NO_HISTORIES, settingsFor: () => settings as PlaceSettings, now: () => 0 });
  const { outcome } = await answer(question, { ...UNSEEN, finish: async (_reply, remarks) => (said.push(remarks.map(String)), ['1']) }, new AbortController().signal);
  return { learned, said, outcome };
};

describe('an answer that stops', () => {
  it('because the window is full teaches how much the model takes, prompt and answer together', async () => {
    expect(await answered('model_context_window_exceeded')).toMatchObject({ outcome: 'delivered', learned: [{ mostTokens: 990, promptTokens: 940 }] });
  });

  it('by itself teaches nothing, and has nothing below it', async () => {
    expect(await answered('end_turn')).toEqual({ outcome: 'delivered', learned: [], said: [[]] });
  });
});
