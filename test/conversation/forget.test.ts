import { expect, it } from 'vitest';
import { createForgetExchange } from '../../src/conversation/forget.ts';
import { EMPTY_HISTORY, remember } from '../../src/conversation/history.ts';
import type { ForgetDependencies } from '../../src/conversation/forget.ts';
import type { Exchange } from '../../src/conversation/history.ts';

const exchange = (id: string): Exchange => ({
  id,
  askerId: '7',
  askedAt: 1,
  turns: [{ role: 'user', content: [{ text: 'Why?' }] }, { role: 'assistant', content: [{ text: 'So.' }] }],
  replyMessageIds: [],
  stopReason: 'end_turn',
});

it.each([
  ['the rest is saved', ['1', '2'], 'save'],
  ['all of it is forgotten', ['1'], 'forget'],
])('a question is forgotten when %s, and its lane is free no sooner', async (_what, ids, last) => {
  const happened: string[] = [];
  const slowly = (what: string) => async (): Promise<never> => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    happened.push(what);
    return undefined as never;
  };
  const dependencies = {
    line: { inLane: async (_conversationId: string, work: () => Promise<void>) => work().then(() => void happened.push('lane is free')) },
    histories: {
      load: async () => ({ history: ids.reduce((history, id) => remember(history, exchange(id)), EMPTY_HISTORY) }),
      forgetUnreadable: slowly('unreadable'),
      save: slowly('save'),
      forget: slowly('forget'),
    },
    pendingQuestions: { drop: slowly('pending') },
  } as unknown as ForgetDependencies;
  await createForgetExchange(dependencies)('c', '1');
  expect(happened).toEqual(['pending', 'unreadable', last, 'lane is free']);
});
