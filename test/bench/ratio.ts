/** How often more one costs than another, and the standard error of that. */
export interface Ratio {
  readonly ratio: number;
  readonly error: number;
}

/** Of pairs that were measured one after the other; pairs of which one was disturbed are at the ends, and left out. */
export const ratioOf = (pairs: readonly (readonly [number, number])[]): Ratio => {
  const logs = pairs.map(([one, other]) => Math.log(one / other)).toSorted((a, b) => a - b);
  const cut = Math.floor(logs.length / 5);
  const kept = logs.slice(cut, logs.length - cut);
  const mean = kept.reduce((sum, log) => sum + log, 0) / kept.length;
  // Of a trimmed mean: what was cut counts as what is next to it. https://doi.org/10.1214/aoms/1177704272
  const bounded = logs.map((log) => Math.min(Math.max(log, kept[0] ?? 0), kept.at(-1) ?? 0));
  const center = bounded.reduce((sum, log) => sum + log, 0) / bounded.length;
  const spread = Math.sqrt(bounded.reduce((sum, log) => sum + (log - center) ** 2, 0) / (bounded.length - 1));
  return { ratio: Math.exp(mean), error: spread / ((kept.length / logs.length) * Math.sqrt(logs.length)) };
};
