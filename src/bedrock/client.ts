import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { sendAttachedMessages } from './converse-body.ts';
import { readConverseEvents } from './converse-events.ts';
import { repeatRequests } from './repeated-requests.ts';
import { NodeHttpHandler } from '@smithy/node-http-handler';

export interface BedrockClientOptions {
  /** A Bedrock API key, or where to read it: asked before each request, so a new key needs no new client. */
  readonly apiKey: string | (() => string | Promise<string>);
  readonly region: string;
  /** Instead of the region's own address: a VPC endpoint or a simulator. */
  readonly endpoint?: string | undefined;
  /** `HTTPS_PROXY`, `NO_PROXY` and the like: the proxy to go through. */
  readonly proxyVariables?: Readonly<Record<string, string>> | undefined;
}

/** Milliseconds to open a connection. Silence after that is the caller's to time. */
const CONNECTION_TIMEOUT_MS = 5_000;
/** Model calls are bounded by the line, not by sockets. */
const MAX_SOCKETS = 1_024;

/**
 * A Bedrock Runtime client that authenticates with `Authorization: Bearer <apiKey>` and nothing else, whatever the
 * environment holds. HTTP/1.1, because there an abort or a cut connection is an error and not a clean end; one attempt,
 * because waiting between attempts belongs to who knows the quota.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html
 */
export const createBedrockClient = ({ apiKey, region, endpoint, proxyVariables }: BedrockClientOptions): BedrockRuntimeClient => {
  const agentOptions = { keepAlive: true, maxSockets: MAX_SOCKETS, ...(proxyVariables === undefined ? {} : { proxyEnv: { ...proxyVariables } }) };
  const readKey = typeof apiKey === 'string' ? () => apiKey : apiKey;
  const client = new BedrockRuntimeClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    // An identity that has expired already is asked for anew with each request.
    token: async () => ({ token: (await readKey()).trim(), expiration: new Date() }),
    authSchemePreference: ['httpBearerAuth'],
    maxAttempts: 1,
    // The middleware is the same for all calls; what is a call's own is attached to its input.
    cacheMiddleware: true,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      httpAgent: new HttpAgent(agentOptions),
      httpsAgent: new HttpsAgent(agentOptions),
    }),
  });
  sendAttachedMessages(client);
  readConverseEvents(client);
  repeatRequests(client);
  return client;
};
