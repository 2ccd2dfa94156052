import { limitsIn } from './limit-lines.ts';
import { limitsAt } from './limits-at.ts';
import { chainOf } from './server-settings.ts';
import type { Question } from '../conversation/question.ts';
import type { Limit } from './limit.ts';
import type { LimitAsker, LimitRule, StandingLimits } from './limits-at.ts';
import type { ChannelPlace } from './server-settings.ts';
import type { SettingsBook } from './settings-book.ts';

export interface LimitsForOptions {
  readonly book: Pick<SettingsBook, 'version' | 'of'>;
  /** Where a channel is; a thread's is its parent's place. Undefined where nobody knows. */
  readonly placeOf: (channelId: string) => ChannelPlace | undefined;
  /** What the environment says, which holds everywhere. */
  readonly own: readonly Limit[];
  /** What holds beside it for guests: of the app that people install to their own account. */
  readonly guests: readonly Limit[];
  /** What holds where nobody says anything of the sort. */
  readonly defaults: readonly Limit[];
  /** The roles of somebody on a server, undefined where nobody can tell. Never rejects. */
  readonly rolesOf: (guildId: string, userId: string, isHurried: boolean) => Promise<readonly string[] | undefined>;
}

/** Which limits hold, answered from memory. */
export interface LimitsFor {
  /** For somebody at a place. */
  at(asker: LimitAsker): readonly LimitRule[];
  /** For a question; whoever has it asked is who it counts for. */
  of(question: Question): readonly LimitRule[];
  /** Looks up the roles of whoever asks, where limits there differ by them and they did not come with the question; undefined otherwise. */
  learnRoles(question: Question): Promise<void> | undefined;
}

/** Places that are kept; with more of them all are worked out anew. */
const MAX_KEPT = 10_000;
const NONE: readonly LimitRule[] = [];

/** Questions whose roles were looked up and that nobody has counted yet; more of them are of those that were not asked in the end. */
const MAX_LEARNED = 1_000;

export const createLimitsFor = ({ book, placeOf, own, guests, defaults, rolesOf }: LimitsForOptions): LimitsFor => {
  const ofBot: readonly StandingLimits[] = [{ level: 'bot', limits: own }];
  const isUnlimited = own.length === 0 && defaults.length === 0;
  const kept = new Map<string, readonly StandingLimits[]>();
  let keptVersion = -1;
  const learned = new Map<string, readonly string[]>();

  const standingAt = (guildId: string | undefined, place: Partial<ChannelPlace>): readonly StandingLimits[] => {
    const settings = guildId === undefined ? undefined : book.of(guildId);
    if (settings === undefined) return ofBot;
    if (keptVersion !== book.version || kept.size >= MAX_KEPT) kept.clear();
    keptVersion = book.version;
    const key = `${guildId}/${place.categoryId ?? ''}/${place.channelId ?? ''}`;
    let standing = kept.get(key);
    if (standing === undefined) {
      const chain = chainOf({}, settings, place).slice(1);
      standing = [...ofBot, ...chain.flatMap(({ level, values }) => (values.limits === undefined ? [] : [{ level, limits: limitsIn(values.limits) }]))];
      kept.set(key, standing);
    }
    return standing;
  };

  const at: LimitsFor['at'] = (asker) => {
    const standing = standingAt(asker.guildId, asker);
    return standing === ofBot && isUnlimited ? NONE : limitsAt(standing, asker, defaults);
  };

  /** In accounts of their own: what guests ask all together counts for nobody else's limits. */
  const ofGuest = (asker: LimitAsker): readonly LimitRule[] =>
    limitsAt([{ level: 'bot', limits: guests }], asker).map(({ limit, from, account }) => ({ limit, from, account: `guests/${account}` }));

  const placeFor = ({ guildId, conversationId }: Question): Partial<ChannelPlace> => {
    // A private conversation's id has its asker's behind it.
    const channelId = conversationId.split(':', 1)[0] ?? conversationId;
    return guildId === undefined ? {} : (placeOf(channelId) ?? { channelId });
  };

  return {
    at,
    learnRoles: (question) => {
      const { id, guildId, asker, by } = question;
      if (guildId === undefined || book.of(guildId) === undefined) return undefined;
      const isByRole = standingAt(guildId, placeFor(question)).some(({ limits }) => limits.some(({ per }) => per === 'role'));
      if (!isByRole || by?.roleIds() !== undefined) return undefined;
      return rolesOf(guildId, by?.id ?? asker.id, by?.isHurried === true).then((roleIds) => {
        learned.set(id, roleIds ?? []);
        if (learned.size > MAX_LEARNED) learned.delete(learned.keys().next().value ?? '');
      });
    },
    of: (question) => {
      const { id, guildId, asker, by } = question;
      const isGuest = by?.isGuest === true && guests.length > 0;
      if (!isGuest && isUnlimited && (guildId === undefined || book.of(guildId) === undefined)) return NONE;
      const hasRole = (roleId: string): boolean => (by?.roleIds() ?? learned.get(id))?.includes(roleId) === true;
      const whoever: LimitAsker = { guildId, ...placeFor(question), userId: by?.id ?? asker.id, hasRole };
      return isGuest ? [...ofGuest(whoever), ...at(whoever)] : at(whoever);
    },
  };
};
