import type { APIApplicationCommandOptionChoice, APIModalInteractionResponseCallbackData } from 'discord-api-types/v10';
import { InteractionResponseType, InteractionType, MessageFlags, MessageType, PermissionFlagsBits as Permission } from 'discord-api-types/v10';
import type { AcknowledgedAs } from './api.ts';
import { FormErrors, formError, restError } from './errors.ts';
import type { InteractionRecord, Interactions } from './interactions.ts';
import { interactionDefaults } from './mentions.ts';
import type { MessageInput } from './message-input.ts';
import { readMessageInput } from './message-input.ts';
import { edit, post } from './messages.ts';
import { changesBy, refuseEmpty, refuseUnsendable, restMessage, sendableFlags, storeFiles } from './outgoing.ts';
import { permissionsIn } from './permissions.ts';
import type { MessageRecord } from './records.ts';
import type { Answer, Call, Routes } from './router.ts';
import { noContent, ok } from './router.ts';
import { fieldsOf } from './shape.ts';
import { validateAutocompleteChoices, validateModal } from './validate-modals.ts';
import type { World } from './world.ts';

export function interactionRoutes(interactions: Interactions): Routes {
  return { 'POST /interactions/:id/:token/callback': (call, id, token) => callback(call, id, token, interactions) };
}

/** https://docs.discord.com/developers/interactions/receiving-and-responding#create-interaction-response */
function callback(call: Call, id: string, token: string, interactions: Interactions): Answer {
  const interaction = interactions.find(token);
  if (!interaction || interaction.id !== id) throw restError('unknownInteraction');
  if (interaction.acknowledged) throw restError('alreadyAcknowledged');
  if (interaction.tooLate) throw restError('unknownInteraction');
  const { type, data } = fieldsOf(call.body);
  if (!fits(interaction, type)) throw formError(['type'], 'BASE_TYPE_CHOICES', 'This response type does not fit this interaction.');
  respond(call, interaction, Number(type), data);
  if (call.query.get('with_response') !== 'true') return noContent;
  return ok(callbackPayload(call.world, interaction, Number(type)));
}

/** Which responses an interaction takes. */
function fits(interaction: InteractionRecord, type: unknown): boolean {
  const onMessage = interaction.source !== undefined;
  switch (type) {
    case InteractionResponseType.ChannelMessageWithSource:
    case InteractionResponseType.DeferredChannelMessageWithSource:
      return interaction.type !== InteractionType.ApplicationCommandAutocomplete;
    case InteractionResponseType.DeferredMessageUpdate:
    case InteractionResponseType.UpdateMessage:
      return onMessage;
    case InteractionResponseType.ApplicationCommandAutocompleteResult:
      return interaction.type === InteractionType.ApplicationCommandAutocomplete;
    case InteractionResponseType.Modal:
      return interaction.type === InteractionType.ApplicationCommand || interaction.type === InteractionType.MessageComponent;
    default:
      return false;
  }
}

function respond({ world, files }: Call, interaction: InteractionRecord, type: InteractionResponseType, data: unknown): void {
  switch (type) {
    case InteractionResponseType.ChannelMessageWithSource: {
      const input = checked(data, files);
      refuseEmpty(input);
      refuseUnsendable(world, interaction.channel, input, { checkPermissions: false });
      return answered(interaction, 'reply', reply(world, interaction, input, input.flags ?? 0));
    }
    case InteractionResponseType.DeferredChannelMessageWithSource: {
      const flags = Number(fieldsOf(data)['flags'] ?? 0);
      const nothing = checked({}, []);
      return answered(interaction, 'defer', reply(world, interaction, nothing, flags | MessageFlags.Loading));
    }
    case InteractionResponseType.UpdateMessage:
      return update(world, interaction, data, files);
    case InteractionResponseType.DeferredMessageUpdate:
      return answered(interaction, 'deferUpdate', interaction.source);
    case InteractionResponseType.Modal: {
      throwOn((errors) => validateModal(errors, ['data'], data));
      interaction.modal = data as APIModalInteractionResponseCallbackData;
      return interaction.acknowledge('modal');
    }
    default: {
      const choices = fieldsOf(data)['choices'];
      throwOn((errors) => validateAutocompleteChoices(errors, ['data', 'choices'], choices));
      interaction.choices = (choices ?? []) as APIApplicationCommandOptionChoice[];
      return interaction.acknowledge('choices');
    }
  }
}

function update(world: World, interaction: InteractionRecord, data: unknown, files: Call['files']): void {
  const source = interaction.source!;
  const input = checked(data, files, source.flags);
  refuseUnsendable(world, interaction.channel, input, { checkPermissions: false });
  edit(world, source, changesBy(world, source, input), input.allowedMentions ?? interactionDefaults);
  answered(interaction, 'update', source);
}

function answered(interaction: InteractionRecord, as: AcknowledgedAs, message: MessageRecord | undefined): void {
  if (message) interaction.answeredWith(message);
  interaction.acknowledge(as);
}

function checked(data: unknown, files: Call['files'], flagsBefore = 0): MessageInput {
  const errors = new FormErrors();
  const input = readMessageInput(errors, data, files, { path: ['data'], flagsBefore });
  errors.throwIfAny();
  return input;
}

function throwOn(validate: (errors: FormErrors) => void): void {
  const errors = new FormErrors();
  validate(errors);
  errors.throwIfAny();
}

const typeOfResponse: Readonly<Partial<Record<InteractionRecord['kind'], MessageType>>> = {
  command: MessageType.ChatInputCommand,
  messageCommand: MessageType.ContextMenuCommand,
  userCommand: MessageType.ContextMenuCommand,
  component: MessageType.Reply,
};

/** Puts a response or a follow-up where the interaction happened. */
export function reply(
  world: World,
  interaction: InteractionRecord,
  input: MessageInput,
  flags: number,
  options: { readonly followUpTo?: MessageRecord } = {},
): MessageRecord {
  const { channel, user } = interaction;
  if (channel.deleted) throw restError('unknownChannel');
  const ephemeral = (flags & MessageFlags.Ephemeral) !== 0 || mustBeEphemeral(world, interaction);
  const { followUpTo } = options;
  const reference = followUpTo ?? interaction.source;
  const kept = flags & (sendableFlags | MessageFlags.Loading);
  return post(
    world,
    {
      channel,
      author: world.bot,
      content: input.content ?? '',
      type: followUpTo ? MessageType.Reply : (typeOfResponse[interaction.kind] ?? MessageType.Default),
      flags: ephemeral ? kept | MessageFlags.Ephemeral : kept,
      embeds: input.embeds ?? [],
      components: input.components ?? [],
      attachments: storeFiles(world, channel.id, input.newFiles, ephemeral),
      reference,
      webhookId: world.applicationId,
      applicationId: world.applicationId,
      interaction: interaction.metadata,
      viewerIds: ephemeral ? [user.id] : undefined,
      poll: input.poll,
    },
    input.allowedMentions ?? interactionDefaults,
  );
}

/** Without USE_EXTERNAL_APPS a user-installed application only whispers. */
function mustBeEphemeral(world: World, { channel, user, userInstallOnly }: InteractionRecord): boolean {
  if (!userInstallOnly || !channel.guild) return false;
  return !(permissionsIn(channel, user.id, world.clock.now()) & Permission.UseExternalApps);
}

function callbackPayload(world: World, interaction: InteractionRecord, type: InteractionResponseType): unknown {
  const message = interaction.response;
  return {
    interaction: {
      id: interaction.id,
      type: interaction.type,
      ...(message && {
        response_message_id: message.id,
        response_message_loading: message.thinking,
        response_message_ephemeral: message.ephemeral,
      }),
    },
    resource: { type, ...(message && type !== InteractionResponseType.DeferredMessageUpdate && { message: restMessage(world, message) }) },
  };
}
