import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createRequire } from 'node:module';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';

/** What discord.js asks for when it is loaded. An `import` is another object, and says nothing to it. */
const shared = createRequire(import.meta.url)('ws') as { WebSocket: typeof WebSocket };

/**
 * Lets the gateway's connections go through a proxy: discord.js opens them itself and gives them no agent. To be called before
 * discord.js is loaded, which takes the class of connections when it is.
 * @param variables `HTTPS_PROXY`, `NO_PROXY` and the like
 */
export const openGatewayThrough = (variables: Readonly<Record<string, string>>): void => {
  const proxyEnv = { ...variables };
  const [plain, secure] = [new HttpAgent({ proxyEnv }), new HttpsAgent({ proxyEnv })];
  shared.WebSocket = class ProxiedWebSocket extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[], options?: ClientOptions) {
      super(address, protocols, { ...options, agent: new URL(address).protocol === 'wss:' ? secure : plain });
    }
  } as typeof WebSocket;
};

/** A connection of our own to the gateway, which takes the same way. */
export const gatewaySocket = (address: string): WebSocket => new shared.WebSocket(address);
