import { ButtonStyle, ComponentType, SelectMenuDefaultValueType, TextInputStyle } from 'discord.js';
import { SETTING_GROUPS } from '../../policy/setting.ts';
import { SETTING_KEYS, idsOf, isOwnersAlone, settingOf } from '../../policy/settings-tree.ts';
import { storedAt } from '../../policy/server-settings.ts';
import { PANEL_WORDS, SETTING_WORDS, doubtText, editorText, historyChoice, historyText, settingText, valueText } from '../texts/settings-texts.ts';
import { SETTINGS_FORM, panelId } from './panel-id.ts';
import type { APIButtonComponent, APIComponentInContainer, APIContainerComponent, APIMessageTopLevelComponent, APIModalInteractionResponseCallbackData, APIRoleSelectComponent, APISectionComponent, APISelectMenuOption, APIUserSelectComponent } from 'discord.js';
import type { AuditEntry } from '../../policy/settings-book.ts';
import type { EffectiveValues } from '../../policy/settings-for.ts';
import type { ServerSettings, SettingPlace } from '../../policy/server-settings.ts';
import type { SettingKey } from '../../policy/settings-tree.ts';
import type { SettingGroup, SettingInput, SettingValue } from '../../policy/setting.ts';
import type { DescribedModel } from '../../conversation/model-choices.ts';
import type { Doubt } from '../texts/settings-texts.ts';
import type { PanelId } from './panel-id.ts';

/** What a panel is drawn of. */
export interface PanelView {
  readonly place: SettingPlace;
  readonly openerId: string;
  /** Which settings are shown. */
  readonly group: SettingGroup;
  readonly settings: ServerSettings;
  readonly values: EffectiveValues;
  readonly modelName: (id: string) => string | undefined;
  /** Whether a role is on the server. */
  readonly hasRole: (roleId: string) => boolean;
  /** Whether it is shown to an owner of the bot, who changes what nobody else does. */
  readonly isOwner: boolean;
  /** Said above all: what was done, or why it was not. */
  readonly notice?: string | undefined;
}

type ListInput = Extract<SettingInput, { readonly type: 'roles' | 'members' }>;

export type Panel = readonly APIMessageTopLevelComponent[];

const text = (content: string): APIComponentInContainer => ({ type: ComponentType.TextDisplay, content });
const row = (components: APIButtonComponent[]): APIComponentInContainer => ({ type: ComponentType.ActionRow, components });
const button = (label: string, id: PanelId, style: ButtonStyle.Primary | ButtonStyle.Secondary | ButtonStyle.Danger = ButtonStyle.Secondary): APIButtonComponent => ({
  type: ComponentType.Button,
  style,
  label,
  custom_id: panelId(id),
});

const panel = (notice: string | undefined, components: readonly APIComponentInContainer[]): Panel => {
  const container: APIContainerComponent = { type: ComponentType.Container, components: [...(notice === undefined ? [] : [text(notice)]), ...components] };
  return [container];
};

export const keysAt = (place: SettingPlace): readonly SettingKey[] => SETTING_KEYS.filter((key) => settingOf(key).levels.includes(place.level));

/** Every setting of a group at a place, with what holds there and where it comes from. A panel holds 40 parts, and no more text than a few settings fill. */
export const placePanel = ({ place, openerId, group, settings, values, modelName, isOwner, notice }: PanelView): Panel => {
  const here = { place, openerId };
  const shown = keysAt(place).filter((key) => settingOf(key).group === group);
  const sections = shown.map((key): APISectionComponent => {
    const found = values[key];
    const change: PanelId = { ...here, action: 'edit', key };
    return {
      type: ComponentType.Section,
      components: [{ type: ComponentType.TextDisplay, content: settingText(key, found?.value, found?.from ?? 'bot', modelName) }],
      accessory: isOwner || !isOwnersAlone(key) ? button(PANEL_WORDS.change, change) : { ...button(PANEL_WORDS.ownersChange, change), disabled: true },
    };
  });
  const hasOwn = Object.keys(storedAt(settings, place)).length > 0;
  return panel(notice, [
    text(PANEL_WORDS.title(place, group)),
    ...sections,
    row(SETTING_GROUPS.filter((other) => other !== group).map((other) => button(PANEL_WORDS.groups[other], { ...here, action: 'show', extra: other }, ButtonStyle.Primary))),
    {
      // Of every type: whether the newer ones, like media channels, may be named here is not certain. A thread stands for its channel.
      type: ComponentType.ActionRow,
      components: [{ type: ComponentType.ChannelSelect, custom_id: panelId({ ...here, action: 'place', extra: group }), placeholder: PANEL_WORDS.elsewhere }],
    },
    row([
      ...(place.level === 'server' ? [] : [button(PANEL_WORDS.wholeServer, { ...here, action: 'server', extra: group })]),
      button(PANEL_WORDS.history, { ...here, action: 'history' }),
      ...(hasOwn ? [button(PANEL_WORDS.clear, { ...here, action: 'clear' }, ButtonStyle.Danger)] : []),
    ]),
  ]);
};

const select = (id: PanelId, placeholder: string, options: readonly APISelectMenuOption[]): APIComponentInContainer => ({
  type: ComponentType.ActionRow,
  components: [{ type: ComponentType.StringSelect, custom_id: panelId(id), placeholder, options: [...options] }],
});

/** Discord takes 25 options, whose values are 100 characters long at most. @see https://docs.discord.com/developers/components/reference#string-select */
export const MAX_OPTIONS = 25;
const MAX_OPTION_LENGTH = 100;

const modelOptions = (models: readonly DescribedModel[], current: SettingValue | undefined): APISelectMenuOption[] =>
  models
    .filter(({ id }) => id.length <= MAX_OPTION_LENGTH)
    .slice(0, MAX_OPTIONS)
    .map(({ id, name, detail }) => ({ label: name.slice(0, MAX_OPTION_LENGTH), value: id, description: `${detail} · ${id}`.slice(0, MAX_OPTION_LENGTH), default: id === current }));

/** A role that is gone cannot be chosen, and is left out with the next change. */
const listSelect = (id: PanelId, { type, most }: ListInput, current: readonly string[], hasRole: PanelView['hasRole']): APIComponentInContainer => {
  const common = { custom_id: panelId(id), min_values: 0, max_values: most };
  const chosen = <Type extends SelectMenuDefaultValueType>(ids: readonly string[], of: Type) => (ids.length === 0 ? {} : { default_values: ids.map((one) => ({ id: one, type: of })) });
  const component: APIRoleSelectComponent | APIUserSelectComponent =
    type === 'roles'
      ? { type: ComponentType.RoleSelect, ...common, placeholder: PANEL_WORDS.chooseRoles, ...chosen(current.filter(hasRole), SelectMenuDefaultValueType.Role) }
      : { type: ComponentType.UserSelect, ...common, placeholder: PANEL_WORDS.chooseMembers, ...chosen(current, SelectMenuDefaultValueType.User) };
  return { type: ComponentType.ActionRow, components: [component] };
};

/** The choices of one setting. Text and numbers are typed in a form instead, see {@link settingForm}. */
export const editorPanel = (view: PanelView, key: SettingKey, models: readonly DescribedModel[]): Panel => {
  const { place, openerId, settings, values } = view;
  const here = { place, openerId, key };
  const { input } = settingOf(key);
  const current = values[key]?.value;
  const choices = (): APIComponentInContainer[] => {
    if (input.type === 'role') {
      return [{ type: ComponentType.ActionRow, components: [{ type: ComponentType.RoleSelect, custom_id: panelId({ ...here, action: 'set' }), placeholder: PANEL_WORDS.chooseRole }] }];
    }
    if (input.type === 'roles' || input.type === 'members') return [listSelect({ ...here, action: 'set' }, input, idsOf(storedAt(settings, place)[key]), view.hasRole)];
    if (input.type === 'choice') {
      const options = input.choices.map((choice) => ({ label: valueText(key, choice), value: String(choice), default: choice === current }));
      return [select({ ...here, action: 'set' }, PANEL_WORDS.choose, options)];
    }
    const options = modelOptions(models, current);
    return options.length === 0 ? [] : [select({ ...here, action: 'set' }, PANEL_WORDS.chooseModel, options)];
  };
  const isOwn = storedAt(settings, place)[key] !== undefined;
  return panel(view.notice, [
    text(editorText(key, place)),
    text(settingText(key, current, values[key]?.from ?? 'bot', view.modelName)),
    ...choices(),
    row([
      ...(input.type === 'model' ? [button(PANEL_WORDS.otherModel, { ...here, action: 'form' })] : []),
      ...(isOwn ? [button(PANEL_WORDS.unset, { ...here, action: 'unset' })] : []),
      button(PANEL_WORDS.back, { place, openerId, action: 'show', extra: settingOf(key).group }),
    ]),
  ]);
};

/** The name of the form's field. */
export const FORM_VALUE = 'value';
const LONGEST_ID = 2_048;
const LONGEST_NUMBER = 7;

/** Where text or a number is typed. Left empty, what is above the place holds again. */
export const settingForm = ({ place, openerId, settings }: Pick<PanelView, 'place' | 'openerId' | 'settings'>, key: SettingKey): APIModalInteractionResponseCallbackData => {
  const { input } = settingOf(key);
  const stored = storedAt(settings, place)[key];
  const isLong = input.type === 'text' || input.type === 'lines';
  const longest = isLong ? input.maxLength : input.type === 'model' ? LONGEST_ID : LONGEST_NUMBER;
  return {
    custom_id: panelId({ place, openerId, key, action: 'set' }, SETTINGS_FORM),
    title: SETTING_WORDS[key].label,
    components: [
      {
        type: ComponentType.Label,
        label: input.type === 'model' ? PANEL_WORDS.modelInput : SETTING_WORDS[key].label,
        description: SETTING_WORDS[key].description,
        component: {
          type: ComponentType.TextInput,
          custom_id: FORM_VALUE,
          style: isLong && !(input.type === 'text' && input.isLine === true) ? TextInputStyle.Paragraph : TextInputStyle.Short,
          max_length: longest,
          required: false,
          ...(stored === undefined ? {} : { value: String(stored).slice(0, longest) }),
        },
      },
    ],
  };
};

/** Asks before something is done that is hard to undo. @param sure what is done then */
export const doubtPanel = ({ place, openerId }: Pick<PanelView, 'place' | 'openerId'>, doubts: readonly Doubt[], sure: PanelId): Panel =>
  panel(undefined, [text(doubtText(doubts)), row([button(PANEL_WORDS.sure, sure, ButtonStyle.Danger), button(PANEL_WORDS.back, { place, openerId, action: 'show' })])]);

/** Lines that fit the 4,000 characters of all texts of a panel. */
export const MAX_HISTORY = 12;

export const historyPanel = ({ place, openerId, notice }: Pick<PanelView, 'place' | 'openerId' | 'notice'>, entries: readonly AuditEntry[]): Panel => {
  const here = { place, openerId };
  const options = entries.slice(0, MAX_OPTIONS).map((entry): APISelectMenuOption => {
    const { label, description } = historyChoice(entry);
    return { label, value: entry.id, description };
  });
  return panel(notice, [
    text(historyText(entries)),
    ...(options.length === 0 ? [] : [select({ ...here, action: 'revert' }, PANEL_WORDS.revert, options)]),
    row([button(PANEL_WORDS.back, { ...here, action: 'show' })]),
  ]);
};
