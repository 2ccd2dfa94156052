import { describe, expect, it } from 'vitest';
import { purposeOf, watchedRequests } from '../../../src/discord/rest/watched-requests.ts';

const API = 'https://discord.com/api/v10';

describe('requests to Discord', () => {
  it.each([
    ['POST', '/channels/1/messages', 'create'],
    ['PATCH', '/channels/1/messages/2', 'edit'],
    ['DELETE', '/channels/1/messages/2', 'delete'],
    ['PATCH', '/webhooks/1/a-token/messages/@original', 'edit'],
    ['PATCH', '/webhooks/1/a-token/messages/2?thread_id=3', 'edit'],
    ['DELETE', '/webhooks/1/a-token/messages/@original', 'delete'],
    ['POST', '/webhooks/1/a-token', 'create'],
    ['POST', '/webhooks/1/a-token?wait=true', 'create'],
    ['POST', '/interactions/1/a-token/callback?with_response=true', 'respond'],
    ['POST', '/channels/1/typing', 'typing'],
    ['GET', '/channels/1/messages?limit=100', 'read'],
    [undefined, '/gateway/bot', 'read'],
    ['PUT', '/applications/1/commands', 'other'],
    ['POST', '/users/@me/channels', 'other'],
    ['PUT', '/channels/1/messages/2/reactions/%E2%9C%85/@me', 'other'],
  ] as const)('%s %s is to %s', (method, path, purpose) => {
    expect(purposeOf(method, API + path)).toBe(purpose);
  });

  it('are told with their status, and without one where no answer came', async () => {
    const told: unknown[] = [];
    const onRequest = (purpose: string, status: number | undefined): void => void told.push([purpose, status]);
    await watchedRequests(() => Promise.resolve(new Response('', { status: 429 })) as never, onRequest)(`${API}/channels/1/messages`, { method: 'POST' });
    await expect(watchedRequests(() => Promise.reject(new Error('cut')), onRequest)(`${API}/channels/1/messages/2`, { method: 'PATCH' })).rejects.toThrow('cut');
    expect(told).toEqual([['create', 429], ['edit', undefined]]);
  });
});
