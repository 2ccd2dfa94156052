import type { Environment } from './secret-settings.ts';

/** A way out of the network, as the environment names it. */
export interface Proxy {
  /** For people: the address without what stands in it for logging in. */
  readonly shownAddress: string;
  /** What Node's agents need to know of it. */
  readonly variables: Readonly<Record<string, string>>;
}

const NAMES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'];
const isSet = (value: string | undefined): value is string => value !== undefined && value.trim() !== '';

/** The proxy that requests should go through, if any. `NODE_USE_ENV_PROXY=0` says: none, whatever else is set. */
export const findProxy = (environment: Environment): Proxy | undefined => {
  if (environment['NODE_USE_ENV_PROXY'] === '0') return undefined;
  const variables = Object.fromEntries(NAMES.flatMap((name) => (isSet(environment[name]) ? [[name, environment[name].trim()]] : [])));
  const address = variables['HTTPS_PROXY'] ?? variables['https_proxy'] ?? variables['HTTP_PROXY'] ?? variables['http_proxy'];
  if (address === undefined) return undefined;
  const url = URL.parse(address.includes('://') ? address : `http://${address}`);
  return { shownAddress: url === null ? 'an address that cannot be read' : url.origin, variables };
};

/**
 * From now on `fetch`, discord.js and Node's own agents go through the proxy, also where it stands in `.env`, which Node does
 * not read. Connections with an agent of their own have to be given it. To be called before discord.js is loaded.
 * @see https://nodejs.org/docs/latest-v24.x/api/http.html#httpsetglobalproxyfromenvproxyenv
 */
export const useProxy = async ({ variables }: Proxy): Promise<void> => {
  // An import would load all that the module offers for every start, `fetch` with it.
  process.getBuiltinModule('node:http').setGlobalProxyFromEnv({ ...variables });
  const { openGatewayThrough } = await import('./discord/proxied-gateway.ts');
  openGatewayThrough(variables);
};
