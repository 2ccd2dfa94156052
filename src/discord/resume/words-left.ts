import { isWaitText } from '../texts/wait-text.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';
import type { FoundQuestion } from './find-question.ts';

/** What was written of an answer; undefined where only a wait was told of. */
const wordsIn = (content: string, { preface = '' }: ReplyTarget): string | undefined => {
  const lines = content.split('\n');
  const words = (isWaitText(lines.at(-1) ?? '') ? lines.slice(0, -1) : lines).join('\n');
  return words.trim() === '' || words.trim() === preface.trim() ? undefined : words;
};

/**
 * An answer that somebody ended keeps the words that people have read: why it ends is said below the last of its messages.
 * Rejects with discord.js's errors.
 */
export const keepingWords = async (found: FoundQuestion): Promise<FoundQuestion> => {
  const { target, drafts, untold } = found;
  const last = drafts.at(-1);
  // What stood there before comes back.
  if (target === undefined || last === undefined || (target.before ?? '') !== '') return found;
  const before = wordsIn((await target.read(last)) ?? '', target);
  if (before === undefined) return found;
  const above = drafts.slice(0, -1);
  return {
    ...found,
    target: {
      ...target,
      above,
      before,
      // By the nonce of an earlier part, Discord would hand out that.
      create: (part, ...how) => target.create(part + above.length, ...how),
    },
    drafts: [last],
    untold: async () => ((await untold?.()) ?? []).filter((id) => !above.includes(id)),
  };
};
