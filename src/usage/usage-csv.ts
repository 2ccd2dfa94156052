import { SUM_FIELDS, usdOf } from './sum.ts';
import type { Share, UsageReport } from './usage-report.ts';
import type { Sum } from './sum.ts';

const COLUMNS = ['about', 'day', 'id', 'name', 'calls', 'input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens', 'usd', 'calls_without_figures', 'calls_without_price', 'checked_text_units'];

/** What spreadsheets take for the beginning of a formula, also behind blanks and in letters of full width. */
const FORMULA = /^[\s\0]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20|%]|^[\t\r\n]/u;

/** A text of somebody else's as a cell: never a formula, and one line. @see https://owasp.org/www-community/attacks/CSV_Injection */
const cell = (text: string): string => {
  // oxlint-disable-next-line no-control-regex -- finding them is the point
  const line = text.toWellFormed().replace(/[\u0000-\u001F\u007F-\u009F]+/gu, ' ');
  return `"${(FORMULA.test(text) || FORMULA.test(line) ? `'${line}` : line).replaceAll('"', '""')}"`;
};

const figures = (sum: Sum): string[] => SUM_FIELDS.map((field) => (field === 'nanoUsd' ? String(Number(usdOf(sum).toFixed(9))) : String(sum[field])));

export interface UsageNames {
  model(id: string): string;
  who(id: string): string;
  where(id: string): string;
}

/**
 * Everything that a report says, for a spreadsheet: a line for each model and day, then for each member and each place. Ids are
 * in quotation marks; a program that takes them for numbers loses their last digits.
 */
export const usageCsv = ({ models, days, who, where, scope }: UsageReport, names: UsageNames): string => {
  const place = scope.is === 'server' ? 'channel' : 'server';
  const line = (about: string, day: string, id: string, name: string, sum: Sum): string => [about, day, cell(id), cell(name), ...figures(sum)].join(',');
  const shares = (about: string, list: readonly Share[], nameOf: (id: string) => string): string[] => list.map(({ id, sum }) => line(about, '', id, nameOf(id), sum));
  const ofDays = days.flatMap((day, index) =>
    models.flatMap(({ modelId, days: sums }) => {
      const sum = sums[index];
      return sum === undefined || sum.calls === 0 ? [] : [line('model', day, modelId, names.model(modelId), sum)];
    }),
  );
  // Spreadsheets know by the first character that it is UTF-8.
  return `\uFEFF${[COLUMNS.join(','), ...ofDays, ...shares('member', who, names.who), ...shares(place, where, names.where)].join('\r\n')}\r\n`;
};
