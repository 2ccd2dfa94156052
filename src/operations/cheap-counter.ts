import { Counter } from 'prom-client';
import { keyOf } from './cheap-histogram.ts';
import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client';

export interface CheapCounterOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  readonly registry: Registry;
}

/** A counter of prom-client's that finds its labels by their values: its own sorts, joins and checks them by name each time. */
export class CheapCounter<Label extends string> extends Counter<Label> {
  readonly #options: CheapCounterOptions<Label>;
  readonly #sums = new Map<string, { readonly values: readonly string[]; sum: number }>();

  constructor(options: CheapCounterOptions<Label>) {
    const { name, help, labelNames, registry } = options;
    super({ name, help, labelNames: [...labelNames], registers: [registry] });
    this.#options = options;
  }

  /** @param amount not below 0 @param values the labels' values, in the order of their names */
  add(amount: number, ...values: readonly string[]): void {
    // One would make the sum of all others say nothing.
    if (!Number.isFinite(amount) || amount < 0) return;
    const key = keyOf(values);
    const found = this.#sums.get(key);
    if (found === undefined) this.#sums.set(key, { values, sum: amount });
    else found.sum += amount;
  }

  override get(): Promise<MetricObjectWithValues<MetricValue<Label>>> {
    const { name, help, labelNames } = this.#options;
    const values = [...this.#sums.values()].map(({ values, sum }) => ({ labels: Object.fromEntries(labelNames.map((label, index) => [label, values[index]])), value: sum }));
    return Promise.resolve({ name, help, type: 'counter', aggregator: 'sum', collect: () => undefined, values } as unknown as MetricObjectWithValues<MetricValue<Label>>);
  }
}
