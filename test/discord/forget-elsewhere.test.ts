import { expect, it } from 'vitest';
import { createRecentResets } from '../../src/discord/intake/recent-resets.ts';
import { createForgetHere } from '../../src/discord/memory/forget-here.ts';
import type { LedgerRow } from '../../src/conversation/ledger.ts';
import type { QuestionsInProgress } from '../../src/discord/intake/questions-in-progress.ts';
import type { Here } from '../../src/discord/memory/whose-memory.ts';

const row = (questionId: string, behind?: string): LedgerRow => ({ questionId, question: behind === undefined ? undefined : { behind } }) as LedgerRow;

it('a reset says how many questions it has ended in all processes, as they were when it was heard', async () => {
  const cancelled: string[] = [];
  const inProgress = { all: () => ['1', '2'].map((id) => ({ question: { id, conversationId: 'c' }, signal: new AbortController().signal, cancel: () => cancelled.push(id) })) } as unknown as QuestionsInProgress;
  let elsewhere = [row('3'), row('4'), row('5', '3')];
  const said: string[] = [];
  const here = { user: { id: '7' } } as Here;
  const toForget = { whose: 'shared', conversationIds: ['c'] } as const;
  const forgetHere = createForgetHere({
    forget: async () => ({ wasAny: false, questions: 0, interrupted: [] }),
    forgetChains: async () => ({ wasAny: false, questions: 0, interrupted: [], conversationIds: [] }),
    inProgress,
    ledger: { openElsewhere: async () => elsewhere },
    resets: createRecentResets(),
    onForgotten: async () => undefined,
    onFailure: () => undefined,
  });
  forgetHere.onHeard(here, toForget);
  elsewhere = [];
  await forgetHere.forget(here, toForget, async (text, wasAny) => void said.push(`${text} ${wasAny}`));
  expect(cancelled).toEqual(['1', '2']);
  expect(said).toEqual([expect.stringMatching(/also ended 4 questions.* true$/u)]);
});
