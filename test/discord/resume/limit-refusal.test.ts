import { expect, it } from 'vitest';
import { createSettle } from '../../../src/discord/resume/settle.ts';
import type { Refusal } from '../../../src/conversation/admission.ts';
import type { Claim } from '../../../src/conversation/ledger.ts';
import type { TurnedDown } from '../../../src/discord/intake/turn-down.ts';
import type { SettleDependencies } from '../../../src/discord/resume/settle.ts';

it('a question that a limit has refused has the sign of its own while when another process says so, too', async () => {
  const refusal: Refusal = { reason: 'limit', until: 9_000, limit: { per: 'member', counts: 'questions', window: 'minute', most: 1, opensAt: 9_000 } };
  const said: TurnedDown[] = [];
  const question = { id: '1', conversationId: '7', guildId: '5', asker: { id: '2', name: 'Ana' }, askedAt: 0, text: 'hello', isShared: true };
  const target = { channelId: '7', place: { channelId: '7', interaction: undefined } };
  const parts = {
    findQuestion: () => Promise.resolve({ question, target, drafts: [] }),
    deletedMeanwhile: () => Promise.resolve(undefined),
    admission: { resumed: () => Promise.resolve(refusal), answered: () => undefined },
    turnDown: (turnedDown: TurnedDown) => {
      said.push(turnedDown);
      return Promise.resolve(true);
    },
    remembered: () => Promise.resolve(undefined),
    now: () => 1,
    log: { info: () => undefined, warn: () => undefined },
  } as unknown as SettleDependencies;
  const claim = { row: { questionId: '1', askerId: '2', state: 'accepted', place: target.place, deadline: 60_000, attempts: 2 } } as unknown as Claim;
  await (await createSettle(parts)(claim)).ended;
  expect(said.map(({ period, isResumed, words }) => [period, isResumed, words.sign])).toEqual([[':9000', true, '⏳']]);
});
