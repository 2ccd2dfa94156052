import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bedrockErrors, manualStream, streamTroubles, TEST_KEY } from '../simulators/bedrock.ts';
import { startWorld } from '../start-parley.ts';
import type { ErrorReply, Script } from '../simulators/bedrock.ts';
import type { SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld({ environment: { MEMBER_QUESTIONS_PER_MINUTE: '0' } });
});
afterEach(async () => {
  expect(world.discord.unexpectedRequests).toEqual([]);
  await world.close();
});

const answersTo = (question: SimulatedMessage): SimulatedMessage[] => world.channel.fromBot.filter(({ referenceId }) => referenceId === question.id);

/** Asks, and tells what the person read, what the log says, and how many requests it took. */
const ask = async (text = 'hello') => {
  const before = world.bedrock.requestCount;
  const question = world.ana.say(world.channel, `${world.discord.botUser.mention} ${text}`);
  const line = await world.outcome(question.id);
  const read = answersTo(question).map(({ content }) => content);
  return { read, line, requests: world.bedrock.requestCount - before };
};

interface Case {
  readonly name: string;
  readonly script: Script | { readonly error: ErrorReply };
  readonly kind: string;
  readonly sentence: RegExp;
  readonly requests: number;
}

const before = (name: string, error: ErrorReply, kind: string, sentence: RegExp, requests: number): Case => ({ name, script: { error }, kind, sentence, requests });
const inside = (name: string, script: Script, kind: string, sentence: RegExp, requests: number): Case => ({ name: `${name}, inside the stream`, script, kind, sentence, requests });
const first = (trouble: ReturnType<typeof streamTroubles.throttling>): Script => ({ text: 'abc', trouble, afterDeltas: 'headers' });

/** Every error of Bedrock's, again and again: what it is told as, and how often it is tried. */
const CASES: readonly Case[] = [
  before('a validation error', bedrockErrors.validation(), 'request-refused', /Bedrock refused this request/u, 1),
  before('a malformed request', bedrockErrors.malformed('#: something'), 'request-refused', /Bedrock refused this request/u, 1),
  before('too long an input', bedrockErrors.inputTooLong(), 'too-long', /too long for the model/u, 1),
  before('no access', bedrockErrors.accessDenied(), 'model-access', /may not use the model/u, 1),
  before('no marketplace subscription', bedrockErrors.marketplace(), 'model-access', /may not use the model/u, 1),
  before('a bad key', bedrockErrors.badKey(), 'key-refused', /refused my API key/u, 1),
  before('an expired token', bedrockErrors.expiredToken(), 'key-expired', /key has expired/u, 1),
  before('an error without a name', bedrockErrors.untyped(403, 'Forbidden'), 'key-refused', /refused my API key/u, 1),
  before('a retired model', bedrockErrors.endOfLife(), 'model-retired', /has been retired/u, 1),
  before('an unknown model', bedrockErrors.invalidModel(), 'model-unknown', /does not know the model/u, 1),
  before('the wrong host', bedrockErrors.unknownOperation(), 'model-unknown', /does not know the model/u, 1),
  before('a service quota', bedrockErrors.serviceQuota(), 'settings-refused', /An admin has to fix that/u, 1),
  before('a conflict', bedrockErrors.conflict(), 'request-refused', /Bedrock refused this request/u, 1),
  before('throttling', bedrockErrors.throttling(), 'throttled', /taking no more questions.*try again/u, 6),
  before('too many requests', bedrockErrors.tooManyRequests(), 'throttled', /taking no more questions.*try again/u, 6),
  before("the day's quota", bedrockErrors.tokensPerDay(), 'daily-quota', /Today's quota .* is used up.*tomorrow/u, 1),
  before('a model that is not ready', bedrockErrors.modelNotReady(), 'overloaded', /too busy/u, 6),
  before('an unavailable service', bedrockErrors.unavailable(), 'overloaded', /too busy/u, 6),
  before('too many connections', bedrockErrors.tooManyConnections(), 'overloaded', /too busy/u, 6),
  before('a model timeout', bedrockErrors.modelTimeout(), 'model-timed-out', /took too long/u, 2),
  before('a model error', bedrockErrors.modelError(), 'model-error', /model had a problem/u, 2),
  before('a model stream error', bedrockErrors.modelStreamError(), 'model-error', /model had a problem/u, 2),
  before('an internal error', bedrockErrors.internalServer(), 'service-error', /had a problem while answering/u, 3),
  before('HTML from a proxy', bedrockErrors.badGateway(), 'service-error', /had a problem while answering/u, 3),
  inside('a validation error', first(streamTroubles.validation('The request is not valid.')), 'request-refused', /Bedrock refused this request/u, 1),
  inside('throttling', first(streamTroubles.throttling()), 'throttled', /taking no more questions/u, 6),
  inside('an unavailable service', first(streamTroubles.serviceUnavailable()), 'overloaded', /too busy/u, 6),
  inside('an internal error', first(streamTroubles.internalServer()), 'service-error', /had a problem while answering/u, 3),
  inside('a model stream error', first(streamTroubles.modelStreamError()), 'model-error', /model had a problem/u, 2),
  inside('an unmodelled timeout', first(streamTroubles.modelTimeout()), 'model-timed-out', /took too long/u, 2),
  inside('an error message', first(streamTroubles.error()), 'stream-broken', /connection to the model broke/u, 2),
  inside('a cut frame', first(streamTroubles.truncated), 'stream-broken', /connection to the model broke/u, 2),
  inside('a bad checksum', first(streamTroubles.badChecksum), 'stream-broken', /connection to the model broke/u, 2),
  inside('an end before the end', first(streamTroubles.end), 'stream-broken', /connection to the model broke/u, 2),
];

describe('an error of Bedrock, again and again,', () => {
  it.each(CASES)('$name: $kind', async ({ script, kind, sentence, requests }) => {
    world.bedrock.respond(script);
    const { read, line, requests: made } = await ask();
    expect(made).toBe(requests);
    expect(read).toHaveLength(1);
    expect(read[0]).toMatch(sentence);
    expect(read[0]).not.toMatch(/Exception|Error:|undefined|\[object|<html/u);
    expect(line).toMatchObject({ outcome: 'failed', kind, message: 'question failed' });
    expect(String(line['reason'])).not.toBe('');
    const tries = world.log.filter(({ message }) => message === 'a model call failed and is made again');
    expect(tries).toHaveLength(requests - 1);
    expect(JSON.stringify(world.log)).not.toContain(TEST_KEY);
    expect(JSON.stringify(world.log)).not.toContain('hello');
  });
});

describe('an error of Bedrock, once,', () => {
  it.each([
    ['throttling', { error: bedrockErrors.throttling() }],
    ['too many connections', { error: bedrockErrors.tooManyConnections() }],
    ['a model timeout', { error: bedrockErrors.modelTimeout() }],
    ['a model error', { error: bedrockErrors.modelError() }],
    ['an internal error', { error: bedrockErrors.internalServer() }],
    ['HTML from a proxy', { error: bedrockErrors.badGateway() }],
    ['a reset before the first word', first(streamTroubles.reset)],
    ['an end before the first word', first(streamTroubles.end)],
  ] as const)('is overcome: %s', async (_name, script) => {
    world.bedrock.respondOnce(script);
    const { read, line, requests } = await ask();
    expect(read).toEqual(['You said: hello']);
    expect(requests).toBe(2);
    expect(line).toMatchObject({ outcome: 'delivered' });
    expect(world.log.find(({ message }) => message === 'a model call failed and is made again')).toMatchObject({ level: 'info', failures: 1 });
  });

  it.each([
    ['breaks', streamTroubles.reset],
    ['ends without messageStop', streamTroubles.end],
    ['fails', streamTroubles.internalServer()],
  ])('in a stream that %s starts the answer anew in its place, which never gets shorter', async (_name, trouble) => {
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder, { text: 'The first half is followed by the second.', deltas: ['The ', 'first ', 'half is followed', ' by the second.'] });
    const question = world.ana.say(world.channel, `${world.discord.botUser.mention} hello`);
    await stream.request;
    await stream.text('The first half');
    await world.discord.waitFor(() => answersTo(question)[0]?.content === 'The first half');
    await stream.trouble(trouble);
    await world.outcome(question.id);
    const [answer, ...more] = answersTo(question);
    expect(more).toEqual([]);
    expect(world.channel.fromBot).toHaveLength(1);
    expect(answer?.content).toBe('The first half is followed by the second.');
    // A slow machine may think first.
    const texts = answer!.revisions.map(({ content }) => content).filter((content) => content !== 'Thinking…');
    for (const text of texts) expect(text.length).toBeGreaterThanOrEqual('The first half'.length);
  });
});

describe("the day's quota", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('closes the line until tomorrow: nobody is asked in vain, and everybody reads when', async () => {
    // Right behind midnight such a refusal may still be yesterday's, and closes less.
    const now = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => now() + (now() % 86_400_000 < 15 * 60_000 ? 15 * 60_000 : 0));
    world.bedrock.respond({ error: bedrockErrors.tokensPerDay() });
    await ask('one');
    const { read, line, requests } = await ask('two');
    expect(requests).toBe(0);
    const midnight = (Math.floor(Date.now() / 86_400_000) + 1) * 86_400;
    const told = Number(/tomorrow \(UTC\), <t:(\d+):R>/u.exec(read[0] ?? '')?.[1]);
    expect(told).toBeGreaterThanOrEqual(midnight);
    expect(told).toBeLessThanOrEqual(midnight + 60);
    expect(line).toMatchObject({ kind: 'daily-quota', level: 'error' });
  });
});

describe('a lane that is full', () => {
  it('refuses at once, and says when to try again', async () => {
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const asked = Array.from({ length: 102 }, (_, index) => world.ana.say(world.channel, `${world.discord.botUser.mention} ${index}`));
    const refused = await world.outcome(asked.at(-1)?.id ?? '');
    expect(refused).toMatchObject({ kind: 'line-full', level: 'debug' });
    await world.discord.waitFor(() => world.channel.fromBot.some(({ content }) => /^Too many questions .* try again <t:\d+:R>\.$/u.test(content)));
  });
});

describe('a quota', () => {
  it('that we were told is never overdrawn: questions wait for each other instead', async () => {
    const quota = { tokensPerMinute: 60_000 };
    await world.close();
    world = await startWorld({ bedrock: { quota }, environment: { TOKENS_PER_MINUTE: '60000', BEDROCK_MAX_TOKENS: '20000', MAX_CONCURRENT_CALLS: '10' } });
    const places = Array.from({ length: 8 }, (_, index) => world.guild.addChannel({ name: `place-${index}` }));
    const answers = await Promise.all(places.map((place) => world.ask(world.ana, 'hello', place)));
    expect(answers.map(({ content }) => content)).toEqual(places.map(() => 'You said: hello'));
    expect(world.bedrock.throttledCount).toBe(0);
    expect(world.bedrock.requestCount).toBe(8);
    expect(world.bedrock.quota.maxReservedTokens).toBeLessThanOrEqual(60_000);
  });
});
