import type { World } from './world.ts';

export interface UploadedFile {
  readonly field: string;
  readonly name: string;
  readonly contentType: string | undefined;
  readonly bytes: Uint8Array;
}

export interface Call {
  readonly world: World;
  readonly method: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly files: readonly UploadedFile[];
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** Gets the variable parts of the path in order. */
export type Handler = (call: Call, ...ids: string[]) => Answer;
export type Routes = Readonly<Record<string, Handler>>;

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const noContent: Answer = { status: 204 };

export interface Match {
  /** `PATCH /channels/:id/messages/:id` */
  readonly route: string;
  readonly path: string;
  readonly ids: readonly string[];
}

/** Turns a path into its route, the way Discord's libraries write them, with the parts it leaves out. */
export function matchPath(method: string, path: string): Match {
  const ids: string[] = [];
  // discord.js writes @original as %40original.
  const segments = path.split('/').slice(1).map(decoded);
  const named = segments.map((segment, index) => {
    const name = placeholder(segment, segments[index - 1], segments[index - 2]);
    if (name !== undefined) ids.push(segment);
    return name ?? segment;
  });
  return { route: `${method} /${named.join('/')}`, path, ids };
}

function decoded(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function placeholder(segment: string, before: string | undefined, twoBefore: string | undefined): string | undefined {
  if (before === 'reactions') return ':emoji';
  if ((twoBefore === 'webhooks' || twoBefore === 'interactions') && segment !== '') return ':token';
  return /^\d{5,20}$/.test(segment) ? ':id' : undefined;
}

/** Routes that carry their own token and are not counted by the global limit. */
export function isInteractionRoute(route: string): boolean {
  return route.includes('/interactions/:id/:token') || route.includes('/webhooks/:id/:token');
}
