import type { Policy } from './settings-for.ts';
import type { ServerSettings } from './server-settings.ts';
import type { SettingsBook } from './settings-book.ts';
import type { ValueOf } from './settings-tree.ts';

/** What is answered in a channel, and how long after an answer a question follows it, in milliseconds. */
export interface AnswersTo {
  readonly to: ValueOf<'answersTo'>;
  readonly withinMs: number;
  /** Admins have decided that it is mentions alone. */
  readonly isDecided?: boolean;
}

const MINUTE_MS = 60_000;
const MENTIONS: AnswersTo = { to: 'mentions', withinMs: 0 };

/** Asked for each message of all servers: where nobody has set it, that is all there is to know. */
export const createAnswersTo = ({ of }: Pick<SettingsBook, 'of'>, { valuesFor }: Pick<Policy, 'valuesFor'>): ((guildId: string, channelId: string) => AnswersTo) => {
  const known = new WeakMap<ServerSettings, boolean>();
  const isSet = (settings: ServerSettings): boolean => {
    let found = known.get(settings);
    if (found === undefined) {
      found = [settings.server, ...Object.values(settings.categories), ...Object.values(settings.channels)].some(({ answersTo }) => answersTo !== undefined);
      known.set(settings, found);
    }
    return found;
  };
  return (guildId, channelId) => {
    const settings = of(guildId);
    if (settings === undefined || !isSet(settings)) return MENTIONS;
    const { answersTo, followUpMinutes } = valuesFor({ guildId, conversationId: channelId });
    return { to: answersTo?.value ?? 'mentions', withinMs: (followUpMinutes?.value ?? 0) * MINUTE_MS, isDecided: answersTo?.value === 'mentions' && answersTo.from !== 'bot' };
  };
};
