import { announce, showPanel, tell } from '../rest/respond.ts';
import { NO_SETTINGS, managerRoleOf, storedAt, withoutPlace } from '../../policy/server-settings.ts';
import { isOwnersAlone, settingOf, valueFrom } from '../../policy/settings-tree.ts';
import {
  ENTRY_GONE_TEXT,
  MANAGERS_GONE_TEXT,
  NOT_A_MANAGER_TEXT,
  NOT_YOUR_PANEL_TEXT,
  PLACE_GONE_TEXT,
  UNCHANGED_TEXT,
  changedText,
  clearedText,
  refusedText,
} from '../texts/settings-texts.ts';
import { OWNERS_ALONE } from './edit-settings.ts';
import { groupOf, readPanelId } from './panel-id.ts';
import { FORM_VALUE, MAX_HISTORY, MAX_OPTIONS, doubtPanel, editorPanel, historyPanel, placePanel, settingForm } from './settings-panel.ts';
import type { MessageComponentInteraction, ModalSubmitInteraction } from 'discord.js';
import type { ModelChoices } from '../../conversation/model-choices.ts';
import type { SettingPlace } from '../../policy/server-settings.ts';
import type { SettingsBook } from '../../policy/settings-book.ts';
import type { Policy } from '../../policy/settings-for.ts';
import type { SettingGroup, SettingValue } from '../../policy/setting.ts';
import type { OnComponent, OnModal } from '../intake/on-interaction.ts';
import type { EditOutcome, EditSettings, Manager } from './edit-settings.ts';
import type { FindManager } from './managers.ts';
import type { PanelId } from './panel-id.ts';
import type { PanelView } from './settings-panel.ts';
import type { ServerPlaces } from './server-places.ts';

export interface PanelDependencies {
  readonly book: SettingsBook;
  readonly policy: Pick<Policy, 'valuesAt'>;
  readonly models: ModelChoices;
  readonly modelName: (id: string) => string | undefined;
  readonly places: ServerPlaces;
  readonly edit: EditSettings;
  readonly findManager: FindManager;
}

/** Draws what holds at a place at this moment. */
export const viewOf = ({ book, policy, places, modelName }: PanelDependencies, { guildId, userId, by }: Manager, place: SettingPlace, group: SettingGroup, notice?: string): PanelView => ({
  place,
  openerId: userId,
  group,
  settings: book.of(guildId) ?? NO_SETTINGS,
  values: policy.valuesAt(guildId, places.chainPlace(place)),
  modelName,
  hasRole: (roleId) => places.hasRole(guildId, roleId),
  isOwner: by === 'owner',
  notice: notice ?? (isRoleGone(places, guildId, book.of(guildId)) ? MANAGERS_GONE_TEXT : undefined),
});

/** Whether the role of the managers was deleted: nobody has it any more. */
const isRoleGone = (places: ServerPlaces, guildId: string, settings = NO_SETTINGS): boolean => {
  const role = managerRoleOf(settings);
  return role !== undefined && !places.hasRole(guildId, role);
};

type Pressed = MessageComponentInteraction | ModalSubmitInteraction;

interface Press {
  readonly manager: Manager;
  readonly id: PanelId;
}

/** What the buttons and the form of the panel do. Who presses them is looked at each time, whatever their ids say. */
export const createPanelPresses = (dependencies: PanelDependencies): { readonly onPress: OnComponent; readonly onForm: OnModal } => {
  const { book, models, places, edit, findManager } = dependencies;

  /** Undefined, and told, where it is not to be done. */
  const open = async (interaction: Pressed, idText: string): Promise<Press | undefined> => {
    const { guildId, user } = interaction;
    const id = readPanelId(idText);
    const by = await findManager(interaction);
    const why = ((): string | undefined => {
      if (by === undefined || guildId === null) return NOT_A_MANAGER_TEXT;
      if (id === undefined || id.openerId !== user.id) return NOT_YOUR_PANEL_TEXT;
      const isThere = id.place.level === 'server' || places.placeOf(guildId, id.place.id)?.level === id.place.level;
      return isThere ? undefined : PLACE_GONE_TEXT;
    })();
    if (why === undefined && by !== undefined && guildId !== null && id !== undefined) return { manager: { guildId, userId: user.id, by }, id };
    await tell(interaction, why ?? NOT_YOUR_PANEL_TEXT);
    return undefined;
  };

  const show = async (interaction: Pressed, { manager, id }: Press, place: SettingPlace, notice?: string): Promise<void> => {
    try {
      await showPanel(interaction, placePanel(viewOf(dependencies, manager, place, groupOf(id), notice)));
    } catch (error) {
      // Somebody may have dismissed the panel; what was done is told all the same.
      if (notice === undefined) throw error;
      await tell(interaction, notice);
    }
  };

  /** @param sure what is pressed to do it all the same */
  const showOutcome = (interaction: Pressed, press: Press, outcome: EditOutcome, done: string, key: string, sure: Partial<PanelId>): Promise<void> => {
    const { manager, id } = press;
    if (outcome.is === 'doubtful') return showPanel(interaction, doubtPanel({ place: id.place, openerId: manager.userId }, outcome.doubts, { ...id, ...sure }));
    if (outcome.is === 'refused') return show(interaction, press, id.place, refusedText(key, outcome.problem));
    return show(interaction, press, id.place, outcome.count === 0 ? UNCHANGED_TEXT : done);
  };

  const change = async (interaction: Pressed, press: Press, value: SettingValue | undefined, isSure = false): Promise<void> => {
    const { place, key = 'model' } = press.id;
    await acknowledge(interaction);
    const outcome = await edit.change(press.manager, { place, key, value }, isSure);
    await showOutcome(interaction, press, outcome, changedText(key, place), key, { action: 'sure', extra: String(value ?? '') });
  };

  const revert = async (interaction: Pressed, press: Press, entryId: string, isSure = false): Promise<void> => {
    const { manager, id } = press;
    await acknowledge(interaction);
    const entry = await book.auditEntry(manager.guildId, entryId);
    if (entry === undefined) return show(interaction, press, id.place, ENTRY_GONE_TEXT);
    const outcome = await edit.change(manager, { place: entry.place, key: entry.key, value: entry.from }, isSure);
    await showOutcome(interaction, press, outcome, changedText(entry.key, entry.place), entry.key, { action: 'revert-sure', extra: entryId });
  };

  const clear = async (interaction: Pressed, press: Press): Promise<void> => {
    const { place } = press.id;
    await acknowledge(interaction);
    const outcome = await edit.edit(press.manager, (now) => withoutPlace(now, place), true);
    const isAll = Object.keys(storedAt(book.of(press.manager.guildId) ?? NO_SETTINGS, place)).length === 0;
    await showOutcome(interaction, press, outcome, clearedText(place, isAll), '', {});
  };

  const showEditor = async (interaction: MessageComponentInteraction, press: Press): Promise<void> => {
    const { manager, id } = press;
    const { key = 'model', place } = id;
    if (isOwnersAlone(key) && manager.by !== 'owner') return show(interaction, press, place, refusedText(key, OWNERS_ALONE));
    const { type } = settingOf(key).input;
    const view = viewOf(dependencies, manager, place, settingOf(key).group);
    if (type === 'text' || type === 'lines' || type === 'number') {
      await interaction.showModal(settingForm(view, key));
      return;
    }
    // Bedrock's list may take a while.
    if (type === 'model') await acknowledge(interaction);
    await showPanel(interaction, editorPanel(view, key, type === 'model' ? await models.suggest('', MAX_OPTIONS) : []));
  };

  const chosen = (interaction: MessageComponentInteraction): string => (interaction.isAnySelectMenu() ? interaction.values.join(' ') : '');

  const onPress: OnComponent = async (interaction, idText) => {
    const press = await open(interaction, idText);
    if (press === undefined) return;
    const { manager, id } = press;
    const { place, key = 'model', extra = '' } = id;
    switch (id.action) {
      case 'show':
        return show(interaction, press, place);
      case 'server':
        return show(interaction, press, { level: 'server' });
      case 'place': {
        const there = places.placeOf(manager.guildId, chosen(interaction));
        return there === undefined ? tell(interaction, PLACE_GONE_TEXT) : show(interaction, press, there);
      }
      case 'edit':
        return showEditor(interaction, press);
      case 'form': {
        if (isOwnersAlone(key)) return showEditor(interaction, press);
        await interaction.showModal(settingForm(viewOf(dependencies, manager, place, groupOf(id)), key));
        return undefined;
      }
      case 'set':
        return change(interaction, press, valueFrom(key, chosen(interaction)));
      case 'unset':
        return change(interaction, press, undefined);
      case 'sure':
        return change(interaction, press, valueFrom(key, extra), true);
      case 'clear': {
        const doubts = ['clears-place'] as const;
        return showPanel(interaction, doubtPanel({ place, openerId: manager.userId }, doubts, { ...id, action: 'clear-sure' }));
      }
      case 'clear-sure':
        return clear(interaction, press);
      case 'history':
        return showPanel(interaction, historyPanel({ place, openerId: manager.userId }, await book.audit(manager.guildId, MAX_HISTORY)));
      case 'revert':
        return revert(interaction, press, chosen(interaction));
      case 'revert-sure':
        return revert(interaction, press, extra, true);
    }
  };

  const onForm: OnModal = async (interaction, idText) => {
    const press = await open(interaction, idText);
    if (press?.id.key === undefined) return;
    await change(interaction, press, valueFrom(press.id.key, interaction.fields.getTextInputValue(FORM_VALUE)));
  };

  return { onPress, onForm };
};

/** A change waits for the store, and Discord waits three seconds. */
const acknowledge = (interaction: Pressed): Promise<void> => announce(interaction, { isInPlace: true });
