import { GONE_CURE, goneIn } from '../../policy/gone-values.ts';
import type { ModelChoices } from '../../conversation/model-choices.ts';
import type { Finding } from '../../operations/finding.ts';
import type { SettingsBook } from '../../policy/settings-book.ts';
import type { ServerPlaces } from './server-places.ts';

export interface GoneOnDependencies {
  readonly book: Pick<SettingsBook, 'of'>;
  readonly places: Pick<ServerPlaces, 'hasRole' | 'placeOf'>;
  readonly models: Pick<ModelChoices, 'problemWith'>;
}

/** What settings of a server name that is gone, as far as this process sees it. */
export const createGoneOn =
  ({ book, places, models }: GoneOnDependencies) =>
  async (guildId: string): Promise<readonly Finding[]> => {
    const settings = book.of(guildId);
    if (settings === undefined) return [];
    const gone = await goneIn(settings, {
      hasRole: (id) => id === guildId || places.hasRole(guildId, id),
      hasPlace: (level, id) => places.placeOf(guildId, id)?.level === level,
      modelProblem: models.problemWith,
    });
    return gone.map((says) => ({ check: 'places.gone', state: 'warning', says: `Here, ${says}`, cure: GONE_CURE }));
  };
