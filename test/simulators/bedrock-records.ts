// What was asked of the simulator, and what became of it.
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import type { Route } from './bedrock-routes.ts';
import type { Exchange } from './bedrock-transport.ts';
import type { ConverseBody, Operation, TokenUsage } from './bedrock-types.ts';

export type ConverseRequestRecord = {
  /** 1 for the first. */
  readonly number: number;
  readonly operation: Operation;
  readonly method: string;
  /** Raw, as it stood in the request line. */
  readonly path: string;
  readonly modelId: string;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  /** Which TCP connection brought it: 1 for the first that was ever opened. */
  readonly connection: number;
  readonly requestId: string;
  /** `performance.now()` when its headers were in. */
  readonly receivedAt: number;
  readonly rawBody: string;
  /** Parsed, but not yet checked: a refused request shows here as it was sent. */
  readonly body: ConverseBody | undefined;
  /** HTTP status given; nothing while no headers have gone out. */
  readonly status: number | undefined;
  /** Name of the exception given. */
  readonly error: string | undefined;
  readonly usage: TokenUsage | undefined;
  /** The answer went out to its last byte. */
  readonly finished: boolean;
  /** The client went away before that. */
  readonly closedByClient: boolean;
  /** Resolves when the exchange is over, whichever way. */
  readonly closed: Promise<ConverseRequestRecord>;
};

/** The simulator's own view of a record. */
export type OpenRecord = { -readonly [Member in keyof ConverseRequestRecord]: ConverseRequestRecord[Member] };

export type Recording = 'all' | 'heads' | 'none';

type Which = number | ((request: ConverseRequestRecord) => boolean);
type Waiter = {
  readonly matches: (request: ConverseRequestRecord) => boolean;
  readonly found: (request: ConverseRequestRecord) => void;
};

export class Records {
  readonly recording: Recording;
  readonly requests: ConverseRequestRecord[] = [];
  readonly others: ConverseRequestRecord[] = [];
  count = 0;
  inFlight = 0;
  maxInFlight = 0;
  readonly #waiters = new Set<Waiter>();

  constructor(recording: Recording) {
    this.recording = recording;
  }

  begin(): void {
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
  }

  /** A request is counted when its body is in. */
  add(record: OpenRecord): void {
    if (record.operation !== 'Converse' && record.operation !== 'ConverseStream') {
      if (this.recording !== 'none') this.others.push(record);
      return;
    }
    this.count += 1;
    record.number = this.count;
    if (this.recording !== 'none') this.requests.push(record);
    for (const waiter of this.#waiters) {
      if (!waiter.matches(record)) continue;
      this.#waiters.delete(waiter);
      waiter.found(record);
    }
  }

  end(record: OpenRecord): void {
    this.inFlight -= 1;
    if (this.recording !== 'all') Object.assign(record, { rawBody: '', body: undefined });
  }

  clear(): void {
    this.requests.length = 0;
    this.others.length = 0;
    this.count = 0;
    this.maxInFlight = this.inFlight;
  }

  /** With a number: the n-th request since the start or the last reset. */
  wait(which: Which, timeoutMs: number): Promise<ConverseRequestRecord> {
    const matches = typeof which === 'number' ? ({ number }: ConverseRequestRecord) => number === which : which;
    const seen = this.requests.find(matches);
    if (seen !== undefined) return Promise.resolve(seen);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        matches,
        found: (request) => {
          clearTimeout(timer);
          resolve(request);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        const wanted = typeof which === 'number' ? `request number ${which}` : 'a matching request';
        reject(new Error(`Waited ${timeoutMs} ms for ${wanted}; there were ${this.count} requests.`));
      }, timeoutMs);
      this.#waiters.add(waiter);
    });
  }
}

export function openRecord(exchange: Exchange, { operation, modelId }: Route): OpenRecord {
  const { request } = exchange;
  const closed = exchange.closed.then(() => record);
  const record: OpenRecord = {
    number: 0,
    operation,
    method: request.method ?? '',
    path: request.url ?? '',
    modelId,
    httpVersion: request.httpVersion,
    headers: request.headers,
    connection: exchange.connection,
    requestId: randomUUID(),
    receivedAt: exchange.receivedAt,
    rawBody: '',
    body: undefined,
    error: undefined,
    usage: undefined,
    get status() {
      return exchange.status;
    },
    get finished() {
      return exchange.finished;
    },
    get closedByClient() {
      return exchange.gone && !exchange.finished && !exchange.cut;
    },
    closed,
  };
  return record;
}
