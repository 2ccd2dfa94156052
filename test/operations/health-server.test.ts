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
beforeEach(async () => {
  port = await freePort();
  reason = undefined;
  server = await startHealthServer({ host: '127.0.0.1', port, notReady: () => reason, log: nobody });
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

  it.each(['/', '/healthz', '/readyz/', '/livez/x', '//livez', '/../livez%00', '/metrics'])('finds nothing at %s', async (path) => {
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
  await expect(startHealthServer({ host: '127.0.0.1', port, notReady: () => undefined, log: nobody })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
