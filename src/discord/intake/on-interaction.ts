import { DiscordjsErrorCodes } from 'discord.js';
import { toFailure } from '../../conversation/failure.ts';
import { isGuest } from './asked-by.ts';
import { failureText } from '../texts/failure-text.ts';
import { describeDeliveryError } from '../rest/delivery-error.ts';
import { Untold, tell } from '../rest/respond.ts';
import { DMS_OFF_TEXT, GUESTS_OFF_TEXT, UNKNOWN_INTERACTION_TEXT } from '../texts/answer-texts.ts';
import type { AutocompleteInteraction, ChatInputCommandInteraction, Interaction, MessageComponentInteraction, MessageContextMenuCommandInteraction, ModalSubmitInteraction, RESTPostAPIChatInputApplicationCommandsJSONBody, RESTPostAPIContextMenuApplicationCommandsJSONBody } from 'discord.js';
import type { Log } from '../../log/log.ts';
import type { InteractionClaims } from './claim-interaction.ts';

/**
 * What happens when a button is pressed. @param id what stands behind the kind in the custom id: opaque, and readable
 * by anybody, so it proves nothing
 */
export type OnComponent = (interaction: MessageComponentInteraction, id: string) => Promise<void>;
/** What happens when a form is sent; `id` as for {@link OnComponent}. */
export type OnModal = (interaction: ModalSubmitInteraction, id: string) => Promise<void>;

export interface InteractionHandlers {
  readonly commands: readonly Command[];
  readonly messageCommands: readonly MessageCommand[];
  /** By the kind, which is what stands before the first colon of a custom id. */
  readonly components: Readonly<Record<string, OnComponent>>;
  readonly modals: Readonly<Record<string, OnModal>>;
  readonly claims: Pick<InteractionClaims, 'claim' | 'ended'>;
  /** What each process does that hears of one, before one of them handles it. Never throws. */
  readonly onHeard: (interaction: Interaction) => void;
  /** Whether anything is done in direct messages to us. */
  readonly allowsDms: boolean;
  /** Whether anything is done for those who have installed the app to their own account, where we are not. */
  readonly servesGuests: boolean;
  /** Kinds of buttons that only end what was begun: they do so wherever they are pressed, also where nothing is begun any more. */
  readonly alwaysOpen: ReadonlySet<string>;
  /** Who is served everywhere. Never rejects. */
  readonly isOwner: (userId: string) => Promise<boolean>;
}

export const customId = (kind: string, id: string): string => `${kind}:${id}`;

const parsed = (text: string): { kind: string; id: string } => {
  const colon = text.indexOf(':');
  return colon === -1 ? { kind: text, id: '' } : { kind: text.slice(0, colon), id: text.slice(colon + 1) };
};

/** A custom id is anybody's: it names none of what every object has. */
const named = <Handler>(handlers: Readonly<Record<string, Handler>>, kind: string): Handler | undefined =>
  Object.hasOwn(handlers, kind) ? handlers[kind] : undefined;

/** What is to be done; undefined when nobody here knows it. */
const handlingOf = (interaction: Interaction, handlers: InteractionHandlers): { what: string; run: () => Promise<void> } | undefined => {
  if (interaction.isChatInputCommand() || interaction.isAutocomplete()) {
    const command = handlers.commands.find(({ definition }) => definition.name === interaction.commandName);
    if (command === undefined) return interaction.isAutocomplete() ? { what: interaction.commandName, run: () => interaction.respond([]) } : undefined;
    const { commandName } = interaction;
    if (interaction.isChatInputCommand()) return { what: commandName, run: () => command.run(interaction) };
    return { what: commandName, run: () => command.complete?.(interaction) ?? interaction.respond([]) };
  }
  if (interaction.isMessageContextMenuCommand()) {
    const command = handlers.messageCommands.find(({ definition }) => definition.name === interaction.commandName);
    return command && { what: interaction.commandName, run: () => command.run(interaction) };
  }
  if (interaction.isMessageComponent() || interaction.isModalSubmit()) {
    const { kind, id } = parsed(interaction.customId);
    if (interaction.isModalSubmit()) {
      const onModal = named(handlers.modals, kind);
      return onModal && { what: kind, run: () => onModal(interaction, id) };
    }
    const onComponent = named(handlers.components, kind);
    return onComponent && { what: kind, run: () => onComponent(interaction, id) };
  }
  return undefined;
};

/** Discord still offers what was registered before: then what we ask for is not in it. */
const isOfOtherVersion = (error: unknown): boolean => error instanceof Error && 'code' in error && OTHER_VERSION.has(error.code);

const OTHER_VERSION = new Set<unknown>([
  DiscordjsErrorCodes.CommandInteractionOptionNotFound,
  DiscordjsErrorCodes.CommandInteractionOptionType,
  DiscordjsErrorCodes.ModalSubmitInteractionFieldNotFound,
  DiscordjsErrorCodes.ModalSubmitInteractionFieldType,
]);

/** Why nothing is done where an interaction comes from; undefined where something is. */
const whyClosed = (interaction: Interaction, { allowsDms, servesGuests }: InteractionHandlers): string | undefined => {
  if (isGuest(interaction)) return servesGuests ? undefined : GUESTS_OFF_TEXT;
  return allowsDms || interaction.guildId !== null ? undefined : DMS_OFF_TEXT;
};

const turnAway = async (interaction: Interaction, why: string): Promise<void> => {
  if (interaction.isRepliable()) await tell(interaction, why);
  else if (interaction.isAutocomplete()) await interaction.respond([]);
};

/** The door for commands, menus, buttons and forms. Whoever caused one is told how it went, never met with silence. */
export const createOnInteraction = (handlers: InteractionHandlers, log: Log) => {
  /** Whether whoever caused it knows now that it failed, or never can. */
  const tellWhy = async (interaction: Interaction, what: string, error: unknown): Promise<boolean> => {
    const isOther = isOfOtherVersion(error);
    log[isOther ? 'warn' : 'error']({ what, reason: describeDeliveryError(error) }, isOther ? 'an interaction of another version of this command' : 'a command, button or form failed');
    if (!interaction.isRepliable()) return true;
    if (error instanceof Untold) return !error.isForLater;
    try {
      await tell(interaction, isOther ? UNKNOWN_INTERACTION_TEXT : failureText(toFailure(error)));
      return true;
    } catch (untold) {
      log.error({ what, reason: describeDeliveryError(untold) }, 'nobody could be told that a command, button or form failed');
      return !(untold instanceof Untold && untold.isForLater);
    }
  };

  return async (interaction: Interaction): Promise<void> => {
    const handling = handlingOf(interaction, handlers);
    const what = handling?.what ?? 'unknown';
    const why = interaction.isMessageComponent() && handlers.alwaysOpen.has(what) ? undefined : whyClosed(interaction, handlers);
    const isClosed = why !== undefined && !(await handlers.isOwner(interaction.user.id));
    if (!isClosed) handlers.onHeard(interaction);
    if (!(await handlers.claims.claim(interaction, what))) return;
    let isTold = true;
    try {
      if (isClosed) await turnAway(interaction, why);
      else if (handling !== undefined) await handling.run();
      else if (interaction.isRepliable()) await tell(interaction, UNKNOWN_INTERACTION_TEXT);
    } catch (error) {
      isTold = await tellWhy(interaction, what, error);
    } finally {
      handlers.claims.ended(interaction, isTold);
    }
  };
};

/** A slash command: what Discord is told of it, and what it does. */
export interface Command {
  readonly definition: RESTPostAPIChatInputApplicationCommandsJSONBody;
  run(interaction: ChatInputCommandInteraction): Promise<void>;
  /** Suggests values while somebody types. */
  complete?(interaction: AutocompleteInteraction): Promise<void>;
}

/** An entry in the menu of a message. */
export interface MessageCommand {
  readonly definition: RESTPostAPIContextMenuApplicationCommandsJSONBody;
  run(interaction: MessageContextMenuCommandInteraction): Promise<void>;
}
