import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../src/conversation/failure.ts';
import { createRandom } from '../chaos/random.ts';
import { modelAt } from './ask-model.ts';
import { randomAnswer, serveAnswers } from './random-answers.ts';
import type { Prompt } from '../../src/conversation/prompt.ts';
import type { ReplyEvent } from '../../src/conversation/reply.ts';
import type { RandomAnswer } from './random-answers.ts';

/** Another seed, and thousands of cases, look further: nothing is to be found by any. */
const SEED = Number(process.env['RANDOM_SEED'] ?? 20_261_129);
const CASES = Number(process.env['RANDOM_CASES'] ?? 500);
const AT_ONCE = 16;
// As long as a busy machine may stand still.
const DEADLINES = { firstEventMs: 8_000, betweenEventsMs: 6_000, wholeAnswerMs: 30_000 };

const answers = new Map<number, RandomAnswer>();
let server: Awaited<ReturnType<typeof serveAnswers>>;
beforeAll(async () => {
  server = await serveAnswers((body) => answers.get(Number(/case-(\d+)/u.exec(body)?.[1]))!);
});
afterAll(() => server.close());

/** How a call ended: with all that came, and a failure where it did not end well. */
const call = async (index: number, isStreaming: boolean): Promise<{ readonly events: readonly ReplyEvent[]; readonly error: unknown }> => {
  const model = modelAt(server.url, { deadlines: DEADLINES, isStreaming });
  const prompt: Prompt = { system: [], turns: [{ role: 'user', content: [{ text: `case-${index}` }] }] };
  const events: ReplyEvent[] = [];
  try {
    for await (const event of model.converse(prompt, new AbortController().signal)) events.push(event);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
};

const isCount = (value: unknown): boolean => value === undefined || (typeof value === 'number' && Number.isInteger(value) && value >= 0);

/** What only a machine that stood still may have done. */
const TOO_LATE = 'words came too late';

const judge = (answer: RandomAnswer, { events, error }: Awaited<ReturnType<typeof call>>): string | undefined => {
  const ends = events.filter(({ type }) => type === 'end');
  const text = events.map((event) => (event.type === 'text' ? event.text : '')).join('');
  if (error !== undefined && !(error instanceof Failure)) return `raw error ${String(error)}`;
  if (error instanceof Failure && error.kind === 'defect') return `defect ${error.message}`;
  if (error !== undefined && ends.length > 0) return 'an end and a failure';
  if (ends.length > 1) return 'two ends';
  if (ends.length === 1 && events.at(-1) !== ends[0]) return 'something behind the end';
  if (answer.text === undefined) return ends.length === 0 ? undefined : `an end, of "${text}"`;
  const [end] = ends;
  if (end?.type !== 'end') return `no end: ${String(error)}`;
  const whole = `${answer.text}${answer.late}`;
  if (!text.startsWith(answer.text) || !`${whole}${answer.behind}`.startsWith(text)) return `"${text}" for "${whole}"`;
  if (!text.startsWith(whole)) return TOO_LATE;
  const { usage, latencyMs, stopReason } = end;
  if (typeof stopReason !== 'string' || stopReason === '') return 'no stop reason';
  return [latencyMs, ...Object.values(usage ?? {})].every(isCount) ? undefined : `figures ${JSON.stringify(end)}`;
};

describe('whatever Bedrock answers', () => {
  it('ends once: with all words that came before its end, or with a failure that has a name', async () => {
    const random = createRandom(SEED);
    const wrong: string[] = [];
    const late: number[] = [];
    for (let index = 0; index < CASES; index += 1) {
      answers.set(index, randomAnswer(Array.from({ length: random.integer(1, 6) }, (_, at) => `word${index}-${at} `), random));
    }
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < CASES) {
        const index = next++;
        const answer = answers.get(index)!;
        const fault = judge(answer, await call(index, !answer.what.startsWith('whole')));
        if (fault === TOO_LATE) late.push(index);
        else if (fault !== undefined) wrong.push(`case ${index}: ${fault}\n${answer.what}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(wrong).toEqual([]);
    for (const index of late) await expect.poll(async () => judge(answers.get(index)!, await call(index, true)), { message: `case ${index}` }).toBeUndefined();
  }, 600_000);
});
