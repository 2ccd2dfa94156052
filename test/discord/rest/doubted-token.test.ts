import { EventEmitter } from 'node:events';
import { Events } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { createRefusedSessions } from '../../../src/discord/gateway/refused-sessions.ts';
import { doubtRefusedToken } from '../../../src/discord/rest/doubted-token.ts';
import { createKnownToken } from '../../../src/discord/rest/known-token.ts';
import type { Client } from 'discord.js';

const ROOT = 'https://discord.example/api/v10';
const WITH_TOKEN = { method: 'GET', headers: { Authorization: 'Bot good' } } as never;
const MINUTE_MS = 60_000;

/** A Discord that says `statusOf`, and a clock that only waiting moves. */
const scene = (statusOf: (path: string, atMs: number) => number, isKnown: boolean) => {
  const told: string[] = [];
  const looks: number[] = [];
  let at = 0;
  const request = doubtRefusedToken(
    async (url) => {
      const path = url.slice(ROOT.length);
      if (path === '/users/@me') looks.push(at);
      return new Response('{}', { status: statusOf(path, at) }) as never;
    },
    {
      onTokenRefused: () => told.push('refused'),
      hasTokenWorked: () => Promise.resolve(isKnown),
      wait: async (ms) => {
        at += ms;
        await new Promise(setImmediate);
      },
    },
  );
  /** When nobody looks any more. */
  const settled = async (): Promise<void> => {
    for (let quiet = 0, seen = -1; quiet < 50; quiet = looks.length === seen ? quiet + 1 : 0) {
      seen = looks.length;
      await new Promise(setImmediate);
    }
  };
  return { told, looks, request: async (path: string) => (await request(`${ROOT}${path}`, WITH_TOKEN)).status, settled };
};

describe('a refusal of the token', () => {
  it('that never worked is believed after one look', async () => {
    const { told, looks, request } = scene(() => 401, false);
    expect(await request('/gateway/bot')).toBe(401);
    expect(told).toEqual(['refused']);
    expect(looks).toEqual([0]);
  });

  it('that worked for an earlier process is believed after a minute of looks, and passes for a fault until then', async () => {
    const { told, looks, request, settled } = scene(() => 401, true);
    expect(await request('/gateway/bot')).toBe(503);
    await settled();
    expect(told).toEqual(['refused']);
    expect(looks.at(-1)).toBe(MINUTE_MS);
    expect(looks.length).toBeGreaterThan(4);
    expect(await request('/gateway/bot')).toBe(401);
  });

  it.each([
    ['taken at the last look', (path: string, at: number) => (path === '/users/@me' && at >= MINUTE_MS ? 200 : 401)],
    ['answered with a fault at one look', (path: string, at: number) => (path === '/users/@me' && at === 14_000 ? 502 : 401)],
  ])('that worked is not believed where it is %s', async (_name, statusOf) => {
    const { told, request, settled } = scene(statusOf, true);
    expect(await request('/gateway/bot')).toBe(503);
    await settled();
    expect(told).toEqual([]);
  });

  it('is not believed where another request was taken meanwhile', async () => {
    let isOut = true;
    const { told, request, settled } = scene((path) => (path === '/users/@me' || (path === '/channels/1' && isOut) ? 401 : 200), true);
    expect(await request('/channels/1')).toBe(503);
    expect(await request('/channels/2')).toBe(200);
    await settled();
    expect(told).toEqual([]);
    isOut = false;
    expect(await request('/channels/1')).toBe(200);
  });

  it('of a token that this process worked with waits for the same looks, however many hear of it', async () => {
    let isOut = false;
    const { told, looks, request, settled } = scene(() => (isOut ? 401 : 200), false);
    expect(await request('/channels/1')).toBe(200);
    isOut = true;
    expect(await Promise.all([1, 2, 3, 4].map(() => request('/channels/1')))).toEqual([503, 503, 503, 503]);
    await settled();
    expect(told).toEqual(['refused']);
    expect(looks).toHaveLength(6);
  });
});

describe('a connection that is closed because of the token', () => {
  /** @param refusedLogins how often a login ends so */
  const gateway = (isKnown: boolean, connect: (shardId: number) => Promise<void> = () => Promise.resolve(), refusedLogins = 0) => {
    const client = new EventEmitter();
    const said: string[] = [];
    let waited = 0;
    let logins = 0;
    const { logIn, refused } = createRefusedSessions({
      client: client as never as Client,
      logIn: async () => {
        logins += 1;
        if (logins > refusedLogins) return;
        void refused(0);
        throw new Error('Authentication failed');
      },
      connect: async (shardId) => {
        said.push(`connect ${shardId}`);
        await connect(shardId);
      },
      hasTokenWorked: () => Promise.resolve(isKnown),
      onRefused: () => said.push('refused'),
      log: { warn: () => undefined } as never,
      wait: async (ms) => void (waited += ms),
    });
    return { client, said, refused, logIn, waited: () => waited, logins: () => logins };
  };

  it('at a first start is believed at once', async () => {
    const { said, logIn, logins } = gateway(false, undefined, 1);
    await expect(logIn()).rejects.toThrow('Authentication failed');
    expect([said, logins()]).toEqual([['refused'], 1]);
  });

  it('at a later start is believed when it was closed so for a minute, and not before', async () => {
    const [passing, lasting] = [gateway(true, undefined, 5), gateway(true, undefined, 6)];
    await passing.logIn();
    expect([passing.said, passing.logins()]).toEqual([[], 6]);
    await expect(lasting.logIn()).rejects.toThrow('Authentication failed');
    expect([lasting.said, lasting.logins(), lasting.waited()]).toEqual([['refused'], 6, MINUTE_MS]);
  });

  it('is believed when it was closed so for a minute, and from the beginning again after a session', async () => {
    const { client, said, refused, waited } = gateway(false);
    client.emit(Events.ClientReady);
    for (const _ of [1, 2, 3]) await refused(4);
    client.emit(Events.ShardReady, 4);
    for (const _ of [1, 2, 3, 4, 5]) await refused(4);
    expect(said).toEqual(Array.from({ length: 8 }, () => 'connect 4'));
    await refused(4);
    expect(said.at(-1)).toBe('refused');
    expect(waited()).toBe(14_000 + MINUTE_MS);
  });

  it('is tried again where no session can be begun', async () => {
    let isOut = true;
    const { client, said, refused } = gateway(true, () => (isOut ? Promise.reject(new Error('503')) : Promise.resolve()));
    client.emit(Events.ClientReady);
    const over = refused(0);
    await new Promise(setImmediate);
    isOut = false;
    await over;
    expect(said.filter((word) => word === 'connect 0').length).toBeGreaterThan(0);
  });
});

describe('what the store remembers of a token', () => {
  it('is that it worked, and nothing that it could be read from', async () => {
    const stored = new Map<string, string>();
    const notebook = { get: async (key: string) => stored.get(key), set: async (key: string, text: string) => void stored.set(key, text) };
    const known = (token: string) => createKnownToken({ token, notebook, now: () => 1_795_950_180_762, log: { warn: () => undefined } as never });
    expect(await known('MTIz.abc.def').hasWorked()).toBe(false);
    known('MTIz.abc.def').works();
    expect(await known('MTIz.abc.def').hasWorked()).toBe(true);
    expect(await known('MTIz.abc.deg').hasWorked()).toBe(false);
    expect(JSON.stringify([...stored])).not.toMatch(/MTIz|abc|def/u);
  });

  it('is kept for a year, however soon conversations are forgotten', async () => {
    const kept: number[] = [];
    const notebook = { get: async () => undefined, set: async (_key: string, _text: string, ttlMs: number) => void kept.push(ttlMs) };
    createKnownToken({ token: 'MTIz.abc.def', notebook, now: () => 1, log: { warn: () => undefined } as never }).works();
    expect(kept).toEqual([366 * 24 * 60 * 60 * 1000]);
  });

  it('is nothing where the store fails', async () => {
    const notebook = { get: () => Promise.reject(new Error('locked')), set: () => Promise.reject(new Error('locked')) };
    const known = createKnownToken({ token: 'MTIz.abc.def', notebook, now: () => 1, log: { warn: () => undefined } as never });
    known.works();
    expect(await known.hasWorked()).toBe(false);
  });
});
