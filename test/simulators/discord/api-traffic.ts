export interface RateLimitRule {
  readonly limit: number;
  readonly perMs: number;
  /** What the limit is counted for. Default: the major parameter of the route (channel, guild or webhook token). */
  readonly per?: 'major' | 'bot' | 'channel' | 'message' | 'token';
  /** Rules with the same name share one count. Default: the route. */
  readonly bucket?: string;
  readonly scope?: 'user' | 'shared';
  /** A limit that no header announces. */
  readonly hidden?: boolean;
  /** Whether a request counts, by its parsed body. */
  readonly when?: (body: unknown) => boolean;
}

export interface GatewaySession {
  readonly id: string;
  readonly shard: readonly [number, number];
  readonly intents: number;
  readonly sequence: number;
  readonly connected: boolean;
}

export interface GatewaySelector {
  readonly shard?: number;
  readonly sessionId?: string;
}

export interface GatewayControls {
  readonly url: string;
  /** What the bot said of itself, in the order in which it came. @see https://docs.discord.com/developers/events/gateway-events#update-presence */
  readonly presences: readonly Readonly<Record<string, unknown>>[];
  readonly identifies: readonly { readonly shard: readonly [number, number]; readonly intents: number; readonly at: number }[];
  readonly resumes: readonly { readonly sessionId: string; readonly replayed: number; readonly at: number }[];
  /** Sessions that can still be resumed, and those that are connected. */
  readonly sessions: readonly GatewaySession[];
  readonly connections: number;
  /** Close codes, from either side, in order. */
  readonly closes: readonly { readonly code: number; readonly by: 'client' | 'server'; readonly at: number }[];
  /** Ends the TCP connections without a word. */
  drop(selector?: GatewaySelector): void;
  /** Opcode 7. */
  requestReconnect(selector?: GatewaySelector): void;
  /** Opcode 9. */
  invalidate(options: { readonly resumable: boolean }, selector?: GatewaySelector): void;
  close(code: number, reason?: string, selector?: GatewaySelector): void;
  /** Opcode 1 from the server. */
  requestHeartbeat(selector?: GatewaySelector): void;
  muteAcks(muted?: boolean): void;
  /** False: to a RESUME nothing is said, neither yes nor no, while heartbeats are acknowledged. */
  setResuming(on: boolean): void;
  /** How often that happened. */
  readonly unansweredResumes: number;
  /** Off: dispatches are numbered and kept for a replay, but not sent. */
  setDispatching(on: boolean): void;
  /** Off: new websocket connections are refused with 503. */
  setAccepting(on: boolean): void;
  /** The next so many IDENTIFYs are answered as if the token were wrong, while REST takes it. */
  refuseToken(times: number): void;
  /** Sends an event of the test's own making to every session (or the selected ones). */
  dispatch(event: string, data: unknown, selector?: GatewaySelector): void;
}

export interface RequestRecord {
  readonly method: string;
  /** For example `PATCH /channels/:id/messages/:id`. */
  readonly route: string;
  readonly path: string;
  readonly query: string;
  readonly body: unknown;
  readonly files: readonly { readonly field: string; readonly name: string; readonly size: number }[];
  /** performance.now() when the request had arrived whole. */
  readonly at: number;
  /** 0 while it is not answered, and where the connection was cut. */
  readonly status: number;
  readonly code: number | undefined;
  readonly answeredAt: number | undefined;
}

export type FaultOutcome =
  | 'timeout'
  | 'reset'
  | 'apply-then-502'
  | 'apply-then-timeout'
  | 'apply-then-reset'
  | {
      readonly status: number;
      readonly code?: number;
      readonly message?: string;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      /** It says so, and has done all the same what it was asked to. */
      readonly applies?: boolean;
    }
  | { readonly html: string; readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly applies?: boolean }
  /** `before` the request takes effect (the default) or `after` it, before the answer. */
  | { readonly delayMs: number; readonly when?: 'before' | 'after' }
  | { readonly rateLimit: { readonly scope: 'user' | 'shared' | 'global'; readonly retryAfter: number; readonly global?: boolean } };

export interface FaultRule {
  readonly method?: string;
  /** A route such as `POST /channels/:id/messages` (or only its path), or an expression for `METHOD /route` or `METHOD /path`. */
  readonly route?: string | RegExp;
  /** How often it strikes; default: until removed. */
  readonly times?: number;
  readonly when?: (request: { readonly method: string; readonly route: string; readonly path: string; readonly body: unknown }) => boolean;
  /** What happens instead. */
  readonly does?: FaultOutcome;
  /** The same by another name, which linters take for a promise's. */
  readonly then?: FaultOutcome;
}

export interface FaultHandle {
  readonly hits: number;
  remove(): void;
}
