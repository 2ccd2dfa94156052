import { idsOf, isOwnersAlone, isSettingKey, problemWith, settingOf } from '../../policy/settings-tree.ts';
import { withChange, withOwnersValues } from '../../policy/server-settings.ts';
import { modelsIn } from '../../policy/limit.ts';
import { limitsIn } from '../../policy/limit-lines.ts';
import { doubtsOf } from './managers.ts';
import type { Limit } from '../../policy/limit.ts';
import type { ModelChoices } from '../../conversation/model-choices.ts';
import type { ServerSettings, SettingChange } from '../../policy/server-settings.ts';
import type { Policy } from '../../policy/settings-for.ts';
import type { SettingsBook } from '../../policy/settings-book.ts';
import type { Level, SettingValue } from '../../policy/setting.ts';
import type { Doubt } from '../texts/settings-texts.ts';
import type { ManagesBy } from './managers.ts';
import type { ServerPlaces } from './server-places.ts';

/** Somebody who may change the settings of a server. */
export interface Manager {
  readonly guildId: string;
  readonly userId: string;
  readonly by: ManagesBy;
}

export type EditOutcome =
  | { readonly is: 'changed'; readonly count: number }
  /** `problem`: the end of a sentence. */
  | { readonly is: 'refused'; readonly problem: string }
  | { readonly is: 'doubtful'; readonly doubts: readonly Doubt[] };

/** Thrown out of the change of a book: nothing is written. */
class Doubtful extends Error {
  readonly doubts: readonly Doubt[];
  constructor(doubts: readonly Doubt[]) {
    super('not sure');
    this.doubts = doubts;
  }
}

/** The end of a sentence. */
export const OWNERS_ALONE = 'can be changed by an owner of the bot alone';

export interface EditSettings {
  /** Why a value cannot be, wherever it stands; undefined where it can. */
  problemWith(guildId: string, key: string, value: SettingValue, level?: Level): Promise<string | undefined>;
  /** Checks a change, and makes it. @param isSure it is made whatever there is to think of */
  change(manager: Manager, change: SettingChange, isSure?: boolean): Promise<EditOutcome>;
  /** Makes what was checked already. What only owners change stays as it is where somebody else makes it. */
  edit(manager: Manager, edit: (now: ServerSettings) => ServerSettings, isSure: boolean): Promise<EditOutcome>;
}

export interface EditSettingsDependencies {
  readonly book: SettingsBook;
  readonly models: Pick<ModelChoices, 'problemWith'>;
  readonly places: ServerPlaces;
  readonly policy: Pick<Policy, 'bot'>;
  /** Why nothing could be checked, as the end of a sentence. */
  readonly checksProblem: () => Promise<string | undefined>;
  /** Whether Discord shows us what is not addressed to us. */
  readonly readsMessageContent: boolean;
}

export const createEditSettings = ({ book, models, places, policy, checksProblem, readsMessageContent }: EditSettingsDependencies): EditSettings => {
  /** A server's own id is the role that everybody has, who may well be allowed. */
  const isRole = (guildId: string, key: string, id: string): boolean => (key === 'allowedRoles' && id === guildId) || places.hasRole(guildId, id);

  /** Of the models and roles that limits name. */
  const problemWithNames = async (guildId: string, limits: readonly Limit[]): Promise<string | undefined> => {
    if (limits.some(({ roleId }) => roleId !== undefined && !places.hasRole(guildId, roleId))) return 'name a role that is not on this server, or not any more';
    for (const id of modelsIn(limits)) {
      const problem = await models.problemWith(id);
      if (problem !== undefined) return `name a model that ${problem}`;
    }
    return undefined;
  };

  const problem: EditSettings['problemWith'] = async (guildId, key, value, level) => {
    if (!isSettingKey(key)) return 'is no setting of this version';
    const wrong = problemWith(key, value, level);
    if (wrong !== undefined) return wrong;
    if (value !== policy.bot[key] && settingOf(key).isLaxer?.(value, policy.bot) === true) return 'cannot be less strict than the bot has it everywhere';
    if (key === 'checks' && value !== 'off') return checksProblem();
    if (key === 'model') return models.problemWith(String(value));
    if (key === 'answersTo' && value !== 'mentions' && !readsMessageContent) return 'needs the Message Content intent, which whoever runs me has to switch on (DISCORD_MESSAGE_CONTENT)';
    if (key === 'limits') return problemWithNames(guildId, limitsIn(String(value)));
    if (key === 'managerRole' && !places.hasRole(guildId, String(value))) return 'is a role that is not on this server, or not any more';
    const gone = settingOf(key).input.type === 'roles' ? idsOf(value).find((id) => !isRole(guildId, key, id)) : undefined;
    if (gone === undefined) return undefined;
    return gone === guildId ? 'cannot name everyone: switch questions off instead' : `names a role that is not on this server, or not any more: ${gone}`;
  };

  const edit: EditSettings['edit'] = async ({ guildId, userId, by }, change, isSure) => {
    try {
      const made = await book.change(guildId, userId, (now) => {
        const changed = change(now);
        const after = by === 'owner' ? changed : withOwnersValues(changed, now);
        const doubts = isSure ? [] : doubtsOf(now, after, by);
        if (doubts.length > 0) throw new Doubtful(doubts);
        return after;
      });
      return { is: 'changed', count: made.length };
    } catch (error) {
      if (error instanceof Doubtful) return { is: 'doubtful', doubts: error.doubts };
      throw error;
    }
  };

  return {
    problemWith: problem,
    edit,
    change: async (manager, change, isSure = false) => {
      const { place, key, value } = change;
      if (isSettingKey(key) && !settingOf(key).levels.includes(place.level)) return { is: 'refused', problem: `cannot be set for a ${place.level}` };
      if (isOwnersAlone(key) && manager.by !== 'owner') return { is: 'refused', problem: OWNERS_ALONE };
      const wrong = value === undefined ? undefined : await problem(manager.guildId, key, value, place.level);
      return wrong === undefined ? edit(manager, (now) => withChange(now, change), isSure) : { is: 'refused', problem: wrong };
    },
  };
};
