import { describe, expect, it } from 'vitest';
import { expectPlausibleAnswers } from '../../../src/discord/rest/plausible-answers.ts';

/** What discord.js is given of an answer with these headers. */
const given = async (status: number, headers: Readonly<Record<string, string>>): Promise<readonly (string | null)[]> => {
  const answer = async () => new Response('{}', { status, headers: { 'content-type': 'application/json', ...headers } });
  const makeRequest = expectPlausibleAnswers(answer as never, {
    monotonic: () => 0,
    onDate: () => undefined,
    onOddLimit: () => undefined,
    turnedAway: { heard: () => undefined, passed: () => undefined },
  });
  const response = await makeRequest('https://discord.com/api/v10/x', { method: 'GET' } as never);
  return ['retry-after', 'x-ratelimit-reset-after'].map((header) => response.headers.get(header));
};

describe.each(['1e9', '-1', 'soon', ''])('a time of a limit that makes no sense (%j)', (odd) => {
  it('is the other one where Discord says that one sensibly, of a request that it refuses', async () => {
    expect(await given(429, { 'retry-after': '2', 'x-ratelimit-reset-after': odd })).toEqual(['2', '2']);
    expect(await given(429, { 'retry-after': odd, 'x-ratelimit-reset-after': '3' })).toEqual(['3', '3']);
  });

  it('is a minute where nothing else says it', async () => {
    expect(await given(429, { 'retry-after': odd, 'x-ratelimit-reset-after': odd })).toEqual(['60', '60']);
    expect(await given(429, { 'retry-after': odd })).toEqual(['60', null]);
    // Of one that it took, when the bucket is full again is another matter.
    expect(await given(200, { 'x-ratelimit-reset-after': odd })).toEqual([null, '60']);
  });
});
