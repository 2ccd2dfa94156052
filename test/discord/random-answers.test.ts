import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomAnswer, serveAnswers } from '../bedrock/random-answers.ts';
import { createRandom } from '../chaos/random.ts';
import { startWorld } from '../start-parley.ts';
import type { RandomAnswer } from '../bedrock/random-answers.ts';
import type { World } from '../start-parley.ts';

const SEED = Number(process.env['RANDOM_SEED'] ?? 20_261_129);
const CASES = Number(process.env['RANDOM_CASES'] ?? 80);
const AT_ONCE = 8;

const answers = new Map<number, RandomAnswer>();
let server: Awaited<ReturnType<typeof serveAnswers>>;
let world: World;
beforeAll(async () => {
  server = await serveAnswers((body) => answers.get(Number(/case-(\d+)/u.exec(body)?.[1]))!);
  world = await startWorld({ discord: { rateLimits: 'off' }, environment: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: server.url } });
});
afterAll(async () => {
  await world.close();
  await server.close();
});

/** Silence in mid-stream is waited for, and so is a service that has no room: the others would wait as well. */
const isWaitedFor = ({ ending, text, what }: RandomAnswer): boolean =>
  (ending === 'stall' && text === undefined) || /throttling|serviceUnavailable|ModelNotReady|^(?:429|503) /iu.test(what);

const withoutBlanks = (text: string): string => text.replaceAll(/\s/gu, '');

/** What people see of the answer in a channel of its own; undefined where all is well. */
const fault = async (index: number, answer: RandomAnswer): Promise<string | undefined> => {
  const channel = world.guild.addChannel({ name: `case-${index}` });
  const question = world.ana.say(channel, `${world.discord.botUser.mention} case-${index}`);
  const line = await world.outcome(question.id);
  const shown = channel.fromBot.map(({ content }) => content);
  if (shown.length !== 1) return `${shown.length} messages: ${JSON.stringify(shown)}`;
  const [content = ''] = shown;
  if (content.trim() === '') return 'an empty message';
  if (JSON.stringify(channel.fromBot[0]?.components).includes('Stop')) return 'a Stop button that stays';
  // What comes late may come too late on a machine that stood still; whether it is read says the test of the reader.
  const expected = withoutBlanks(answer.text ?? '');
  if (expected === '') return line['outcome'] === 'failed' || answer.late !== '' || answer.behind !== '' ? undefined : `delivered "${content}"`;
  return withoutBlanks(content).startsWith(expected) ? undefined : `"${content}" for "${answer.text}"`;
};

describe('whatever Bedrock answers', () => {
  it('each question has one visible outcome, and nothing that still looks as if it grew', async () => {
    const random = createRandom(SEED);
    for (let index = 0; answers.size < CASES; index += 1) {
      const answer = randomAnswer(Array.from({ length: random.integer(1, 6) }, (_, at) => `word${index}x${at} `), random);
      if (!isWaitedFor(answer)) answers.set(index, answer);
    }
    const wrong: string[] = [];
    const waiting = [...answers];
    const work = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        const said = await fault(...one);
        if (said !== undefined) wrong.push(`case ${one[0]}: ${said}\n${one[1].what}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(wrong).toEqual([]);
    expect(world.discord.unexpectedRequests).toEqual([]);
  }, 600_000);
});
