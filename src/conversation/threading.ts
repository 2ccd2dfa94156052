import { cleanLine } from './question.ts';

/** Which questions are answered in threads of their own: none, those that mention us, or all of a channel. */
export const THREADS = ['off', 'on_mention', 'always'] as const;
export type Threads = (typeof THREADS)[number];

/** Of a thread's name. @see https://docs.discord.com/developers/resources/channel#channel-object-channel-structure */
export const MAX_TITLE_LENGTH = 100;
/** A title that is cut ends with a whole word, where that leaves so much of it. */
const LEAST_CUT_LENGTH = 60;
/** Of a long text, what is looked at. */
const MAX_READ = 4_000;

/** What Discord draws in a message, and shows as it is written in a name. What somebody hides behind bars stays hidden. */
const MARKS: readonly (readonly [RegExp, string])[] = [
  [/<(?:a?:|t:|\/|@[!&]?|#|id:)[^>\s]{0,200}(?: [^>]{0,100})?>/gu, ' '],
  [/\|\|.{1,2000}?\|\|/gsu, '…'],
  [/```(?:[\w+#-]{1,20}\n)?|[*`]+|~~|__|^\s{0,3}(?:>{1,3}|#{1,3}|-#) /gmu, ' '],
];

/** A text as the name of a thread: one visible line of at most a hundred characters, as plain text; empty where there is nothing to see in it. */
export const threadTitle = (text: string): string => {
  const plain = MARKS.reduce((line, [mark, instead]) => line.replace(mark, instead), text.slice(0, MAX_READ));
  const whole = cleanLine(plain, MAX_READ);
  let line = whole;
  // Discord may count as JavaScript does.
  for (let most = MAX_TITLE_LENGTH; line.length > MAX_TITLE_LENGTH; most -= 1) line = cleanLine(whole, most);
  const end = line === whole ? -1 : line.lastIndexOf(' ');
  return end < LEAST_CUT_LENGTH ? line : `${line.slice(0, end)}…`;
};
