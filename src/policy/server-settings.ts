import { SETTING_KEYS, isOwnersAlone, isSettingKey, problemWith, settingOf } from './settings-tree.ts';
import type { Standing } from './cascade.ts';
import type { Level, SettingValue } from './setting.ts';
import type { Values } from './settings-tree.ts';

/** What is stored of one place: keys that only a later Parley knows are among it, and stay. */
export type StoredValues = Readonly<Record<string, SettingValue>>;

/** All that the admins of one server have decided. */
export interface ServerSettings {
  readonly server: StoredValues;
  /** By the category's id; also for channels that are made later. */
  readonly categories: Readonly<Record<string, StoredValues>>;
  readonly channels: Readonly<Record<string, StoredValues>>;
}

export const NO_SETTINGS: ServerSettings = { server: {}, categories: {}, channels: {} };

/** A place at which values stand. */
export type SettingPlace = { readonly level: 'server' } | { readonly level: 'category' | 'channel'; readonly id: string };

/** Where somebody asks. A thread's channel is its parent. */
export interface ChannelPlace {
  readonly channelId: string;
  readonly categoryId?: string | undefined;
}

const GROUPS = { category: 'categories', channel: 'channels' } as const;

export const storedAt = (settings: ServerSettings, place: SettingPlace): StoredValues =>
  place.level === 'server' ? settings.server : (settings[GROUPS[place.level]][place.id] ?? {});

/** What can be used of what is stored: what a later Parley or a damaged record says counts as not said. */
export const usable = (stored: StoredValues, level: Level): Values =>
  Object.fromEntries(Object.entries(stored).filter(([key, value]) => isSettingKey(key) && settingOf(key).levels.includes(level) && problemWith(key, value, level) === undefined));

/** @param bot what holds where no admin of the server has decided */
export const chainOf = (bot: Values, settings: ServerSettings, { channelId, categoryId }: Partial<ChannelPlace>): readonly Standing[] => [
  { level: 'bot', values: bot },
  { level: 'server', values: usable(settings.server, 'server') },
  ...(categoryId === undefined ? [] : [{ level: 'category', values: usable(settings.categories[categoryId] ?? {}, 'category') } as const]),
  ...(channelId === undefined ? [] : [{ level: 'channel', values: usable(settings.channels[channelId] ?? {}, 'channel') } as const]),
];

/** One value at one place; undefined: what is above it holds again. */
export interface SettingChange {
  readonly place: SettingPlace;
  readonly key: string;
  readonly value: SettingValue | undefined;
}

const withValue = (stored: StoredValues, key: string, value: SettingValue | undefined): StoredValues => {
  const { [key]: _before, ...rest } = stored;
  return value === undefined ? rest : { ...rest, [key]: value };
};

export const withChange = (settings: ServerSettings, { place, key, value }: SettingChange): ServerSettings => {
  const values = withValue(storedAt(settings, place), key, value);
  if (place.level === 'server') return { ...settings, server: values };
  const group = GROUPS[place.level];
  const { [place.id]: _before, ...others } = settings[group];
  return { ...settings, [group]: Object.keys(values).length === 0 ? others : { ...others, [place.id]: values } };
};

/** A change as it was made. */
export interface MadeChange {
  readonly place: SettingPlace;
  readonly key: string;
  readonly from: SettingValue | undefined;
  readonly to: SettingValue | undefined;
}

const placesOf = ({ categories, channels }: ServerSettings): readonly SettingPlace[] => [
  { level: 'server' },
  ...Object.keys(categories).map((id) => ({ level: 'category', id }) as const),
  ...Object.keys(channels).map((id) => ({ level: 'channel', id }) as const),
];

const isSame = (one: SettingPlace, other: SettingPlace): boolean =>
  one.level === other.level && (one.level === 'server' || other.level === 'server' || one.id === other.id);

/** What makes the second of the first. */
export const changesBetween = (before: ServerSettings, after: ServerSettings): readonly MadeChange[] => {
  const places = placesOf(before);
  const all = [...places, ...placesOf(after).filter((place) => !places.some((one) => isSame(one, place)))];
  return all.flatMap((place) => {
    const [was, is] = [storedAt(before, place), storedAt(after, place)];
    const keys = new Set([...SETTING_KEYS, ...Object.keys(was), ...Object.keys(is)]);
    return [...keys].flatMap((key) => (was[key] === is[key] ? [] : [{ place, key, from: was[key], to: is[key] }]));
  });
};

export const managerRoleOf = (settings: ServerSettings): string | undefined => usable(settings.server, 'server').managerRole;

/** The same without all that stands at one place. */
export const withoutPlace = (settings: ServerSettings, place: SettingPlace): ServerSettings =>
  Object.keys(storedAt(settings, place)).reduce((now, key) => withChange(now, { place, key, value: undefined }), settings);

/** The same, but what only owners of the bot change is as it was before. */
export const withOwnersValues = (settings: ServerSettings, before: ServerSettings): ServerSettings =>
  changesBetween(settings, before)
    .filter(({ key }) => isOwnersAlone(key))
    .reduce((now, { place, key, to }) => withChange(now, { place, key, value: to }), settings);
