import { PermissionFlagsBits as Permission } from 'discord-api-types/v10';
import { mayReadHistory, messageIn, refuseArchived, requirePermission, visibleChannel } from './access.ts';
import { restError } from './errors.ts';
import { dispatchMessage } from './messages.ts';
import { restMessage } from './outgoing.ts';
import { react, unreact } from './reactions.ts';
import type { Answer, Call, Routes } from './router.ts';
import { noContent, ok } from './router.ts';
import type { World } from './world.ts';

const MAXIMUM_PINS = 250;
const MAXIMUM_REACTIONS = 20;
const unicodeEmoji = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|[0-9#*]\uFE0F?\u20E3)/u;

/** Reactions and pins. */
export function markRoutes(world: World): Routes {
  return {
    'PUT /channels/:id/messages/:id/reactions/:emoji/@me': addReaction,
    'DELETE /channels/:id/messages/:id/reactions/:emoji/@me': (_call, channelId, messageId, emoji) => {
      const channel = visibleChannel(world, channelId);
      unreact(world, messageIn(channel, messageId, world), emoji, world.bot);
      return noContent;
    },
    'GET /channels/:id/messages/pins': (_call, channelId) => {
      const channel = visibleChannel(world, channelId);
      const pinned = channel.log.all().filter((message) => message.pinned && !message.deleted);
      const readable = mayReadHistory(world, channel) ? pinned.toReversed() : [];
      const items = readable.map((message) => ({ pinned_at: message.timestamp, message: restMessage(world, message) }));
      return ok({ items, has_more: false });
    },
    'PUT /channels/:id/messages/pins/:id': (call, channelId, messageId) => pin(call, channelId, messageId, true),
    'DELETE /channels/:id/messages/pins/:id': (call, channelId, messageId) => pin(call, channelId, messageId, false),
    'PUT /channels/:id/pins/:id': (call, channelId, messageId) => pin(call, channelId, messageId, true),
    'DELETE /channels/:id/pins/:id': (call, channelId, messageId) => pin(call, channelId, messageId, false),
  };
}

/** https://docs.discord.com/developers/resources/message#create-reaction */
function addReaction({ world }: Call, channelId: string, messageId: string, emoji: string): Answer {
  const channel = visibleChannel(world, channelId);
  const message = messageIn(channel, messageId, world);
  refuseArchived(channel);
  if (!mayReadHistory(world, channel)) throw restError('missingPermissions');
  // The simulated servers have no emojis of their own.
  if (!unicodeEmoji.test(emoji)) throw restError('unknownEmoji');
  if (message.author.blocksBot) throw restError('reactionBlocked');
  if (!message.reactions.has(emoji)) {
    requirePermission(world, channel, Permission.AddReactions);
    if (message.reactions.size >= MAXIMUM_REACTIONS) throw restError('maximumReactions');
  }
  react(world, message, emoji, world.bot);
  return noContent;
}

function pin({ world }: Call, channelId: string, messageId: string, pinned: boolean): Answer {
  const channel = visibleChannel(world, channelId);
  const message = messageIn(channel, messageId, world);
  requirePermission(world, channel, Permission.PinMessages);
  const count = channel.log.all().filter((other) => other.pinned && !other.deleted).length;
  if (pinned && !message.pinned && count >= MAXIMUM_PINS) throw restError('maximumPins');
  message.pinned = pinned;
  dispatchMessage(world, 'MESSAGE_UPDATE', message);
  world.changed();
  return noContent;
}
