import { describe, expect, it } from 'vitest';
import { freshChannel } from './fresh-channel.ts';
import { shareWorld } from './shared-world.ts';
import type { ConverseRequestRecord } from '../simulators/bedrock-records.ts';
import type { SimulatedChannel } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const TOLD = '-# The model, or a guardrail, refused something that was said earlier in this conversation, so I answered without it.';
const BLOCKED = 'Let us speak of something else.';
const BAD = /weather/u;

let world: World;
shareWorld({ discord: { rateLimits: 'off' }, environment: { BEDROCK_GUARDRAIL_ID: 'abc123', BEDROCK_GUARDRAIL_VERSION: '1' } }, (opened) => {
  world = opened;
});

const saidIn = (call: ConverseRequestRecord | undefined): string => JSON.stringify(call?.body?.messages);
const topics = { topicPolicy: { topics: [{ name: 'Weather', type: 'DENY', action: 'BLOCKED' }] } };

/** A guardrail that looks at all that is asked with, as Bedrock's do. @see https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html */
const guard = (answer = 'Certainly.'): void =>
  world.bedrock.respond((call) =>
    BAD.test(saidIn(call))
      ? { text: BLOCKED, stopReason: 'guardrail_intervened', guardrail: { inputAssessment: { abc123: topics }, actionReason: 'Guardrail blocked.' } }
      : { text: answer },
  );

const ask = async (text: string, place: SimulatedChannel): Promise<{ read: string; calls: readonly ConverseRequestRecord[]; line: Record<string, unknown> }> => {
  const before = world.bedrock.requests.length;
  const question = world.ana.say(place, `${world.discord.botUser.mention} ${text}`);
  const line = await world.outcome(question.id);
  return { read: place.fromBot.findLast(({ referenceId }) => referenceId === question.id)?.content ?? '', calls: world.bedrock.requests.slice(before), line };
};

/** What was said before the guardrail was there. */
const talk = async (rounds: number, bad: readonly number[]): Promise<SimulatedChannel> => {
  world.bedrock.respond({ text: 'Certainly.' });
  const place = freshChannel(world);
  for (let round = 0; round < rounds; round += 1) await ask(bad.includes(round) ? `about the weather ${round}` : `question ${round}`, place);
  return place;
};

describe('a guardrail that stops what was said before it was there', () => {
  it.each([0, 3, 7])('does not stop all that comes later: that is found, left out for good, and told in a line (%i)', async (round) => {
    const place = await talk(8, [round]);
    guard();
    const { read, calls } = await ask('and now?', place);
    expect(read).toBe(`Certainly.\n${TOLD}`);
    expect(saidIn(calls.at(-1))).not.toMatch(BAD);
    expect(saidIn(calls.at(-1)).match(/question \d/gu)).toHaveLength(7);
    // All of it, the question alone, halves of eight, and without what was found.
    expect(calls.length).toBeLessThanOrEqual(2 + 3 + 1);
    const next = await ask('and then?', place);
    expect([next.read, next.calls.length]).toEqual(['Certainly.', 1]);
  });

  it('stops a question that it means, which takes one more call, and sets nothing aside', async () => {
    const place = await talk(3, []);
    guard();
    const { read, calls, line } = await ask('will the weather be fine?', place);
    expect(read).toMatch(new RegExp(`^${BLOCKED.replace('.', String.raw`\.`)}\n+-# .*guardrail`, 'u'));
    expect(line).toMatchObject({ outcome: 'failed', kind: 'guardrail' });
    expect(calls).toHaveLength(2);
    const next = await ask('and then?', place);
    expect([next.read, next.calls.length]).toEqual(['Certainly.', 1]);
    expect(saidIn(next.calls[0]).match(/question \d/gu)).toHaveLength(3);
  });

  it('stops an answer at once, and a question without a history', async () => {
    const place = await talk(2, []);
    world.bedrock.respond({ text: BLOCKED, stopReason: 'guardrail_intervened', guardrail: { outputAssessments: { abc123: [topics] }, actionReason: 'Guardrail blocked.' } });
    expect((await ask('what now?', place)).calls).toHaveLength(1);
    guard();
    expect((await ask('the weather?', freshChannel(world))).calls).toHaveLength(1);
  });
});
