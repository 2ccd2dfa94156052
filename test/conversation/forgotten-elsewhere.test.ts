import { expect, it } from 'vitest';
import { createAnswer } from '../../src/conversation/answer.ts';
import { Cancelled } from '../../src/conversation/cancelled.ts';
import { createImageLimit } from '../../src/conversation/image-limit.ts';
import { createHistoryStore } from '../../src/store/history-store.ts';
import { createKeptFiles } from '../../src/store/kept-files.ts';
import { openStore } from '../../src/store/open-store.ts';
import { UNSEEN } from './idle-ports.ts';
import type { HistoryStore, LanguageModel, Line } from '../../src/conversation/ports.ts';
import type { Question } from '../../src/conversation/question.ts';

const TTL_MS = 3_600_000;
const line: Line = { inLane: (_id, work) => work(), inTurn: ({ run }) => run(() => undefined) };
const model: LanguageModel = {
  async *converse() {
    yield { type: 'text', text: 'Certainly.' };
    yield { type: 'end', stopReason: 'end_turn', usage: undefined, latencyMs: undefined };
  },
};
const questionOf = (id: string): Question => ({ id, conversationId: 'c', guildId: 'g', asker: { id: '7', name: 'Ana' }, askedAt: Date.now(), text: 'why?', isShared: true });

/** Two processes on one store, and the questions that are remembered in it. */
const begin = () => {
  const [store, fileStore] = [openStore('memory://'), openStore('memory://')];
  const log = { error: () => undefined, warn: () => undefined } as never;
  const open = (): HistoryStore => createHistoryStore({ store, otherTables: [], files: createKeptFiles({ store: fileStore, ttlMs: TTL_MS, log }), ttlMs: TTL_MS, log });
  const processes = [open(), open()] as const;
  const answerBy = (histories: HistoryStore) =>
    createAnswer({ line, histories, settingsFor: () => ({ model, systemPrompt: '', maxTokens: 1_000, historyMs: TTL_MS, imageLimit: createImageLimit() }), now: Date.now });
  return { processes, answerBy, remembered: async () => (await processes[1].load('c')).history.exchanges.map(({ id }) => id) };
};

it.each(['before it is remembered', 'while it is written down'])('an answer is not remembered whose conversation another process has forgotten %s', async (when) => {
  const { processes: [own, other], answerBy, remembered } = begin();
  await answerBy(own)(questionOf('1'), UNSEEN, new AbortController().signal);
  expect(await remembered()).toEqual(['1']);
  const controller = new AbortController();
  /** Both hear of it; the other one forgets at once, and has answered again before this one is done. */
  const reset = async (): Promise<void> => {
    controller.abort(new Cancelled('conversation reset', '8'));
    await other.forget('c');
    await answerBy(other)(questionOf('3'), UNSEEN, new AbortController().signal);
  };
  const late: HistoryStore = {
    ...own,
    save: async (...saved) => {
      await reset();
      await own.save(...saved);
    },
  };
  const isBefore = when === 'before it is remembered';
  const finish = async () => {
    if (isBefore) await reset();
    return ['m'];
  };
  const report = await answerBy(isBefore ? own : late)(questionOf('2'), { ...UNSEEN, finish }, controller.signal);
  expect(report.outcome).toBe('delivered');
  expect(await remembered()).toEqual(['3']);
});

it('one that is alone in its conversation leaves nothing, too', async () => {
  const { processes: [own, other], answerBy, remembered } = begin();
  const controller = new AbortController();
  const late: HistoryStore = {
    ...own,
    save: async (...saved) => {
      await own.save(...saved);
      controller.abort(new Cancelled('conversation reset', '8'));
    },
  };
  await answerBy(late)(questionOf('1'), UNSEEN, controller.signal);
  expect(await remembered()).toEqual([]);
  await answerBy(other)(questionOf('2'), UNSEEN, new AbortController().signal);
  expect(await remembered()).toEqual(['2']);
});
