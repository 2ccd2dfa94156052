/** How often a property is tried in a plain run of the tests; `FUZZ=20` looks twenty times as hard, `FUZZ=0.1` a tenth as hard. */
export const fuzzRuns = (runs: number): number => Math.ceil(runs * Number(process.env['FUZZ'] ?? 1));
