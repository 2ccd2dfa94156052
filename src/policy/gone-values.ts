import { limitsIn } from './limit-lines.ts';
import { idsOf } from './settings-tree.ts';
import type { Level, SettingValue } from './setting.ts';
import type { ServerSettings, SettingPlace, StoredValues } from './server-settings.ts';

/** What there is, as far as settings of a server name it. */
export interface WhatIsThere {
  hasRole(roleId: string): boolean;
  hasPlace(level: Exclude<Level, 'server'>, id: string): boolean;
  /** Why a model cannot be called, as the end of a sentence; undefined where it can. */
  modelProblem(modelId: string): Promise<string | undefined>;
}

interface Named {
  readonly key: string;
  readonly id: string;
}

const limitsOf = ({ limits }: StoredValues) => limitsIn(typeof limits === 'string' ? limits : undefined);
const textOf = (value: SettingValue | undefined): readonly string[] => (typeof value === 'string' && value !== '' ? [value] : []);

const rolesIn = (values: StoredValues): readonly Named[] => [
  ...['allowedRoles', 'forbiddenRoles', 'managerRole'].flatMap((key) => idsOf(values[key]).map((id) => ({ key, id }))),
  ...limitsOf(values).flatMap(({ roleId }) => (roleId === undefined ? [] : [{ key: 'limits', id: roleId }])),
];
const modelsIn = (values: StoredValues): readonly Named[] => [
  ...textOf(values['model']).map((id) => ({ key: 'model', id })),
  ...limitsOf(values).flatMap(({ action }) => (typeof action === 'string' ? [] : [{ key: 'limits', id: action.model }])),
];

const placeText = (place: SettingPlace): string => (place.level === 'server' ? 'the whole server' : `the ${place.level} ${place.id}`);

const unique = (named: readonly Named[]): readonly Named[] => [...new Map(named.map((one) => [`${one.key} ${one.id}`, one])).values()];

/** For whoever reads it. */
export const GONE_CURE = 'Choose another one with /settings panel there. What /settings export gives leaves out channels that are gone, and can be imported.';

/** All that settings of a server name and that is gone, a sentence each: roles, categories and channels, and models that cannot be called any more. */
export const goneIn = async ({ server, categories, channels }: ServerSettings, there: WhatIsThere): Promise<readonly string[]> => {
  const placesOf = (level: 'category' | 'channel', group: ServerSettings['channels']) => Object.entries(group).map(([id, values]) => ({ place: { level, id } as const, values }));
  const inside = [...placesOf('category', categories), ...placesOf('channel', channels)];
  const lost = inside.filter(({ place }) => !there.hasPlace(place.level, place.id)).map(({ place }) => `${placeText(place)} has settings, and is gone.`);
  const kept = [{ place: { level: 'server' } as SettingPlace, values: server }, ...inside.filter(({ place }) => there.hasPlace(place.level, place.id))];
  const sentences: string[] = [];
  for (const { place, values } of kept) {
    const of = `of ${placeText(place)} names`;
    for (const { key, id } of unique(rolesIn(values))) if (!there.hasRole(id)) sentences.push(`${key} ${of} the role ${id}, which is gone.`);
    for (const { key, id } of unique(modelsIn(values))) {
      const problem = await there.modelProblem(id);
      if (problem !== undefined) sentences.push(`${key} ${of} the model ${id}, which ${problem}.`);
    }
  }
  return [...sentences, ...lost];
};
