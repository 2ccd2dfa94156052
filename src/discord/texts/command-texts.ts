import { ApplicationCommandOptionType, ApplicationCommandType } from 'discord.js';
import type { APIApplicationCommand } from 'discord.js';
import type { Forgotten } from '../../conversation/forget.ts';

/** What Discord shows of each command before it is used. */
export const ASK_WORDS = {
  description: 'Ask the model a question',
  prompt: 'What you want to know',
  file: 'A file that belongs to the question',
  private: 'Show the answer to nobody but you',
} as const;
export const RESET_WORDS = {
  description: 'Forget the conversation of this channel, thread or direct message',
  private: 'Forget only what you asked me in private here',
} as const;
export const STATUS_WORDS = { description: 'Whether I am well, who waits, and which model answers' } as const;
export const HELP_WORDS = { description: 'How to ask, and what else I can do' } as const;

/** In the place of what a command, a button or a form was to bring, whose process has ended before. */
export const COMMAND_INTERRUPTED_TEXT = 'I was interrupted before I had finished this. Please try it again.';

/** Beside a panel, where nobody knows how far it came. */
export const PRESS_INTERRUPTED_TEXT = 'I was interrupted while I did this, so it may not be done. Please look, and try it again where it is not.';

/** In the menu of a message: the command, and the form that it opens. */
export const ASK_ABOUT_WORDS = {
  name: 'Ask about this',
  title: 'Ask about this message',
  question: 'Your question',
  placeholder: 'What do you want to know about it?',
} as const;
export const DELETE_ANSWER_WORDS = { name: 'Delete this answer' } as const;

/** What stands on the buttons below an answer; {@link TRY_AGAIN} in `answer-texts.ts` stands in sentences, too. */
export const BUTTON_LABELS = {
  stop: 'Stop',
  regenerate: 'Regenerate',
  regenerateEdited: 'Regenerate with the edited question',
  continue: 'Continue',
  earlier: '‹',
  later: '›',
  confirm: 'Answer it',
  decline: 'No',
} as const;

const introduction = (allowsDms: boolean): string =>
  `I answer questions with a model on Amazon Bedrock. Mention me, reply to one of my messages${allowsDms ? ', write me a direct message' : ''}, or use a command:`;

/** What no list of commands tells. */
const BESIDE = [
  '`/ask` has two options: `private:` shows the answer to nobody but you, `file:` takes a file along. A message to me may have files, too: images, PDF, Word, Excel and text.',
  'Below an answer are buttons, for whoever asked: *Stop* while I write, then *Regenerate*, *Try again* after a failure, *Continue* where it was cut off.',
  'Delete your question, or pick *Delete this answer* in the menu of the answer, and I forget both. All who ask in a channel share one conversation, unless it is set otherwise here (`/why` tells), and `/reset` forgets it.',
];

/** Where Discord has not told them yet. */
const UNLISTED = '- type `/` to see my commands';

/** A command that has others below it opens by one of these. */
const firstOf = (options: NonNullable<APIApplicationCommand['options']>): readonly string[] =>
  options.flatMap(({ type, name }) => (type === ApplicationCommandOptionType.Subcommand ? [name] : [])).slice(0, 1);

/** One line for each registered command: a link that opens it, or where its menu is. */
const commandLine = ({ type, name, id, description, options = [] }: APIApplicationCommand): string =>
  type === ApplicationCommandType.Message
    ? `- **${name}** in the menu of a message (right-click it, or press it long, then *Apps*)`
    : `- </${[name, ...firstOf(options)].join(' ')}:${id}> ${description}`;

/** @param commands as Discord has registered them; empty where it has not yet */
export const helpText = (commands: readonly APIApplicationCommand[], allowsDms: boolean): string => {
  const lines = commands.length === 0 ? [UNLISTED] : commands.map(commandLine);
  return [introduction(allowsDms), ...lines, ...BESIDE].join('\n');
};

/**
 * Whose conversation it is: of all in a channel, or of all who reply there or in one chain of replies, of one person there, in the open or in private, or of a
 * direct message, which has both.
 */
export type Whose = 'shared' | 'chains' | 'chain' | 'own' | 'private' | 'direct';

const counted = (questions: number): string => (questions === 1 ? '1 question and its answer' : `${questions} questions and their answers`);

const NAMES: Readonly<Record<Whose, string>> = { shared: 'this conversation', chains: 'all conversations here', chain: 'this chain of replies', own: 'your conversation here', private: 'our private conversation here', direct: 'this conversation' };

const endedText = (ended: number): string => {
  if (ended === 0) return '';
  return ended === 1 ? ' I also ended a question that was not fully answered yet.' : ` I also ended ${ended} questions that were not fully answered yet.`;
};

const NOT_BEGUN = 'There was nothing to forget: this conversation has not begun yet.';
const NOTHING_TO_FORGET: Readonly<Record<Whose, string>> = {
  shared: NOT_BEGUN,
  direct: NOT_BEGUN,
  chains: 'There was nothing to forget: no conversation has begun here yet.',
  chain: NOT_BEGUN,
  own: 'There was nothing to forget: your conversation here has not begun yet.',
  private: 'There was nothing to forget: you have asked me nothing in private here.',
};

/** @param ended how many questions were under way */
export const resetText = (whose: Whose, { wasAny, questions }: Forgotten, ended: number): string => {
  if (!wasAny && ended === 0) {
    return NOTHING_TO_FORGET[whose];
  }
  const all = questions === 0 ? '' : `: ${counted(questions)}${whose === 'shared' || whose === 'chains' || whose === 'chain' ? ', which everybody here shared' : ''}`;
  const next = whose === 'private' ? 'The next private question starts afresh.' : `${whose === 'own' ? 'Your' : 'The'} next question starts afresh.`;
  return `Done: I have forgotten ${NAMES[whose]}${all}.${endedText(ended)} ${next}`;
};

const NOT_YOURS_TEXT = 'This conversation is shared, and only those who manage messages here can make me forget it.';

/** @param mine what could be forgotten instead; undefined where there is nothing of theirs */
export const confirmText = (mine: number | undefined): string => {
  if (mine === undefined) return `${NOT_YOURS_TEXT} In private, you have asked me nothing here.`;
  return `${NOT_YOURS_TEXT} Shall I forget our private conversation here instead${mine === 0 ? '' : `: ${counted(mine)}`}?`;
};

export const CONFIRM_LABEL = 'Forget my private conversation';
