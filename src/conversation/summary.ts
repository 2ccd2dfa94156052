import { estimateTextTokens } from './token-estimate.ts';
import type { TextBlock } from './content.ts';
import type { Turn } from './turn.ts';

/** What a model made of exchanges that left a conversation together. It is nobody's own words, and may be wrong. */
export interface SummaryPart {
  readonly text: string;
  /** The questions of these exchanges: with any of them it is forgotten. */
  readonly covers: readonly string[];
  /** When the first and the last of them were asked, in milliseconds since the epoch. */
  readonly from: number;
  readonly until: number;
}

/** Before which there was something, as an exchange says it. */
export interface Continued {
  readonly earlier?: readonly SummaryPart[] | undefined;
}

/** Parts that are kept; the oldest give way. */
export const MOST_PARTS = 8;
/** Characters of a part. */
export const MOST_PART_CHARACTERS = 3_000;

/** What a conversation keeps of what was said before its first exchange, oldest part first. */
export const summaryOf = ({ exchanges: [first] }: { readonly exchanges: readonly Continued[] }): readonly SummaryPart[] => first?.earlier ?? [];

/** The day is enough; a moment of a summary would promise more than it knows. */
const dayText = (at: number): string => new Date(at).toISOString().slice(0, 10);

const isDate = ({ from, until }: SummaryPart): boolean => [from, until].every((at) => Number.isFinite(new Date(at).getTime()));

/** As it stands before the first turn, an object like a header: nothing in it can end it. Undefined where there is nothing. */
export const summaryBlock = (parts: readonly SummaryPart[]): TextBlock | undefined =>
  parts.length === 0
    ? undefined
    : { text: JSON.stringify({ summary: parts.map((part) => ({ ...(isDate(part) ? { from: dayText(part.from), until: dayText(part.until) } : {}), text: part.text })) }) };

const tokensOf = new WeakMap<readonly SummaryPart[], number>();

/** In estimated tokens. */
export const summaryTokens = (parts: readonly SummaryPart[]): number => {
  if (parts.length === 0) return 0;
  const known = tokensOf.get(parts);
  if (known !== undefined) return known;
  const tokens = estimateTextTokens(summaryBlock(parts)?.text ?? '');
  tokensOf.set(parts, tokens);
  return tokens;
};

const summarized = new WeakMap<Turn, { readonly parts: readonly SummaryPart[]; readonly turn: Turn }>();

/** The first turn of a prompt with what was said before it. The same turn stays the same object. */
export const withSummary = (turn: Turn, parts: readonly SummaryPart[]): Turn => {
  const block = summaryBlock(parts);
  if (block === undefined) return turn;
  const known = summarized.get(turn);
  if (known?.parts === parts) return known.turn;
  const whole = { ...turn, content: [block, ...turn.content] };
  summarized.set(turn, { parts, turn: whole });
  return whole;
};

/** The parts that speak of nothing that was asked before `oldest` (milliseconds since the epoch). The same where all do. */
export const notOlderThan = (parts: readonly SummaryPart[], oldest: number): readonly SummaryPart[] =>
  parts.every(({ from }) => from >= oldest) ? parts : parts.filter(({ from }) => from >= oldest);

/** An exchange before which there was that. The same where it says so already. */
export const withEarlier = <Exchange extends Continued>(exchange: Exchange, earlier: readonly SummaryPart[] | undefined): Exchange => {
  const { earlier: before, ...rest } = exchange;
  if (before === earlier || (earlier?.length === 0 && before?.length === 0)) return exchange;
  return (earlier === undefined ? rest : { ...rest, earlier }) as Exchange;
};

/** Without what was made of a question, wherever that is kept. */
export const withoutCovering = <Exchange extends Continued>(history: { readonly exchanges: readonly Exchange[] }, id: string): { readonly exchanges: readonly Exchange[] } => {
  const isOf = ({ covers }: SummaryPart): boolean => covers.includes(id);
  if (!history.exchanges.some(({ earlier }) => earlier?.some(isOf) === true)) return history;
  return { exchanges: history.exchanges.map((exchange) => (exchange.earlier === undefined ? exchange : withEarlier(exchange, exchange.earlier.some(isOf) ? exchange.earlier.filter((part) => !isOf(part)) : exchange.earlier))) };
};
