import { describe, expect, it } from 'vitest';
import { createAnswer } from '../../src/conversation/answer.ts';
import { Failure } from '../../src/conversation/failure.ts';
import { createImageLimit } from '../../src/conversation/image-limit.ts';
import { NO_HISTORIES, UNSEEN } from './idle-ports.ts';
import type { LanguageModel, Line, Wait } from '../../src/conversation/ports.ts';
import type { Question } from '../../src/conversation/question.ts';

const line: Line = { inLane: (_id, work) => work(), inTurn: ({ run }) => run(() => undefined) };
const settings = { systemPrompt: '', maxTokens: 1_000, historyMs: 1_000, imageLimit: createImageLimit() };

const QUESTION: Question = { id: '1', conversationId: '10', guildId: undefined, asker: { id: '7', name: 'Ana' }, askedAt: 0, text: 'look', isShared: false };

/** Asks with a file, and counts what happens to the room that it takes. */
const askWithFile = async (converse: (wasFreed: () => boolean) => LanguageModel['converse']) => {
  let freed = 0;
  const question: Question = {
    ...QUESTION,
    readFiles: async () => ({ files: [], skipped: [], room: { [Symbol.dispose]: () => (freed += 1) } }),
  };
  const model: LanguageModel = { converse: converse(() => freed > 0) };
  const report = await createAnswer({ line, histories: NO_HISTORIES, settingsFor: () => ({ ...settings, model }), now: () => 0 })(question, UNSEEN, new AbortController().signal);
  return { report, freed };
};

describe('a question whose files wait', () => {
  it('says so until they are read', async () => {
    const told: (Wait | undefined)[] = [];
    const question: Question = {
      ...QUESTION,
      readFiles: async (_signal, onCrowded) => {
        onCrowded?.();
        return { files: [], skipped: [] };
      },
    };
    const model: LanguageModel = {
      async *converse() {
        yield { type: 'text', text: 'I see.' };
        yield { type: 'end', stopReason: 'end_turn', usage: undefined, latencyMs: undefined };
      },
    };
    const listening = { ...UNSEEN, wait: (wait: Wait | undefined) => void told.push(wait) };
    await createAnswer({ line, histories: NO_HISTORIES, settingsFor: () => ({ ...settings, model }), now: () => 0 })(question, listening, new AbortController().signal);
    expect(told).toEqual([{ type: 'files' }, undefined]);
  });
});

describe('the memory that the files of a question take', () => {
  it('is given back once it is answered, and not before', async () => {
    const { report, freed } = await askWithFile((wasFreed) => async function* () {
      expect(wasFreed()).toBe(false);
      yield { type: 'text', text: 'I see.' };
      expect(wasFreed()).toBe(false);
      yield { type: 'end', stopReason: 'end_turn', usage: undefined, latencyMs: undefined };
    });
    expect(report.outcome).toBe('delivered');
    expect(freed).toBe(1);
  });

  it('is given back when it fails', async () => {
    const { report, freed } = await askWithFile(() => () => {
      throw new Failure('service-error', 'no');
    });
    expect(report.outcome).toBe('failed');
    expect(freed).toBe(1);
  });
});
