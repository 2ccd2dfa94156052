import { createHash } from 'node:crypto';
import type { RateLimitRule } from './api.ts';
import { GlobalLimit } from './global-limit.ts';
import type { Match } from './router.ts';
import { isInteractionRoute } from './router.ts';
import { isFields } from './shape.ts';
import type { World } from './world.ts';

/**
 * Numbers measured by the community; Discord publishes none and asks to read the headers.
 * https://docs.discord.com/developers/topics/rate-limits
 */
const interactionWebhook: RateLimitRule = { limit: 5, perMs: 2000, per: 'token', bucket: 'interaction-webhook' };
const threadCreation: RateLimitRule = { limit: 50, perMs: 300_000, per: 'bot', bucket: 'thread-creation' };
const reading: RateLimitRule = { limit: 5, perMs: 5000, bucket: 'read-messages' };
const reacting: RateLimitRule = { limit: 1, perMs: 250, bucket: 'reactions' };
const renames = (body: unknown) => isFields(body) && (body['name'] !== undefined || body['topic'] !== undefined);

const defaultRules: Readonly<Record<string, readonly RateLimitRule[]>> = {
  'POST /channels/:id/messages': [{ limit: 5, perMs: 5000 }],
  'PATCH /channels/:id/messages/:id': [{ limit: 5, perMs: 5000 }],
  'DELETE /channels/:id/messages/:id': [{ limit: 3, perMs: 1000 }],
  'POST /channels/:id/messages/bulk-delete': [{ limit: 1, perMs: 1000 }],
  'GET /channels/:id/messages': [reading],
  'GET /channels/:id/messages/:id': [reading],
  'POST /channels/:id/typing': [{ limit: 5, perMs: 5000 }],
  'POST /channels/:id/threads': [threadCreation],
  'POST /channels/:id/messages/:id/threads': [threadCreation],
  'PATCH /channels/:id': [
    { limit: 10, perMs: 15_000 },
    { limit: 2, perMs: 600_000, hidden: true, bucket: 'rename', when: renames },
  ],
  'PUT /channels/:id/messages/:id/reactions/:emoji/@me': [reacting],
  'DELETE /channels/:id/messages/:id/reactions/:emoji/@me': [reacting],
  'PUT /applications/:id/commands': [{ limit: 2, perMs: 60_000 }],
  'PUT /applications/:id/guilds/:id/commands': [{ limit: 2, perMs: 60_000 }],
  'POST /webhooks/:id/:token': [interactionWebhook],
  'GET /webhooks/:id/:token/messages/@original': [interactionWebhook],
  'PATCH /webhooks/:id/:token/messages/@original': [interactionWebhook],
  'DELETE /webhooks/:id/:token/messages/@original': [interactionWebhook],
  'GET /webhooks/:id/:token/messages/:id': [interactionWebhook],
  'PATCH /webhooks/:id/:token/messages/:id': [interactionWebhook],
  'DELETE /webhooks/:id/:token/messages/:id': [interactionWebhook],
};

const everythingElse: readonly RateLimitRule[] = [{ limit: 50, perMs: 1000 }];
const unlimited: readonly RateLimitRule[] = [];

interface Window {
  used: number;
  endsAt: number;
}

export type Verdict =
  | { readonly limited: false; readonly headers: Readonly<Record<string, string>> }
  | { readonly limited: true; readonly shared: boolean; readonly headers: Readonly<Record<string, string>>; readonly body: unknown };

/** Rules of one route are counted apart unless they share a name. */
function named(route: string, rules: readonly RateLimitRule[]): readonly RateLimitRule[] {
  return rules.map((rule, index) => (rule.bucket === undefined ? Object.assign({ bucket: index === 0 ? route : `${route} ${index}` }, rule) : rule));
}

export class RateLimiter {
  readonly global: GlobalLimit;
  readonly #world: World;
  readonly #rules = new Map<string, readonly RateLimitRule[]>();
  readonly #windows = new Map<string, Window>();
  readonly #hashes = new Map<string, string>();
  readonly #channelOfToken: (token: string) => string | undefined;

  constructor(world: World, channelOfToken: (token: string) => string | undefined) {
    this.#world = world;
    this.global = new GlobalLimit(world);
    this.#channelOfToken = channelOfToken;
    if (world.settings.rateLimits === 'strict') {
      for (const [route, rules] of Object.entries(defaultRules)) this.#rules.set(route, named(route, rules));
    }
    for (const [route, rules] of Object.entries(world.settings.rateLimitOverrides)) {
      this.#rules.set(route, rules === 'off' ? unlimited : named(route, [rules].flat()));
    }
  }

  /** Counts a request, or says how long to wait. */
  check(match: Match, body: unknown): Verdict {
    const globalWaitMs = isInteractionRoute(match.route) ? undefined : this.global.take();
    if (globalWaitMs !== undefined) return limited(globalWaitMs / 1000, 'global', {});
    const now = this.#world.clock.now();
    const strict = this.#world.settings.rateLimits === 'strict';
    const rules = (this.#rules.get(match.route) ?? (strict ? everythingElse : unlimited)).filter((rule) => rule.when?.(body) ?? true);
    const counted = rules.map((rule) => ({ rule, window: this.#window(rule, match, now) }));
    const full = counted.find(({ rule, window }) => window.used >= rule.limit);
    if (!full) for (const { window } of counted) window.used += 1;
    const announced = counted.find(({ rule }) => !rule.hidden);
    const headers = announced ? this.#headers(announced.rule, announced.window, match, now) : {};
    return full ? limited((full.window.endsAt - now) / 1000, full.rule.scope ?? 'user', headers) : { limited: false, headers };
  }

  /** For a limit that depends on more than the request. Answers the seconds to wait. */
  consume(name: string, limit: number, perMs: number): number | undefined {
    if (this.#world.settings.rateLimits === 'off') return undefined;
    const now = this.#world.clock.now();
    const window = this.#windowAt(name, perMs, now);
    if (window.used >= limit) return (window.endsAt - now) / 1000;
    window.used += 1;
    return undefined;
  }

  #window(rule: RateLimitRule, match: Match, now: number): Window {
    return this.#windowAt(`${rule.bucket ?? match.route} ${this.#key(rule, match)}`, rule.perMs, now);
  }

  #windowAt(key: string, perMs: number, now: number): Window {
    const open = this.#windows.get(key);
    if (open && open.endsAt > now) return open;
    if (this.#windows.size > 20_000) this.#forgetEnded(now);
    const window = { used: 0, endsAt: now + perMs };
    this.#windows.set(key, window);
    return window;
  }

  #forgetEnded(now: number): void {
    for (const [key, window] of this.#windows) if (window.endsAt <= now) this.#windows.delete(key);
  }

  #key(rule: RateLimitRule, match: Match): string {
    const [first = '', second = ''] = match.ids;
    switch (rule.per ?? 'major') {
      case 'bot':
        return '';
      case 'message':
        return second;
      case 'token':
        return second;
      case 'channel':
        return isInteractionRoute(match.route) ? (this.#channelOfToken(second) ?? second) : first;
      case 'major':
        return match.route.includes('/:token') ? `${first}/${second}` : first;
    }
  }

  #headers(rule: RateLimitRule, window: Window, match: Match, now: number): Record<string, string> {
    const name = rule.bucket ?? match.route;
    const hash = this.#hashes.get(name) ?? createHash('md5').update(name).digest('hex');
    this.#hashes.set(name, hash);
    return {
      'x-ratelimit-bucket': hash,
      'x-ratelimit-limit': String(rule.limit),
      'x-ratelimit-remaining': String(Math.max(0, rule.limit - window.used)),
      'x-ratelimit-reset': (window.endsAt / 1000).toFixed(3),
      'x-ratelimit-reset-after': Math.max(0, (window.endsAt - now) / 1000).toFixed(3),
    };
  }
}

/** The body has the exact wait, the header whole seconds. https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit */
export function limited(
  retryAfter: number,
  scope: 'user' | 'shared' | 'global',
  headers: Readonly<Record<string, string>>,
  global = scope === 'global',
): Verdict & { limited: true } {
  return {
    limited: true,
    shared: scope === 'shared',
    headers: {
      ...headers,
      'retry-after': String(Math.max(1, Math.ceil(retryAfter))),
      'x-ratelimit-scope': scope,
      ...(global && { 'x-ratelimit-global': 'true' }),
    },
    body: { message: `${scope === 'shared' ? 'The resource is' : 'You are'} being rate limited.`, retry_after: Number(retryAfter.toFixed(3)), global },
  };
}
