import { loadEnvironment } from '../settings/environment.ts';
import { readHttpAddress, reachedAt } from '../settings/http-address.ts';
import type { HttpAddress } from '../settings/http-address.ts';

// Imported, it would bring along all that it names, WebSockets and fetch among them: three times the CPU of the rest.
const { request } = process.getBuiltinModule('node:http');

/** How long Parley may take to say how it is, in milliseconds. */
const PATIENCE_MS = 3_000;
/** More characters than any answer of ours has. */
const LONGEST_ANSWER = 4_096;

interface Health {
  readonly isReady: boolean;
  readonly says: string;
}

/** What Parley would say; undefined where somebody else has answered. */
const readHealth = (body: string): Health | undefined => {
  try {
    const { ready, reason } = JSON.parse(body) as { readonly ready?: unknown; readonly reason?: unknown };
    if (ready === true) return { isReady: true, says: 'Parley is ready.' };
    if (typeof reason === 'string') return { isReady: false, says: reason };
  } catch {
    // Not ours.
  }
  return undefined;
};

const askAt = ({ host, port }: HttpAddress): Promise<Health> =>
  new Promise((resolve) => {
    const no = (says: string): void => resolve({ isReady: false, says });
    // An agent of its own: the common one may be told to go through a proxy.
    const asking = request({ host: reachedAt(host), port, path: '/readyz', agent: false, signal: AbortSignal.timeout(PATIENCE_MS) }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        if (body.length < LONGEST_ANSWER) body += text;
      });
      response.on('error', () => no('Parley broke off in the middle of its answer.'));
      response.on('end', () => resolve(readHealth(body) ?? { isReady: false, says: `Somebody else than Parley answers on port ${port} of ${host}.` }));
    });
    asking.on('error', ({ name }) =>
      no(
        name === 'AbortError' || name === 'TimeoutError'
          ? `Parley gave no answer within ${PATIENCE_MS / 1000} seconds.`
          : `Parley is not running, or has only begun to start: nobody answers on port ${port} of ${host}.`,
      ),
    );
    asking.end();
  });

/**
 * Asks the Parley that runs on this machine how it is: for supervisors, so it loads next to nothing.
 * @returns the exit code: 0 while questions would be answered, else 1
 */
export const askHealth = async ({ env, stdout }: Pick<NodeJS.Process, 'env' | 'stdout'>, envFile?: string): Promise<number> => {
  const { environment, problem } = loadEnvironment({ env }, { file: envFile });
  const { address, problems } = readHttpAddress(environment);
  const health = async (): Promise<Health> => {
    const wrong = problem ?? problems.map(({ name, rule }) => `${name} ${rule}.`).join('\n');
    if (wrong !== '') return { isReady: false, says: wrong };
    if (address === undefined) return { isReady: false, says: 'HTTP_PORT is not set, so Parley tells nobody how it is.' };
    return askAt(address);
  };
  const { isReady, says } = await health();
  stdout.write(`${says}\n`);
  return isReady ? 0 : 1;
};
