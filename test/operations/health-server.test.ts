import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startHealthServer } from '../../src/operations/health-server.ts';
import { freePort } from '../free-port.ts';
import type { HealthServer } from '../../src/operations/health-server.ts';

const nobody = { warn: () => undefined } as never;

let port: number;
let reason: string | undefined;
let server: HealthServer;
let figures: () => Promise<string>;
const readiness = () => (reason === undefined ? { ready: true } : { ready: false, reason });
beforeEach(async () => {
  port = await freePort();
  reason = undefined;
  figures = () => Promise.resolve('# HELP up Whether it is\n');
  server = await startHealthServer({ host: '127.0.0.1', port, readiness, metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: () => figures() }, log: nobody });
});
afterEach(() => server.close());

const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`, init);

/** What is sent back for these bytes until the other side ends the connection. */
const send = (bytes: string): Promise<string> =>
  new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (data) => (received += data.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
  });

describe('who asks how Parley is', () => {
  it('hears that it is alive, whatever else is wrong', async () => {
    reason = 'Parley is not connected to Discord yet.';
    expect((await get('/livez')).status).toBe(200);
  });

  it('hears that it is ready, or why it is not', async () => {
    const ready = await get('/readyz');
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true }]);
    reason = 'Parley is going down.';
    const not = await get('/readyz?verbose');
    expect([not.status, await not.json()]).toEqual([503, { ready: false, reason }]);
    expect(not.headers.get('cache-control')).toBe('no-store');
  });

  it.each(['/', '/healthz', '/readyz/', '/livez/x', '//livez', '/../livez%00', '/metrics/', '/.env', '/debug/pprof'])('finds nothing at %s', async (path) => {
    const { status } = await new Promise<{ status: number | undefined }>((resolve) => {
      request({ port, host: '127.0.0.1', path }, (response) => resolve({ status: response.resume().statusCode })).end();
    });
    expect(status).toBe(404);
  });

  it('may only GET or HEAD', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const refused = await get('/readyz', { method });
      expect([method, refused.status, refused.headers.get('allow')]).toEqual([method, 405, 'GET, HEAD']);
    }
    const head = await get('/readyz', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    reason = 'Parley is going down.';
    expect((await get('/readyz', { method: 'HEAD' })).status).toBe(503);
  });

  it('gets figures as text, and HEAD without them', async () => {
    const told = await get('/metrics?x=1');
    expect([told.status, told.headers.get('content-type'), await told.text()]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8', '# HELP up Whether it is\n']);
    const head = await get('/metrics', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '24', '']);
  });

  it('hears that they cannot be told, and nothing of why', async () => {
    figures = () => Promise.reject(new Error('secret: hunter2'));
    const told = await get('/metrics');
    expect([told.status, await told.text()]).toEqual([500, '{"error":"Parley could not tell."}\n']);
    figures = () => {
      throw new Error('secret: hunter2');
    };
    expect((await get('/metrics')).status).toBe(500);
    expect((await get('/livez')).status).toBe(200);
  });

  it('is one of 64 at most: others are turned away, and served when there is room again', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 64 }, () => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined);
        return new Promise<typeof socket>((resolve) => socket.once('connect', () => resolve(socket)));
      }),
    );
    await expect.poll(() => get('/livez').then(() => 'served', () => 'turned away')).toBe('turned away');
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => get('/livez').then(({ status }) => status, () => 0)).toBe(200);
  });

  it('loses its connection where it says nothing, or takes nothing of what it is told', async () => {
    // More than fits into the buffers in between.
    figures = () => Promise.resolve('x'.repeat(64 * 1024 * 1024));
    const ended = (socket: ReturnType<typeof connect>): Promise<void> => new Promise((resolve) => socket.on('error', () => undefined).on('close', () => resolve()).resume());
    const greedy = connect(port, '127.0.0.1', () => greedy.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')).pause();
    // Three that come one after the other: by then its time is over twice, which Node wants of a connection that it writes to.
    for (const _ of [1, 2, 3]) await ended(connect(port, '127.0.0.1'));
    let received = 0;
    greedy.on('data', (data) => (received += data.length));
    await ended(greedy);
    expect(received).toBeLessThan(64 * 1024 * 1024);
  });

  it('is not listened to at length, and its connection is not kept', async () => {
    expect(await send(`GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /u);
    expect(await send('nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /u);
    expect(await send('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 [^]*connection: close/iu);
  });

  it('does not hold up the end, although it asks slowly', async () => {
    const closed = send('GET /livez HTTP/1.1\r\n');
    await get('/livez');
    await server.close();
    expect(await closed).toBe('');
    await expect(get('/livez')).rejects.toThrow();
  });
});

it('where nobody can listen, that is told', async () => {
  await expect(startHealthServer({ host: '127.0.0.1', port, readiness: () => ({ ready: true }), metrics: { contentType: 'text/plain', text: () => figures() }, log: nobody })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
