/**
 * Threads that we have begun, or are about to, by their ids, with the channels in which they are: a thread belongs to its channel
 * before Discord tells of it. Kept until it surely has.
 */
export interface StartedThreads {
  note(threadId: string, parentId: string): void;
  /** Undefined where it is none of them. */
  parentOf(threadId: string): string | undefined;
}

const MOST_KEPT = 10_000;

export const createStartedThreads = (): StartedThreads => {
  const parents = new Map<string, string>();
  return {
    note: (threadId, parentId) => {
      parents.delete(threadId);
      parents.set(threadId, parentId);
      if (parents.size > MOST_KEPT) parents.delete(parents.keys().next().value ?? '');
    },
    parentOf: (threadId) => parents.get(threadId),
  };
};
