import { channelMention, escapeMarkdown, userMention } from 'discord.js';
import { cleanLine } from '../../conversation/question.ts';
import { DIRECT } from '../../usage/account.ts';
import { tokensOf, usdOf } from '../../usage/sum.ts';
import { inCode } from './failure-text.ts';
import type { Share, UsageReport, UsageScope } from '../../usage/usage-report.ts';
import type { Sum } from '../../usage/sum.ts';

export const USAGE_WORDS = {
  description: 'What questions have cost: yours, and where you may see it the server\'s or everybody\'s',
  of: 'Whose (without it: all that you may see)',
  days: 'How many days back (without it: 30)',
  theme: 'How light the picture is (without it: dark)',
  me: 'Mine',
  server: 'This server\'s',
  all: 'Everybody\'s',
  dark: 'Dark',
  light: 'Light',
} as const;

export const USAGE_REFUSED_TEXTS: Readonly<Record<'server' | 'bot', string>> = {
  server: 'Only those who may change the settings of this server see what it used. Without `of:` I show what you used yourself.',
  bot: 'Only my owners see what everybody used. Without `of:` I show what you used yourself.',
};
export const USAGE_UNREADABLE_TEXT = 'I cannot read my storage at the moment, so I do not know what was used. Please try again later.';
export const NO_PICTURE_TEXT = '-# I could not draw the picture; the table has all of its figures.';
export const SOMEBODY = 'somebody who is gone';
export const SOME_PLACE = 'a place that is gone';
export const DIRECT_NAME = 'Direct messages';

/** In the place of a model. */
export const CHECKS_NAME = 'Checks of content';

/** On the picture. */
export const USAGE_PICTURE_WORDS = { usd: 'US dollars per day', tokens: 'Tokens per day', who: 'Who', where: 'Where' } as const;

const LISTED = 5;
const MAX_NAME = 60;

/** `$0.0042`, `$12.30`. */
const dollars = (usd: number): string => (usd > 0 && usd < 0.01 ? `$${Number(usd.toPrecision(2))}` : `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`);
const count = (value: number): string => value.toLocaleString('en-US');
const countOf = (value: number, one: string, more = `${one}s`): string => `${count(value)} ${value === 1 ? one : more}`;

/** A sum of which only a part has a price says so. */
const costText = (sum: Sum): string => {
  const priced = sum.calls - sum.unpriced - sum.unreported;
  if (priced <= 0) return sum.unpriced > 0 ? 'price not known' : dollars(0);
  return `${dollars(usdOf(sum))}${sum.unpriced > 0 ? ' and more' : ''}`;
};

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** `29 Nov`. */
export const shortDay = (day: string): string => `${Number(day.slice(8))} ${MONTHS[Number(day.slice(5, 7)) - 1] ?? ''}`;

export const periodText = (days: readonly string[]): string => {
  const [first = '', last = ''] = [days[0], days.at(-1)];
  const year = first.slice(0, 4) === last.slice(0, 4) ? '' : ` ${first.slice(0, 4)}`;
  return `${days.length === 1 ? '' : `${shortDay(first)}${year} – `}${shortDay(last)} ${last.slice(0, 4)}`;
};

export const usageTitle = ({ is }: UsageScope): string => ({ member: 'Your usage', server: 'Usage of this server', bot: 'Usage of everybody' })[is];

/** `Today here: $0.12 for 5 calls, 3,400 tokens.` The day is UTC's. */
export const todayText = ({ is }: UsageScope, sum: Sum): string =>
  `Today ${is === 'server' ? 'here' : 'everywhere'}: ${sum.calls === 0 ? 'nothing was asked' : `${costText(sum)} for ${countOf(sum.calls, 'call')}, ${countOf(tokensOf(sum), 'token')}`}.`;

export interface UsageTextNames {
  model(id: string): string;
  /** Of a server. */
  server(id: string): string;
}

/** What strangers have named: an address in it would be opened to show what is there. */
const asName = (name: string): string => inCode(cleanLine(name, MAX_NAME));

const placeText = (id: string, { is }: UsageScope, names: UsageTextNames): string => {
  if (id === DIRECT) return DIRECT_NAME;
  if (is === 'server') return channelMention(id);
  const name = names.server(id);
  return name === SOME_PLACE ? name : asName(name);
};

const modelText = (id: string, names: UsageTextNames): string => {
  const name = names.model(id);
  return name === id ? asName(id) : escapeMarkdown(cleanLine(name, MAX_NAME));
};

const listText = (title: string, shares: readonly Share[], nameOf: (id: string) => string): string[] => {
  if (shares.length === 0) return [];
  const rest = shares.length - LISTED;
  return [
    `**${title}**`,
    ...shares.slice(0, LISTED).map(({ id, sum }, index) => `${index + 1}. ${nameOf(id)}: ${costText(sum)}, ${countOf(tokensOf(sum), 'token')}`),
    ...(rest > 0 ? [`-# and ${count(rest)} more, which are in the table`] : []),
  ];
};

/**
 * What was used, in words.
 * @param pricesAsOf the date of the price list: `2026-11-10`
 */
export const usageText = ({ scope, days, models, total, who, where }: UsageReport, names: UsageTextNames, pricesAsOf: string): string => {
  const head = `**${usageTitle(scope)}**, ${periodText(days)} (days in UTC)`;
  if (total.calls === 0) return `${head}\nNothing was asked.`;
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, unreported, unpriced, textUnits } = total;
  const cached = [...(cacheReadTokens > 0 ? [`${count(cacheReadTokens)} read from the cache`] : []), ...(cacheWriteTokens > 0 ? [`${count(cacheWriteTokens)} written to it`] : [])];
  const others = models.length - LISTED;
  return [
    head,
    `${costText(total)} for ${countOf(total.calls, 'call')} of ${countOf(models.length, 'model')}: ${[`${count(inputTokens)} tokens in`, `${count(outputTokens)} out`, ...cached].join(', ')}.`,
    ...models.slice(0, LISTED).map(({ modelId, sum }) => `- ${modelText(modelId, names)}: ${costText(sum)}, ${countOf(tokensOf(sum), 'token')}`),
    ...(others > 0 ? [`-# and ${count(others)} more models`] : []),
    ...listText('Who', who, userMention),
    ...(scope.is === 'member' && where.length < 2 ? [] : listText('Where', where, (id) => placeText(id, scope, names))),
    ...(textUnits > 0 ? [`-# Checks of content: ${countOf(textUnits, 'text unit')}, each a thousand characters for one kind of check.`] : []),
    ...(unpriced > 0 ? [`-# ${countOf(unpriced, 'call has', 'calls have')} no price that I know: their tokens are counted, their dollars are not.`] : []),
    ...(unreported > 0 ? [`-# ${countOf(unreported, 'call')} ended before Bedrock said what was used, and ${unreported === 1 ? 'is' : 'are'} in no sum.`] : []),
    `-# Prices by model and geography, as of ${pricesAsOf}, and not from AWS: your bill decides.`,
  ].join('\n');
};

const MAX_ALT = 1_024;
/** The picture, for whoever cannot see it. */
export const usageAltText = ({ scope, days, models, total, who, where }: UsageReport, names: UsageTextNames): string => {
  const perDay = days.map((_day, index) => models.reduce((sum, one) => sum + (one.days[index]?.nanoUsd ?? 0), 0));
  const dearest = perDay.indexOf(Math.max(...perDay));
  const text = [
    `Bar charts: ${usageTitle(scope)}, ${periodText(days)}.`,
    `US dollars and tokens of each day, stacked by model: ${models.slice(0, LISTED).map(({ modelId, sum }) => `${cleanLine(names.model(modelId), MAX_NAME)} ${costText(sum)}`).join(', ')}.`,
    `In all ${costText(total)} and ${countOf(tokensOf(total), 'token')}.`,
    ...((perDay[dearest] ?? 0) > 0 ? [`The dearest day was ${shortDay(days[dearest] ?? '')}, with ${dollars((perDay[dearest] ?? 0) / 1e9)}.`] : []),
    `${countOf(who.length, 'member')}, ${countOf(where.length, 'place')}.`,
  ].join(' ');
  return cleanLine(text, MAX_ALT);
};
