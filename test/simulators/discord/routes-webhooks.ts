import { FormErrors, restError } from './errors.ts';
import type { InteractionRecord, Interactions } from './interactions.ts';
import { interactionDefaults } from './mentions.ts';
import type { MessageInput } from './message-input.ts';
import { readMessageInput } from './message-input.ts';
import { edit, remove } from './messages.ts';
import { changesBy, refuseEmpty, refuseUnsendable, restMessage } from './outgoing.ts';
import type { MessageRecord } from './records.ts';
import { reply } from './routes-interactions.ts';
import type { Answer, Call, Routes } from './router.ts';
import { noContent, ok } from './router.ts';
import type { World } from './world.ts';

/** https://docs.discord.com/developers/interactions/receiving-and-responding#create-followup-message */
const USER_INSTALL_FOLLOW_UPS = 5;

/** The webhook that an acknowledged interaction opens for 15 minutes. */
export function webhookRoutes(world: World, interactions: Interactions): Routes {
  const opened = (applicationId: string, token: string): InteractionRecord => {
    const interaction = interactions.find(token);
    if (applicationId !== world.applicationId) throw restError('unknownWebhook');
    if (!interaction || interaction.expired) throw restError('invalidWebhookToken');
    if (!interaction.acknowledged) throw restError('unknownWebhook');
    return interaction;
  };
  const original = (applicationId: string, token: string): MessageRecord => existing(opened(applicationId, token).response);
  const own = (applicationId: string, token: string, id: string): MessageRecord => {
    const { response, followUps } = opened(applicationId, token);
    return existing([response, ...followUps].find((message) => message?.id === id));
  };
  const drop = (message: MessageRecord): Answer => {
    remove(world, message);
    return noContent;
  };
  return {
    'POST /webhooks/:id/:token': (call, id, token) => followUp(call, opened(id, token)),
    'GET /webhooks/:id/:token/messages/@original': (_call, id, token) => ok(restMessage(world, original(id, token))),
    'PATCH /webhooks/:id/:token/messages/@original': (call, id, token) => change(call, original(id, token)),
    'DELETE /webhooks/:id/:token/messages/@original': (_call, id, token) => drop(original(id, token)),
    'GET /webhooks/:id/:token/messages/:id': (_call, id, token, messageId) => ok(restMessage(world, own(id, token, messageId))),
    'PATCH /webhooks/:id/:token/messages/:id': (call, id, token, messageId) => change(call, own(id, token, messageId)),
    'DELETE /webhooks/:id/:token/messages/:id': (_call, id, token, messageId) => drop(own(id, token, messageId)),
  };
}

function existing(message: MessageRecord | undefined): MessageRecord {
  if (!message || message.deleted) throw restError('unknownMessage');
  return message;
}

function followUp(call: Call, interaction: InteractionRecord): Answer {
  const { world } = call;
  const { response } = interaction;
  // The first follow-up to a deferred response takes its place, and its being ephemeral or not.
  if (response?.thinking && !response.deleted) return change(call, response);
  const input = checked(call, 0);
  refuseEmpty(input);
  refuseUnsendable(world, interaction.channel, input, { checkPermissions: false });
  if (interaction.userInstallOnly && interaction.followUps.length >= USER_INSTALL_FOLLOW_UPS) throw restError('tooManyFollowUps');
  const message = reply(world, interaction, input, input.flags ?? 0, response ? { followUpTo: response } : {});
  interaction.followUps.push(message);
  world.changed();
  return ok(restMessage(world, message));
}

function change(call: Call, message: MessageRecord): Answer {
  const { world } = call;
  const input = checked(call, message.flags);
  refuseUnsendable(world, message.channel, input, { checkPermissions: false });
  edit(world, message, changesBy(world, message, input), input.allowedMentions ?? interactionDefaults);
  return ok(restMessage(world, message));
}

function checked({ body, files }: Call, flagsBefore: number): MessageInput {
  const errors = new FormErrors();
  const input = readMessageInput(errors, body, files, { flagsBefore });
  errors.throwIfAny();
  return input;
}
