import { createServer } from 'node:http';
import type { RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IncomingFile } from '../../../src/discord/files/file-reader.ts';

export interface CdnStandIn {
  readonly url: string;
  readonly port: number;
  /** Addresses that were asked for, as they came over the wire. */
  readonly asked: string[];
  /** The most requests that were under way at once. */
  readonly mostAtOnce: () => number;
  /** Keeps a file, and describes it as Discord would. */
  readonly add: (name: string, content: Uint8Array, overrides?: Partial<IncomingFile>) => IncomingFile;
  /** Answers for a file in its own way. */
  readonly answer: (name: string, handler: (response: ServerResponse) => void, overrides?: Partial<IncomingFile>) => IncomingFile;
  readonly close: () => Promise<void>;
}

export const startCdn = async (): Promise<CdnStandIn> => {
  const handlers = new Map<string, (response: ServerResponse) => void>();
  const asked: string[] = [];
  let [underWay, most, id] = [0, 0, 0];
  const listener: RequestListener = (request, response) => {
    asked.push(request.url ?? '');
    underWay += 1;
    most = Math.max(most, underWay);
    response.on('close', () => (underWay -= 1));
    const handler = handlers.get(new URL(request.url ?? '', 'http://cdn').pathname);
    if (handler === undefined) response.writeHead(404).end('This content is no longer available.');
    else handler(response);
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/cdn`;
  const answer: CdnStandIn['answer'] = (name, handler, overrides = {}) => {
    id += 1;
    const path = `/attachments/1/${id}/${encodeURIComponent(name)}`;
    handlers.set(`/cdn${path}`, handler);
    return { name, url: `${url}${path}?ex=1&is=2&hm=3&`, size: 100, ...overrides };
  };
  return {
    url,
    port,
    asked,
    mostAtOnce: () => most,
    answer,
    add: (name, content, overrides) => answer(name, (response) => response.end(content), { size: content.length, ...overrides }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
