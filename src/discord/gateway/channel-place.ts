import type { KeptChannels } from './kept-channels.ts';

/** Where a channel is; a thread's is its parent's. Answered from memory: undefined where nobody has told of it. */
export type PlaceOfChannel = (channelId: string) => { readonly channelId: string; readonly categoryId: string | undefined } | undefined;

export const createPlaceOfChannel =
  (channels: Pick<KeptChannels, 'open'>): PlaceOfChannel =>
  (channelId) => {
    const channel = channels.open(channelId);
    if (channel === undefined || channel.isDMBased()) return undefined;
    if (!channel.isThread()) return { channelId, categoryId: channel.parentId ?? undefined };
    const { parentId } = channel;
    if (parentId === null) return { channelId, categoryId: undefined };
    const parent = channels.open(parentId);
    const categoryId = parent === undefined || parent.isDMBased() || parent.isThread() ? undefined : (parent.parentId ?? undefined);
    return { channelId: parentId, categoryId };
  };
