import type { Figure } from './figures.ts';

export interface Row {
  readonly figure: Figure;
  readonly floor: number | undefined;
  /** The older build's. */
  readonly before: number | undefined;
  readonly parley: number | undefined;
}

export const format = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2));

const NOTHING = '–';

const ratio = (value: number | undefined, to: number | undefined): string =>
  value === undefined || to === undefined || to === 0 ? NOTHING : `${format(value / to)} ×`;

/** The figures as a table in Markdown; what Discord's limits allow, and what an older build took, only where there is one. */
export const tableOf = (rows: readonly Row[], hasBefore: boolean): string => {
  const ifBefore = (...cells: readonly string[]): readonly string[] => (hasBefore ? cells : []);
  const hasLimit = rows.some(({ figure }) => figure.limit !== undefined);
  const ifLimit = (cell: string): readonly string[] => (hasLimit ? [cell] : []);
  const head = ['figure', ...ifLimit('limit'), 'floor', ...ifBefore('before'), 'Parley', 'ratio', ...ifBefore('to before'), 'aim'];
  const body = rows.map(({ figure, floor, before, parley }) => {
    const cell = (value: number | undefined): string => (value === undefined ? NOTHING : `${format(value)} ${figure.unit}`.trim());
    return [figure.name, ...ifLimit(cell(figure.limit)), cell(floor), ...ifBefore(cell(before)), cell(parley), ratio(parley, floor), ...ifBefore(ratio(parley, before)), figure.aim];
  });
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};
