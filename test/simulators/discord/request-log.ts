import type { RequestRecord } from './api.ts';
import { RollingCount } from './rolling-count.ts';
import type { UploadedFile } from './router.ts';
import type { World } from './world.ts';
import { keep } from './world.ts';

interface Entry extends Omit<RequestRecord, 'status' | 'code' | 'answeredAt'> {
  status: number;
  code: number | undefined;
  answeredAt: number | undefined;
}

const TEN_MINUTES_MS = 10 * 60_000;

/** Which requests came, and how they were answered. */
export class RequestLog {
  readonly requests: RequestRecord[] = [];
  readonly unexpected: RequestRecord[] = [];
  readonly counts = new Map<string, number>();
  readonly rateLimitHits = new Map<string, number>();
  invalid = 0;
  readonly #detail: 'all' | 'heads' | 'none';
  readonly #recentlyInvalid: RollingCount;

  constructor({ settings, clock }: World) {
    this.#detail = settings.record;
    this.#recentlyInvalid = new RollingCount(settings.invalidPerTenMinutes, TEN_MINUTES_MS, () => clock.now());
  }

  /**
   * For so long nothing is listened to, because too many requests were invalid.
   * https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
   */
  get shutOutMs(): number {
    return this.#recentlyInvalid.fullForMs();
  }

  begin(request: Pick<Entry, 'method' | 'route' | 'path' | 'query' | 'body'> & { readonly files: readonly UploadedFile[] }): Entry {
    increment(this.counts, request.route);
    const entry: Entry = {
      ...request,
      body: this.#detail === 'all' ? request.body : undefined,
      files: request.files.map(({ field, name, bytes }) => ({ field, name, size: bytes.byteLength })),
      at: performance.now(),
      status: 0,
      code: undefined,
      answeredAt: undefined,
    };
    if (this.#detail !== 'none') this.requests.push(entry);
    return entry;
  }

  unknown(entry: Entry): void {
    keep(this.unexpected, entry);
  }

  answered(entry: Entry, status: number, code: number | undefined, sharedLimit = false): void {
    entry.status = status;
    entry.code = code;
    entry.answeredAt = performance.now();
    if (status === 429) increment(this.rateLimitHits, entry.route);
    if (status !== 401 && status !== 403 && (status !== 429 || sharedLimit)) return;
    this.invalid += 1;
    this.#recentlyInvalid.add();
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
