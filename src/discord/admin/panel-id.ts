import { customId } from '../intake/on-interaction.ts';
import { SETTING_GROUPS } from '../../policy/setting.ts';
import { isSettingKey, settingOf } from '../../policy/settings-tree.ts';
import type { SettingGroup } from '../../policy/setting.ts';
import type { SettingKey } from '../../policy/settings-tree.ts';
import type { SettingPlace } from '../../policy/server-settings.ts';

/** The kinds of the panel's buttons and of its form, as they stand in custom ids. */
export const SETTINGS = 'settings';
export const SETTINGS_FORM = 'settings-form';

const ACTIONS = ['show', 'server', 'place', 'edit', 'set', 'form', 'unset', 'sure', 'clear', 'clear-sure', 'history', 'revert', 'revert-sure'] as const;
export type PanelAction = (typeof ACTIONS)[number];

/** What a button says of itself. It is readable by anybody, and proves nothing: whoever presses it is looked at each time. */
export interface PanelId {
  readonly action: PanelAction;
  readonly place: SettingPlace;
  /** Who opened the panel. */
  readonly openerId: string;
  readonly key?: SettingKey | undefined;
  /** A value, a change that is to be taken back, or a group of settings. */
  readonly extra?: string | undefined;
}

const LEVELS = { server: 's', category: 'g', channel: 'c' } as const;

const placeCode = (place: SettingPlace): string => (place.level === 'server' ? LEVELS.server : `${LEVELS[place.level]}${place.id}`);

const readPlace = (code: string): SettingPlace | undefined => {
  if (code === LEVELS.server) return { level: 'server' };
  const id = code.slice(1);
  if (!/^\d{1,20}$/u.test(id)) return undefined;
  if (code.startsWith(LEVELS.category)) return { level: 'category', id };
  return code.startsWith(LEVELS.channel) ? { level: 'channel', id } : undefined;
};

export const panelId = ({ action, place, openerId, key = undefined, extra = '' }: PanelId, kind = SETTINGS): string =>
  customId(kind, [action, placeCode(place), openerId, key ?? '', extra].join('.'));

/** Which settings a panel shows: those of the key that was changed, or the group that its button names. */
export const groupOf = ({ key, extra }: Pick<PanelId, 'key' | 'extra'>): SettingGroup =>
  (key === undefined ? SETTING_GROUPS.find((group) => group === extra) : settingOf(key).group) ?? SETTING_GROUPS[0];

export const readPanelId = (id: string): PanelId | undefined => {
  const [action, code = '', openerId = '', key = '', extra = ''] = id.split('.');
  const place = readPlace(code);
  const known = ACTIONS.find((one) => one === action);
  if (known === undefined || place === undefined || (key !== '' && !isSettingKey(key))) return undefined;
  return { action: known, place, openerId, key: key === '' ? undefined : (key as SettingKey), extra };
};
