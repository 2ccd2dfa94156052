import { escapeMarkdown } from 'discord.js';
import { cleanLine } from '../../conversation/question.ts';
import { amountText } from './limit-texts.ts';
import { relative } from './relative-time.ts';
import { FROM } from './settings-texts.ts';
import type { LimitScope } from '../../conversation/reached-limit.ts';
import type { LimitStanding } from '../../policy/limits-look.ts';

/** Whether it keeps a question from being answered. */
const isClosed = ({ limit, left }: LimitStanding): boolean => left <= 0 && limit.action === 'refuse';

/** Why somebody's question would not be answered now, as the end of a sentence. */
export const limitObstacle = (standing: readonly LimitStanding[]): string | undefined => {
  const closed = standing.filter(isClosed).toSorted((one, other) => (other.opensAt ?? 0) - (one.opensAt ?? 0))[0];
  return closed && `nothing is left of the limit of ${amountText(closed.limit)}.${closed.opensAt === undefined ? '' : ` It opens again ${relative(closed.opensAt)}.`}`;
};

/** Of the environment, its default among it. */
const OWN = 'set by whoever runs me';

const WHOSE: Readonly<Record<LimitScope, string>> = { member: 'of each member', role: 'of a role of theirs', channel: 'of the channel', server: 'of the server', bot: 'of the whole bot' };

const leftText = ({ limit, left }: LimitStanding): string => (limit.counts === 'usd' ? `$${left.toLocaleString('en-US', { maximumFractionDigits: 4 })}` : left.toLocaleString('en-US'));

/** The limits in force, one on each line. */
export const standingTexts = (standing: readonly LimitStanding[], modelName: (id: string) => string | undefined): readonly string[] =>
  standing.map((one) => {
    const { limit, from, left, opensAt } = one;
    const { action } = limit;
    const then = action === 'refuse' ? '' : action === 'warn' ? '; then a line below the answer says so' : `; then ${escapeMarkdown(cleanLine(modelName(action.model) ?? action.model, 80))} answers`;
    const opens = left <= 0 && opensAt !== undefined ? `, again ${relative(opensAt)}` : '';
    return `**Limit ${WHOSE[limit.per]}:** ${amountText(limit)}, ${leftText(one)} left${opens}${then}\n-# ${from === 'bot' ? OWN : FROM[from]}`;
  });

/** The limits in force as one plain sentence; undefined where there are none. */
export const limitsInForce = (standing: readonly LimitStanding[]): string | undefined =>
  standing.length === 0 ? undefined : `Limits here: ${standing.map((one) => `${amountText(one.limit)} ${WHOSE[one.limit.per]} (${leftText(one)} left)`).join('; ')}.`;
