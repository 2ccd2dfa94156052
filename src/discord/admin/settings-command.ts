import { announce, showPanel, tell } from '../rest/respond.ts';
import { SETTING_GROUPS } from '../../policy/setting.ts';
import { NO_SETTINGS } from '../../policy/server-settings.ts';
import { exportSettings } from '../../policy/settings-yaml.ts';
import {
  EXPORT_TEXT,
  IMPORT_UNREADABLE_TEXT,
  NOT_A_MANAGER_TEXT,
  ONLY_ON_SERVERS_TEXT,
  PLACE_GONE_TEXT,
  UNCHANGED_TEXT,
  changedText,
  importDoubtText,
  importProblemsText,
  importedText,
  refusedText,
} from '../texts/settings-texts.ts';
import { checkImport, readText } from './import-file.ts';
import { MAX_OPTIONS, placePanel } from './settings-panel.ts';
import { viewOf } from './settings-presses.ts';
import type { AutocompleteInteraction, ChatInputCommandInteraction } from 'discord.js';
import type { ServerSettings, SettingPlace } from '../../policy/server-settings.ts';
import type { Manager } from './edit-settings.ts';
import type { PanelDependencies } from './settings-presses.ts';

export interface SettingsCommandDependencies extends PanelDependencies {
  /** Instead of Discord's own, where files are. */
  readonly cdnUrl: string | undefined;
}

export interface SettingsCommand {
  run(interaction: ChatInputCommandInteraction): Promise<void>;
  complete(interaction: AutocompleteInteraction): Promise<void>;
}

/** The longest name and value of a suggestion. @see https://docs.discord.com/developers/interactions/application-commands#autocomplete */
const MAX_CHOICE_LENGTH = 100;

/** What is gone would be refused when it is read again. */
const withoutGone = (settings: ServerSettings, isThere: (place: SettingPlace) => boolean): ServerSettings => ({
  ...settings,
  categories: Object.fromEntries(Object.entries(settings.categories).filter(([id]) => isThere({ level: 'category', id }))),
  channels: Object.fromEntries(Object.entries(settings.channels).filter(([id]) => isThere({ level: 'channel', id }))),
});

/** `/settings`: the panel, the model by its name, and all of it as a file. */
export const createSettingsCommand = (dependencies: SettingsCommandDependencies): SettingsCommand => {
  const { book, edit, findManager, models, places, cdnUrl } = dependencies;

  const setModel = async (interaction: ChatInputCommandInteraction, manager: Manager): Promise<void> => {
    const channel = interaction.options.getChannel('channel');
    const place: SettingPlace | undefined = channel === null ? { level: 'server' } : places.placeOf(manager.guildId, channel.id);
    if (place === undefined) return tell(interaction, PLACE_GONE_TEXT);
    await announce(interaction);
    const value = interaction.options.getString('model', true).trim();
    const outcome = await edit.change(manager, { place, key: 'model', value }, true);
    if (outcome.is === 'refused') return tell(interaction, refusedText('model', outcome.problem));
    return tell(interaction, outcome.is === 'changed' && outcome.count === 0 ? UNCHANGED_TEXT : changedText('model', place));
  };

  const exportFile = async (interaction: ChatInputCommandInteraction, { guildId }: Manager): Promise<void> => {
    await announce(interaction);
    const isThere = (place: SettingPlace): boolean => place.level === 'server' || places.placeOf(guildId, place.id)?.level === place.level;
    const yaml = exportSettings(withoutGone(book.of(guildId) ?? NO_SETTINGS, isThere));
    await interaction.editReply({ content: EXPORT_TEXT, files: [{ attachment: Buffer.from(yaml), name: 'settings.yaml' }] });
  };

  const importFile = async (interaction: ChatInputCommandInteraction, manager: Manager): Promise<void> => {
    await announce(interaction);
    const text = await readText(interaction.options.getAttachment('file', true), cdnUrl);
    if (text === undefined) return tell(interaction, IMPORT_UNREADABLE_TEXT);
    const checked = await checkImport(text, manager, book.of(manager.guildId) ?? NO_SETTINGS, { edit, places });
    if (!('server' in checked)) return tell(interaction, importProblemsText(checked));
    const outcome = await edit.edit(manager, () => checked, interaction.options.getBoolean('sure') ?? false);
    return tell(interaction, outcome.is === 'doubtful' ? importDoubtText(outcome.doubts) : importedText(outcome.is === 'changed' ? outcome.count : 0));
  };

  return {
    run: async (interaction) => {
      const { guildId, user } = interaction;
      const by = guildId === null ? undefined : await findManager(interaction);
      if (guildId === null || by === undefined) return tell(interaction, guildId === null ? ONLY_ON_SERVERS_TEXT : NOT_A_MANAGER_TEXT);
      const manager = { guildId, userId: user.id, by };
      switch (interaction.options.getSubcommand()) {
        case 'model':
          return setModel(interaction, manager);
        case 'export':
          return exportFile(interaction, manager);
        case 'import':
          return importFile(interaction, manager);
        default:
          return showPanel(interaction, placePanel(viewOf(dependencies, manager, { level: 'server' }, SETTING_GROUPS[0])));
      }
    },
    complete: async (interaction) => {
      const isManager = (await findManager(interaction)) !== undefined;
      const found = isManager ? await models.suggest(interaction.options.getFocused(), MAX_OPTIONS) : [];
      const choices = found.filter(({ id }) => id.length <= MAX_CHOICE_LENGTH);
      await interaction.respond(choices.map(({ id, name, detail }) => ({ name: `${name} · ${detail} · ${id}`.slice(0, MAX_CHOICE_LENGTH), value: id })));
    },
  };
};
