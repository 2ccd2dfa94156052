import { expect, it } from 'vitest';
import { createTidyUp } from '../../../src/discord/resume/tidy-up.ts';
import type { DiscordApi } from '../../../src/discord/rest/discord-api.ts';
import type { Exchange } from '../../../src/conversation/history.ts';
import type { Claim, LedgerRow, Outcome } from '../../../src/conversation/ledger.ts';
import type { ReplyTarget } from '../../../src/discord/reply/reply-target.ts';

const QUESTION = '1000';
const [PRESSED, NOTED, NOTICE, ANSWER, UNTOLD, ANEW] = ['900', '1100', '1150', '1200', '1250', '1300'];

it('what an answered question left goes, noted or not, and nothing that was there before it or came behind its answer', async () => {
  const removed: string[] = [];
  const ends: Outcome[] = [];
  const place = { channelId: '1', replyTo: QUESTION, interaction: undefined, isPrivate: false, canSendMessages: true };
  const row: LedgerRow = { questionId: QUESTION, conversationId: '1', askerId: '2', state: 'running', acceptedAt: 1, deadline: 2, attempts: 2, place, messageIds: [NOTED, ANSWER], hadFiles: false };
  const target: Partial<ReplyTarget> = { place, channelId: '1', remove: async (_part, id) => void removed.push(id) };
  const found = { question: undefined, target: target as ReplyTarget, drafts: [PRESSED, NOTED, NOTICE, ANSWER, ANEW], untold: async () => [ANSWER, UNTOLD] };
  const claim = { row, end: (outcome: Outcome) => ends.push(outcome), removed: () => undefined, release: () => undefined } as Partial<Claim>;
  const tidyUp = createTidyUp({ api: {} as DiscordApi, findQuestion: async () => found, keep: () => Promise.resolve() });
  await tidyUp(claim as Claim, { id: QUESTION, replyMessageIds: [ANSWER] } as unknown as Exchange);
  expect([removed.toSorted(), ends]).toEqual([[NOTED, NOTICE, UNTOLD], [{ state: 'delivered' }]]);
});
