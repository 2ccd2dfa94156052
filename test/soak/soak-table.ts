import type { Inspection } from './inspector.ts';
import type { SoakResult } from './run-soak.ts';

/** Growth of resident memory from the second quarter to the last one that is still no growth. */
const TOLERANCE = 0.05;

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return middle.reduce<number>((sum, value) => sum + (value ?? Number.NaN) / 2, 0);
};

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

interface Figure {
  readonly name: string;
  readonly second: number;
  readonly last: number;
  readonly isFine: boolean;
}

/** The second quarter beside the last one. Memory may breathe by 5 %; what is counted must not grow at all. */
export const soakFigures = ({ inspections }: SoakResult): Figure[] => {
  const quarter = inspections.length / 4;
  const second = inspections.slice(quarter, 2 * quarter);
  const last = inspections.slice(3 * quarter);
  const figure = (name: string, of: (inspection: Inspection) => number, tolerance: number, slack = 0): Figure => {
    const [before, after] = [median(second.map(of)), median(last.map(of))];
    return { name, second: before, last: after, isFine: after <= before * (1 + tolerance) + slack };
  };
  return [
    figure('resident memory, MiB', ({ rss }) => Math.round((rss / 2 ** 20) * 10) / 10, TOLERANCE),
    figure('heap in use, MiB', ({ heapUsed }) => Math.round((heapUsed / 2 ** 20) * 10) / 10, TOLERANCE),
    figure('open handles and timers', ({ resources }) => total(resources), 0),
    figure('timers', ({ resources }) => resources['Timeout'] ?? 0, 0),
    figure('queues: the line, and lanes that wait', ({ objects }) => objects['queues'] ?? 0, 0),
    figure('abort controllers', ({ objects }) => objects['controllers'] ?? 0, 0),
    // Some are made by whatever runs each second.
    figure('promises', ({ objects }) => objects['promises'] ?? 0, TOLERANCE, 20),
    figure('maps', ({ objects }) => objects['maps'] ?? 0, TOLERANCE, 20),
  ];
};

export const soakTable = (figures: readonly Figure[]): string =>
  [
    '| when quiet | second quarter | last quarter | |',
    '|---|---|---|---|',
    ...figures.map(({ name, second, last, isFine }) => `| ${name} | ${second} | ${last} | ${isFine ? '✓' : 'grew'} |`),
  ].join('\n');
