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
