import { ApplicationCommandOptionType, ApplicationIntegrationType, GatewayIntentBits, InteractionContextType } from 'discord.js';
import { loadLater } from '../../process/load-later.ts';
import { SETTINGS_COMMAND_WORDS, WHY_WORDS } from '../texts/settings-texts.ts';
import { USAGE_WORDS } from '../texts/usage-texts.ts';
import { SETTINGS, SETTINGS_FORM } from './panel-id.ts';
import type { AutocompleteInteraction, ChatInputCommandInteraction, Client, MessageComponentInteraction, ModalSubmitInteraction } from 'discord.js';
import type { ModelChoices } from '../../conversation/model-choices.ts';
import type { LimitsLook } from '../../policy/limits-look.ts';
import type { SettingsBook } from '../../policy/settings-book.ts';
import type { Policy } from '../../policy/settings-for.ts';
import type { WhoMayAsk } from '../../policy/who-may-ask.ts';
import type { KeptChannels } from '../gateway/kept-channels.ts';
import type { Command, InteractionHandlers } from '../intake/on-interaction.ts';
import type { UsageParts } from './usage-command.ts';
import type { Finding } from '../../operations/finding.ts';
import type { Owners } from '../rest/owners.ts';

/** What admins decide, and what they need to know for it. */
export interface AdminParts {
  readonly book: SettingsBook;
  readonly policy: Policy;
  readonly whoMayAsk: Pick<WhoMayAsk, 'rulingFor'>;
  /** Loaded when somebody looks for a model. */
  readonly models: () => Promise<ModelChoices>;
  readonly modelName: (id: string) => string | undefined;
  /** What is left of limits. */
  readonly limits: LimitsLook;
  /** Loaded when somebody asks what was used. */
  readonly usage: () => Promise<UsageParts>;
  /** Why content cannot be checked, as the end of a sentence; undefined where it can. Never rejects. */
  readonly checksProblem: () => Promise<string | undefined>;
}

export interface AdminOptions extends AdminParts {
  readonly client: Client;
  readonly channels: KeptChannels;
  readonly owners: Owners;
  readonly cdnUrl: string | undefined;
}

export interface Admin {
  readonly commands: readonly Command[];
  readonly components: InteractionHandlers['components'];
  readonly modals: InteractionHandlers['modals'];
  /** What settings of a server name that is gone. */
  readonly goneOn: (guildId: string) => Promise<readonly Finding[]>;
  /** What was used today where somebody who manages it asks, and the limits in force there. */
  readonly standingToday: (interaction: ChatInputCommandInteraction) => Promise<readonly Finding[]>;
}

const ON_SERVERS = { contexts: [InteractionContextType.Guild], integration_types: [ApplicationIntegrationType.GuildInstall] };

/** By which admins decide. All of it is loaded when one of them does: most processes never need it. */
export const createAdmin = ({ client, channels, owners, cdnUrl, book, policy, whoMayAsk, models, modelName, limits, usage, checksProblem }: AdminOptions): Admin => {
  const parts = async () => {
    const [{ createFindManager }, { createServerPlaces }, { createEditSettings }, choices] = await Promise.all([
      import('./managers.ts'),
      import('./server-places.ts'),
      import('./edit-settings.ts'),
      models(),
    ]);
    const places = createServerPlaces(client, channels);
    const findManager = createFindManager(book, owners);
    const readsMessageContent = client.options.intents.has(GatewayIntentBits.MessageContent);
    return { book, policy, whoMayAsk, models: choices, modelName, places, findManager, edit: createEditSettings({ book, models: choices, places, policy, checksProblem, readsMessageContent }) };
  };
  const command = async () => {
    const { createSettingsCommand } = await import('./settings-command.ts');
    return createSettingsCommand({ ...(await parts()), cdnUrl });
  };
  const presses = async () => {
    const { createPanelPresses } = await import('./settings-presses.ts');
    return createPanelPresses(await parts());
  };
  const run = loadLater(async () => {
    const settings = await command();
    return (interaction: ChatInputCommandInteraction) => settings.run(interaction);
  });
  const complete = loadLater(async () => {
    const settings = await command();
    return (interaction: AutocompleteInteraction) => settings.complete(interaction);
  });
  const why = loadLater(async () => {
    const { createWhyCommand } = await import('./why-command.ts');
    return createWhyCommand({ ...(await parts()), channels, limits });
  });
  const showUsage = loadLater(async () => {
    const [{ createUsageCommand }, { createFindManager }, parts] = await Promise.all([import('./usage-command.ts'), import('./managers.ts'), usage()]);
    return createUsageCommand({ ...parts, client, channels, owners, findManager: createFindManager(book, owners), modelName });
  });
  const goneOn = loadLater(async () => {
    const [{ createGoneOn }, { places, models: choices }] = await Promise.all([import('./gone-on.ts'), parts()]);
    return createGoneOn({ book, places, models: choices });
  });
  const standingToday = loadLater(async () => {
    const [{ createStandingToday }, { places }, ofUsage] = await Promise.all([import('./standing-today.ts'), parts(), usage()]);
    return createStandingToday({ ...ofUsage, limits, places });
  });
  const onPress = loadLater(async () => {
    const { onPress: press } = await presses();
    return (interaction: MessageComponentInteraction, id: string) => press(interaction, id);
  });
  const onForm = loadLater(async () => {
    const { onForm: form } = await presses();
    return (interaction: ModalSubmitInteraction, id: string) => form(interaction, id);
  });

  return {
    commands: [
      {
        // Hidden from nobody: the role that a server names for it is known to us, and not to Discord.
        definition: {
          name: 'settings',
          description: SETTINGS_COMMAND_WORDS.description,
          ...ON_SERVERS,
          options: [
            { type: ApplicationCommandOptionType.Subcommand, name: 'panel', description: SETTINGS_COMMAND_WORDS.panel },
            {
              type: ApplicationCommandOptionType.Subcommand,
              name: 'model',
              description: SETTINGS_COMMAND_WORDS.model,
              options: [
                { type: ApplicationCommandOptionType.String, name: 'model', description: SETTINGS_COMMAND_WORDS.modelOption, required: true, autocomplete: true },
                { type: ApplicationCommandOptionType.Channel, name: 'channel', description: SETTINGS_COMMAND_WORDS.channel, required: false },
              ],
            },
            { type: ApplicationCommandOptionType.Subcommand, name: 'export', description: SETTINGS_COMMAND_WORDS.export },
            {
              type: ApplicationCommandOptionType.Subcommand,
              name: 'import',
              description: SETTINGS_COMMAND_WORDS.import,
              options: [
                { type: ApplicationCommandOptionType.Attachment, name: 'file', description: SETTINGS_COMMAND_WORDS.file, required: true },
                { type: ApplicationCommandOptionType.Boolean, name: 'sure', description: SETTINGS_COMMAND_WORDS.sure, required: false },
              ],
            },
          ],
        },
        run,
        complete,
      },
      {
        definition: {
          name: 'why',
          description: WHY_WORDS.description,
          ...ON_SERVERS,
          options: [
            { type: ApplicationCommandOptionType.User, name: 'member', description: WHY_WORDS.member, required: false },
            { type: ApplicationCommandOptionType.Channel, name: 'channel', description: WHY_WORDS.channel, required: false },
          ],
        },
        run: why,
      },
      {
        definition: {
          name: 'usage',
          description: USAGE_WORDS.description,
          options: [
            {
              type: ApplicationCommandOptionType.String,
              name: 'of',
              description: USAGE_WORDS.of,
              required: false,
              choices: (['me', 'server', 'all'] as const).map((value) => ({ name: USAGE_WORDS[value], value })),
            },
            { type: ApplicationCommandOptionType.Integer, name: 'days', description: USAGE_WORDS.days, required: false, choices: [7, 30, 90].map((value) => ({ name: String(value), value })) },
            { type: ApplicationCommandOptionType.String, name: 'theme', description: USAGE_WORDS.theme, required: false, choices: (['dark', 'light'] as const).map((value) => ({ name: USAGE_WORDS[value], value })) },
          ],
        },
        run: showUsage,
      },
    ],
    goneOn,
    standingToday,
    components: { [SETTINGS]: onPress },
    modals: { [SETTINGS_FORM]: onForm },
  };
};
