import { doubtPanel, editorPanel, historyPanel, keysAt, placePanel, settingForm } from '../../src/discord/admin/settings-panel.ts';
import { SETTING_GROUPS } from '../../src/policy/setting.ts';
import { settingOf } from '../../src/policy/settings-tree.ts';
import type { Panel, PanelView } from '../../src/discord/admin/settings-panel.ts';
import type { AuditEntry } from '../../src/policy/settings-book.ts';
import type { EffectiveValues } from '../../src/policy/settings-for.ts';
import type { SettingPlace, StoredValues } from '../../src/policy/server-settings.ts';
import type { SettingKey } from '../../src/policy/settings-tree.ts';
import type { DescribedModel } from '../../src/conversation/model-choices.ts';

const ID = '12345678901234567890';
const OTHER_ID = '98765432109876543210';

/** A panel, or a form that it opens, with what leads there. */
export interface PanelState {
  readonly name: string;
  readonly panel?: Panel;
  readonly form?: ReturnType<typeof settingForm>;
}

export interface PanelValues {
  /** What holds by default. */
  readonly bot: StoredValues;
  readonly stored: StoredValues;
  readonly notice?: string;
  readonly models: readonly DescribedModel[];
  readonly entries: readonly AuditEntry[];
}

const isTyped = (key: SettingKey): boolean => ['text', 'lines', 'number', 'model'].includes(settingOf(key).input.type);

/** Every state that the panel has, on a server, in a category and in a channel, as a manager and as an owner sees it. */
export const panelStates = ({ bot, stored, notice, models, entries }: PanelValues): readonly PanelState[] => {
  const places: readonly SettingPlace[] = [{ level: 'server' }, { level: 'category', id: OTHER_ID }, { level: 'channel', id: OTHER_ID }];
  const states: PanelState[] = [];
  for (const place of places) {
    const { level } = place;
    const add = (name: string, state: Omit<PanelState, 'name'>): void => void states.push({ name: `${level} ${name}`, ...state });
    const settings = { server: stored, categories: { [OTHER_ID]: stored }, channels: { [OTHER_ID]: stored } };
    const from = (ofLevel: string, all: StoredValues) => Object.fromEntries(Object.entries(all).map(([key, value]) => [key, { value, from: ofLevel }]));
    const values = { ...from('bot', bot), ...from(level, stored) } as EffectiveValues;
    const view = (isOwner: boolean): Omit<PanelView, 'group'> => ({ place, openerId: ID, settings, values, modelName: (id) => models.find((one) => one.id === id)?.name, hasRole: () => true, isOwner, notice });
    for (const group of SETTING_GROUPS) {
      add(`${group} of an owner`, { panel: placePanel({ ...view(true), group }) });
      add(group, { panel: placePanel({ ...view(false), group }) });
    }
    for (const key of keysAt(place)) {
      add(key, { panel: editorPanel({ ...view(true), group: settingOf(key).group }, key, models) });
      if (isTyped(key)) add(`form of ${key}`, { form: settingForm({ place, openerId: ID, settings }, key) });
    }
    add('history', { panel: historyPanel({ place, openerId: ID, notice }, entries) });
    add('doubts', { panel: doubtPanel({ place, openerId: ID }, ['locks-you-out', 'switches-off', 'clears-all', 'clears-place'], { action: 'revert-sure', place, openerId: ID, key: 'maxAnswerTokens', extra: entries[0]?.id }) });
  }
  return states;
};
