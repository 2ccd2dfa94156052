import type { FaultOutcome, FaultRule } from '../simulators/discord.ts';

const CREATE = 'POST /channels/:id/messages';
const EDIT = 'PATCH /channels/:id/messages/:id';
const CALLBACK = 'POST /interactions/:id/:token/callback';
const RESPONSE = 'PATCH /webhooks/:id/:token/messages/@original';

const rateLimit = (scope: 'user' | 'shared' | 'global', retryAfter: number): FaultOutcome => ({ rateLimit: { scope, retryAfter } });

const TROUBLES = {
  'create done, but answered 502': { route: CREATE, does: 'apply-then-502' },
  'create done, but the connection reset': { route: CREATE, does: 'apply-then-reset' },
  'create answered 503': { route: CREATE, does: { status: 503 } },
  'create limited': { route: CREATE, does: rateLimit('user', 0.7) },
  'create limited, shared': { route: CREATE, does: rateLimit('shared', 1.2) },
  'edit done, but answered 502': { route: EDIT, does: 'apply-then-502' },
  'edit answered 500': { route: EDIT, does: { status: 500 } },
  'edit limited': { route: EDIT, does: rateLimit('user', 0.9) },
  'edit reset': { route: EDIT, does: 'reset' },
  'edit slow': { route: EDIT, does: { delayMs: 900, when: 'after' } },
  'callback done, but answered 502': { route: CALLBACK, does: 'apply-then-502' },
  'response answered 503': { route: RESPONSE, does: { status: 503 } },
  'response limited': { route: RESPONSE, does: rateLimit('user', 0.6) },
  'typing answered 500': { route: 'POST /channels/:id/typing', does: { status: 500 } },
  'reading messages answered 502': { route: 'GET /channels/:id/messages', does: { status: 502 } },
  'everything limited': { does: rateLimit('global', 0.5) },
} as const satisfies Readonly<Record<string, FaultRule>>;

/** They cost discord.js its whole timeout of 15 s each. */
const RARE_TROUBLES = {
  'create done, but never answered': { route: CREATE, does: 'apply-then-timeout' },
  'create never answered': { route: CREATE, does: 'timeout' },
  'edit never answered': { route: EDIT, does: 'timeout' },
} as const satisfies Readonly<Record<string, FaultRule>>;

export type DiscordTrouble = keyof typeof TROUBLES | keyof typeof RARE_TROUBLES;

export const DISCORD_TROUBLES = Object.keys(TROUBLES) as (keyof typeof TROUBLES)[];
export const RARE_DISCORD_TROUBLES = Object.keys(RARE_TROUBLES) as (keyof typeof RARE_TROUBLES)[];

export const faultOf = (trouble: DiscordTrouble): FaultRule => ({ ...TROUBLES, ...RARE_TROUBLES })[trouble];
