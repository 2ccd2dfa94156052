import type { BudgetStanding } from '../../conversation/budget.ts';

const NEW_KEY_HINT = {
  variable: 'Make a new one in the Amazon Bedrock console, set `AWS_BEARER_TOKEN_BEDROCK` to it, and start me again.',
  file: 'Make a new one in the Amazon Bedrock console and replace the file that `AWS_BEARER_TOKEN_BEDROCK_FILE` names: I take it up by myself.',
  command: '`AWS_BEARER_TOKEN_BEDROCK_COMMAND` has not given me a new one: my log says why.',
} as const;

/** What an owner reads shortly before the key dies. @param expiresAt milliseconds since the epoch */
export const keyExpiresText = (expiresAt: number, origin: keyof typeof NEW_KEY_HINT): string =>
  `My Bedrock API key expires <t:${Math.floor(expiresAt / 1000)}:R>. ${NEW_KEY_HINT[origin]}`;

/** What an owner reads who was not told before. */
export const keyExpiredText = (origin: keyof typeof NEW_KEY_HINT): string =>
  `My Bedrock API key has expired, and until there is a new one I cannot answer questions. ${NEW_KEY_HINT[origin]}`;

/** What an owner reads when the store takes nothing any more. */
export const storeFullText = (says: string, cure: string): string => `${says} ${cure} Until then I answer what I can, and remember nothing new.`;

const dollars = (usd: number): string => `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: usd < 0.01 ? 4 : 2 })}`;

const BUDGET_THEN: Readonly<Record<BudgetStanding['afterwards'], string>> = {
  refuse: 'When nothing is left, I refuse questions',
  warn: 'When nothing is left, I answer on, and say so below each answer',
  model: 'When nothing is left, a cheaper model answers',
};
const BUDGET_NOW: Readonly<Record<BudgetStanding['afterwards'], string>> = {
  refuse: 'I refuse questions now',
  warn: 'I answer on, and say so below each answer',
  model: 'A cheaper model answers now',
};

/** What an owner reads once when most of the bot's budget is used, and once when all of it is. */
export const budgetText = ({ window, mostUsd, usedUsd, endsAt, afterwards }: BudgetStanding, isAll: boolean): string =>
  `${isAll ? 'All' : `${Math.floor((100 * usedUsd) / mostUsd)} %`} of my budget for this ${window} is used: ${dollars(usedUsd)} of ${dollars(mostUsd)}. ${(isAll ? BUDGET_NOW : BUDGET_THEN)[afterwards]}, until <t:${Math.floor(endsAt / 1000)}:f>. \`/usage\` shows who asked, and where; \`LIMITS\` sets the budget.`;
