import { kindOf } from './limit.ts';
import type { LimitMeasure, LimitScope, LimitWindow } from '../conversation/reached-limit.ts';
import type { Limit, LimitAction } from './limit.ts';
import type { Level } from './setting.ts';

/** What is wrong with a line, as the end of a sentence. */
export interface LineProblem {
  /** The first is 1. */
  readonly line: number;
  readonly reason: string;
}

/** All limits of a text, or all that is wrong with it. */
export type ReadLimits = { readonly limits: readonly Limit[] } | { readonly problems: readonly LineProblem[] };

/** As a model's id in other settings. */
const MODEL_ID = /^[\w.:/-]{1,2048}$/u;
export const LIMIT_EXAMPLES = '"member: 20 questions an hour", "role 123456789012345678: 100 questions an hour", "channel: 50,000 tokens a day, then warn", "server: $20 a month, then use MODEL" or "member: 2 at once"';

const MOST: Readonly<Record<LimitMeasure, number>> = { questions: 100_000, tokens: 1_000_000_000_000, usd: 1_000_000, 'at once': 100 };
const LEAST: Readonly<Record<LimitMeasure, number>> = { questions: 1, tokens: 1, usd: 0.0001, 'at once': 1 };

/** Said of who may have it. */
const isPerson = (per: LimitScope): boolean => per === 'member' || per === 'role';

const SCOPE = /^(?:(member|channel|server|bot)|role\s+(?:<@&)?(\d{15,20})>?)$/iu;
const NUMBER = String.raw`(unlimited|\d{1,15}|\d{1,3}(?:,\d{3}){1,5})`;
const EACH = String.raw`\s*(?:\/|\ban?\b|\bper\b)\s*(minute|hour|day|month)`;
const COUNTED = new RegExp(`^${NUMBER}\\s+(question|token)s?${EACH}$`, 'iu');
const MONEY = new RegExp(String.raw`^(?:\$\s*(\d{1,9}(?:\.\d{1,4})?)|(unlimited|\d{1,9}(?:\.\d{1,4})?)\s*(?:usd|dollars?|\$))${EACH}$`, 'iu');
const AT_ONCE = new RegExp(`^${NUMBER}(?:\\s+questions?)?\\s+at\\s+once$`, 'iu');

const amountOf = (text: string): number => (/^unlimited$/iu.test(text) ? Infinity : Number(text.replaceAll(',', '')));

type Amount = Pick<Limit, 'counts' | 'window' | 'most'>;

const readAmount = (text: string): Amount | string => {
  const counted = COUNTED.exec(text);
  if (counted !== null) {
    const [, most = '', what = '', window = ''] = counted;
    return { counts: `${what.toLowerCase()}s` as 'questions' | 'tokens', window: window.toLowerCase() as LimitWindow, most: amountOf(most) };
  }
  const money = MONEY.exec(text);
  if (money !== null) return { counts: 'usd', window: (money[3] ?? '').toLowerCase() as LimitWindow, most: amountOf(money[1] ?? money[2] ?? '') };
  const atOnce = AT_ONCE.exec(text);
  if (atOnce !== null) return { counts: 'at once', most: amountOf(atOnce[1] ?? '') };
  return `says nothing that I can count; write it like ${LIMIT_EXAMPLES}`;
};

const readAction = (text: string | undefined): LimitAction | string => {
  if (text === undefined || /^refuse$/iu.test(text)) return 'refuse';
  if (/^warn$/iu.test(text)) return 'warn';
  const model = /^use\s+(.+)$/iu.exec(text)?.[1];
  if (model !== undefined && MODEL_ID.test(model)) return { model };
  return 'must end with "then refuse", "then warn" or "then use" and the id of a model';
};

/** Undefined where it can be. */
const problemOf = ({ per, counts, window, most, action }: Limit): string | undefined => {
  if (counts === 'at once' && !isPerson(per)) return 'counts questions at once, which only a member or a role can have a limit for';
  if ((counts === 'tokens' || counts === 'usd') && window !== 'day' && window !== 'month') return 'must count tokens and money by the day or the month';
  if (most === Infinity) return action === 'refuse' ? undefined : 'is without a limit, after which nothing can come';
  if (most < LEAST[counts]) return counts === 'usd' ? 'must allow at least $0.0001' : 'must allow at least 1';
  return most > MOST[counts] ? `must be at most ${MOST[counts].toLocaleString('en-US')}; for no limit write "unlimited"` : undefined;
};

const readLine = (line: string): Limit | string => {
  const [, who = '', rest = ''] = /^([^:]*?)\s*:\s*(.*)$/u.exec(line) ?? [];
  const scope = SCOPE.exec(who);
  if (scope === null) return `must begin with whom it is for, like ${LIMIT_EXAMPLES}`;
  const [amountText = '', actionText, ...more] = rest.split(/\s*,?\s*\bthen\s+/iu);
  if (more.length > 0) return 'says "then" twice';
  const amount = readAmount(amountText.trim());
  if (typeof amount === 'string') return amount;
  const action = readAction(actionText?.trim());
  if (typeof action === 'string' && action !== 'refuse' && action !== 'warn') return action;
  const per = (scope[1]?.toLowerCase() ?? 'role') as LimitScope;
  const limit: Limit = { per, ...(per === 'role' ? { roleId: scope[2] } : {}), ...amount, action: action as LimitAction };
  return problemOf(limit) ?? limit;
};

/** Reads limits, one on each line, or with semicolons in between. */
export const readLimits = (text: string): ReadLimits => {
  const limits: Limit[] = [];
  const problems: LineProblem[] = [];
  const lines = text.split(/[\n;]/u);
  const seen = new Map<string, number>();
  for (const [index, whole] of lines.entries()) {
    const line = whole.trim();
    if (line === '') continue;
    const read = readLine(line);
    if (typeof read === 'string') {
      problems.push({ line: index + 1, reason: read });
      continue;
    }
    const before = seen.get(kindOf(read));
    if (before !== undefined) problems.push({ line: index + 1, reason: `says the same as line ${before}, with another number` });
    seen.set(kindOf(read), index + 1);
    limits.push(read);
  }
  return problems.length > 0 ? { problems } : { limits };
};

/** All that is wrong with a text of limits, as the end of one sentence; undefined where it can be. */
export const problemWithLimits = (text: string): string | undefined => {
  const read = readLimits(text);
  if ('limits' in read) return read.limits.length === 0 ? 'must name a limit; leave it out to use what is above it' : undefined;
  const [first, ...others] = read.problems;
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` (and so ${others.length === 1 ? 'is line' : 'are lines'} ${others.map(({ line }) => line).join(', ')})`;
  return `cannot be: line ${first.line} ${first.reason}${more}`;
};

/** The same at a level: what counts for more than it cannot stand there. */
export const problemWithLimitsAt = (text: string, level: Level): string | undefined => {
  const tooWide = limitsIn(text).find(({ per }) => per === 'bot' || (per === 'server' && level !== 'server'));
  if (tooWide === undefined) return undefined;
  return tooWide.per === 'bot' ? 'cannot have a limit of the bot, which only its owner can set (`LIMITS`)' : `cannot have a limit of the server at a ${level}; set it for the whole server`;
};

const parsed = new Map<string, readonly Limit[]>();
/** Texts that are kept as they were read. */
const MAX_PARSED = 1_000;

/** The limits of a text that was looked at before; none where it cannot be read. */
export const limitsIn = (text: string | undefined): readonly Limit[] => {
  if (text === undefined) return [];
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const read = readLimits(text);
  const limits = 'limits' in read ? read.limits : [];
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(text, limits);
  return limits;
};
