import { GatewayIntentBits } from 'discord-api-types/v10';
import { emojiPayload } from './message-payload.ts';
import { dispatchInChannel } from './messages.ts';
import { memberWithUser } from './payloads.ts';
import type { MessageRecord, UserRecord } from './records.ts';
import type { World } from './world.ts';

export function react(world: World, message: MessageRecord, emoji: string, user: UserRecord): void {
  const users = message.reactions.get(emoji) ?? new Set();
  if (users.has(user.id)) return;
  message.reactions.set(emoji, users.add(user.id));
  tell(world, 'MESSAGE_REACTION_ADD', message, emoji, user);
}

export function unreact(world: World, message: MessageRecord, emoji: string, user: UserRecord): void {
  const users = message.reactions.get(emoji);
  if (!users?.delete(user.id)) return;
  if (users.size === 0) message.reactions.delete(emoji);
  tell(world, 'MESSAGE_REACTION_REMOVE', message, emoji, user);
}

function tell(world: World, event: string, message: MessageRecord, emoji: string, user: UserRecord): void {
  const { channel } = message;
  const intent = channel.guild ? GatewayIntentBits.GuildMessageReactions : GatewayIntentBits.DirectMessageReactions;
  const member = channel.guild?.members.get(user.id);
  dispatchInChannel(world, event, channel, intent, () => ({
    user_id: user.id,
    channel_id: channel.id,
    message_id: message.id,
    emoji: emojiPayload(emoji),
    burst: false,
    type: 0,
    ...(channel.guild && { guild_id: channel.guild.id }),
    ...(member && event === 'MESSAGE_REACTION_ADD' && { member: memberWithUser(member), message_author_id: message.author.id }),
  }));
  world.changed();
}
