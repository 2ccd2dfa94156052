import { afterEach, describe, expect, it } from 'vitest';
import { startWorld } from '../start-parley.ts';
import type { SimulatedMessage } from '../simulators/discord.ts';
import type { ConverseBody } from '../simulators/bedrock-types.ts';
import type { World } from '../start-parley.ts';

const SYSTEM_PROMPT = 'Answer in the words of a sailor. '.repeat(200);
const QUESTION = 'and what of the tides there? '.repeat(14);
const ANSWER = 'The tide comes in, the tide goes out. '.repeat(16);
const TURNS = 40;
/** So long a question comes behind the one before it: what the model keeps it keeps for five. */
const MINUTE_MS = 60_000;

let minutes = 0;
let world: World | undefined;
afterEach(() => world?.close());

const isSummary = (body: ConverseBody | undefined): boolean => [...(body?.system ?? []), ...(body?.messages.at(-1)?.content ?? [])].some(({ text }) => text?.includes('You keep notes'));

/** Each question of a chain of replies is a reply to the answer before it; nothing else differs between the scopes. */
const converse = async ({ ana, discord, channel, outcome }: World, scope: string): Promise<void> => {
  const place = scope === 'thread' ? ana.startThread(channel, { name: 'tides' }) : channel;
  let last: SimulatedMessage | undefined;
  for (let turn = 1; turn <= TURNS; turn += 1) {
    const question = ana.say(place, `${discord.botUser.mention} ${turn} ${QUESTION}`, scope === 'reply' && last !== undefined ? { replyTo: last } : {});
    await outcome(question.id);
    minutes += 1;
    last = place.fromBot.findLast(({ referenceId }) => referenceId === question.id);
  }
};

describe('what the model keeps of a conversation from question to question', () => {
  it.each<[string, string, number]>([
    ['room', 'off', 0.2],
    ['room', 'on', 0.2],
    ['user', 'on', 0.2],
    ['thread', 'on', 0.2],
    ['reply', 'off', 0.2],
    ['reply', 'on', 0.2],
  ])('is read again in scope %s with compaction %s, over forty turns: 85 % of it, at %d of its price at most, the summary included', async (scope, compaction, most) => {
    world = await startWorld({
      environment: { BEDROCK_MODEL_ID: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', SYSTEM_PROMPT, HISTORY_MAX_TOKENS: '10000', CONVERSATION_SCOPE: scope, COMPACTION: compaction },
      discord: { rateLimits: 'off' },
      bedrock: { now: () => minutes * MINUTE_MS },
    });
    world.bedrock.respond((request) => ({ text: isSummary(request.body) ? 'They spoke of tides.' : ANSWER }));
    await converse(world, scope);
    const usages = world.bedrock.requests.map(({ usage, body }) => {
      const { inputTokens = 0, cacheReadInputTokens: read = 0, cacheWriteInputTokens: written = 0 } = usage ?? {};
      return { all: inputTokens + read + written, billed: inputTokens + 0.1 * read + 1.25 * written, read, isQuestion: !isSummary(body) };
    });
    const sum = (of: 'all' | 'billed' | 'read', some = usages): number => some.reduce((total, usage) => total + usage[of], 0);
    const questions = usages.filter(({ isQuestion }) => isQuestion);
    const later = questions.slice(3);
    expect(questions).toHaveLength(TURNS);
    expect(usages.length > TURNS).toBe(compaction === 'on');
    expect(sum('read', later) / sum('all', later)).toBeGreaterThanOrEqual(0.85);
    const folds = usages.filter(({ isQuestion }) => !isQuestion);
    // What leaves is read where it stands, where the model keeps it still.
    expect(folds.every(({ all, read }) => read / all > 0.9)).toBe(true);
    expect(sum('billed') / sum('all', questions)).toBeLessThanOrEqual(most);
  }, 120_000);
});
