import type { KeptChannels } from './kept-channels.ts';
import type { StartedThreads } from '../intake/started-threads.ts';

/** Where a channel is; a thread's is its parent's. Answered from memory: undefined where nobody has told of it. */
export type PlaceOfChannel = (channelId: string) => { readonly channelId: string; readonly categoryId: string | undefined } | undefined;

export const createPlaceOfChannel = (channels: Pick<KeptChannels, 'open'>, startedThreads: Pick<StartedThreads, 'parentOf'>): PlaceOfChannel => {
  const placeOf: PlaceOfChannel = (channelId) => {
    const channel = channels.open(channelId);
    if (channel === undefined) {
      const parentId = startedThreads.parentOf(channelId);
      return parentId === undefined ? undefined : placeOf(parentId);
    }
    if (channel.isDMBased()) return undefined;
    if (!channel.isThread()) return { channelId, categoryId: channel.parentId ?? undefined };
    const { parentId } = channel;
    if (parentId === null) return { channelId, categoryId: undefined };
    const parent = channels.open(parentId);
    const categoryId = parent === undefined || parent.isDMBased() || parent.isThread() ? undefined : (parent.parentId ?? undefined);
    return { channelId: parentId, categoryId };
  };
  return placeOf;
};
