import { Histogram } from 'prom-client';
import type { MetricObjectWithValues, MetricValue, MetricValueWithName, Registry } from 'prom-client';

export interface CheapHistogramOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
  readonly labelNames?: readonly Label[];
  readonly registry: Registry;
}

/** What was observed under the same labels. */
interface Series {
  /** The labels' values, in the order of their names; undefined: not this one. */
  readonly values: readonly (string | undefined)[];
  /** How many values lie between a bound and the one before it; the last ones are above all. */
  readonly counts: Float64Array;
  sum: number;
}

const NO_VALUES: readonly string[] = [];

/** Of the values of labels, one text. */
export const keyOf = (values: readonly (string | undefined)[]): string => (values.length < 2 ? (values[0] ?? '') : values.join('\n'));

/**
 * A histogram of prom-client's that counts in arrays: its own looks each value up by the text of its bucket's bound, which took
 * most of what it costs to be watched.
 */
export class CheapHistogram<Label extends string = never> extends Histogram<Label> {
  readonly #options: CheapHistogramOptions<Label>;
  readonly #labelNames: readonly Label[];
  readonly #series = new Map<string, Series>();

  constructor(options: CheapHistogramOptions<Label>) {
    const { name, help, buckets, labelNames = [], registry } = options;
    super({ name, help, buckets: [...buckets], labelNames, registers: [registry] });
    this.#options = options;
    this.#labelNames = labelNames;
    // What has no labels is there from the beginning.
    if (labelNames.length === 0) this.#seriesOf(NO_VALUES);
  }

  #seriesOf(values: readonly (string | undefined)[]): Series {
    const key = keyOf(values);
    let series = this.#series.get(key);
    if (series === undefined) this.#series.set(key, (series = { values, counts: new Float64Array(this.#options.buckets.length + 1), sum: 0 }));
    return series;
  }

  /** @param values the labels' values, in the order of their names; undefined leaves one out */
  count(value: number, ...values: readonly (string | undefined)[]): void {
    // One would make the sum of all others say nothing.
    if (!Number.isFinite(value)) return;
    const { buckets } = this.#options;
    const series = this.#seriesOf(values);
    let bucket = 0;
    while (bucket < buckets.length && value > (buckets[bucket] as number)) bucket += 1;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += value;
  }

  override get(): Promise<MetricObjectWithValues<MetricValue<Label>>> {
    const { name, help, buckets } = this.#options;
    const values: MetricValueWithName<string>[] = [];
    for (const series of this.#series.values()) {
      const labels = Object.fromEntries(this.#labelNames.map((label, index) => [label, series.values[index]] as const).filter(([, value]) => value !== undefined));
      let count = 0;
      for (const [index, each] of series.counts.entries()) {
        count += each;
        values.push({ metricName: `${name}_bucket`, labels: { le: buckets[index] ?? '+Inf', ...labels }, value: count });
      }
      values.push({ metricName: `${name}_sum`, labels, value: series.sum }, { metricName: `${name}_count`, labels, value: count });
    }
    return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', collect: () => undefined, values } as unknown as MetricObjectWithValues<MetricValue<Label>>);
  }

  /** By which a registry asks rather than by `get`, in this major version. */
  getForPromString(): Promise<MetricObjectWithValues<MetricValue<Label>>> {
    return this.get();
  }
}
