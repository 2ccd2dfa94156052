import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface HeldConnections {
  /** The same database by this way. */
  through(url: string): string;
  /** From now on a connection says nothing more to the database as soon as it is about to say this. Absent: no connection says anything, or hears it. */
  hold(words?: string): void;
  /** Ends all connections, and takes no more. */
  cut(): void;
  /** Everything that was held goes on its way, and connections are taken again. */
  release(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  held: Buffer[] | undefined;
}

/** A way to a PostgreSQL server on loopback on which statements can be held up, while the server itself is well. */
export const holdConnections = async (port: number): Promise<HeldConnections> => {
  const pairs = new Set<Pair>();
  let isCut = false;
  let holding: { readonly words: string | undefined } | undefined;

  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    const pair: Pair = { near, far, held: undefined };
    pairs.add(pair);
    near.on('data', (chunk) => {
      const isHeld = holding !== undefined && (holding.words === undefined || chunk.includes(holding.words));
      if (isHeld) pair.held ??= [];
      if (pair.held === undefined) far.write(chunk);
      else pair.held.push(chunk);
    });
    far.on('data', (chunk) => near.write(chunk));
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on('error', () => undefined).on('close', end);
  });
  const endAll = (): void => {
    for (const { near, far } of pairs) {
      near.destroy();
      far.destroy();
    }
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = (server.address() as AddressInfo).port;

  return {
    through: (url) => url.replace(`:${port}/`, `:${own}/`),
    hold: (words) => {
      holding = { words };
    },
    cut: () => {
      isCut = true;
      endAll();
    },
    release: () => {
      isCut = false;
      holding = undefined;
      for (const pair of pairs) {
        for (const chunk of pair.held ?? []) pair.far.write(chunk);
        pair.held = undefined;
      }
    },
    close: async () => {
      endAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
