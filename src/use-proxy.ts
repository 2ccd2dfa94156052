import type { Proxy } from './settings/proxy.ts';

/**
 * From now on `fetch`, discord.js and Node's own agents go through the proxy, also where it stands in `.env`, which Node does
 * not read. Connections with an agent of their own have to be given it. To be called before discord.js is loaded.
 * @see https://nodejs.org/docs/latest-v24.x/api/http.html#httpsetglobalproxyfromenvproxyenv
 */
export const useProxy = async ({ variables }: Proxy): Promise<void> => {
  // An import would load all that the module offers for every start, `fetch` with it.
  process.getBuiltinModule('node:http').setGlobalProxyFromEnv({ ...variables });
  const { openGatewayThrough } = await import('./discord/gateway/proxied-gateway.ts');
  openGatewayThrough(variables);
};
