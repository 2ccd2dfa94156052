// A strict stand-in for Amazon Bedrock Runtime: Converse, ConverseStream, CountTokens, and the listings beside them.
import { Listings } from './bedrock-catalogue.ts';
import type { Catalogue } from './bedrock-catalogue.ts';
import { Checker } from './bedrock-checks.ts';
import type { Judge } from './bedrock-checks.ts';
import { PrefixCache } from './bedrock-cache.ts';
import { Desk } from './bedrock-desk.ts';
import { KeyRing } from './bedrock-keys.ts';
import { ModelTable } from './bedrock-models.ts';
import type { ModelOverrides, ModelTraits } from './bedrock-models.ts';
import { Quota } from './bedrock-quota.ts';
import type { ErrorReply } from './bedrock-errors.ts';
import type { QuotaOptions, QuotaReport } from './bedrock-quota.ts';
import { Records } from './bedrock-records.ts';
import type { ConverseRequestRecord, Recording } from './bedrock-records.ts';
import type { Responder, Script } from './bedrock-script.ts';
import { listen } from './bedrock-transport.ts';
import type { JsonObject } from './bedrock-types.ts';

export type { CheckedCategory } from './bedrock-checks.ts';
export type { Catalogue, FoundationModelSummary, InferenceProfileSummary } from './bedrock-catalogue.ts';
export { bedrockErrors } from './bedrock-errors.ts';
export type { ErrorReply } from './bedrock-errors.ts';
export { TEST_KEY, shortTermKey } from './bedrock-keys.ts';
export type { ModelOverrides, ModelTraits } from './bedrock-models.ts';
export type { QuotaOptions, QuotaReport } from './bedrock-quota.ts';
export type { ConverseRequestRecord, Recording } from './bedrock-records.ts';
export { manualStream, stream, streamTroubles } from './bedrock-script.ts';
export type * from './bedrock-script.ts';
export { estimateTokens } from './bedrock-tokens.ts';
export type * from './bedrock-types.ts';

export type BedrockSimulatorOptions = {
  /** Default: `TEST_KEY` alone. */
  readonly keys?: readonly string[];
  /** Default: any free one. */
  readonly port?: number;
  /** Decides which inference profiles there are. Default `us-east-1`. */
  readonly region?: string;
  /** By base model id, profile id or ARN; an id that is new here becomes a model. */
  readonly models?: ModelOverrides;
  /** `false`: models that AWS has switched off still answer. Default `true`. */
  readonly retirement?: boolean;
  /** Default: what the models table offers in the region. */
  readonly catalogue?: Catalogue;
  /** Guardrail ids that exist. Default: every one does. */
  readonly guardrails?: readonly string[];
  /** Default `true`: an answer longer than `maxTokens` is cut with stop reason `max_tokens`. */
  readonly enforceMaxTokens?: boolean;
  readonly quota?: QuotaOptions;
  /** More requests at one time than this get a 503. */
  readonly maxConcurrency?: number;
  /** `heads` forgets bodies when a request is over, `none` keeps no request at all. Default `all`. */
  readonly record?: Recording;
  /** `none` takes whatever is JSON, for a benchmark whose time is not to be the simulator's. Default `all`. */
  readonly checks?: 'all' | 'none';
  /** Milliseconds: the clock of the prompt cache, and of the quota where that has none of its own. */
  readonly now?: () => number;
};

export interface BedrockSimulator extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Converse and ConverseStream, refused ones too, in the order in which their bodies were complete. */
  readonly requests: readonly ConverseRequestRecord[];
  /** CountTokens, InvokeGuardrailChecks, listings and unknown paths. */
  readonly otherRequests: readonly ConverseRequestRecord[];
  /** Number of Converse and ConverseStream requests, kept with every `record`. */
  readonly requestCount: number;
  readonly inFlight: number;
  readonly maxInFlight: number;
  /** TCP connections ever opened. */
  readonly connectionCount: number;
  /** Requests answered 429, or 503 for too many at one time; scripted ones not counted. */
  readonly throttledCount: number;
  readonly quota: QuotaReport;
  /** Answers every request from now on. */
  respond(responder: Responder | Script): void;
  /** Answer the next requests, one each, before `respond` is asked again. */
  respondOnce(...responders: readonly (Responder | Script)[]): void;
  setModel(modelId: string, traits: Partial<ModelTraits>): void;
  setRetirement(retirement: boolean): void;
  addKey(key: string): void;
  removeKey(key: string): void;
  expireKey(key: string, how?: { readonly typed: boolean }): void;
  /** The listings answer 403, as for a key whose policy has no `bedrock:List*`. */
  denyListings(denied?: boolean): void;
  /** What InvokeGuardrailChecks says of texts from now on. */
  judge(judge: Judge): void;
  /** Answers of InvokeGuardrailChecks, one each, before texts are judged again. */
  checkOnce(...answers: readonly (ErrorReply | JsonObject)[]): void;
  /** Whether the region has InvokeGuardrailChecks. */
  offerChecks(offered: boolean): void;
  /** By number (1 is the first since the start or the last `reset`) or by what it says. Default 5,000 ms. */
  waitForRequest(
    which: number | ((request: ConverseRequestRecord) => boolean),
    timeoutMs?: number,
  ): Promise<ConverseRequestRecord>;
  /** Forgets requests, scripts, caches and quota use; keys, models and connections stay. */
  reset(): void;
  /** Ends all sockets at once. */
  close(): Promise<void>;
}

const DEFAULT_WAIT_MS = 60_000;

export async function startBedrockSimulator(options: BedrockSimulatorOptions = {}): Promise<BedrockSimulator> {
  const { region = 'us-east-1', now = Date.now } = options;
  const table = new ModelTable(region, options.models);
  table.retirement = options.retirement ?? true;
  const records = new Records(options.record ?? 'all');
  const keys = new KeyRing(options.keys, region, now);
  const newQuota = (): Quota => new Quota({ now, ...options.quota });
  const checker = new Checker();
  const desk = new Desk({
    table,
    records,
    keys,
    listings: new Listings(table, options.catalogue),
    cache: new PrefixCache(now),
    checker,
    quota: newQuota(),
    guardrails: options.guardrails,
    enforceMaxTokens: options.enforceMaxTokens ?? true,
    maxConcurrency: options.maxConcurrency ?? Infinity,
    isChecking: options.checks !== 'none',
  });
  const transport = await listen(options.port ?? 0, (exchange) => void desk.serve(exchange));

  return {
    url: `http://127.0.0.1:${transport.port}`,
    port: transport.port,
    requests: records.requests,
    otherRequests: records.others,
    get requestCount() {
      return records.count;
    },
    get inFlight() {
      return records.inFlight;
    },
    get maxInFlight() {
      return records.maxInFlight;
    },
    get connectionCount() {
      return transport.connectionCount();
    },
    get throttledCount() {
      return desk.throttledCount;
    },
    get quota() {
      return desk.quota.report();
    },
    respond: (responder) => desk.respond(responder),
    respondOnce: (...responders) => desk.respondOnce(responders),
    setModel: (modelId, traits) => table.override(modelId, traits),
    setRetirement: (retirement) => void (table.retirement = retirement),
    addKey: (key) => keys.add(key),
    removeKey: (key) => keys.remove(key),
    expireKey: (key, how) => keys.expire(key, how?.typed ?? true),
    denyListings: (denied = true) => void (desk.listingsDenied = denied),
    judge: (judge) => checker.judgeBy(judge),
    checkOnce: (...answers) => checker.answerOnce(answers),
    offerChecks: (offered) => void (checker.isOffered = offered),
    waitForRequest: (which, timeoutMs = DEFAULT_WAIT_MS) => records.wait(which, timeoutMs),
    reset: () => {
      records.clear();
      desk.forget(newQuota());
    },
    close: () => transport.close(),
    [Symbol.asyncDispose]: () => transport.close(),
  };
}
