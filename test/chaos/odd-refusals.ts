import type { FaultOutcome, FaultRule } from '../simulators/discord.ts';
import type { Random } from './random.ts';

const ROUTES = [
  'POST /channels/:id/messages',
  'POST /channels/:id/messages',
  'PATCH /channels/:id/messages/:id',
  'PATCH /channels/:id/messages/:id',
  'DELETE /channels/:id/messages/:id',
  'POST /channels/:id/typing',
  'GET /channels/:id/messages',
  'GET /channels/:id/messages/:id',
  'POST /interactions/:id/:token/callback',
  'PATCH /webhooks/:id/:token/messages/@original',
  'GET /webhooks/:id/:token/messages/@original',
  'POST /users/@me/channels',
  'GET /users/@me',
] as const;

const STATUSES = [400, 403, 404, 405, 409, 413, 415, 418, 422, 451, 500, 520, 530] as const;
const CODES = [0, 20_022, 50_035, 50_278, 160_002, 40_333, 30_999, 10_003, 50_013] as const;
const PAGE = '<html><head><title>Something is in the way</title></head><body>Try later</body></html>';

export const refusalOf = (random: Random): FaultOutcome => {
  const status = random.pick(STATUSES);
  switch (random.integer(0, 5)) {
    case 0:
      return { html: PAGE, status };
    case 1:
      return { status, body: random.pick([{}, [], null, 'no', 7, { code: 'odd' }, { errors: { content: 1 } }]) };
    case 2:
      return { status: 429, body: { message: 'slow down', retry_after: 0.3 }, headers: { 'retry-after': '1', 'x-ratelimit-scope': 'user', 'x-ratelimit-reset-after': random.pick(['1e9', '-1', 'soon', '']) } };
    case 3:
      return { status: 401, body: { message: '401: Unauthorized', code: 0 } };
    case 4:
      return { status: 200, body: random.pick([{}, { id: null }, [], { message: 'ok' }]) };
    default:
      return { status, code: random.pick(CODES), message: random.pick(['Invalid Form Body', 'Unknown', '', 'This server says no']) };
  }
};

/** Something that Discord, or what stands before it, says instead of an answer, once or a few times. */
export const oddRefusal = (random: Random): FaultRule => ({ route: random.pick(ROUTES), times: random.integer(1, 3), does: refusalOf(random) });
