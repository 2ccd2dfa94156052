import { z } from 'zod';
import { SUM_FIELDS } from '../usage/sum.ts';
import { bounds } from './record-parts.ts';
import { jsonKind, textKind } from './record-kind.ts';
import type { BookedCall, DaySum } from '../usage/account.ts';
import type { Sum } from '../usage/sum.ts';

const VERSION = 1;
const model = z.string().min(1).max(2_048);
const counts = z.object({
  calls: bounds.count,
  inputTokens: bounds.count,
  outputTokens: bounds.count,
  cacheReadTokens: bounds.count,
  cacheWriteTokens: bounds.count,
  nanoUsd: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  unreported: bounds.count,
  unpriced: bounds.count,
  // What was written before content was checked has none.
  textUnits: bounds.count.default(0),
});

const booked = z.object({
  version: z.literal(VERSION),
  calls: z.array(z.object({ day: z.string().regex(/^\d{4}-[01]\d-[0-3]\d$/u), modelId: model, accounts: z.array(bounds.id).max(8), sum: counts })).max(1_000),
});

/** Calls that were written down, and are to be added up. */
export const bookedKind = jsonKind<{ readonly version: typeof VERSION; readonly calls: readonly BookedCall[] }>({
  name: 'call that was booked',
  prefix: 'booked:',
  version: VERSION,
  schema: booked,
});
export const toBooked = (calls: readonly BookedCall[]) => ({ version: VERSION, calls }) as const;

const RADIX = 36;
const MAX_MODELS = 200;
/** A day, which of the models, and the figures of a sum, in base 36; zeros at the end are left out. There are many of these. */
const cell = z.string().regex(/^[\da-z]{1,2}(?:\.[\da-z]{0,11}){1,10}$/u);
const month = z.object({ version: z.literal(VERSION), models: z.array(model).max(MAX_MODELS), cells: z.array(cell).max(31 * MAX_MODELS) });

export interface StoredMonth {
  readonly version: typeof VERSION;
  readonly models: readonly string[];
  readonly cells: readonly string[];
}

const EMPTY: StoredMonth = { version: VERSION, models: [], cells: [] };

/** What an account used in a month. */
export const monthKind = jsonKind<StoredMonth>({ name: 'sums of a month', prefix: 'usage:', version: VERSION, schema: month, empty: EMPTY });

/** Another one with each step of adding up: of several processes one does it at a time. */
export const turnKind = textKind({ name: 'turn of adding up', prefix: 'usage-turn', isFine: (text) => /^[\da-f-]{36}$/u.test(text) });

const toCell = (index: number, { day, sum }: DaySum): string =>
  [day, index, ...SUM_FIELDS.map((field) => sum[field])].map((figure) => (figure === 0 ? '' : figure.toString(RADIX))).join('.').replace(/\.+$/u, '');

const numberOf = (text: string | undefined): number => (text === undefined || text === '' ? 0 : Number.parseInt(text, RADIX));

/** There are tens of thousands of cells in a report: nothing is made for each but what is asked for. */
export const daySumsOf = ({ models, cells }: StoredMonth): DaySum[] => {
  const days: DaySum[] = [];
  for (const text of cells) {
    const figures = text.split('.');
    const modelId = models[numberOf(figures[1])];
    if (modelId === undefined) continue;
    const [calls, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens] = [numberOf(figures[2]), numberOf(figures[3]), numberOf(figures[4]), numberOf(figures[5]), numberOf(figures[6])];
    const sum: Sum = { calls, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, nanoUsd: numberOf(figures[7]), unreported: numberOf(figures[8]), unpriced: numberOf(figures[9]), textUnits: numberOf(figures[10]) };
    days.push({ day: numberOf(figures[0]), modelId, sum });
  }
  return days;
};

export const toStoredMonth = (days: readonly DaySum[]): StoredMonth => {
  const models = [...new Set(days.map(({ modelId }) => modelId))];
  return { version: VERSION, models, cells: days.map((one) => toCell(models.indexOf(one.modelId), one)) };
};
