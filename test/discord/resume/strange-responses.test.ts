import { DiscordAPIError } from 'discord.js';
import { expect, it } from 'vitest';
import { createFindQuestion } from '../../../src/discord/resume/find-question.ts';
import { createTidyUp } from '../../../src/discord/resume/tidy-up.ts';
import type { DiscordApi } from '../../../src/discord/rest/discord-api.ts';
import type { Exchange } from '../../../src/conversation/history.ts';
import type { Claim, LedgerRow, Outcome } from '../../../src/conversation/ledger.ts';

const RESPONSE = '1576584196380426240';

const ROW: LedgerRow = {
  questionId: '1576584193024983040',
  conversationId: '1:2',
  askerId: '2',
  state: 'running',
  acceptedAt: 1,
  deadline: 2,
  attempts: 3,
  place: { channelId: '1', replyTo: undefined, interaction: { id: '1576584193024983040', applicationId: '3', token: 'secret', expiresAt: 9 }, isPrivate: true, canSendMessages: true },
  messageIds: [RESPONSE],
  hadFiles: false,
};

/** A Discord that refuses to show a response, for a reason that nobody knows. */
const strange = () => {
  const deleted: string[] = [];
  const refusal = new DiscordAPIError({ code: 0, message: 'no' }, 0, 413, 'GET', 'https://discord.example/webhooks', { body: undefined, files: undefined });
  const api = { getReply: () => Promise.reject(refusal), deleteReply: async (_interaction: unknown, id: string) => void deleted.push(id) };
  const findQuestion = createFindQuestion({ client: {}, api, lostMessages: { leftBehind: async () => [] }, readBack: { page: async () => [] }, readAskedMessage: {}, readFiles: {}, rightBefore: { since: (id: string) => id } } as never);
  return { api: api as unknown as DiscordApi, deleted, findQuestion };
};

it('a response that Discord does not show goes when its question is given up', async () => {
  const { deleted, findQuestion } = strange();
  expect(await findQuestion(ROW)).toMatchObject({ question: undefined, target: undefined });
  expect(deleted).toEqual(['@original']);
});

it('a response that Discord does not show goes before anything is said in its place', async () => {
  const { deleted, findQuestion } = strange();
  const { target } = await findQuestion({ ...ROW, place: { ...ROW.place, isPrivate: false } });
  expect(deleted).toEqual(['@original']);
  // What the answer is written into later is not to go behind it.
  await target?.clean?.();
  expect(deleted).toEqual(['@original']);
});

it('a response that is the answer stays, whatever Discord refuses to show, and its row is closed', async () => {
  const { api, deleted, findQuestion } = strange();
  const ends: Outcome[] = [];
  const claim = { row: ROW, end: (outcome: Outcome) => ends.push(outcome), removed: () => undefined, release: () => undefined } as Partial<Claim>;
  const exchange = { id: ROW.questionId, replyMessageIds: [RESPONSE] } as unknown as Exchange;
  await createTidyUp({ api, findQuestion, keep: () => Promise.resolve() })(claim as Claim, exchange);
  expect(deleted).toEqual([]);
  expect(ends).toEqual([{ state: 'delivered' }]);
});
