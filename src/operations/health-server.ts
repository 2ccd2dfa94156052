import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../log/log.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './observed.ts';

export interface HealthServerOptions {
  readonly host: string;
  readonly port: number;
  /** Whether a question would be answered now. */
  readonly readiness: () => Pick<Readiness, 'ready'>;
  readonly metrics: Metrics;
  readonly log: Pick<Log, 'warn'>;
}

export interface HealthServer {
  close(): Promise<void>;
}

/** How long somebody may take to say what they ask, and to take what they are told, in milliseconds. */
const REQUEST_MS = 5_000;
/** Bytes of what stands before a request's body; the body itself is never read. */
const HEADER_BYTES = 8_192;
/** Who asks is a supervisor or two. */
const MAX_CONNECTIONS = 64;

interface Told {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const told = (status: number, body: object): Told => ({ status, type: 'application/json', text: `${JSON.stringify(body)}\n` });

const answerTo = async (path: string, { readiness, metrics }: HealthServerOptions): Promise<Told> => {
  switch (path) {
    case '/livez':
      // Whoever answers is alive: nothing else is to be known of it.
      return told(200, { alive: true });
    case '/readyz': {
      const body = readiness();
      return told(body.ready ? 200 : 503, body);
    }
    case '/metrics':
      return { status: 200, type: metrics.contentType, text: await metrics.text() };
    default:
      return told(404, { error: 'There are /livez, /readyz and /metrics.' });
  }
};

const answer = async ({ method, url = '' }: IncomingMessage, options: HealthServerOptions): Promise<Told> => {
  if (method !== 'GET' && method !== 'HEAD') return told(405, { error: 'GET and HEAD only.' });
  try {
    return await answerTo(url.split('?')[0] ?? '', options);
  } catch (error) {
    options.log.warn({ reason: String(error) }, 'who asked how Parley is could not be told');
    return told(500, { error: 'Parley could not tell.' });
  }
};

/**
 * Tells supervisors how the process is: `/livez` while the event loop turns, `/readyz` while questions would be answered, and
 * `/metrics` in figures.
 * @throws where nobody can listen there
 */
export const startHealthServer = async (options: HealthServerOptions): Promise<HealthServer> => {
  const { host, port, log } = options;
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, type, text } = await answer(request, options);
    response
      .writeHead(status, {
        'Content-Type': type,
        'Content-Length': Buffer.byteLength(text),
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        // Nothing is kept open that would hold up an end.
        Connection: 'close',
        ...(status === 405 ? { Allow: 'GET, HEAD' } : {}),
      })
      .end(text);
  };
  const server = createServer(
    { headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS, connectionsCheckingInterval: REQUEST_MS, maxHeaderSize: HEADER_BYTES },
    (request, response) => void respond(request, response),
  );
  server.maxConnections = MAX_CONNECTIONS;
  // Also of somebody who does not take what they are told.
  server.setTimeout(REQUEST_MS);
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
