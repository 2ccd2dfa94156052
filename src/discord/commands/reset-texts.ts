import { ButtonStyle, ComponentType } from 'discord.js';
import { customId } from '../on-interaction.ts';
import type { APIActionRowComponent, APIButtonComponent } from 'discord.js';
import type { Forgotten } from '../../conversation/forget.ts';

/** The kind of the button that confirms, as it stands in custom ids. */
export const FORGET_MINE = 'forget-mine';

/** Whose conversation it is: of all in a channel, of one person there, or of a direct message, which has both. */
export type Whose = 'shared' | 'private' | 'direct';

const counted = (questions: number): string => (questions === 1 ? '1 question and its answer' : `${questions} questions and their answers`);

const NAMES: Readonly<Record<Whose, string>> = { shared: 'this conversation', private: 'our private conversation here', direct: 'this conversation' };

const endedText = (ended: number): string => {
  if (ended === 0) return '';
  return ended === 1 ? ' I also ended a question that was not fully answered yet.' : ` I also ended ${ended} questions that were not fully answered yet.`;
};

/** @param ended how many questions were under way */
export const resetText = (whose: Whose, { wasAny, questions }: Forgotten, ended: number): string => {
  if (!wasAny && ended === 0) {
    return whose === 'private'
      ? 'There was nothing to forget: you have asked me nothing in private here.'
      : 'There was nothing to forget: this conversation has not begun yet.';
  }
  const all = questions === 0 ? '' : `: ${counted(questions)}${whose === 'shared' ? ', which everybody here shared' : ''}`;
  const next = whose === 'private' ? 'The next private question starts afresh.' : 'The next question starts afresh.';
  return `Done: I have forgotten ${NAMES[whose]}${all}.${endedText(ended)} ${next}`;
};

const NOT_YOURS_TEXT = 'This conversation is shared, and only those who manage messages here can make me forget it.';

/** @param mine what could be forgotten instead; undefined where there is nothing of theirs */
export const confirmText = (mine: number | undefined): string => {
  if (mine === undefined) return `${NOT_YOURS_TEXT} In private, you have asked me nothing here.`;
  return `${NOT_YOURS_TEXT} Shall I forget our private conversation here instead${mine === 0 ? '' : `: ${counted(mine)}`}?`;
};

export const CONFIRM_ROW: APIActionRowComponent<APIButtonComponent> = {
  type: ComponentType.ActionRow,
  components: [{ type: ComponentType.Button, style: ButtonStyle.Danger, label: 'Forget my private conversation', custom_id: customId(FORGET_MINE, '') }],
};
