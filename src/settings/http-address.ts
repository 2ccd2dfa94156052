import { isIP } from 'node:net';
import type { Environment } from './secret-settings.ts';

/** Where Parley tells how it is. */
export interface HttpAddress {
  /** An IP address, or a name of this machine. */
  readonly host: string;
  readonly port: number;
}

const PORT_RULE = 'must be a whole number from 1 to 65535; leave it out, or set it to 0, to tell nobody how Parley is';
const HOST_RULE = 'must be an IP address or a host name, without http:// and without a port';

const DEFAULT_HOST = '127.0.0.1';

const HOST_NAME = /^(?!-)[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63})*$/iu;

const isPort = (value: string): boolean => /^\d{1,5}$/u.test(value) && Number(value) >= 1 && Number(value) <= 65_535;

const isHost = (value: string): boolean => isIP(value) !== 0 || (HOST_NAME.test(value) && !/^[\d.]+$/u.test(value));

export const HTTP_SETTINGS = ['HTTP_PORT', 'HTTP_HOST'] as const;

/** What is wrong with a setting, as the rest of a sentence that begins with its name. */
export interface HttpProblem {
  readonly name: (typeof HTTP_SETTINGS)[number];
  readonly rule: string;
}

/** Without the checks of all other settings: who asks how Parley is, every few seconds, should not load them. */
export const readHttpAddress = (environment: Environment): { readonly address: HttpAddress | undefined; readonly problems: readonly HttpProblem[] } => {
  const told = (environment['HTTP_PORT'] ?? '').trim();
  const port = told === '0' ? '' : told;
  const host = (environment['HTTP_HOST'] ?? '').trim();
  const problems: HttpProblem[] = [
    ...(port === '' || isPort(port) ? [] : [{ name: 'HTTP_PORT', rule: PORT_RULE } as const]),
    ...(host === '' || isHost(host) ? [] : [{ name: 'HTTP_HOST', rule: HOST_RULE } as const]),
  ];
  const isSet = port !== '' && problems.length === 0;
  return { address: isSet ? { host: host === '' ? DEFAULT_HOST : host, port: Number(port) } : undefined, problems };
};

/** What has to be mended when nobody can listen there, as one line. */
export const listenProblem = ({ host, port }: HttpAddress, error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'EADDRINUSE') return `HTTP_PORT: port ${port} of ${host} is in use already, perhaps by another Parley: choose another port`;
  if (code === 'EACCES') return `HTTP_PORT: the user that Parley runs as may not listen on port ${port}: choose one above 1023`;
  if (['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EAFNOSUPPORT'].includes(code)) {
    return `HTTP_HOST: ${host} is no address of this machine: use ${DEFAULT_HOST} for this machine alone, or 0.0.0.0 for whoever can reach it`;
  }
  return `HTTP_PORT: nothing can listen on port ${port} of ${host} (${code})`;
};

/** Where whoever is on the same machine reaches it. */
export const reachedAt = (host: string): string => ({ '0.0.0.0': DEFAULT_HOST, '::': '::1' })[host] ?? host;
