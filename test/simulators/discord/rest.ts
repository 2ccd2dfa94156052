import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { FaultOutcome } from './api.ts';
import type { ReadBody } from './bodies.ts';
import { emptyBody, parseBody, readBytes } from './bodies.ts';
import { RestError, restError } from './errors.ts';
import type { Faults } from './faults.ts';
import type { RateLimiter } from './rate-limits.ts';
import { limited } from './rate-limits.ts';
import type { RequestLog } from './request-log.ts';
import type { Answer, Handler, Match } from './router.ts';
import { isInteractionRoute, matchPath } from './router.ts';
import { fieldsOf } from './shape.ts';
import type { Slowness } from './slowness.ts';
import type { World } from './world.ts';

interface Reply extends Answer {
  readonly headers?: Readonly<Record<string, string>>;
  readonly html?: string;
  readonly sharedLimit?: boolean;
}

type Unanswered = 'timeout' | 'reset';

export interface RestParts {
  readonly world: World;
  readonly routes: ReadonlyMap<string, Handler>;
  readonly limiter: RateLimiter;
  readonly faults: Faults;
  readonly slowness: Slowness;
  readonly log: RequestLog;
}

/** One REST request from its arrival to its answer. The path comes without `/api/v10`. */
export async function serve(parts: RestParts, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { log, world, slowness } = parts;
  const method = request.method ?? 'GET';
  const [bare = '/', query = ''] = path.split('?');
  const match = matchPath(method, bare);
  const bytes = await readBytes(request);
  const read = bytes === 'too large' ? restError('tooLarge') : await parsed(bytes, request);
  const { body, files } = read instanceof RestError ? emptyBody : read;
  const entry = log.begin({ method, route: match.route, path: bare, query, body, files });
  const handler = parts.routes.get(match.route);
  if (!handler) log.unknown(entry);
  const { shutOutMs } = log;
  if (shutOutMs > 0) {
    // That it goes on asking does not keep it out for longer.
    log.answered(entry, 429, undefined, true);
    return shutOut(response, shutOutMs);
  }

  const perform = (): Reply => {
    if (!handler) return answerTo(restError('notFound'));
    return attempt(() => {
      checkCaller(world, match, request);
      const verdict = parts.limiter.check(match, body);
      if (verdict.limited) return { status: 429, body: verdict.body, headers: verdict.headers, sharedLimit: verdict.shared };
      if (read instanceof RestError) throw read;
      const call = { world, method, query: new URLSearchParams(query), body, files };
      return { ...attempt(() => handler(call, ...match.ids)), headers: verdict.headers };
    });
  };

  const fault = parts.faults.strike({ method, route: match.route, path: bare, body });
  const reply = await underFault(fault, perform);
  if (reply === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  // Left open: the client gives up by its own timeout.
  if (reply === 'timeout') return;
  await slowness.pass();
  const { code } = fieldsOf(reply.body);
  log.answered(entry, reply.status, reply.status >= 400 && typeof code === 'number' ? code : undefined, reply.sharedLimit);
  write(response, reply.status < 300 ? { ...reply, body: world.settings.answersInstead(match.route, reply.body) } : reply, world);
}

async function parsed(bytes: Buffer, request: IncomingMessage): Promise<ReadBody | RestError> {
  try {
    return await parseBody(bytes, request.headers['content-type'] ?? '');
  } catch (error) {
    if (error instanceof RestError) return error;
    throw error;
  }
}

/** https://docs.discord.com/developers/reference#authentication and #user-agent */
function checkCaller(world: World, match: Match, request: IncomingMessage): void {
  if (!(request.headers['user-agent'] ?? '').startsWith('DiscordBot (')) throw restError('blockedUserAgent');
  if (isInteractionRoute(match.route)) return;
  if (world.tokenRevoked || request.headers.authorization !== `Bot ${world.token}`) throw restError('unauthorized');
}

function attempt(act: () => Reply): Reply {
  try {
    return act();
  } catch (error) {
    if (error instanceof RestError) return answerTo(error);
    console.error('The Discord simulator has a defect:', error);
    return { status: 500, body: { message: '500: Internal Server Error', code: 0 } };
  }
}

function answerTo(error: RestError): Reply {
  const { retryAfterSeconds: seconds } = error;
  const headers = seconds === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(seconds))), 'x-ratelimit-scope': 'user' };
  return { status: error.status, body: error.body(), headers };
}

async function underFault(fault: FaultOutcome | undefined, perform: () => Reply): Promise<Reply | Unanswered> {
  if (fault === undefined) return perform();
  if (typeof fault === 'string') return underNamedFault(fault, perform);
  if ('delayMs' in fault) {
    if (fault.when === 'after') return await wait(fault.delayMs, perform());
    await wait(fault.delayMs);
    return perform();
  }
  if ('rateLimit' in fault) {
    const { scope, retryAfter, global } = fault.rateLimit;
    const { headers, body, shared } = limited(retryAfter, scope, {}, global ?? scope === 'global');
    return { status: 429, headers, body, sharedLimit: shared };
  }
  if (fault.applies === true) perform();
  if ('html' in fault) return { status: fault.status ?? 502, html: fault.html, ...(fault.headers === undefined ? {} : { headers: fault.headers }) };
  const { status, code = 0, message = `${status}: simulated fault`, body = { message, code }, headers = {} } = fault;
  return { status, body, headers };
}

function underNamedFault(fault: Extract<FaultOutcome, string>, perform: () => Reply): Reply | Unanswered {
  if (fault === 'timeout' || fault === 'reset') return fault;
  perform();
  if (fault === 'apply-then-502') return { status: 502, html: '<html><head><title>502 Bad Gateway</title></head></html>' };
  return fault === 'apply-then-reset' ? 'reset' : 'timeout';
}

/** Said at the door by somebody else, who knows nothing of buckets and of JSON. */
function shutOut(response: ServerResponse, forMs: number): void {
  response.writeHead(429, { 'content-type': 'text/plain; charset=UTF-8', 'retry-after': String(Math.ceil(forMs / 1000)) }).end('error code: 1015');
}

function write(response: ServerResponse, reply: Reply, { clock, settings }: World): void {
  // Node would add one of its own.
  response.sendDate = false;
  const headers = { via: '1.1 google', ...(settings.tellsDates ? { date: new Date(clock.now()).toUTCString() } : {}), ...reply.headers };
  if (reply.html !== undefined) response.writeHead(reply.status, { ...headers, 'content-type': 'text/html' }).end(reply.html);
  else if (reply.body === undefined) response.writeHead(reply.status, headers).end();
  else response.writeHead(reply.status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
}
