import { afterEach, describe, expect, it } from 'vitest';
import { startWorld } from '../start-parley.ts';
import type { SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const SYSTEM_PROMPT = 'Answer in the words of a sailor. '.repeat(200);
const QUESTION = 'and what of the tides there? '.repeat(14);
const ANSWER = 'The tide comes in, the tide goes out. '.repeat(16);
const TURNS = 40;

let world: World | undefined;
afterEach(() => world?.close());

/** Each question of a chain of replies is a reply to the answer before it; nothing else differs between the scopes. */
const converse = async ({ ana, discord, channel, outcome }: World, scope: string): Promise<void> => {
  const place = scope === 'thread' ? ana.startThread(channel, { name: 'tides' }) : channel;
  let last: SimulatedMessage | undefined;
  for (let turn = 1; turn <= TURNS; turn += 1) {
    const question = ana.say(place, `${discord.botUser.mention} ${turn} ${QUESTION}`, scope === 'reply' && last !== undefined ? { replyTo: last } : {});
    await outcome(question.id);
    last = place.fromBot.findLast(({ referenceId }) => referenceId === question.id);
  }
};

describe('what the model keeps of a conversation from question to question', () => {
  it.each<[string, string, number]>([
    ['room', 'off', 0.2],
    ['room', 'on', 0.3],
    ['user', 'on', 0.3],
    ['thread', 'on', 0.3],
    ['reply', 'off', 0.2],
    ['reply', 'on', 0.3],
  ])('is read again in scope %s with compaction %s, over forty turns: 85 % of it, at %d of its price at most, the summary included', async (scope, compaction, most) => {
    world = await startWorld({
      environment: { BEDROCK_MODEL_ID: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', SYSTEM_PROMPT, HISTORY_MAX_TOKENS: '10000', CONVERSATION_SCOPE: scope, COMPACTION: compaction },
      discord: { rateLimits: 'off' },
    });
    world.bedrock.respond((request) => ({ text: request.body?.system?.[0]?.text?.startsWith('You keep notes') === true ? 'They spoke of tides.' : ANSWER }));
    await converse(world, scope);
    const usages = world.bedrock.requests.map(({ usage, body }) => {
      const { inputTokens = 0, cacheReadInputTokens: read = 0, cacheWriteInputTokens: written = 0 } = usage ?? {};
      return { all: inputTokens + read + written, billed: inputTokens + 0.1 * read + 1.25 * written, read, isQuestion: body?.system?.[0]?.text?.startsWith('You keep notes') !== true };
    });
    const sum = (of: 'all' | 'billed' | 'read', some = usages): number => some.reduce((total, usage) => total + usage[of], 0);
    const questions = usages.filter(({ isQuestion }) => isQuestion);
    const later = questions.slice(3);
    expect(questions).toHaveLength(TURNS);
    expect(usages.length > TURNS).toBe(compaction === 'on');
    expect(sum('read', later) / sum('all', later)).toBeGreaterThanOrEqual(0.85);
    expect(sum('billed') / sum('all', questions)).toBeLessThanOrEqual(most);
  }, 120_000);
});
