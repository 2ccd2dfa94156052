// Takes one request from its first byte to the end of its answer.
import { play } from './bedrock-answer.ts';
import { checkBody, parseBody } from './bedrock-body.ts';
import type { PrefixCache } from './bedrock-cache.ts';
import { sendError } from './bedrock-call.ts';
import { guardrailChecksShape } from './bedrock-checks.ts';
import type { Checker } from './bedrock-checks.ts';
import type { Call } from './bedrock-call.ts';
import type { Listings } from './bedrock-catalogue.ts';
import { bedrockErrors, Refusal } from './bedrock-errors.ts';
import type { ErrorReply } from './bedrock-errors.ts';
import type { KeyRing } from './bedrock-keys.ts';
import { Meter } from './bedrock-meter.ts';
import type { ModelTable, ResolvedModel } from './bedrock-models.ts';
import type { Quota } from './bedrock-quota.ts';
import { openRecord } from './bedrock-records.ts';
import type { OpenRecord, Records } from './bedrock-records.ts';
import { converseShape, converseStreamShape, countTokensShape } from './bedrock-request-shape.ts';
import { routeOf } from './bedrock-routes.ts';
import type { Route } from './bedrock-routes.ts';
import { checkRules } from './bedrock-rules.ts';
import { asResponder, echo, stepsOf, streamTroubles } from './bedrock-script.ts';
import type { Responder, Script } from './bedrock-script.ts';
import { segmentsOf, totalTokens } from './bedrock-tokens.ts';
import type { Exchange } from './bedrock-transport.ts';
import type { ConverseBody, ConverseOperation, JsonObject } from './bedrock-types.ts';
import { EVENT_STREAM } from './bedrock-wire.ts';

export type DeskParts = {
  readonly table: ModelTable;
  readonly records: Records;
  readonly keys: KeyRing;
  readonly listings: Listings;
  readonly checker: Checker;
  readonly cache: PrefixCache;
  readonly quota: Quota;
  readonly guardrails: readonly string[] | undefined;
  readonly enforceMaxTokens: boolean;
  readonly maxConcurrency: number;
  readonly isChecking: boolean;
};

/** As some models say it: inside the stream. */
const TOO_LONG: Script = { text: '', trouble: streamTroubles.validation(), afterDeltas: 'headers' };

type Visit = { readonly exchange: Exchange; readonly record: OpenRecord; readonly route: Route; readonly bytes: Buffer };

export class Desk {
  quota: Quota;
  throttledCount = 0;
  listingsDenied = false;
  readonly #parts: DeskParts;
  #running = 0;
  #responder: Responder = echo;
  #next: (Responder | Script)[] = [];

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.quota = parts.quota;
  }

  respond(responder: Responder | Script): void {
    this.#responder = asResponder(responder);
  }

  respondOnce(responders: readonly (Responder | Script)[]): void {
    this.#next.push(...responders);
  }

  forget(quota: Quota): void {
    this.quota = quota;
    this.throttledCount = 0;
    this.#next = [];
    this.#responder = echo;
    this.#parts.cache.clear();
    this.#parts.checker.forget();
  }

  async serve(exchange: Exchange): Promise<void> {
    const { records } = this.#parts;
    const route = routeOf(exchange.request.method ?? '', exchange.request.url ?? '');
    const converses = route.operation === 'Converse' || route.operation === 'ConverseStream';
    const record = openRecord(exchange, route);
    if (converses) records.begin();
    void exchange.closed.then(() => {
      if (converses) records.end(record);
    });
    try {
      const bytes = await exchange.readBody();
      Object.assign(record, { rawBody: bytes.toString() });
      record.body = parseBody(record.rawBody) as ConverseBody | undefined;
      records.add(record);
      await this.#answer({ exchange, record, route, bytes });
    } catch (error) {
      if (!exchange.gone) await this.#refuse(exchange, record, error);
    }
  }

  async #refuse(exchange: Exchange, record: OpenRecord, error: unknown): Promise<void> {
    const fault = (): ErrorReply => bedrockErrors.internalServer(`The responder threw: ${String(error)}`);
    const reply = error instanceof Refusal ? error.reply : fault();
    record.error = reply.name ?? 'Unknown';
    if (exchange.status !== undefined) return exchange.reset();
    await sendError(exchange, record.requestId, reply);
  }

  async #answer(visit: Visit): Promise<void> {
    const { route, record } = visit;
    if (route.operation === 'Unknown') throw new Refusal(bedrockErrors.unknownOperation());
    this.#parts.keys.check(record.headers.authorization);
    if (route.operation === 'Converse' || route.operation === 'ConverseStream') return this.#converse(visit, route.operation);
    const body = Buffer.from(JSON.stringify(this.#plain(visit)));
    visit.exchange.start(200, {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'x-amzn-requestid': record.requestId,
    });
    await visit.exchange.end(body);
  }

  #plain(visit: Visit): JsonObject {
    if (visit.route.operation === 'CountTokens') return this.#countTokens(visit);
    return visit.route.operation === 'InvokeGuardrailChecks' ? this.#check(visit) : this.#list(visit.route);
  }

  #check({ record, bytes }: Visit): JsonObject {
    const { checker } = this.#parts;
    const answer = checker.admit();
    checkBody(bytes, record.rawBody, record.body, guardrailChecksShape);
    return answer ?? checker.look(record.body);
  }

  #list({ operation, modelId, query }: Route): JsonObject {
    if (this.listingsDenied) throw new Refusal(bedrockErrors.notAuthorized(`bedrock:${operation}`, '*'));
    const { listings } = this.#parts;
    if (operation === 'ListFoundationModels') return listings.foundationModels(query);
    return operation === 'ListInferenceProfiles' ? listings.inferenceProfiles(query) : listings.availability(modelId);
  }

  /** https://docs.aws.amazon.com/bedrock/latest/userguide/count-tokens.html: base models only. */
  #countTokens({ record, bytes }: Visit): JsonObject {
    checkBody(bytes, record.rawBody, record.body, countTokensShape);
    const refused = new Refusal(bedrockErrors.validation("The provided model doesn't support counting tokens."));
    const entry = this.#parts.table.entries().find(([id]) => id === record.modelId);
    if (entry?.[1].countTokens !== true) throw refused;
    if (entry[1].retired && this.#parts.table.retirement) throw new Refusal(bedrockErrors.endOfLife());
    const { input } = record.body as unknown as { readonly input: { readonly converse?: ConverseBody } };
    return { inputTokens: totalTokens(segmentsOf(input.converse ?? { messages: [] })) };
  }

  async #converse(visit: Visit, operation: ConverseOperation): Promise<void> {
    if (this.#running >= this.#parts.maxConcurrency) this.#throttle(bedrockErrors.tooManyConnections());
    this.#running += 1;
    try {
      await this.#converseAdmitted(visit, operation);
    } finally {
      this.#running -= 1;
    }
  }

  async #converseAdmitted({ exchange, record, bytes }: Visit, operation: ConverseOperation): Promise<void> {
    const streamed = operation === 'ConverseStream';
    const { isChecking } = this.#parts;
    if (isChecking) checkBody(bytes, record.rawBody, record.body, streamed ? converseStreamShape : converseShape);
    const body: ConverseBody = { messages: [], ...(record.body as Partial<ConverseBody>) };
    const model = this.#parts.table.resolve(record.modelId);
    if (isChecking) checkRules(body, { model, operation, guardrails: this.#parts.guardrails });
    const { usage, commit } = this.#parts.cache.visit(segmentsOf(body), model);
    const tooLong = usage.promptTokens > model.contextTokens;
    if (tooLong && model.overflow !== 'stream') refuseLength(usage.promptTokens, model);
    const { maxTokens } = body.inferenceConfig ?? {};
    const reservation = this.#reserve(() => this.quota.reserve(model, usage, maxTokens));
    const meter = new Meter(usage, this.#parts.enforceMaxTokens ? (maxTokens ?? model.maxOutputTokens) : undefined);
    try {
      const script = tooLong ? TOO_LONG : await this.#script(record);
      if (!('error' in script)) commit();
      await this.#play(script, { exchange, meter, record, body }, streamed);
    } finally {
      reservation.settle(meter.outputTokens);
    }
  }

  #reserve<Held>(reserve: () => Held): Held {
    try {
      return reserve();
    } catch (error) {
      this.throttledCount += 1;
      throw error;
    }
  }

  #throttle(reply: ErrorReply): never {
    this.throttledCount += 1;
    throw new Refusal(reply);
  }

  async #script(record: OpenRecord): Promise<Script> {
    const next = this.#next.shift();
    return next === undefined ? this.#responder(record) : asResponder(next)(record);
  }

  async #play(
    script: Script,
    { exchange, meter, record, body }: { exchange: Exchange; meter: Meter; record: OpenRecord; body: ConverseBody },
    streamed: boolean,
  ): Promise<void> {
    if ('error' in script) {
      await exchange.pause(script.delayMs ?? 0);
      throw new Refusal(script.error);
    }
    if ('hang' in script) {
      const type = streamed ? EVENT_STREAM : 'application/json';
      if (script.hang === 'afterHeaders') exchange.start(200, { 'content-type': type, 'x-amzn-requestid': record.requestId });
      return exchange.closed;
    }
    if ('whole' in script) {
      exchange.start(200, { 'content-type': script.contentType ?? 'application/json', 'x-amzn-requestid': record.requestId });
      return exchange.end(script.whole);
    }
    const call: Call = {
      exchange,
      meter,
      requestId: record.requestId,
      traced: !['disabled', undefined].includes(body.guardrailConfig?.trace),
      tier: body.serviceTier?.type,
      byteByByte: script.byteByByte ?? false,
      onUsage: (usage) => void (record.usage = usage),
      onError: (name) => void (record.error = name),
    };
    await play('steps' in script ? script.steps : stepsOf(script), call, streamed);
  }
}

function refuseLength(promptTokens: number, { overflow, contextTokens }: ResolvedModel): never {
  if (overflow === 'input') throw new Refusal(bedrockErrors.inputTooLong());
  const text = `The model returned the following errors: prompt is too long: ${promptTokens} tokens > ${contextTokens} maximum`;
  throw new Refusal(bedrockErrors.validation(text));
}
