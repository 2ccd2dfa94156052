import { Agent, createServer, request } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface ProxyServer {
  readonly url: string;
  /** Where it was asked to connect or to pass a request on to: `host:port`. */
  readonly asked: string[];
  /** The same for connections that are no plain requests any more: websockets. */
  readonly upgraded: string[];
  close(): Promise<void>;
}

/** A proxy as companies have them: it opens tunnels, and passes plain requests on. */
export const startProxyServer = async (): Promise<ProxyServer> => {
  const [asked, upgraded]: [string[], string[]] = [[], []];
  const server = createServer((incoming, outgoing) => {
    const { host, hostname, port, pathname, search } = new URL(incoming.url ?? '');
    asked.push(host);
    const { method, headers } = incoming;
    const onward = request({ hostname, port, path: `${pathname}${search}`, method, headers, agent: new Agent() }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('connect', (incoming, socket) => {
    asked.push(incoming.url ?? '');
    const [hostname, port] = (incoming.url ?? '').split(':');
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket);
      socket.pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => [onward, socket].forEach((one) => one.destroy()));
  });
  server.on('upgrade', (incoming, socket, head) => {
    const { host, hostname, port, pathname, search } = new URL(incoming.url ?? '');
    upgraded.push(host);
    const onward = connect(Number(port), hostname, () => {
      const headers = incoming.rawHeaders.flatMap((text, index, all) => (index % 2 === 0 ? [`${text}: ${all[index + 1]}`] : []));
      onward.write([`GET ${pathname}${search} HTTP/1.1`, ...headers, '', ''].join('\r\n'));
      onward.write(head);
      onward.pipe(socket);
      socket.pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => [onward, socket].forEach((one) => one.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    upgraded,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};
