import { describe, expect, it } from 'vitest';
import { createBedrockClient } from '../../src/bedrock/client.ts';
import { createConverseModel } from '../../src/bedrock/converse-model.ts';
import type { Failure } from '../../src/conversation/failure.ts';
import { TEST_KEY, bedrockErrors, streamTroubles } from '../simulators/bedrock.ts';
import { HELLO, askModel, failureOf as failureOfAsked, modelAt } from './ask-model.ts';
import { shareBedrock } from './shared-bedrock.ts';
import type { ModelChanges } from './ask-model.ts';
import type { FailureKind } from '../../src/conversation/failure.ts';
import type { BedrockSimulator, ErrorReply } from '../simulators/bedrock.ts';

const PAGE_MODEL = 'us.anthropic.claude-3-5-haiku-20241022-v1:0';
const MODEL = 'us.anthropic.claude-haiku-5-5';

let bedrock: BedrockSimulator;
shareBedrock((opened) => {
  bedrock = opened;
});

const model = (changes?: ModelChanges) => modelAt(bedrock.url, changes);
const failureOf = (changes: ModelChanges = {}, one = model(changes)): Promise<Failure> => failureOfAsked(askModel(one));

describe('an error before the answer', () => {
  const cases: readonly [string, ErrorReply, FailureKind][] = [
    ['bad key', bedrockErrors.badKey(), 'key-refused'],
    ['expired key', bedrockErrors.expiredKey(), 'key-expired'],
    ['expired key without a name', bedrockErrors.untyped(), 'key-expired'],
    ['unrecognized client', bedrockErrors.unrecognizedClient(), 'key-refused'],
    ['expired token', bedrockErrors.expiredToken(), 'key-expired'],
    ['no access', bedrockErrors.accessDenied(), 'model-access'],
    ['marketplace', bedrockErrors.marketplace(), 'model-access'],
    ['not authorized', bedrockErrors.notAuthorized('bedrock:InvokeModel', 'arn:aws:bedrock:us-east-1::foundation-model/x'), 'model-access'],
    ['payment', bedrockErrors.payment(), 'model-access'],
    ['end of life', bedrockErrors.endOfLife(), 'model-retired'],
    ['legacy', bedrockErrors.legacy(), 'model-retired'],
    ['use case details', bedrockErrors.useCaseDetails(), 'model-access'],
    ['use case form', bedrockErrors.useCaseForm(), 'model-access'],
    ['on-demand', bedrockErrors.onDemand('anthropic.claude-haiku-5-5'), 'model-needs-profile'],
    ['unknown model', bedrockErrors.invalidModel(), 'model-unknown'],
    ['throttling', bedrockErrors.throttling(), 'throttled'],
    ['too many requests', bedrockErrors.tooManyRequests(), 'throttled'],
    ['tokens per day', bedrockErrors.tokensPerDay(), 'daily-quota'],
    ['model not ready', bedrockErrors.modelNotReady(), 'overloaded'],
    ['unavailable', bedrockErrors.unavailable(), 'overloaded'],
    ['too many connections', bedrockErrors.tooManyConnections(), 'overloaded'],
    ['model timeout', bedrockErrors.modelTimeout(), 'model-timed-out'],
    ['model error', bedrockErrors.modelError(), 'model-error'],
    ['internal error', bedrockErrors.internalServer(), 'service-error'],
    ['bad gateway of a proxy', bedrockErrors.badGateway(), 'service-error'],
    ['input too long', bedrockErrors.inputTooLong(), 'too-long'],
    ['prompt too long', bedrockErrors.validation('prompt is too long: 210000 tokens > 200000 maximum'), 'too-long'],
    ['an image', bedrockErrors.validation('The model returned the following errors: messages.0.content.1.image.source.base64: Could not process image'), 'file-refused'],
    ['a document', bedrockErrors.validation('The model returned the following errors: messages.0.content.1.pdf.source.base64.data: The PDF specified was not valid.'), 'file-refused'],
    ['validation', bedrockErrors.validation(), 'request-refused'],
    ['deprecated field', bedrockErrors.temperatureDeprecated(), 'request-refused'],
    ['unknown operation', bedrockErrors.unknownOperation(), 'model-unknown'],
  ];

  it.each(cases)('%s', async (_name, error, kind) => {
    bedrock.respond({ error });
    expect((await failureOf()).kind).toBe(kind);
    expect((await failureOf({ isStreaming: false })).kind).toBe(kind);
    expect(bedrock.requests).toHaveLength(2);
  });

  it.each(cases)('%s, to a client that has asked before', async (_name, error, kind) => {
    const streaming = model();
    const whole = model({ isStreaming: false });
    await Promise.all([askModel(streaming), askModel(whole)]);
    bedrock.respond({ error });
    expect((await failureOf({}, streaming)).kind).toBe(kind);
    expect((await failureOf({}, whole)).kind).toBe(kind);
    expect(bedrock.requests).toHaveLength(4);
  });

  it('tells too many requests from too many tokens', async () => {
    bedrock.respond({ error: bedrockErrors.tooManyRequests() });
    expect(await failureOf()).toMatchObject({ kind: 'throttled', wereRequests: true });
    bedrock.respond({ error: bedrockErrors.throttling() });
    expect(await failureOf()).toMatchObject({ kind: 'throttled', wereRequests: false });
  });

  it('names the successor of a model that is gone, and the profile of one that needs it', async () => {
    expect(await failureOf({ settings: { modelId: PAGE_MODEL } })).toMatchObject({ kind: 'model-retired', successor: MODEL });
    expect(await failureOf({ settings: { modelId: 'anthropic.claude-haiku-5-5' } })).toMatchObject({
      kind: 'model-needs-profile',
      successor: MODEL,
    });
  });

  it('says when the service wants to be asked again', async () => {
    const inTwentySeconds = Date.now() + 20_000;
    for (const retryAfter of [20, new Date(inTwentySeconds).toUTCString()]) {
      bedrock.respondOnce({ error: bedrockErrors.throttling(undefined, { retryAfter }) });
      const { retryAt = 0 } = await failureOf();
      expect(retryAt).toBeGreaterThan(inTwentySeconds - 2_000);
      expect(retryAt).toBeLessThan(inTwentySeconds + 10_000);
    }
    for (const retryAfter of ['soon', -5, 10_000_000, new Date(Date.now() - 5_000).toUTCString()]) {
      bedrock.respondOnce({ error: bedrockErrors.throttling(undefined, { retryAfter }) });
      expect((await failureOf()).retryAt).toBeUndefined();
    }
  });

  it('says it by the clock that people go by, however wrong ours is', async () => {
    const noon = Date.UTC(2026, 10, 25, 12);
    for (const [retryAfter, laterMs] of [[20, 0], [new Date(Date.now() + 20_000).toUTCString(), 2_000]] as const) {
      bedrock.respondOnce({ error: bedrockErrors.throttling(undefined, { retryAfter }) });
      const { retryAt = 0 } = await failureOf({ now: () => noon });
      expect(Math.abs(retryAt - noon - 20_000)).toBeLessThanOrEqual(laterMs);
    }
  });

  it('is a network failure when nobody listens', async () => {
    const client = createBedrockClient({ apiKey: TEST_KEY, region: 'us-east-1', endpoint: 'http://127.0.0.1:1' });
    const dead = createConverseModel({ client, region: 'us-east-1', isStreaming: true, settings: { modelId: MODEL, maxTokens: 1 } });
    await expect(Array.fromAsync(dead.converse(HELLO, new AbortController().signal))).rejects.toMatchObject({ kind: 'network' });
  });
});

describe('an error inside the stream', () => {
  const cases: readonly [string, Parameters<typeof bedrock.respond>[0], FailureKind][] = [
    ['validation', { text: 'abc', trouble: streamTroubles.validation() }, 'too-long'],
    ['throttling', { text: 'abc', trouble: streamTroubles.throttling() }, 'throttled'],
    ['internal error', { text: 'abc', trouble: streamTroubles.internalServer() }, 'service-error'],
    ['model stream error', { text: 'abc', trouble: streamTroubles.modelStreamError() }, 'model-error'],
    ['unavailable', { text: 'abc', trouble: streamTroubles.serviceUnavailable() }, 'overloaded'],
    ['unmodelled timeout', { text: 'abc', trouble: streamTroubles.modelTimeout() }, 'model-timed-out'],
    ['error message', { text: 'abc', trouble: streamTroubles.error() }, 'stream-broken'],
    ['clean end without messageStop', { text: 'abc', trouble: streamTroubles.end }, 'stream-broken'],
    ['truncated frame', { text: 'abc', trouble: streamTroubles.truncated }, 'stream-broken'],
    ['bad checksum', { text: 'abc', trouble: streamTroubles.badChecksum }, 'stream-broken'],
    ['reset', { text: 'abc', trouble: streamTroubles.reset }, 'stream-broken'],
  ];

  it.each(cases)('%s', async (_name, script, kind) => {
    const one = model();
    bedrock.respond(script);
    expect((await failureOf({}, one)).kind).toBe(kind);
    expect((await failureOf({}, one)).kind).toBe(kind);
  });

  it('in the first frame is the same failure', async () => {
    bedrock.respond({ text: 'abc', trouble: streamTroubles.throttling(), afterDeltas: 'headers' });
    expect((await failureOf()).kind).toBe('throttled');
  });
});
