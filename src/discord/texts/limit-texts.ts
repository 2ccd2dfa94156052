import { relative } from './relative-time.ts';
import type { ReachedLimit } from '../../conversation/reached-limit.ts';

/** How much, in words: "20 questions an hour". */
export const amountText = ({ counts, window, most }: Pick<ReachedLimit, 'counts' | 'window' | 'most'>): string => {
  const number = most.toLocaleString('en-US', { maximumFractionDigits: 4 });
  const each = window === 'hour' ? ' an hour' : window === undefined ? '' : ` a ${window}`;
  if (counts === 'at once') return `${number} at once`;
  if (counts === 'usd') return `$${number}${each}`;
  return `${number} ${most === 1 ? counts.slice(0, -1) : counts}${each}`;
};

const usedUp = (limit: ReachedLimit): string => {
  const amount = amountText(limit);
  switch (limit.per) {
    case 'member':
    case 'role':
      return `you have used up your ${amount}`;
    case 'channel':
      return `this channel has used up its ${amount}`;
    case 'server':
      return `this server has used up its ${amount}`;
    case 'bot':
      return `I have used up my ${amount}`;
  }
};

const isAtOnce = ({ counts }: ReachedLimit): boolean => counts === 'at once';

/** Which limit keeps a question from being answered, and what to wait for where no time can be said. */
export const limitText = (limit: ReachedLimit): string => {
  if (isAtOnce(limit)) {
    const open = limit.most === 1 ? 'a question without an answer, and you may have one' : `${limit.most} questions without an answer, and you may have ${limit.most}`;
    return `You have ${open} at once. Ask again when one of them is answered.`;
  }
  const sentence = `${usedUp(limit)}.`;
  const until = limit.opensAt === undefined ? ' Answers that are being written may leave some of it: try again in a minute.' : '';
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}${until}`;
};

/** Below an answer, in small print. @param modelName the model that answered in the place of the usual one */
export const reachedText = (reached: readonly ReachedLimit[], modelName: string | undefined): string => {
  const why = reached.map((limit) => (isAtOnce(limit) ? `you have ${amountText(limit)}` : `${usedUp(limit)}${limit.opensAt === undefined ? '' : ` (again ${relative(limit.opensAt)})`}`)).join(', and ');
  if (modelName !== undefined) return `${modelName} answered, because ${why}.`;
  return `${why.charAt(0).toUpperCase()}${why.slice(1)}.`;
};
