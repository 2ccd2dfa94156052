// One port for HTTP/1.1 and for HTTP/2 without TLS: the AWS SDK's default handler speaks the second with prior knowledge.
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, createServer as createHttp2Server } from 'node:http2';
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Session } from 'node:http2';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

const PREFACE = 'PRI';

type Peer = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Number of its TCP connection. */
  readonly connection: number;
  readonly destroy: (begun: boolean) => void;
  /** Asked once it is over: has everything gone out? */
  readonly delivered: () => boolean;
};

/** One request and its answer, the same for both versions of HTTP. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly connection: number;
  readonly receivedAt = performance.now();
  /** Over, whichever way. */
  readonly closed: Promise<void>;
  finished = false;
  /** The simulator itself cut it off. */
  cut = false;
  status: number | undefined;
  readonly #response: ServerResponse;
  readonly #destroy: Peer['destroy'];
  readonly #pauses = new Set<() => void>();
  #isGone = false;
  #isHeld = false;

  constructor(peer: Peer) {
    const { request, response } = peer;
    this.request = request;
    this.connection = peer.connection;
    this.#response = response;
    this.#destroy = peer.destroy;
    request.on('error', () => {});
    response.on('error', () => {});
    this.closed = new Promise((resolve) => {
      response.once('close', () => {
        this.finished = !this.cut && peer.delivered();
        this.#isGone = true;
        for (const endPause of this.#pauses) endPause();
        resolve();
      });
    });
  }

  get gone(): boolean {
    return this.#isGone;
  }

  async readBody(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  start(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.gone || this.status !== undefined) return;
    this.status = status;
    this.#hold();
    this.#response.writeHead(status, headers);
    this.#response.flushHeaders();
  }

  /** What is said at once travels at once: an answer of an instant model is one packet. */
  #hold(): void {
    const { socket } = this.#response;
    if (this.#isHeld || socket === null) return;
    this.#isHeld = true;
    socket.cork();
    process.nextTick(() => {
      this.#isHeld = false;
      socket.uncork();
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.gone) return;
    this.#hold();
    if (this.#response.write(bytes)) return;
    await Promise.race([new Promise((resolve) => this.#response.once('drain', resolve)), this.closed]);
  }

  async end(bytes?: Uint8Array | string): Promise<void> {
    if (this.gone) return;
    if (bytes === undefined) this.#response.end();
    else this.#response.end(bytes);
    await this.closed;
  }

  /**
   * The peer sees a connection reset. What was already written still arrives: a real RST would throw away what lies
   * unread on the other side, and how much that is would be chance.
   */
  async reset(): Promise<void> {
    this.cut = true;
    if (!this.gone) this.#destroy(this.status !== undefined);
    await this.closed;
  }

  async pause(milliseconds: number): Promise<void> {
    if (this.gone) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    this.#pauses.add(resolve);
    await promise;
    clearTimeout(timer);
    this.#pauses.delete(resolve);
  }
}

function breakOff(socket: Socket, begun: boolean): void {
  if (begun) socket.destroySoon();
  else socket.resetAndDestroy();
}

export type Transport = {
  readonly port: number;
  readonly connectionCount: () => number;
  readonly close: () => Promise<void>;
};

export async function listen(port: number, handle: (exchange: Exchange) => void): Promise<Transport> {
  const sockets = new Set<Socket>();
  const numbers = new WeakMap<object, { readonly number: number; readonly socket: Socket }>();
  let connections = 0;

  const http1 = createHttpServer({ keepAliveTimeout: 0, noDelay: true });
  http1.on('request', (request, response) => {
    const { socket } = request;
    const connection = numbers.get(socket)?.number ?? 0;
    const delivered = (): boolean => response.writableFinished;
    handle(new Exchange({ request, response, connection, destroy: (begun) => breakOff(socket, begun), delivered }));
  });

  const http2 = createHttp2Server();
  let opening: Socket | undefined;
  http2.on('session', (session: ServerHttp2Session) => {
    const socket = opening;
    if (socket !== undefined) numbers.set(session, { number: numbers.get(socket)?.number ?? 0, socket });
    session.on('error', () => {});
  });
  http2.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
    const { stream } = request;
    const known = stream.session === undefined ? undefined : numbers.get(stream.session);
    handle(
      new Exchange({
        // The compatibility layer of node:http2 has the members that Exchange uses.
        request: request as unknown as IncomingMessage,
        response: response as unknown as ServerResponse,
        connection: known?.number ?? 0,
        destroy: (begun) => {
          stream.close(constants.NGHTTP2_INTERNAL_ERROR);
          if (known !== undefined) breakOff(known.socket, begun);
        },
        delivered: () => response.writableEnded && stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted,
      }),
    );
  });

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    numbers.set(socket, { number: connections, socket });
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    const silent = (): void => void socket.destroy();
    socket.once('end', silent);
    socket.once('data', (first: Buffer) => {
      socket.off('end', silent);
      socket.pause();
      socket.unshift(first);
      if (first.toString('latin1', 0, PREFACE.length) === PREFACE) {
        opening = socket;
        socket.allowHalfOpen = false; // as node:http2 has it: a client that hangs up is gone
        http2.emit('connection', socket);
      } else {
        http1.emit('connection', socket);
        socket.resume();
      }
    });
  });

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connectionCount: () => connections,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
