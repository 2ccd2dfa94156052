// Cache points: where they may stand, and what they really save.
// https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
import { createHash } from 'node:crypto';

import { bedrockErrors, Refusal, refuse, refuseByModel } from './bedrock-errors.ts';
import type { ResolvedModel } from './bedrock-models.ts';
import { totalTokens } from './bedrock-tokens.ts';
import type { Segment } from './bedrock-tokens.ts';
import type { ConverseBody, TokenUsage, WireCachePoint } from './bedrock-types.ts';

const MAX_CACHE_POINTS = 4;
/** A checkpoint finds an older one at most this many blocks before itself. */
const LOOKBACK_BLOCKS = 21;
const LIFETIME_MS = { '5m': 5 * 60_000, '1h': 60 * 60_000 };

type Block = { readonly cachePoint?: WireCachePoint };

export function checkCachePoints(body: ConverseBody, model: ResolvedModel): void {
  const lists: readonly (readonly Block[])[] = [
    body.toolConfig?.tools ?? [],
    body.system ?? [],
    ...body.messages.map(({ content }) => content),
  ];
  const points = lists.flat().flatMap(({ cachePoint }) => cachePoint ?? []);
  if (points.length === 0) return;
  if (model.caching === undefined) throw new Refusal(bedrockErrors.noPromptCaching());
  if (lists.some(([first]) => first?.cachePoint !== undefined)) {
    refuse('There is nothing available to cache. Please remove the invalid cache point and try again.');
  }
  checkNeighbours(body);
  checkLifetimes(points, model.caching.oneHour);
  if (points.length > MAX_CACHE_POINTS) {
    refuseByModel(`A maximum of ${MAX_CACHE_POINTS} blocks with cache_control may be provided. Found ${points.length}.`);
  }
}

function checkNeighbours({ messages }: ConverseBody): void {
  for (const [index, { content }] of messages.entries()) {
    for (const [position, { cachePoint }] of content.entries()) {
      const before = content[position - 1];
      if (cachePoint === undefined || before === undefined) continue;
      if (before.reasoningContent !== undefined) {
        refuse('Cache point cannot be inserted after reasoning block. Please remove the invalid cache point and try again.');
      }
      if (before.document !== undefined && before.document.format !== 'pdf') {
        refuseByModel(`messages.${index}.content.${position}.type: Field required`);
      }
    }
  }
}

function checkLifetimes(points: readonly WireCachePoint[], oneHour: boolean): void {
  const lifetimes = points.map(({ ttl }) => ttl ?? '5m');
  if (lifetimes.includes('1h') && !oneHour) {
    refuse("This model doesn't support the cachePoint.ttl field. Remove cachePoint.ttl and try again.");
  }
  const short = lifetimes.indexOf('5m');
  if (short >= 0 && lifetimes.lastIndexOf('1h') > short) {
    refuseByModel("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block.");
  }
}

type Entry = { readonly tokens: number; readonly lifetimeMs: number; readonly expiresAt: number };
type Checkpoint = { readonly at: number; readonly tokens: number; readonly hash: string; readonly ttl: '5m' | '1h' };

export type InputUsage = Omit<TokenUsage, 'outputTokens' | 'totalTokens'> & {
  /** Everything that went in, cached or not. */
  readonly promptTokens: number;
};

export type CacheVisit = {
  readonly usage: InputUsage;
  /** The prompt was read by the model: its checkpoints are stored, the ones it used live on. */
  readonly commit: () => void;
};

export class PrefixCache {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  clear(): void {
    this.#entries.clear();
  }

  visit(segments: readonly Segment[], model: ResolvedModel): CacheVisit {
    const promptTokens = totalTokens(segments);
    if (model.caching === undefined) return { usage: { promptTokens, inputTokens: promptTokens }, commit: () => {} };
    const points = segments.some(({ cachePoint }) => cachePoint !== undefined);
    if (!points) return { usage: uncached(promptTokens), commit: () => {} };
    const { hashes, checkpoints } = measure(segments, model.modelId, model.caching.minimumTokens);
    const hit = this.#findLongest(hashes, checkpoints);
    const usage = usageOf(promptTokens, this.#entries.get(hit ?? '')?.tokens ?? 0, checkpoints);
    return { usage, commit: () => this.#store(checkpoints, hit) };
  }

  #findLongest(hashes: readonly string[], checkpoints: readonly Checkpoint[]): string | undefined {
    let best: string | undefined;
    for (const { at } of checkpoints) {
      for (let block = at; block >= Math.max(0, at - LOOKBACK_BLOCKS); block -= 1) {
        const hash = hashes[block];
        if (hash === undefined || !this.#alive(hash)) continue;
        if ((this.#entries.get(hash)?.tokens ?? 0) > (this.#entries.get(best ?? '')?.tokens ?? 0)) best = hash;
        break;
      }
    }
    return best;
  }

  #alive(hash: string): boolean {
    const entry = this.#entries.get(hash);
    return entry !== undefined && entry.expiresAt > this.#now();
  }

  #store(checkpoints: readonly Checkpoint[], hit: string | undefined): void {
    const read = this.#entries.get(hit ?? '');
    if (read !== undefined && hit !== undefined) this.#entries.set(hit, { ...read, expiresAt: this.#now() + read.lifetimeMs });
    for (const { hash, tokens, ttl } of checkpoints) {
      const lifetimeMs = LIFETIME_MS[ttl];
      this.#entries.set(hash, { tokens, lifetimeMs, expiresAt: this.#now() + lifetimeMs });
    }
  }
}

function uncached(promptTokens: number): InputUsage {
  return { promptTokens, inputTokens: promptTokens, cacheReadInputTokens: 0, cacheWriteInputTokens: 0 };
}

type Measured = { readonly hashes: readonly string[]; readonly checkpoints: readonly Checkpoint[] };

/** Checkpoints below the model's minimum are ignored without a word. */
function measure(segments: readonly Segment[], modelId: string, minimumTokens: number): Measured {
  const running = createHash('sha256').update(modelId);
  const hashes: string[] = [];
  const checkpoints: Checkpoint[] = [];
  let tokens = 0;
  for (const [at, segment] of segments.entries()) {
    tokens += segment.tokens;
    const hash = running.update(`\n${segment.label} ${JSON.stringify(segment.block)}`).copy().digest('base64');
    hashes.push(hash);
    if (segment.cachePoint !== undefined && tokens >= minimumTokens) {
      checkpoints.push({ at, tokens, hash, ttl: segment.cachePoint.ttl ?? '5m' });
    }
  }
  return { hashes, checkpoints };
}

function usageOf(promptTokens: number, read: number, checkpoints: readonly Checkpoint[]): InputUsage {
  const written = { '1h': 0, '5m': 0 };
  let covered = read;
  for (const { tokens, ttl } of checkpoints) {
    written[ttl] += Math.max(0, tokens - covered);
    covered = Math.max(covered, tokens);
  }
  const lifetimes = (['1h', '5m'] as const).filter((ttl) => written[ttl] > 0);
  const cacheDetails = lifetimes.map((ttl) => ({ ttl, inputTokens: written[ttl] }));
  return {
    promptTokens,
    inputTokens: promptTokens - covered,
    cacheReadInputTokens: read,
    cacheWriteInputTokens: covered - read,
    ...(cacheDetails.length > 0 && { cacheDetails }),
  };
}
