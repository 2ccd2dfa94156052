import { describe, expect, it } from 'vitest';
import { toFailure } from '../../src/bedrock/to-failure.ts';

/** As the SDK throws what has no type. */
const untyped = (status: number): Error => Object.assign(new Error('no'), { name: 'Unknown', $metadata: { httpStatusCode: status }, $response: { statusCode: status, headers: {} } });

describe('an error without a name', () => {
  it.each([
    [400, 'request-refused'],
    [401, 'key-refused'],
    [403, 'key-refused'],
    [404, 'model-unknown'],
    [408, 'model-timed-out'],
    [413, 'too-long'],
    [422, 'request-refused'],
    [424, 'model-error'],
    [429, 'throttled'],
    [499, 'request-refused'],
    [500, 'service-error'],
    [502, 'service-error'],
    [503, 'overloaded'],
  ])('is what its status %i says', (status, kind) => {
    expect(toFailure(untyped(status), { modelId: 'm', region: 'us-east-1', hasBegun: false }).kind).toBe(kind);
  });
});
