import { Counter, Gauge, Registry } from 'prom-client';
import { createModelLabels } from './bounded-labels.ts';
import { CheapCounter } from './cheap-counter.ts';
import { CheapHistogram } from './cheap-histogram.ts';
import { watchEventLoop } from './event-loop-delay.ts';
import type { QuestionEvent } from '../conversation/question-events.ts';
import type { WorkEvent } from '../conversation/work-events.ts';
import type { Observed } from './observed.ts';

export interface Metrics {
  readonly contentType: string;
  /** All figures in Prometheus' text format. */
  text(): Promise<string>;
}

const FIRST_WORDS_SECONDS = [0.25, 0.5, 1, 2, 3, 5, 8, 13, 20, 30, 60, 120];
const ANSWER_SECONDS = [0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600];
const WAIT_SECONDS = [0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];
const STORE_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5];

/** @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/ */
const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];
const OPERATION_SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const [OPERATION, PROVIDER] = ['chat', 'aws.bedrock'];
const MODEL_LABELS = ['gen_ai_operation_name', 'gen_ai_provider_name', 'gen_ai_request_model'] as const;

/** Whoever asks more often gets what was last said: putting it together takes the time of answers. In milliseconds. */
const SAID_FOR_MS = 500;

const createFigures = (registry: Registry) => {
  const registers = [registry];
  return {
    questions: new CheapCounter({ name: 'parley_questions_total', help: 'Questions, by what they were asked by and what became of them', labelNames: ['door', 'outcome'] as const, registry }),
    failures: new CheapCounter({ name: 'parley_question_failures_total', help: 'Questions that got a reason instead of an answer, by its kind', labelNames: ['kind'] as const, registry }),
    inProgress: new Gauge({ name: 'parley_questions_in_progress', help: 'Questions that are accepted and have not ended', registers }),
    firstWords: new CheapHistogram({ name: 'parley_first_words_seconds', help: 'Time from a question until the model has begun to answer', buckets: FIRST_WORDS_SECONDS, registry }),
    answers: new CheapHistogram({ name: 'parley_answer_seconds', help: 'Time from a question until its whole answer is shown', buckets: ANSWER_SECONDS, registry }),
    waited: new CheapHistogram({ name: 'parley_question_wait_seconds', help: 'Time from a question until its model call', buckets: WAIT_SECONDS, registry }),
    waits: new CheapCounter({ name: 'parley_waits_total', help: 'Times that a question had to wait, by what for', labelNames: ['for'] as const, registry }),
    operations: new CheapHistogram({ name: 'gen_ai_client_operation_duration_seconds', help: 'Time of a model call; error_type says what it failed with', buckets: OPERATION_SECONDS, labelNames: [...MODEL_LABELS, 'error_type'] as const, registry }),
    firstChunks: new CheapHistogram({ name: 'gen_ai_client_operation_time_to_first_chunk_seconds', help: 'Time of a model call until its first event', buckets: OPERATION_SECONDS, labelNames: MODEL_LABELS, registry }),
    tokens: new CheapHistogram({ name: 'gen_ai_client_token_usage', help: 'Tokens of a model call as Bedrock reported them, by kind; input is without what was read from or written to the cache', buckets: TOKENS, labelNames: [...MODEL_LABELS, 'gen_ai_token_type'] as const, registry }),
    repeated: new CheapCounter({ name: 'parley_model_call_retries_total', help: 'Model calls that were made again, by what they had failed with', labelNames: ['kind'] as const, registry }),
    cost: new CheapCounter({ name: 'parley_cost_usd_total', help: 'What model calls have cost in US dollars, as far as prices are known', labelNames: ['model'] as const, registry }),
    unpriced: new Counter({ name: 'parley_unpriced_calls_total', help: 'Model calls whose price is not known', registers }),
    requests: new CheapCounter({ name: 'parley_discord_requests_total', help: 'Requests to Discord, by what for and the HTTP status, none where no answer came', labelNames: ['purpose', 'status'] as const, registry }),
    store: new CheapHistogram({ name: 'parley_store_seconds', help: 'Time of a call to the store, what it waited for a lock among it', buckets: STORE_SECONDS, labelNames: ['does'] as const, registry }),
  };
};

/** Figures that are looked up when somebody asks. */
const createGauges = (registry: Registry, { readings, readiness }: Pick<Observed, 'readings' | 'readiness'>): void => {
  const gauge = (name: string, help: string, read: () => number): void => {
    const figure: Gauge = new Gauge({ name, help, registers: [registry], collect: () => figure.set(read()) });
  };
  const seconds = (ms: number | undefined): number => (ms === undefined ? Number.NaN : ms / 1_000);
  gauge('parley_ready', '1 while a question would be answered, as /readyz says', () => (readiness().ready ? 1 : 0));
  gauge('parley_questions_waiting', 'Questions that wait for their model call', () => readings().waiting);
  gauge('parley_model_calls_limit', 'How many model calls may be out at a time', () => readings().concurrency);
  gauge('parley_discord_backlog', 'What waits to be sent to Discord', () => readings().backlog);
  gauge('parley_discord_shards', 'Connections to Discord', () => readings().gateway.shards);
  gauge('parley_discord_shards_ready', 'Connections to Discord that are ready', () => readings().gateway.readyShards);
  gauge('parley_discord_heartbeat_age_seconds', 'Time since a heartbeat was last acknowledged, of the connection where that is longest ago', () => seconds(readings().gateway.heartbeatAgeMs));
  gauge('parley_discord_event_age_seconds', 'Time since an event last came, of the connection where that is longest ago', () => seconds(readings().gateway.eventAgeMs));
  gauge('parley_bedrock_answer_age_seconds', 'Time since Bedrock last answered a call', () => seconds(readings().sinceAnswerMs));
  gauge('parley_bedrock_key_remaining_seconds', 'Time until the API key ends; +Inf where it does not say when', () => seconds(readings().keyRemainingMs));
  const delay = watchEventLoop();
  const loop: Gauge<'quantile'> = new Gauge({
    name: 'parley_event_loop_delay_seconds',
    help: 'How late timers are, over the last minute or two',
    labelNames: ['quantile'],
    registers: [registry],
    collect: () => {
      const { p50, p99, max } = delay();
      loop.set({ quantile: '0.5' }, p50);
      loop.set({ quantile: '0.99' }, p99);
      loop.set({ quantile: '1' }, max);
    },
  });
  // By the names that everybody has for them.
  gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss());
  gauge('process_start_time_seconds', 'When the process began, in seconds since the epoch', () => Math.round(Date.now() / 1_000 - process.uptime()));
  const cpu: Counter = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process',
    registers: [registry],
    collect: () => {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc((user + system) / 1e6);
    },
  });
};

type Figures = ReturnType<typeof createFigures>;

const hearQuestions = ({ questions, failures, inProgress, firstWords, answers, waited, waits }: Figures, event: QuestionEvent): void => {
  const ended = (): void => {
    questions.add(1, event.question.door ?? 'resumed', event.type);
    if (event.type !== 'turned-away') inProgress.dec();
  };
  switch (event.type) {
    case 'accepted':
      return inProgress.inc();
    case 'waiting':
      return event.wait === undefined ? undefined : waits.add(1, event.wait.type);
    case 'called':
      return waited.count(event.waitedMs / 1_000);
    case 'first-words':
      return firstWords.count(event.tookMs / 1_000);
    case 'delivered':
      answers.count(event.report.tookMs / 1_000);
      return ended();
    case 'refused':
    case 'failed':
      if (event.report.failure !== undefined) failures.add(1, event.report.failure.kind);
      return ended();
    default:
      return ended();
  }
};

const createHearWork = ({ operations, firstChunks, tokens, repeated, cost, unpriced, requests, store }: Figures, priceOf: Observed['priceOf']) => {
  const labelOf = createModelLabels();
  const hearReport = ({ report: { modelId, usage, wasFlex, textUnits } }: Extract<WorkEvent, { readonly type: 'call-reported' }>): void => {
    if (usage === undefined) return;
    const gen_ai_request_model = labelOf(modelId);
    const usd = priceOf(modelId, usage, wasFlex);
    if (usd === undefined) unpriced.inc();
    else cost.add(usd, gen_ai_request_model);
    // What checks content takes no tokens.
    if (textUnits !== undefined) return;
    const { inputTokens, outputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage;
    const count = (gen_ai_token_type: string, value: number): void => tokens.count(value, OPERATION, PROVIDER, gen_ai_request_model, gen_ai_token_type);
    count('input', inputTokens);
    count('output', outputTokens);
    if (cacheReadInputTokens > 0) count('cache_read', cacheReadInputTokens);
    if (cacheWriteInputTokens > 0) count('cache_write', cacheWriteInputTokens);
  };
  return (event: WorkEvent): void => {
    switch (event.type) {
      case 'call-ended': {
        const model = labelOf(event.modelId);
        operations.count(event.tookMs / 1_000, OPERATION, PROVIDER, model, event.failure);
        return event.firstChunkMs === undefined ? undefined : firstChunks.count(event.firstChunkMs / 1_000, OPERATION, PROVIDER, model);
      }
      case 'call-repeated':
        return repeated.add(1, event.kind);
      case 'call-reported':
        return hearReport(event);
      case 'request-ended':
        return requests.add(1, event.purpose, event.status === undefined ? 'none' : String(event.status));
      case 'store-used':
        return store.count(event.tookMs / 1_000, event.does);
    }
  };
};

/** Counts from now on what happens. Labels are of bounded lists; none is an id of a person, a place or a message. */
export const createMetrics = (observed: Observed): Metrics => {
  const registry = new Registry();
  const figures = createFigures(registry);
  createGauges(registry, observed);
  observed.questions.listen((event) => hearQuestions(figures, event));
  observed.work.listen(createHearWork(figures, observed.priceOf));
  let said: { readonly text: Promise<string>; readonly at: number } | undefined;
  return {
    contentType: registry.contentType,
    text: () => {
      if (said === undefined || performance.now() - said.at > SAID_FOR_MS) said = { text: registry.metrics(), at: performance.now() };
      return said.text;
    },
  };
};
