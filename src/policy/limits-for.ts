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
}

/** Which limits hold, answered from memory. */
export interface LimitsFor {
  /** For somebody at a place. */
  at(asker: LimitAsker): readonly LimitRule[];
  /** For a question; whoever has it asked is who it counts for. */
  of(question: Question): readonly LimitRule[];
}

/** Places that are kept; with more of them all are worked out anew. */
const MAX_KEPT = 10_000;
const NONE: readonly LimitRule[] = [];

export const createLimitsFor = ({ book, placeOf, own, guests, defaults }: LimitsForOptions): LimitsFor => {
  const ofBot: readonly StandingLimits[] = [{ level: 'bot', limits: own }];
  const isUnlimited = own.length === 0 && defaults.length === 0;
  const kept = new Map<string, readonly StandingLimits[]>();
  let keptVersion = -1;

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

  return {
    at,
    of: ({ guildId, conversationId, asker, by }) => {
      const isGuest = by?.isGuest === true && guests.length > 0;
      if (!isGuest && isUnlimited && (guildId === undefined || book.of(guildId) === undefined)) return NONE;
      // A private conversation's id has its asker's behind it.
      const channelId = conversationId.split(':', 1)[0] ?? conversationId;
      const place = guildId === undefined ? {} : (placeOf(channelId) ?? { channelId });
      const whoever: LimitAsker = { guildId, ...place, userId: by?.id ?? asker.id, hasRole: (roleId) => by?.roleIds()?.includes(roleId) === true };
      return isGuest ? [...ofGuest(whoever), ...at(whoever)] : at(whoever);
    },
  };
};
