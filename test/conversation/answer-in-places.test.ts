import { describe, expect, it } from 'vitest';
import { createAnswer } from '../../src/conversation/answer.ts';
import { Failure } from '../../src/conversation/failure.ts';
import { createImageLimit } from '../../src/conversation/image-limit.ts';
import { EMPTY_HISTORY } from '../../src/conversation/history.ts';
import { NO_HISTORIES, UNSEEN } from './idle-ports.ts';
import type { Exchange } from '../../src/conversation/history.ts';
import type { LanguageModel, Line, PlaceSettings } from '../../src/conversation/ports.ts';
import type { Prompt } from '../../src/conversation/prompt.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { QuestionEvent } from '../../src/conversation/question-events.ts';

const line: Line = {
  inLane: (_id, work, _signal, visitor) => {
    visitor?.onWait?.({ type: 'line', ahead: 2 });
    visitor?.onWait?.(undefined);
    return work();
  },
  inTurn: ({ run }) => run(() => undefined),
};

const questionIn = (guildId: string): Question => ({
  id: `question in ${guildId}`,
  conversationId: '10',
  guildId,
  asker: { id: '7', name: 'Ana' },
  askedAt: 0,
  text: 'hello',
  isShared: false,
});

describe('an answer', () => {
  it('is asked of the model, and with the system prompt, of the place where the question is asked, as they are then', async () => {
    const asked: (readonly [model: string, system: string])[] = [];
    const modelOf = (name: string): LanguageModel => ({
      async *converse({ system }: Prompt) {
        asked.push([name, system[0] ?? '']);
        yield { type: 'text', text: 'Hello.' };
        yield { type: 'end', stopReason: 'end_turn', usage: undefined, latencyMs: undefined };
      },
    });
    const settings = new Map<string | undefined, PlaceSettings>();
    const set = (guildId: string, model: string, systemPrompt: string): void => {
      settings.set(guildId, { model: modelOf(model), systemPrompt, maxTokens: 1_000, historyMs: 1_000, imageLimit: createImageLimit() });
    };
    const answer = createAnswer({ line, histories: NO_HISTORIES, settingsFor: ({ guildId }) => settings.get(guildId) as PlaceSettings, now: () => 0 });
    set('a', 'small', 'Be short.');
    set('b', 'large', 'Be thorough.');
    for (const guildId of ['a', 'b']) await answer(questionIn(guildId), UNSEEN, new AbortController().signal);
    set('a', 'middle', 'Be kind.');
    await answer(questionIn('a'), UNSEEN, new AbortController().signal);
    expect(asked.map(([model, system]) => [model, system.split('\n')[0]])).toEqual([
      ['small', 'Be short.'],
      ['large', 'Be thorough.'],
      ['middle', 'Be kind.'],
    ]);
  });

  it('tells once that it waits, that the model is called and that it has begun, in this order', async () => {
    const heard: QuestionEvent[] = [];
    const model: LanguageModel = {
      async *converse() {
        yield { type: 'text', text: 'Hel' };
        yield { type: 'text', text: 'lo.' };
        yield { type: 'end', stopReason: 'end_turn', usage: undefined, latencyMs: undefined };
      },
    };
    const settings = { model, systemPrompt: '', maxTokens: 1_000, historyMs: 1_000, imageLimit: createImageLimit() };
    await createAnswer({ line, histories: NO_HISTORIES, settingsFor: () => settings, tell: (event) => heard.push(event), now: () => 0 })(questionIn('a'), UNSEEN, new AbortController().signal);
    expect(heard.map((event) => (event.type === 'waiting' ? event.wait?.type : event.type))).toEqual(['line', undefined, 'called', 'first-words']);
    expect(new Set(heard.map(({ question }) => question.id))).toEqual(new Set(['question in a']));
  });

  it('shows what a call that broke had said until the next one has said more', async () => {
    const shown: string[] = [];
    const calls = ['Hello.', 'Howdy, all.'];
    let made = 0;
    const model: LanguageModel = {
      async *converse() {
        for (let length = 1, text = calls[(made += 1) - 1] ?? ''; length <= text.length; length += 1) yield { type: 'text', text: text.charAt(length - 1) };
        if (made === 1) throw new Failure('stream-broken', 'It broke.');
        yield { type: 'end', stopReason: 'end_turn', usage: undefined, latencyMs: undefined };
      },
    };
    const again: Line = { ...line, inTurn: ({ run }) => run(() => undefined).catch(() => run(() => undefined)) };
    const settings = { model, systemPrompt: '', maxTokens: 1_000, historyMs: 1_000, imageLimit: createImageLimit() };
    await createAnswer({ line: again, histories: NO_HISTORIES, settingsFor: () => settings, now: () => 0 })(questionIn('a'), { ...UNSEEN, show: (text) => shown.push(text) }, new AbortController().signal);
    expect(shown.at(-1)).toBe('Howdy, all.');
    expect(shown.map(({ length }) => length)).toEqual([...new Set(shown.map(({ length }) => length))].toSorted((one, other) => one - other));
  });

  it('tells which questions left its history with it, and that nobody knows where that could not be read', async () => {
    const model: LanguageModel = {
      async *converse() {
        yield { type: 'text', text: 'Hello.' };
        yield { type: 'end', stopReason: 'end_turn', usage: undefined, latencyMs: undefined };
      },
    };
    const settings = { model, systemPrompt: '', maxTokens: 1_000, historyMs: 1_000, imageLimit: createImageLimit() };
    const exchange = (id: string, askedAt: number): Exchange => ({
      id,
      askerId: '7',
      askedAt,
      turns: [{ role: 'user', content: [{ text: 'Why?' }] }, { role: 'assistant', content: [{ text: 'So.' }] }],
      replyMessageIds: [],
      stopReason: 'end_turn',
    });
    const leftBy = async (loaded: { readonly exchanges: readonly Exchange[] } | undefined) => {
      const histories = { ...NO_HISTORIES, load: async () => ({ history: loaded ?? EMPTY_HISTORY, wasUnreadable: loaded === undefined }) };
      return (await createAnswer({ line, histories, settingsFor: () => settings, now: () => 10_000 })(questionIn('a'), UNSEEN, new AbortController().signal)).leftHistory;
    };
    expect(await leftBy({ exchanges: [exchange('1', 8_000), exchange('2', 8_500), exchange('3', 9_500)] })).toEqual(['1', '2']);
    expect(await leftBy({ exchanges: [exchange('3', 9_500)] })).toEqual([]);
    expect(await leftBy(undefined)).toBeUndefined();
  });
});
