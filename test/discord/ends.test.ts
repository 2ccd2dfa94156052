import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bedrockErrors, streamTroubles } from '../simulators/bedrock.ts';
import { startWorld } from '../start-parley.ts';
import type { ErrorReply, Script } from '../simulators/bedrock.ts';
import type { SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
const folder = mkdtempSync(join(tmpdir(), 'parley-'));
beforeAll(async () => {
  world = await startWorld({ environment: { STORE_URL: `sqlite://${join(folder, 'store.sqlite')}`, MEMBER_QUESTIONS_PER_MINUTE: '0' } });
});
afterEach(() => world.bedrock.reset());
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

/** Asks in a channel of its own. */
const ask = async (script: Script, text = 'hello', place = world.guild.addChannel({ name: 'a-place' })) => {
  world.bedrock.respond(script);
  const question = world.ana.say(place, `${world.discord.botUser.mention} ${text}`);
  const line = await world.outcome(question.id);
  const answers: SimulatedMessage[] = place.fromBot.filter(({ referenceId }) => referenceId === question.id);
  return { place, line, answers, read: answers.map(({ content }) => content).join('\n') };
};

/** What the model is told of the conversation with the next question. */
const remembered = async (place: SimulatedChannelOf): Promise<string> => {
  const before = world.bedrock.requestCount;
  await ask({ text: 'Yes.' }, 'and now?', place);
  return JSON.stringify(world.bedrock.requests.slice(before).at(-1)?.body?.messages ?? []);
};
type SimulatedChannelOf = Awaited<ReturnType<typeof ask>>['place'];

const ended = (stopReason: string, text = 'Half of it'): Script => ({ text, stopReason: stopReason as never });

describe('an answer that may not be whole', () => {
  it.each([
    ['max_tokens', /^-# The answer was cut off because it reached its length limit\.$/mu],
    ['model_context_window_exceeded', /^-# The answer was cut off, because this conversation/mu],
    ['content_filtered', /^-# Part of the answer was held back/mu],
    ['malformed_model_output', /^-# The model broke off/mu],
    ['malformed_tool_use', /^-# The model broke off/mu],
    ['tool_use', /^-# The model wanted to use a tool/mu],
    ['refusal', /^-# The model declined/mu],
    ['safety_stop', /^-# The model declined/mu],
    ['pause_turn', /^-# The model ended for a reason that I do not know \(`pause_turn`\)/mu],
  ])('says so, and is remembered as what it was: %s', async (stopReason, remark) => {
    const { read, line, place } = await ask(ended(stopReason));
    expect(read).toMatch(/^Half of it\n/u);
    expect(read).toMatch(remark);
    expect(line).toMatchObject({ outcome: 'delivered', stopReason });
    expect(await remembered(place)).toContain('Half of it');
  });

  it.each([
    ['max_tokens', 'was cut off at its length limit'],
    ['malformed_tool_use', 'broke off with something that could not be read'],
    ['refusal', 'ends where you declined to go on'],
    ['pause_turn', 'may not be whole'],
  ])('is never replayed as if it were whole: %s', async (stopReason, how) => {
    const { place } = await ask(ended(stopReason));
    const sent = async (): Promise<{ role: string; texts: unknown[] }[]> => {
      await ask({ text: 'Yes.' }, 'and now?', place);
      return (world.bedrock.requests.at(-1)?.body?.messages ?? []).map(({ role, content }) => ({ role, texts: content.map((block) => ('text' in block ? block.text : undefined)) }));
    };
    const note = JSON.stringify({ previous_answer: how });
    const next = await sent();
    expect(next.map(({ texts }) => texts.indexOf(note))).toEqual([-1, -1, 0]);
    expect(next[1]).toEqual({ role: 'assistant', texts: ['Half of it'] });
    // It stays as it was, and with it the beginning of every later prompt.
    const later = await sent();
    expect(later.slice(0, 3)).toEqual(next);
    expect(later.slice(3).flatMap(({ texts }) => texts)).not.toContain(note);
  });

  it.each(['end_turn', 'stop_sequence'])('is none with %s', async (stopReason) => {
    expect((await ask(ended(stopReason, 'All of it.'))).read).toBe('All of it.');
  });

  it('says so where the model gave no reason', async () => {
    const steps = [{ text: 'All of it?' }, { event: 'messageStop', payload: { stopReason: null } }] as const;
    const { read, line } = await ask({ steps });
    expect(read).toMatch(/^All of it\?\n-# The model ended for a reason that I do not know \(`unknown`\)/u);
    expect(line).toMatchObject({ outcome: 'delivered', stopReason: 'unknown' });
  });
});

describe('what is no answer', () => {
  it.each<[string, Script]>([
    ['a guardrail blocked all of it', { text: 'I may not say that.', stopReason: 'guardrail_intervened' }],
    ['a tool was called wrongly', { text: '', stopReason: 'malformed_tool_use' }],
    ['its stream has no end', { steps: [{ text: 'Half of' }, { trouble: streamTroubles.reset }] }],
    ['its stream ends before it does', { steps: [{ text: 'Half of' }, { trouble: streamTroubles.end }] }],
    ['the model thought and said nothing', { text: '', reasoning: 'Half of', stopReason: 'max_tokens' }],
  ])('is never replayed, nor is its question: %s', async (_what, script) => {
    const place = world.guild.addChannel({ name: 'no-answer' });
    await ask({ text: 'Certainly.' }, 'first', place);
    const { line } = await ask(script, 'a riddle', place);
    expect(line).toMatchObject({ outcome: 'failed' });
    const next = await remembered(place);
    expect(next).toContain('Certainly.');
    expect(next).not.toMatch(/riddle|Half of|may not say/u);
  });
});

describe('an answer whose stream does not end', () => {
  const delta = (text: string) => ({ event: 'contentBlockDelta', payload: { contentBlockIndex: 0, delta: { text } } });
  const endless = function* () {
    for (let number = 0; ; number += 1) yield delta(`This is sentence number ${number}. `.repeat(20));
  };

  it('is shown as far as an answer can be, with its remark', async () => {
    const { answers, line, place } = await ask({ steps: endless() });
    expect(line).toMatchObject({ outcome: 'delivered', stopReason: 'max_tokens' });
    expect(answers[0]?.content).toMatch(/^This is sentence number 0\./u);
    expect(place.fromBot.at(-1)?.content).toMatch(/-# The answer was cut off because it reached its length limit\.$/mu);
  });

  it('is there at once when its figures are, and its lane is free', async () => {
    const steps = [delta('Done.'), { event: 'messageStop', payload: { stopReason: 'end_turn' } }, { event: 'metadata', payload: { usage: {} } }, { trouble: streamTroubles.stall }] as const;
    const { read, line, place } = await ask({ steps });
    expect(read).toBe('Done.');
    expect(line).toMatchObject({ outcome: 'delivered', stopReason: 'end_turn', usage: undefined });
    expect(await remembered(place)).toContain('Done.');
  });
});

describe('an end without a word', () => {
  it('of a model that thought for its whole length is told as that, and the admin hears of BEDROCK_MAX_TOKENS', async () => {
    for (const script of [
      { text: '', reasoning: 'on and on', stopReason: 'max_tokens' },
      { text: '<thinking>on and on', stopReason: 'max_tokens' },
    ] satisfies Script[]) {
      const { read, line } = await ask(script);
      expect(read).toMatch(/^The model thought until its length limit was used up.*`BEDROCK_MAX_TOKENS`/u);
      expect(line).toMatchObject({ kind: 'thought-too-long', level: 'error', cure: expect.stringContaining('BEDROCK_MAX_TOKENS') });
    }
  });

  it.each([
    ['content_filtered', 'withheld', /declined to answer/u],
    ['refusal', 'withheld', /declined to answer/u],
    ['end_turn', 'empty-answer', /without saying anything/u],
    ['tool_use', 'empty-answer', /without saying anything/u],
  ])('is told by its reason: %s', async (stopReason, kind, sentence) => {
    const { read, line } = await ask(ended(stopReason, ''));
    expect(read).toMatch(sentence);
    expect(line).toMatchObject({ kind });
  });
});

describe('an answer with thinking in it', () => {
  it('is neither shown nor remembered with it', async () => {
    const { read, answers, place } = await ask({ text: '<thinking>They greet me.</thinking>\n\nHello there.', deltas: { size: 4 }, deltaDelayMs: 5 });
    expect(read).toBe('Hello there.');
    for (const { content } of answers.flatMap(({ revisions }) => revisions)) expect(content).not.toContain('thinking');
    expect(await remembered(place)).not.toMatch(/thinking|greet me/u);
  });

  it('nor with what is thought beside it, in no form', async () => {
    const { read, place } = await ask({ text: 'Seven.', reasoning: 'Let me count them in secret.' });
    expect(read).toBe('Seven.');
    expect(await remembered(place)).not.toMatch(/secret|reasoning/u);
    using database = new DatabaseSync(join(folder, 'store.sqlite'), { readOnly: true });
    const rows = database.prepare("SELECT value FROM keyv WHERE value LIKE '%Seven.%'").all() as { value: string }[];
    expect(rows.length).toBeGreaterThan(0);
    for (const { value } of rows) expect(value).not.toMatch(/secret|reasoning/u);
  });

  it('nor with what is thought between its lines', async () => {
    const { read, answers, place } = await ask({ text: 'Hello there.\n\n<think>\nThey may leave.\n</think>\n\nGoodbye.', deltas: { size: 4 }, deltaDelayMs: 5 });
    expect(read).toBe('Hello there.\n\nGoodbye.');
    for (const { content } of answers.flatMap(({ revisions }) => revisions)) expect(content).not.toMatch(/think|leave/u);
    expect(await remembered(place)).not.toMatch(/think|may leave/u);
  });
});

describe('an earlier turn that the model refuses', () => {
  it('is left out for good, and told in a line', async () => {
    const place = world.guild.addChannel({ name: 'odd-talk' });
    for (const round of [0, 1, 2]) await ask({ text: `Answer ${round}.` }, `question ${round}`, place);
    const before = world.bedrock.requestCount;
    world.bedrock.respond(({ body }) => {
      const at = (body?.messages ?? []).findIndex((message) => JSON.stringify(message).includes('Answer 1.'));
      return at === -1 ? { text: 'Still here.' } : { error: bedrockErrors.validation(`messages.${at}.content.0.text: text content blocks must contain non-whitespace text`) };
    });
    const question = world.ana.say(place, `${world.discord.botUser.mention} and now?`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(place.fromBot.at(-1)?.content).toBe('Still here.\n-# The model, or a guardrail, refused something that was said earlier in this conversation, so I answered without it.');
    expect(world.bedrock.requestCount - before).toBe(2);
    const next = await remembered(place);
    for (const said of ['Answer 0.', 'question 2', 'Answer 2.', 'Still here.']) expect(next).toContain(said);
    expect(next).not.toContain('Answer 1.');
  });
});

describe('an answer with sources', () => {
  it('has them below, pinging and linking nothing by surprise', async () => {
    const citation = { title: '@everyone `x` report', location: { documentPage: { documentIndex: 0, start: 2, end: 2 } } };
    const web = { title: 'Weather', location: { web: { url: 'https://weather.example/today' } } };
    const event = (delta: object) => ({ event: 'contentBlockDelta', payload: { contentBlockIndex: 0, delta } });
    const { read, place } = await ask({ steps: [{ text: 'It rains.' }, event({ citation }), event({ citation: web }), { finish: {} }] });
    expect(read).toBe("It rains.\n-# Sources: `@everyone 'x' report`, page 2 · `Weather`, <https://weather.example/today>");
    expect(await remembered(place)).not.toContain('report');
  });
});

describe('a guardrail', () => {
  it('that only masked leaves an answer, which is remembered', async () => {
    await world.restart({ BEDROCK_GUARDRAIL_ID: 'abc', BEDROCK_GUARDRAIL_VERSION: '1' });
    const masked = { outputAssessments: { abc: [{ sensitiveInformationPolicy: { piiEntities: [{ match: 'ana@example.org', action: 'ANONYMIZED' }] } }] } };
    const { read, line, place } = await ask({ text: 'Write to {EMAIL}.', stopReason: 'guardrail_intervened', guardrail: masked });
    expect(read).toMatch(/^Write to \{EMAIL\}\.\n-# A guardrail masked parts of the answer\.$/u);
    expect(line).toMatchObject({ outcome: 'delivered', stopReason: 'guardrail_intervened' });
    expect(JSON.stringify(world.log)).not.toContain('ana@example.org');
    expect(await remembered(place)).toContain('{EMAIL}');
    const blocked = await ask({ text: 'Sorry.', stopReason: 'guardrail_intervened', guardrail: { actionReason: 'Guardrail blocked.' } });
    expect(blocked.line).toMatchObject({ kind: 'guardrail' });
    expect(await remembered(blocked.place)).not.toMatch(/Sorry|hello/u);
    await world.restart({ BEDROCK_GUARDRAIL_ID: '', BEDROCK_GUARDRAIL_VERSION: '' });
  });
});

describe('figures that cannot be', () => {
  it.each([
    ['a cache that read nothing', { inputTokens: 10, outputTokens: 2, cacheReadInputTokens: null }],
    ['no figures at all', null],
    ['a thousand million', { inputTokens: 1e9, outputTokens: 1e9 }],
    ['texts', { inputTokens: '10', outputTokens: 'two' }],
  ])('leave the conversation readable after a restart: %s', async (_name, usage) => {
    const { read, place } = await ask({ steps: [{ text: 'Remember me.' }, { event: 'messageStop', payload: { stopReason: 'end_turn' } }, { event: 'metadata', payload: { usage } }] });
    expect(read).toBe('Remember me.');
    await world.restart();
    expect(await remembered(place)).toContain('Remember me.');
  });

  it('use up nobody\'s day', async () => {
    await world.restart({ TOKENS_PER_DAY: '200000' });
    await ask({ steps: [{ text: 'Fine.' }, { event: 'messageStop', payload: { stopReason: 'end_turn' } }, { event: 'metadata', payload: { usage: { inputTokens: 900_000, outputTokens: 4_000 } } }] });
    await ask({ steps: [{ text: 'Fine.' }, { event: 'messageStop', payload: { stopReason: 'end_turn' } }, { event: 'metadata', payload: { usage: { inputTokens: 1e9, outputTokens: 1e9 } } }] });
    expect((await ask({ text: 'Still here.' })).read).toBe('Still here.');
    await world.restart({ TOKENS_PER_DAY: '' });
  });
});

describe('a refusal', () => {
  const SECRET = 'My diary says that Bärbel owes 482915 crowns';

  it('that quotes what was asked leaves none of it in the log, but what Bedrock says', async () => {
    const quoting = [
      bedrockErrors.validation(`The model returned the following errors: messages.0.content.0.text: "${SECRET}" has the wrong form`),
      bedrockErrors.validation(`Unsuitable words: diary, Bärbel, 482915. Use others.`),
      bedrockErrors.modelError(`upstream said: ${SECRET}`),
      { ...bedrockErrors.internalServer(SECRET), html: `<p>${SECRET}</p>` } satisfies ErrorReply,
    ];
    for (const error of quoting) {
      const { line, read } = await ask({ error }, SECRET);
      expect(line).toMatchObject({ outcome: 'failed' });
      for (const word of ['diary', 'Bärbel', '482915', 'crowns']) {
        expect(JSON.stringify(world.log)).not.toContain(word);
        expect(read).not.toContain(word);
      }
      expect(String(line['reason'])).toMatch(/Exception|HTTP status/u);
    }
    expect(JSON.stringify(world.log)).toContain('messages.0.content.0.text');
    expect(JSON.stringify(world.log)).toMatch(/request [\w-]{8,}/u);
  });

  it('that nobody knows is told to the admin in full, and never as the question\'s fault', async () => {
    const { read, line } = await ask({ error: bedrockErrors.validation('The flux capacitor is misaligned.') });
    expect(read).toBe('Amazon Bedrock refused this request. An admin can find the reason in my log.');
    expect(line).toMatchObject({ kind: 'request-refused', level: 'error', reason: expect.stringContaining('ValidationException: The flux capacitor is misaligned.') });
  });

  const proxyPage = (status: number): ErrorReply => ({ status, message: 'Forbidden', html: '<html><body>Blocked by your administrator</body></html>' });
  it.each([
    ['too great a BEDROCK_MAX_TOKENS', bedrockErrors.validation('The maximum tokens you requested exceeds the model limit of 8192. Try again with a maximum tokens value that is lower than 8192.'), /BEDROCK_MAX_TOKENS/u],
    ['a guardrail that is gone', bedrockErrors.validation('The guardrail identifier or version provided in the request does not exist.'), /BEDROCK_GUARDRAIL_ID/u],
    ['an account that may not', bedrockErrors.validation('Operation not allowed'), /AWS Support/u],
    ['a model that is not for chat', bedrockErrors.validation("This action doesn't support the model that you provided. Try again with a supported text or chat model."), /BEDROCK_MODEL_ID/u],
    ['a page of a proxy', proxyPage(403), /proxy/u],
    ['a page of another service', proxyPage(404), /AWS_ENDPOINT_URL_BEDROCK_RUNTIME/u],
    ['a page of a portal', proxyPage(407), /proxy/u],
  ])('for want of other settings or another account is told as that: %s', async (_name, error, cure) => {
    const { read, line } = await ask({ error });
    expect(read).toMatch(/^Amazon Bedrock does not answer me with the settings or the account that I have\. An admin has to fix that/u);
    expect(line).toMatchObject({ kind: 'settings-refused', level: 'error', cure: expect.stringMatching(cure) });
  });

  it('with a page in the place of an answer is one too', async () => {
    const { line } = await ask({ whole: '<html>Please sign in</html>', contentType: 'text/html' });
    expect(line).toMatchObject({ kind: 'settings-refused' });
  });
});

describe('a conversation that became too long for the model', () => {
  it.each([
    ['Anthropic', 'prompt is too long: 210000 tokens > 200000 maximum'],
    ['Nova', 'Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.'],
    ['OpenAI', "This model's maximum context length is 131072 tokens. However, you requested 200000 tokens. Please reduce the length of the messages or completion."],
  ])('is asked again without its older exchanges, unseen, and forgets them: %s', async (_who, message) => {
    const place = world.guild.addChannel({ name: 'long-talk' });
    for (let round = 0; round < 6; round += 1) await ask({ text: `Answer ${round}.` }, `question ${round}`, place);
    const before = world.bedrock.requestCount;
    world.bedrock.respond(({ body }) => ((body?.messages.length ?? 0) > 7 ? { error: bedrockErrors.validation(message) } : { text: 'Still here.' }));
    const question = world.ana.say(place, `${world.discord.botUser.mention} and now?`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
    expect(place.fromBot.at(-1)?.content).toBe('Still here.\n-# This conversation has become so long that I no longer know its beginning.');
    expect(world.bedrock.requestCount - before).toBe(2);
    const next = await remembered(place);
    expect(next).toContain('Still here.');
    expect(next).toContain('Answer 5.');
    expect(next).not.toContain('Answer 1.');
  });

  it('is not blamed where the question is too long by itself', async () => {
    const { read, line } = await ask({ error: bedrockErrors.inputTooLong() });
    expect(read).toBe('This question is too long for the model. Please shorten it, or attach less.');
    expect(line).toMatchObject({ kind: 'too-long', level: 'warn' });
  });
});
