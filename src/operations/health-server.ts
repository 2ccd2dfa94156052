import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../log/log.ts';

export interface HealthServerOptions {
  readonly host: string;
  readonly port: number;
  /** Why no question would be answered now, in one sentence without anything secret; undefined where one would. */
  readonly notReady: () => string | undefined;
  readonly log: Log;
}

export interface HealthServer {
  close(): Promise<void>;
}

/** How long somebody may take to say what they ask, in milliseconds. */
const REQUEST_MS = 5_000;
/** Bytes of what stands before a request's body; the body itself is never read. */
const HEADER_BYTES = 8_192;
/** Who asks is a supervisor or two. */
const MAX_CONNECTIONS = 64;

interface Told {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const answerTo = (path: string, notReady: HealthServerOptions['notReady']): Told => {
  // Whoever answers is alive: nothing else is to be known of it.
  if (path === '/livez') return { status: 200, body: { alive: true } };
  if (path !== '/readyz') return { status: 404, body: { error: 'There are /livez and /readyz.' } };
  const reason = notReady();
  return reason === undefined ? { status: 200, body: { ready: true } } : { status: 503, body: { ready: false, reason } };
};

const answer = (request: IncomingMessage, notReady: HealthServerOptions['notReady']): Told =>
  request.method === 'GET' || request.method === 'HEAD'
    ? answerTo((request.url ?? '').split('?')[0] ?? '', notReady)
    : { status: 405, body: { error: 'GET and HEAD only.' } };

/**
 * Tells supervisors how the process is: `/livez` while the event loop turns, `/readyz` while questions would be answered.
 * @throws where nobody can listen there
 */
export const startHealthServer = async ({ host, port, notReady, log }: HealthServerOptions): Promise<HealthServer> => {
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    const { status, body } = answer(request, notReady);
    const text = `${JSON.stringify(body)}\n`;
    response
      .writeHead(status, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(text),
        'Cache-Control': 'no-store',
        // Nothing is kept open that would hold up an end.
        Connection: 'close',
        ...(status === 405 ? { Allow: 'GET, HEAD' } : {}),
      })
      .end(text);
  };
  const server = createServer(
    { headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS, connectionsCheckingInterval: REQUEST_MS, maxHeaderSize: HEADER_BYTES },
    respond,
  );
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => log.warn({ reason: String(error) }, 'somebody who asks how Parley is could not be heard'));
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
