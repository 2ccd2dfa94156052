import { GatewayDispatchEvents } from 'discord.js';
import type { Client, GatewayMessageCreateDispatchData } from 'discord.js';

/** A look at one channel, for as long as an answer runs in it. */
export interface ChannelWatch {
  /** Whether somebody else wrote after this message of ours. */
  hasMovedPast(messageId: string): boolean;
  end(): void;
}

export type WatchChannel = (channelId: string) => ChannelWatch;

export interface ChannelActivity {
  readonly watch: WatchChannel;
  /** Somebody wrote, not we. */
  note(channelId: string, messageId: string): void;
}

/** Snowflakes grow with time. @see https://discord.com/developers/docs/reference#snowflakes */
export const isLater = (id: string, than: string): boolean => (id.length === than.length ? id > than : id.length > than.length);

/** Remembers the last message of others, and only where an answer runs. */
export const createChannelActivity = (): ChannelActivity => {
  const watched = new Map<string, { watchers: number; latest: string }>();
  return {
    watch: (channelId) => {
      const channel = watched.get(channelId) ?? { watchers: 0, latest: '0' };
      watched.set(channelId, channel);
      channel.watchers += 1;
      let hasEnded = false;
      return {
        hasMovedPast: (messageId) => isLater(channel.latest, messageId),
        end: () => {
          if (hasEnded) return;
          hasEnded = true;
          channel.watchers -= 1;
          if (channel.watchers === 0) watched.delete(channelId);
        },
      };
    },
    note: (channelId, messageId) => {
      const channel = watched.get(channelId);
      if (channel !== undefined) channel.latest = messageId;
    },
  };
};

/** Follows what discord.js hears. */
export const trackChannelActivity = (client: Client): WatchChannel => {
  const activity = createChannelActivity();
  client.ws.on(GatewayDispatchEvents.MessageCreate, ({ author, channel_id: channelId, id }: GatewayMessageCreateDispatchData) => {
    if (author.id !== client.user?.id) activity.note(channelId, id);
  });
  return activity.watch;
};
