import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureText } from '../../src/discord/texts/failure-text.ts';
import { Failure } from '../../src/conversation/failure.ts';
import { controlId } from '../../src/discord/controls/control-buttons.ts';
import { gatheredText, runsOf } from '../../src/discord/texts/gathered-text.ts';
import { ELSEWHERE_TEXT, interruptedText, whereAsked } from '../../src/discord/texts/answer-texts.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { judge } from './judge.ts';
import { askedIndex, markedAnswer, marksIn, questionMark } from './marks.ts';
import type { DiscordSimulator } from '../simulators/discord.ts';
import type { AskedQuestion } from './people.ts';
import type { PlannedQuestion } from './schedule.ts';

let discord: DiscordSimulator;
beforeAll(async () => {
  discord = await startDiscordSimulator({ rateLimits: 'off' });
});
afterAll(() => discord.close());

const INDEX = 3;
const SENTENCES = 6;
const WHOLE = markedAnswer(INDEX, SENTENCES);
const HALF = WHOLE.slice(0, WHOLE.length / 2);
const WHY = failureText(new Failure('stream-broken', ''));

interface Said {
  readonly content: string;
  readonly components?: unknown[];
  /** The text of each file beside it. */
  readonly files?: readonly string[];
  /** Replies to nothing, and has a button of the question's. */
  readonly hasItsButton?: true;
  /** Replies to nothing, and stands right behind what does. */
  readonly isBehind?: true;
  /** One message about several questions of the member: this one, or the next ones. Replies to the first of them. */
  readonly names?: 'it' | 'others';
}

const buttonOf = (questionId: string) => ({
  components: [{ type: 1, components: [{ type: 2, style: 2, label: 'Try again', custom_id: `regenerate:${controlId(questionId)}` }] }],
});

const bodyOf = (payload: object, files: readonly string[]): FormData => {
  const form = new FormData();
  form.append('payload_json', JSON.stringify(payload));
  for (const [index, text] of files.entries()) form.append(`files[${index}]`, new Blob([text]), 'answer.md');
  return form;
};

/** What the judge says when the bot has said this to a question. */
const verdictOn = async (...said: readonly (string | Said)[]): Promise<string> => {
  const ana = discord.addUser({ name: 'ana' });
  const place = discord.addGuild({ members: [ana] }).addChannel();
  const question = ana.say(place, `${discord.botUser.mention} ${questionMark(INDEX)}`);
  for (const message of said) {
    const { files = [], hasItsButton, isBehind, names, ...payload }: Said = typeof message === 'string' ? { content: message } : message;
    const first = BigInt(question.id) + (names === 'others' ? 1n : 0n);
    const named = { guildId: '1', channelId: place.id, askerId: ana.id };
    const content = names === undefined ? payload.content : gatheredText(named, runsOf([String(first), String(first + 9n)], []), undefined);
    const reference = names === 'others' || isBehind === true ? {} : { message_reference: { message_id: question.id } };
    const response = await fetch(`${discord.apiUrl}/v10/channels/${place.id}/messages`, {
      method: 'POST',
      headers: { authorization: `Bot ${discord.token}`, 'user-agent': 'DiscordBot (test, 1)' },
      body: bodyOf({ ...payload, content, ...(hasItsButton === true ? buttonOf(question.id) : reference) }, files),
    });
    expect(response.status).toBe(200);
  }
  const planned = { index: INDEX, sentences: SENTENCES } as PlannedQuestion;
  return judge({ planned, id: question.id, asker: ana, place, interaction: undefined, thread: () => undefined } satisfies AskedQuestion);
};

describe('the judge of a chaos run', () => {
  it('sees a whole answer, in one message or in several', async () => {
    expect(await verdictOn(WHOLE)).toBe('answered');
    const cut = WHOLE.indexOf('}.') + 2;
    expect(await verdictOn(WHOLE.slice(0, cut), WHOLE.slice(cut).trim())).toBe('answered');
  });

  it('knows what belongs to a question by its buttons, whatever stands in between', async () => {
    const parts: Said[] = [{ content: HALF }, { content: `-# ${WHY}`, hasItsButton: true }];
    expect(await verdictOn(...parts)).toBe('broken off');
    expect(await verdictOn(...parts.slice(0, 1), { content: `${WHOLE}\n-# ${WHY}`, hasItsButton: true })).toBe('two');
  });

  it('sees a whole answer in a file, where the message has its beginning', async () => {
    expect(await verdictOn({ content: HALF, files: [WHOLE] })).toBe('answered');
    expect(await verdictOn({ content: HALF, files: [HALF] })).toBe('draft');
    expect(await verdictOn({ content: HALF, files: [WHOLE, WHOLE] })).toBe('two');
    expect(await verdictOn({ content: HALF, files: [WHOLE] }, { content: HALF, files: [WHOLE] })).toBe('two');
  });

  it('sees silence', async () => {
    expect(await verdictOn()).toBe('nothing');
  });

  it('takes an honest sentence for an outcome, below a part of the answer too', async () => {
    expect(await verdictOn(WHY)).toBe('refused');
    expect(await verdictOn(failureText(new Failure('defect', '')))).toBe('refused');
    expect(await verdictOn(failureText(new Failure('request-refused', '', { isOfQuestion: true })))).toBe('refused');
    expect(await verdictOn(`${HALF}\n-# ⚠️ ${WHY}`)).toBe('broken off');
    expect(await verdictOn(interruptedText('123456789012345678', false))).toBe('refused');
  });

  it('takes one message about several questions for the outcome of those that it names', async () => {
    const naming = (names: 'it' | 'others'): Said => ({ content: '', names });
    expect(await verdictOn(naming('it'))).toBe('refused');
    expect(await verdictOn(naming('others'))).toBe('nothing');
    expect(await verdictOn(WHOLE, naming('others'))).toBe('answered');
    expect(await verdictOn(WHOLE, naming('it'))).toBe('two');
    expect(await verdictOn(naming('it'), naming('it'))).toBe('two');
  });

  it('sees drafts: a part without an end, a sign of life, a button that stops what has ended', async () => {
    expect(await verdictOn(HALF)).toBe('draft');
    expect(await verdictOn('…')).toBe('draft');
    const components = [{ type: 1, components: [{ type: 2, style: 2, label: 'Stop', custom_id: 'stop:1' }] }];
    expect(await verdictOn({ content: WHOLE, components })).toBe('draft');
  });

  it('sees two outcomes, and what is said twice', async () => {
    expect(await verdictOn(WHOLE, WHOLE)).toBe('two');
    expect(await verdictOn(HALF, WHOLE)).toBe('two');
    expect(await verdictOn(WHOLE, WHY)).toBe('two');
    expect(await verdictOn(WHY, WHY)).toBe('two');
  });

  it('sees holes', async () => {
    const hole = WHOLE.replace(`{Q${INDEX}:3/${SENTENCES}}`, '');
    expect(await verdictOn(hole)).toBe('two');
  });

  it('does not take the answer to another question for this one', async () => {
    expect(await verdictOn(markedAnswer(INDEX + 1, SENTENCES))).toBe('draft');
  });

  it('takes what comes behind an answer for a part of it, unless it tells of another place', async () => {
    expect(await verdictOn(WHOLE, { content: WHY, isBehind: true })).toBe('two');
    expect(await verdictOn(WHOLE, { content: `${ELSEWHERE_TEXT(whereAsked('123456789012345678', '123456789012345679'))}\n${WHY}`, isBehind: true })).toBe('answered');
  });
});

describe('marks', () => {
  it('name the last question of a turn, and the whole sentences of an answer', () => {
    expect(askedIndex(`"${questionMark(1)}" ${questionMark(22)}`)).toBe(22);
    expect(askedIndex('no mark')).toBeUndefined();
    expect(marksIn(WHOLE)).toHaveLength(SENTENCES);
    expect(marksIn(`${WHOLE.slice(0, -3)}`)).toHaveLength(SENTENCES - 1);
  });

  it('make answers of one message and of several', () => {
    expect(markedAnswer(1, 12).length).toBeLessThan(1_900);
    expect(markedAnswer(1, 60).length).toBeGreaterThan(2_000);
  });
});

