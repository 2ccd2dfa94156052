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
  /** Nothing that a new process would mend. */
  readonly isWell: boolean;
  readonly says: string;
}

/** What Parley would say; undefined where somebody else has answered. */
const readHealth = (body: string): Health | undefined => {
  try {
    const { ready, reason, connected } = JSON.parse(body) as { readonly ready?: unknown; readonly reason?: unknown; readonly connected?: unknown };
    if (ready === true) return { isWell: true, says: 'Parley is ready.' };
    // Store, key and model do not get better by a new start, which costs a session with Discord.
    if (typeof reason === 'string') return { isWell: connected === true, says: reason };
  } catch {
    // Not ours.
  }
  return undefined;
};

const askAt = ({ host, port }: HttpAddress): Promise<Health> =>
  new Promise((resolve) => {
    const no = (says: string): void => resolve({ isWell: false, says });
    // An agent of its own: the common one may be told to go through a proxy.
    const asking = request({ host: reachedAt(host), port, path: '/readyz', agent: false, signal: AbortSignal.timeout(PATIENCE_MS) }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        if (body.length < LONGEST_ANSWER) body += text;
      });
      response.on('error', () => no('Parley broke off in the middle of its answer.'));
      response.on('end', () => resolve(readHealth(body) ?? { isWell: false, says: `Somebody else than Parley answers on port ${port} of ${host}.` }));
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
 * @returns the exit code: 0 while a new process would help nothing, else 1
 */
export const askHealth = async ({ env, stdout }: Pick<NodeJS.Process, 'env' | 'stdout'>, envFile?: string): Promise<number> => {
  const { environment, problem } = loadEnvironment({ env }, { file: envFile });
  const { address, problems } = readHttpAddress(environment);
  const health = async (): Promise<Health> => {
    const wrong = problem ?? problems.map(({ name, rule }) => `${name} ${rule}.`).join('\n');
    if (wrong !== '') return { isWell: false, says: wrong };
    if (address === undefined) return { isWell: false, says: 'HTTP_PORT is not set, so Parley tells nobody how it is.' };
    return askAt(address);
  };
  const { isWell, says } = await health();
  stdout.write(`${says}\n`);
  return isWell ? 0 : 1;
};
